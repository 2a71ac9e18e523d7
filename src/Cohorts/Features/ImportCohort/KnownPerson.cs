using Cohorts.Domain;
using Cohorts.Scheduling;
using Dapper;
using NodaTime;
using Npgsql;

namespace Cohorts.Features.ImportCohort;

/// <summary>A person who is in the database already, with their enrolment in this cohort where there is one.</summary>
/// <param name="Name">As lists show it; a person of an older system may have none.</param>
/// <param name="Role">In this cohort; null for somebody who is not enrolled in it.</param>
/// <param name="Standing">Where the enrolment stands, as the column <c>grouping_status</c> has it.</param>
/// <param name="MaxGroups">Null where nothing was ever said, which lets a facilitator lead one group.</param>
public sealed record KnownPerson(
    UserId UserId,
    string Name,
    string? Nickname,
    string? Email,
    string? DiscordId,
    string? DiscordUsername,
    string? Timezone,
    string? Availability,
    string? IfNeeded,
    string? Role,
    string? Standing,
    int? MaxGroups)
{
    public bool IsEnrolled => Role is not null;

    public CohortRole? CohortRole => Role switch
    {
        null => null,
        "facilitator" => Domain.CohortRole.Facilitator,
        _ => Domain.CohortRole.Participant,
    };

    /// <summary>Everybody enrolled in the cohort, and everybody who has one of the ids or addresses. Their rows stay locked, unless nothing is to be saved.</summary>
    /// <remarks>
    /// Locks are taken people first and in the order of their ids, as scheduling takes them, so that the two wait for each other instead
    /// of deadlocking. PostgreSQL folds the case of letters beyond ASCII only in some locales: such addresses all come, and are compared here.
    /// </remarks>
    public static async Task<IReadOnlyList<KnownPerson>> ReadAsync(
        NpgsqlTransaction transaction, CohortId? cohort, IReadOnlyList<Entry> entries, ImportMode mode, CancellationToken cancellation)
    {
        var emails = entries.Where(e => e.Email is not null).Select(e => e.Email!.ToLowerInvariant()).Distinct(StringComparer.Ordinal).ToArray();
        var command = new CommandDefinition(
            mode == ImportMode.DryRun ? Sql.Replace("FOR NO KEY UPDATE", "", StringComparison.Ordinal) : Sql,
            new
            {
                Cohort = cohort?.Value,
                DiscordIds = entries.Where(e => e.DiscordId is not null).Select(e => e.DiscordId.ToString()).Distinct(StringComparer.Ordinal).ToArray(),
                Emails = emails,
                BeyondAscii = emails.Any(e => !System.Text.Ascii.IsValid(e)),
            },
            transaction,
            cancellationToken: cancellation);
        return (await transaction.Connection!.QueryAsync<KnownPerson>(command)).AsList();
    }

    /// <summary>Whether the stored text means these hours; a text that cannot be read means none that anybody could enter.</summary>
    public static bool Means(string? stored, Availability hours) =>
        Scheduling.Availability.TryParse(stored, out var meant, out _) && meant.Equals(hours);

    private const string Sql =
        """
        WITH wanted AS (
            SELECT user_id
              FROM courses_users
             WHERE cohort_id = @Cohort::int
             UNION
            SELECT user_id
              FROM users
              JOIN unnest(@DiscordIds::text[]) AS given (discord_id) USING (discord_id)
             UNION
            SELECT user_id
              FROM users
             WHERE lower(btrim(nfc(email))) IN (SELECT unnest(@Emails::text[]))
                OR (@BeyondAscii AND octet_length(email) > char_length(email))
        ), locked AS MATERIALIZED (
            SELECT users.*
              FROM users
             WHERE user_id IN (SELECT user_id FROM wanted)
               AND deleted_at IS NULL
             ORDER BY user_id
               FOR NO KEY UPDATE
        ), enrolled AS MATERIALIZED (
            SELECT user_id,
                   cohort_role,
                   grouping_status
              FROM courses_users
             WHERE cohort_id = @Cohort::int
               AND user_id IN (SELECT user_id FROM locked)
             ORDER BY course_user_id
               FOR NO KEY UPDATE
        ), allowed AS (
            SELECT user_id,
                   max(max_active_groups) AS groups
              FROM facilitators
             GROUP BY user_id
        )
        SELECT user_id AS UserId,
               nfc(coalesce(nullif(btrim(nickname), ''), nullif(btrim(discord_username), ''), 'User ' || user_id)) AS Name,
               nickname AS Nickname,
               nfc(email) AS Email,
               discord_id AS DiscordId,
               discord_username AS DiscordUsername,
               timezone AS Timezone,
               availability_utc AS Availability,
               if_needed_availability_utc AS IfNeeded,
               enrolled.cohort_role::text AS Role,
               enrolled.grouping_status::text AS Standing,
               allowed.groups AS MaxGroups
          FROM locked
          LEFT JOIN enrolled USING (user_id)
          LEFT JOIN allowed USING (user_id)
         ORDER BY user_id
        """;
}

/// <summary>A seat in a live group, of any cohort.</summary>
/// <param name="StartMinute">Minute of the week in UTC; null where the time of an older group could not be read.</param>
/// <param name="IsOver">The group has no meeting left.</param>
/// <param name="MeetsMeanwhile">The group has meetings within the dates of the cohort that is imported.</param>
public sealed record LiveSeat(
    UserId UserId,
    CohortId CohortId,
    string CohortName,
    string GroupName,
    string Role,
    int? StartMinute,
    int LengthMinutes,
    bool IsOver,
    bool MeetsMeanwhile)
{
    private const string Sql =
        """
        SELECT groups_users.user_id AS UserId,
               live_groups.cohort_id AS CohortId,
               coalesce(cohort_name, 'Cohort ' || live_groups.cohort_id) AS CohortName,
               group_name AS GroupName,
               groups_users.role::text AS Role,
               meeting_start_minute::int AS StartMinute,
               coalesce(live_groups.meeting_length_minutes, 60)::int AS LengthMinutes,
               last_meeting_ends_at <= @now AS IsOver,
               EXISTS (SELECT FROM meetings_of(group_id) AS meeting WHERE meeting.ends_at > @From AND meeting.starts_at < @To) AS MeetsMeanwhile
          FROM groups_users
          JOIN live_groups USING (group_id)
          JOIN cohorts ON cohorts.cohort_id = live_groups.cohort_id
         WHERE groups_users.status = 'active'
           AND groups_users.user_id = ANY (@Users)
         ORDER BY groups_users.user_id, live_groups.cohort_id, group_name
        """;

    public static async Task<ILookup<UserId, LiveSeat>> ReadAsync(
        NpgsqlTransaction transaction, IReadOnlyList<KnownPerson> people, CohortDates dates, Instant now, CancellationToken cancellation) =>
        (await transaction.Connection!.QueryAsync<LiveSeat>(new CommandDefinition(
            Sql,
            new { Users = people.Select(p => p.UserId.Value).ToArray(), dates.From, dates.To, now },
            transaction,
            cancellationToken: cancellation)))
        .ToLookup(s => s.UserId);
}
