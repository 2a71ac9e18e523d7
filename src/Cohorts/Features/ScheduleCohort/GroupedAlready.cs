using Cohorts.Domain;
using Dapper;
using Npgsql;

namespace Cohorts.Features.ScheduleCohort;

/// <summary>A cohort of which nobody is left to place.</summary>
/// <param name="People">Enrolled in it.</param>
/// <param name="Groups">Live ones.</param>
public sealed record GroupedAlready(int People, int Groups)
{
    private const string Sql =
        """
        SELECT (SELECT count(*)::int
                  FROM courses_users
                  JOIN users USING (user_id)
                 WHERE courses_users.cohort_id = @Cohort
                   AND deleted_at IS NULL) AS People,
               (SELECT count(*)::int
                  FROM live_groups
                 WHERE live_groups.cohort_id = @Cohort) AS Groups
        """;

    public static Task<GroupedAlready> ReadAsync(NpgsqlTransaction transaction, CohortId cohort, CancellationToken cancellation) =>
        transaction.Connection!.QuerySingleAsync<GroupedAlready>(new CommandDefinition(
            Sql, new { Cohort = cohort.Value }, transaction, cancellationToken: cancellation));

    /// <summary>"all 60 people are grouped already, in 9 groups"; "nobody is enrolled".</summary>
    public string InWords() => (People, Groups) switch
    {
        (0, _) => "nobody is enrolled",
        (1, _) => $"the only person in it is grouped already, in {Counted.Of(Groups, "group")}",
        _ => $"all {People} people are grouped already, in {Counted.Of(Groups, "group")}",
    };
}
