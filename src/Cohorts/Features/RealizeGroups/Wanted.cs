using System.Data;
using Cohorts.Discord;
using Cohorts.Domain;
using Dapper;
using NodaTime;
using Npgsql;

namespace Cohorts.Features.RealizeGroups;

/// <summary>What the database says of a cohort: what Discord shall match, and which of Discord's objects are known to be its own.</summary>
public sealed record Wanted(WantedCohort Cohort, IReadOnlyList<WantedGroup> Groups)
{
    private const string CohortSql =
        """
        SELECT coalesce(cohort_name, 'Cohort ' || cohort_id) AS Name,
               course_name AS CourseName,
               cohort_start_date AS StartDate,
               meeting_timezone AS Timezone,
               number_of_group_meetings AS Meetings,
               discord_guild_id AS Guild,
               discord_category_id AS Category,
               array_to_string(discord_further_category_ids, ' ') AS FurtherCategories,
               welcome_template AS WelcomeTemplate
          FROM cohorts
          JOIN courses USING (course_id)
         WHERE cohort_id = @Cohort
        """;

    /// <summary>Those whose meetings are over too: somebody asked for this cohort, and its channels stand as long as nobody ends the group.</summary>
    private const string GroupsSql =
        """
        SELECT group_id AS GroupId,
               group_name AS Name,
               status = 'active' AS IsActive,
               meeting_start_minute::int AS StartMinute,
               coalesce(meeting_length_minutes, 60)::int AS LengthMinutes,
               discord_text_channel_id AS Text,
               discord_voice_channel_id AS Voice,
               welcome_message_id AS Welcome
          FROM live_groups
         WHERE cohort_id = @Cohort
         ORDER BY group_id
        """;

    /// <summary>Those who left a group are of interest until their access is taken away: as long as they are not in it again.</summary>
    private const string MembersSql =
        """
        SELECT group_user_id AS MembershipId,
               group_id AS GroupId,
               user_id AS UserId,
               coalesce(nickname, discord_username, 'User ' || user_id) AS Name,
               discord_id AS DiscordId,
               discord_username AS Username,
               timezone AS Timezone,
               groups_users.role = 'facilitator' AS Leads,
               groups_users.status = 'active' AND users.deleted_at IS NULL AS IsMember,
               access_granted_at IS NOT NULL AS HasAccess,
               mentioned_in_message_id AS MentionedIn
          FROM groups_users
          JOIN live_groups USING (group_id)
          JOIN users USING (user_id)
         WHERE live_groups.cohort_id = @Cohort
         ORDER BY group_id, groups_users.role = 'facilitator' DESC, group_user_id
        """;

    private const string MeetingsSql =
        """
        SELECT meetings.group_id AS GroupId,
               meeting_number AS Number,
               scheduled_time_utc AS Time,
               discord_event_id AS Event,
               meetings.discord_voice_channel_id AS Voice,
               event_cancelled_at IS NOT NULL AS IsCancelled
          FROM meetings
          JOIN live_groups USING (group_id)
         WHERE live_groups.cohort_id = @Cohort
           AND meeting_number IS NOT NULL
         ORDER BY group_id, meeting_number
        """;

    /// <returns>Null when there is no such cohort.</returns>
    public static async Task<Wanted?> ReadAsync(NpgsqlDataSource database, CohortId cohort, IDateTimeZoneProvider zones, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellation);
        CommandDefinition Command(string sql) => new(sql, new { Cohort = cohort.Value }, transaction, cancellationToken: cancellation);
        if (await connection.QuerySingleOrDefaultAsync<CohortRow>(Command(CohortSql)) is not { } row)
            return null;
        var groups = await connection.QueryAsync<GroupRow>(Command(GroupsSql));
        var members = (await connection.QueryAsync<MemberRow>(Command(MembersSql))).ToLookup(m => m.GroupId, ToMember);
        var meetings = (await connection.QueryAsync<MeetingRow>(Command(MeetingsSql))).ToLookup(m => m.GroupId, ToMeeting);
        return new Wanted(
            new WantedCohort(
                cohort,
                row.Name,
                row.CourseName,
                row.StartDate,
                row.Timezone is { } zone ? zones.GetZoneOrNull(zone) : null,
                row.Meetings,
                Id(row.Guild),
                Id(row.Category),
                [.. row.FurtherCategories.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(Snowflake.Parse)],
                row.WelcomeTemplate),
            [
                .. groups.Select(g => new WantedGroup(
                    new GroupId(g.GroupId),
                    g.Name,
                    g.IsActive ? GroupState.Active : GroupState.Forming,
                    g.StartMinute,
                    g.LengthMinutes,
                    Id(g.Text),
                    Id(g.Voice),
                    Id(g.Welcome),
                    [.. members[g.GroupId]],
                    [.. meetings[g.GroupId]])),
            ]);
    }

    /// <summary>An id that the original wrote otherwise than Discord does is no id of anything.</summary>
    private static Snowflake? Id(string? text) => Snowflake.TryParse(text, out var id) ? id : null;

    private static WantedMember ToMember(MemberRow row) => new(
        row.MembershipId,
        new UserId(row.UserId),
        row.Name,
        Id(row.DiscordId),
        row.Username,
        row.Timezone,
        row.Leads ? CohortRole.Facilitator : CohortRole.Participant,
        row.IsMember ? Membership.Active : Membership.Ended,
        row.HasAccess ? Access.Granted : Access.None,
        Id(row.MentionedIn));

    private static WantedMeeting ToMeeting(MeetingRow row) => new(
        row.Number, row.Time, Id(row.Event), Id(row.Voice), row.IsCancelled ? EventWish.Cancelled : EventWish.Wanted);

    private sealed record CohortRow(
        string Name,
        string CourseName,
        LocalDate StartDate,
        string? Timezone,
        int Meetings,
        string? Guild,
        string? Category,
        string FurtherCategories,
        string? WelcomeTemplate);

    private sealed record GroupRow(
        int GroupId, string Name, bool IsActive, int? StartMinute, int LengthMinutes, string? Text, string? Voice, string? Welcome);

    private sealed record MemberRow(
        int MembershipId,
        int GroupId,
        int UserId,
        string Name,
        string? DiscordId,
        string? Username,
        string? Timezone,
        bool Leads,
        bool IsMember,
        bool HasAccess,
        string? MentionedIn);

    private sealed record MeetingRow(int GroupId, int Number, Instant Time, string? Event, string? Voice, bool IsCancelled);
}

/// <param name="Zone">Its weekly times stand still there when clocks change; null: in UTC.</param>
/// <param name="Meetings">Weekly meetings of each group.</param>
/// <param name="Category">The first of those that hold its channels.</param>
public sealed record WantedCohort(
    CohortId Id,
    string Name,
    string CourseName,
    LocalDate StartDate,
    DateTimeZone? Zone,
    int Meetings,
    Snowflake? Guild,
    Snowflake? Category,
    IReadOnlyList<Snowflake> FurtherCategories,
    string? WelcomeTemplate);

public enum GroupState
{
    Forming,
    Active,
}

/// <param name="StartMinute">Minute of the week, UTC; null where no time is known.</param>
public sealed record WantedGroup(
    GroupId Id,
    string Name,
    GroupState State,
    int? StartMinute,
    int LengthMinutes,
    Snowflake? TextChannel,
    Snowflake? VoiceChannel,
    Snowflake? WelcomeMessage,
    IReadOnlyList<WantedMember> Members,
    IReadOnlyList<WantedMeeting> Meetings);

public enum Membership
{
    Active,
    Ended,
}

public enum Access
{
    None,
    Granted,
}

/// <param name="MembershipId">Of the row in <c>groups_users</c>.</param>
/// <param name="Access">As the last look had it.</param>
/// <param name="MentionedIn">The message that told the member of the group.</param>
public sealed record WantedMember(
    int MembershipId,
    UserId UserId,
    string Name,
    Snowflake? DiscordId,
    string? Username,
    string? Timezone,
    CohortRole Role,
    Membership Membership,
    Access Access,
    Snowflake? MentionedIn);

public enum EventWish
{
    Wanted,

    /// <summary>Somebody deleted it; it is made again only when asked.</summary>
    Cancelled,
}

/// <param name="VoiceChannel">Where its event was made.</param>
public sealed record WantedMeeting(int Number, Instant Time, Snowflake? Event, Snowflake? VoiceChannel, EventWish Wish);
