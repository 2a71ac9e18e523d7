using Cohorts.Domain;
using Dapper;
using Npgsql;

namespace Cohorts.Benchmarks;

/// <summary>
/// As the system did it that this one replaces: all cohorts with a count of those who await grouping, cut to the 25 that Discord shows,
/// and only then searched for what was typed.
/// </summary>
public static class OriginalAutocomplete
{
    private const int Most = 25;

    public static async Task<IReadOnlyList<CohortId>> ChooseAsync(NpgsqlDataSource database, string typed, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        var cohorts = await connection.QueryAsync<(CohortId Id, string Name, string Course, long Pending)>(new CommandDefinition(
            """
            SELECT cohorts.cohort_id,
                   cohort_name,
                   course_name,
                   count(*)
              FROM cohorts
              JOIN courses ON courses.course_id = cohorts.course_id
              JOIN courses_users ON courses_users.cohort_id = cohorts.cohort_id
             WHERE grouping_status = 'awaiting_grouping'
             GROUP BY cohorts.cohort_id, cohort_name, course_name, cohort_start_date
             ORDER BY cohort_start_date
            """,
            cancellationToken: cancellation));
        return [.. cohorts.Take(Most)
            .Where(c => $"{c.Course} - {c.Name}".Contains(typed, StringComparison.OrdinalIgnoreCase))
            .Select(c => c.Id)];
    }
}
