namespace Cohorts.Features.ListCohorts;

/// <summary>Live groups with something left to make in Discord, as far as is known of it; all others are realized.</summary>
internal static class GroupsToRealize
{
    /// <summary>A query for <c>cohort_id</c> and <c>group_id</c>, each group once.</summary>
    public const string Sql =
        """
        SELECT cohort_id,
               group_id
          FROM groups
         WHERE status = 'forming'
        UNION
        SELECT cohort_id,
               group_id
          FROM live_groups
          JOIN lost_channels ON channel_id IN (discord_text_channel_id, discord_voice_channel_id)
        UNION
        SELECT live_groups.cohort_id,
               live_groups.group_id
          FROM meetings
          JOIN live_groups USING (group_id)
         WHERE discord_event_id IS NULL
           AND event_cancelled_at IS NULL
           AND scheduled_time_utc > @now
        UNION
        SELECT cohort_id,
               group_id
          FROM groups_users
          JOIN live_groups USING (group_id)
          JOIN users USING (user_id)
         WHERE groups_users.status = 'active'
           AND access_granted_at IS NULL
           AND absent_at IS NULL
           AND deleted_at IS NULL
           AND (discord_id <> '' OR discord_username <> '')
        UNION
        SELECT cohort_id,
               group_id
          FROM groups_users
          JOIN live_groups USING (group_id)
         WHERE groups_users.status <> 'active'
           AND access_granted_at IS NOT NULL
        """;
}
