using Cohorts.Domain;
using Dapper;
using NodaTime;
using Npgsql;

namespace Cohorts.Features.ListCohorts;

/// <summary>Where a cohort's groups are with their meetings, once the first of these has been.</summary>
/// <param name="NextMeeting">The next one of any of its groups; null when all are over.</param>
/// <param name="MeetingsLeft">Of the group that has the most left.</param>
/// <param name="Meetings">Of a group, the past ones too.</param>
public sealed record MeetingsUnderWay(CohortId CohortId, Instant? NextMeeting, int MeetingsLeft, int Meetings)
{
    /// <summary>Cohorts whose planned weeks ended a season ago have no place in what is next: nobody waits for their dates to be computed.</summary>
    private const string Sql =
        """
        SELECT cohort_id AS CohortId,
               min(next_meeting) AS NextMeeting,
               max(meetings_left) AS MeetingsLeft,
               max(meetings) AS Meetings
          FROM (SELECT live_groups.cohort_id,
                       min(starts_at) FILTER (WHERE starts_at > @now) AS next_meeting,
                       (count(*) FILTER (WHERE starts_at > @now))::int AS meetings_left,
                       count(*)::int AS meetings
                  FROM cohorts
                  JOIN live_groups USING (cohort_id)
                 CROSS JOIN LATERAL meetings_of(group_id) AS meeting
                 WHERE takes_hours
                   AND cohort_start_date <= (@now AT TIME ZONE 'UTC')::date + 1
                   AND cohort_start_date + 7 * least(number_of_group_meetings, 200) + 90 > (@now AT TIME ZONE 'UTC')::date
                 GROUP BY live_groups.cohort_id, group_id) AS of_groups
         GROUP BY cohort_id
        HAVING bool_or(meetings_left < meetings)
        """;

    public static async Task<IReadOnlyDictionary<CohortId, MeetingsUnderWay>> ReadAsync(NpgsqlConnection connection, Instant now, CancellationToken cancellation) =>
        (await connection.QueryAsync<MeetingsUnderWay>(new CommandDefinition(Sql, new { now }, cancellationToken: cancellation))).ToDictionary(c => c.CohortId);
}
