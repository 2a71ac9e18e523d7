using System.Data.Common;
using Cohorts.Domain;
using Dapper;
using NodaTime;

namespace Cohorts.Features.ScheduleCohort;

/// <summary>
/// Everything that the groups of a cohort follow from, as it stood at one moment. Read once to form the groups, and again under locks
/// when they are saved: where the two differ, the groups are formed anew.
/// </summary>
public sealed record CohortSnapshot(
    CohortSnapshot.CohortRow Cohort, IReadOnlyList<CohortSnapshot.PersonRow> People, IReadOnlyList<CohortSnapshot.MeetingRow> Meetings)
{
    public bool SomebodyIsToBePlaced => People.Any(p => !p.LeadsAlready);

    /// <param name="MeetingTimezone">IANA name; null where the cohort keeps to UTC.</param>
    /// <param name="Facilitators">Over all enrolments, grouped ones too: whether groups of this cohort have leaders at all.</param>
    /// <param name="LastGroupNumber">Of all groups the cohort ever had, so that names go on counting; 0 before the first.</param>
    public sealed record CohortRow(
        string CohortName,
        string CourseName,
        LocalDate StartDate,
        string? MeetingTimezone,
        int? MeetingLengthMinutes,
        int NumberOfMeetings,
        int Facilitators,
        int LastGroupNumber);

    /// <param name="Standing">
    /// Awaiting grouping or left over by an earlier run; or already leading a live group of this cohort, and free to lead another.
    /// </param>
    /// <param name="GroupsAllowed">How many groups the person may lead in all: <c>facilitators.max_active_groups</c>, 1 without a row.</param>
    /// <param name="GroupsLed">Live groups that the person leads, of any cohort.</param>
    public sealed record PersonRow(
        UserId UserId,
        string Name,
        string Role,
        string Standing,
        string? Timezone,
        string? Availability,
        string? IfNeeded,
        int GroupsAllowed,
        int GroupsLed)
    {
        public bool IsFacilitator => Role == "facilitator";

        public bool LeadsAlready => Standing == "leading";
    }

    /// <summary>A weekly hour at which a person sits with a live group, of any cohort.</summary>
    public sealed record MeetingRow(UserId UserId, int StartMinute, int LengthMinutes);

    private const string CohortSql =
        """
        SELECT coalesce(cohort_name, 'Cohort ' || cohort_id) AS CohortName,
               course_name AS CourseName,
               cohort_start_date AS StartDate,
               meeting_timezone AS MeetingTimezone,
               meeting_length_minutes AS MeetingLengthMinutes,
               number_of_group_meetings AS NumberOfMeetings,
               (SELECT count(*)::int
                  FROM courses_users
                  JOIN users USING (user_id)
                 WHERE courses_users.cohort_id = cohorts.cohort_id
                   AND cohort_role = 'facilitator'
                   AND deleted_at IS NULL) AS Facilitators,
               (SELECT coalesce(max(substring(group_name FROM '^Group (\d{1,6})')::int), 0)
                  FROM groups
                 WHERE groups.cohort_id = cohorts.cohort_id) AS LastGroupNumber
          FROM cohorts
          JOIN courses USING (course_id)
         WHERE cohort_id = @Cohort
        """;

    private const string PeopleSql =
        """
        WITH live AS (
            SELECT groups_users.user_id,
                   groups_users.role,
                   groups.cohort_id
              FROM groups_users
              JOIN groups USING (group_id)
             WHERE groups.status IN ('forming', 'active')
               AND groups_users.status = 'active'
               AND groups_users.user_id IN (SELECT user_id FROM courses_users WHERE cohort_id = @Cohort)
        ), here AS (
            SELECT user_id,
                   bool_or(role = 'facilitator') AS leads
              FROM live
             WHERE cohort_id = @Cohort
             GROUP BY user_id
        ), led AS (
            SELECT user_id,
                   count(*)::int AS groups
              FROM live
             WHERE role = 'facilitator'
             GROUP BY user_id
        ), allowed AS (
            SELECT user_id,
                   max(max_active_groups) AS groups
              FROM facilitators
             GROUP BY user_id
        )
        SELECT user_id AS UserId,
               coalesce(nickname, discord_username, 'User ' || user_id) AS Name,
               cohort_role::text AS Role,
               CASE WHEN here.user_id IS NOT NULL THEN 'leading' ELSE grouping_status::text END AS Standing,
               timezone AS Timezone,
               availability_utc AS Availability,
               if_needed_availability_utc AS IfNeeded,
               coalesce(allowed.groups, 1) AS GroupsAllowed,
               coalesce(led.groups, 0) AS GroupsLed
          FROM courses_users
          JOIN users USING (user_id)
          LEFT JOIN here USING (user_id)
          LEFT JOIN led USING (user_id)
          LEFT JOIN allowed USING (user_id)
         WHERE courses_users.cohort_id = @Cohort
           AND users.deleted_at IS NULL
           AND (   (here.user_id IS NULL AND grouping_status IN ('awaiting_grouping', 'ungroupable'))
                OR (here.leads AND cohort_role = 'facilitator'))
         ORDER BY user_id
        """;

    private const string MeetingsSql =
        """
        SELECT groups_users.user_id AS UserId,
               meeting_start_minute::int AS StartMinute,
               coalesce(meeting_length_minutes, 60)::int AS LengthMinutes
          FROM groups_users
          JOIN groups USING (group_id)
         WHERE groups.status IN ('forming', 'active')
           AND groups_users.status = 'active'
           AND meeting_start_minute IS NOT NULL
           AND groups_users.user_id IN (SELECT user_id FROM courses_users WHERE cohort_id = @Cohort)
         ORDER BY 1, 2, 3
        """;

    /// <returns>Null when there is no such cohort.</returns>
    public static async Task<CohortSnapshot?> ReadAsync(DbTransaction transaction, CohortId cohort, CancellationToken cancellation)
    {
        CommandDefinition Command(string sql) => new(sql, new { Cohort = cohort.Value }, transaction, cancellationToken: cancellation);
        var connection = transaction.Connection!;
        if (await connection.QuerySingleOrDefaultAsync<CohortRow>(Command(CohortSql)) is not { } row)
            return null;
        var people = (await connection.QueryAsync<PersonRow>(Command(PeopleSql))).AsList();
        var meetings = (await connection.QueryAsync<MeetingRow>(Command(MeetingsSql))).AsList();
        return new CohortSnapshot(row, people, meetings);
    }

    public bool Equals(CohortSnapshot? other) =>
        other is not null && Cohort == other.Cohort && People.SequenceEqual(other.People) && Meetings.SequenceEqual(other.Meetings);

    public override int GetHashCode() => HashCode.Combine(Cohort, People.Count, Meetings.Count);
}
