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
    /// <param name="GroupsLed">Live groups that the person leads, of any cohort, and that still meet within this cohort's dates.</param>
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

    /// <summary>A weekly hour of this cohort that a meeting of a live group takes from one of its people, of whatever cohort the group is.</summary>
    public sealed record MeetingRow(UserId UserId, int StartMinute, int LengthMinutes);

    private sealed record TakenTime(UserId UserId, Instant StartsAt, Instant EndsAt);

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

    /// <summary>
    /// Person by person through indexes: joined as whole sets, PostgreSQL took minutes for 100,000 people whose tables it had not yet
    /// analysed, because it expected 500 and compared each with each facilitator.
    /// </summary>
    private const string PeopleSql =
        """
        SELECT user_id AS UserId,
               coalesce(nickname, discord_username, 'User ' || user_id) AS Name,
               cohort_role::text AS Role,
               CASE WHEN live.leads_here IS NOT NULL THEN 'leading' ELSE grouping_status::text END AS Standing,
               timezone AS Timezone,
               availability_utc AS Availability,
               if_needed_availability_utc AS IfNeeded,
               coalesce(allowed.groups, 1) AS GroupsAllowed,
               live.led AS GroupsLed
          FROM courses_users
          JOIN users USING (user_id)
         CROSS JOIN LATERAL (
                SELECT bool_or(role = 'facilitator') FILTER (WHERE live_groups.cohort_id = @Cohort) AS leads_here,
                       count(*) FILTER (
                           WHERE role = 'facilitator'
                             AND EXISTS (SELECT FROM meetings_of(group_id) AS meeting WHERE meeting.ends_at > @From AND meeting.starts_at < @To)
                       )::int AS led
                  FROM groups_users
                  JOIN live_groups USING (group_id)
                 WHERE groups_users.user_id = courses_users.user_id
                   AND groups_users.status = 'active'
               ) AS live
         CROSS JOIN LATERAL (
                SELECT max(max_active_groups) AS groups
                  FROM facilitators
                 WHERE facilitators.user_id = courses_users.user_id
               ) AS allowed
         WHERE courses_users.cohort_id = @Cohort
           AND users.deleted_at IS NULL
           AND (   (live.leads_here IS NULL AND grouping_status IN ('awaiting_grouping', 'ungroupable'))
                OR (live.leads_here AND cohort_role = 'facilitator'))
         ORDER BY user_id
        """;

    private const string MeetingsSql =
        """
        SELECT groups_users.user_id AS UserId,
               meeting.starts_at AS StartsAt,
               meeting.ends_at AS EndsAt
          FROM groups_users
          JOIN live_groups USING (group_id)
         CROSS JOIN LATERAL meetings_of(group_id) AS meeting
         WHERE groups_users.status = 'active'
           AND meeting.takes_hours
           AND meeting.ends_at > @From
           AND meeting.starts_at < @To
           AND groups_users.user_id IN (SELECT user_id FROM courses_users WHERE cohort_id = @Cohort)
         ORDER BY 1, 2, 3
        """;

    /// <param name="now">Meetings before it are over, unless the whole cohort is.</param>
    /// <returns>Null when there is no such cohort.</returns>
    public static async Task<CohortSnapshot?> ReadAsync(
        DbTransaction transaction, CohortId cohort, IDateTimeZoneProvider zones, Instant now, CancellationToken cancellation)
    {
        var connection = transaction.Connection!;
        if (await connection.QuerySingleOrDefaultAsync<CohortRow>(new CommandDefinition(
            CohortSql, new { Cohort = cohort.Value }, transaction, cancellationToken: cancellation)) is not { } row)
        {
            return null;
        }

        var zone = row.MeetingTimezone is { } name ? zones.GetZoneOrNull(name) : null;
        var dates = CohortDates.Of(row.StartDate, zone, row.NumberOfMeetings, now);
        CommandDefinition Command(string sql) =>
            new(sql, new { Cohort = cohort.Value, dates.From, dates.To }, transaction, cancellationToken: cancellation);
        var people = (await connection.QueryAsync<PersonRow>(Command(PeopleSql))).AsList();
        var meetings = (await connection.QueryAsync<TakenTime>(Command(MeetingsSql)))
            .Select(m => (m.UserId, Slot: dates.SlotTakenBy(m.StartsAt, m.EndsAt)))
            .Where(m => m.Slot is not null)
            .Select(m => new MeetingRow(m.UserId, m.Slot!.Value.StartMinute, m.Slot.Value.LengthMinutes))
            .Distinct()
            .ToList();
        return new CohortSnapshot(row, people, meetings);
    }

    public bool Equals(CohortSnapshot? other) =>
        other is not null && Cohort == other.Cohort && People.SequenceEqual(other.People) && Meetings.SequenceEqual(other.Meetings);

    public override int GetHashCode() => HashCode.Combine(Cohort, People.Count, Meetings.Count);
}
