using Cohorts.Domain;
using Dapper;
using NodaTime;
using Npgsql;

namespace Cohorts.Features.ImportCohort;

/// <summary>The cohort of that course and name as it stands before an import.</summary>
/// <param name="MeetingLengthMinutes">Null where nobody ever said.</param>
/// <param name="MeetingTimezone">Null where its meetings keep to UTC.</param>
/// <param name="Groups">Groups that stand or stood; those cancelled or merged are not counted, nothing depends on them any more.</param>
public sealed record StoredCohort(
    CohortId CohortId, int CourseId, LocalDate Start, int Meetings, int? MeetingLengthMinutes, string? MeetingTimezone, string Status, int Groups)
{
    private const string Sql =
        """
        SELECT cohort_id AS CohortId,
               course_id AS CourseId,
               cohort_start_date AS Start,
               number_of_group_meetings AS Meetings,
               meeting_length_minutes AS MeetingLengthMinutes,
               nullif(meeting_timezone, '') AS MeetingTimezone,
               coalesce(status::text, 'active') AS Status,
               (SELECT count(*)::int
                  FROM groups
                 WHERE groups.cohort_id = cohorts.cohort_id
                   AND groups.status NOT IN ('cancelled', 'merged')) AS Groups
          FROM cohorts
          JOIN courses USING (course_id)
         WHERE btrim(nfc(cohort_name)) = @Cohort
           AND btrim(nfc(course_name)) = @Course
         ORDER BY cohort_id
        """;

    private const string NamesSql =
        """
        SELECT nfc(cohort_name) AS Cohort,
               nfc(course_name) AS Course
          FROM cohorts
          JOIN courses USING (course_id)
         WHERE cohort_name IS NOT NULL
         ORDER BY cohort_id DESC
         LIMIT 5000
        """;

    private sealed record FullName(string Cohort, string Course);

    public static async Task<IReadOnlyList<StoredCohort>> FindAsync(
        NpgsqlTransaction transaction, string course, string cohort, CancellationToken cancellation) =>
        (await transaction.Connection!.QueryAsync<StoredCohort>(new CommandDefinition(
            Sql, new { Course = course, Cohort = cohort }, transaction, cancellationToken: cancellation))).AsList();

    /// <summary>The name of the cohort, course first, that is most like the one given; null when there is no other.</summary>
    public static async Task<string?> NearestNameAsync(
        NpgsqlTransaction transaction, string course, string cohort, CancellationToken cancellation)
    {
        var names = await transaction.Connection!.QueryAsync<FullName>(
            new CommandDefinition(NamesSql, transaction: transaction, cancellationToken: cancellation));
        return Wording.Nearest(Full(new FullName(cohort, course)), names, Full, out _) is { } nearest ? Full(nearest) : null;
    }

    private static string Full(FullName name) => $"{name.Course} / {name.Cohort}";
}
