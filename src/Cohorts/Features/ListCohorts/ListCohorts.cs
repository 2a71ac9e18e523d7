using Cohorts.Domain;
using Dapper;
using MediatR;
using NodaTime;
using Npgsql;

namespace Cohorts.Features.ListCohorts;

/// <summary>All cohorts, the next to start first, with where their people and groups stand.</summary>
public static class ListCohorts
{
    /// <param name="Guild">Cohorts of other guilds do not exist for it; null: all.</param>
    public sealed record Query(GuildId? Guild = null) : IRequest<Outcome<Result>>;

    public sealed record Result(IReadOnlyList<Row> Cohorts);

    /// <param name="PendingUsers">Enrolled and awaiting grouping.</param>
    /// <param name="Groups">Live ones: forming or active.</param>
    /// <param name="RealizedGroups">Live groups that stand in Discord with all that belongs to them.</param>
    public sealed record Row(
        CohortId CohortId,
        string CohortName,
        string CourseName,
        LocalDate StartDate,
        int PendingUsers,
        int Grouped,
        int Ungroupable,
        int Groups,
        int RealizedGroups);

    public sealed class Handler(NpgsqlDataSource database) : IRequestHandler<Query, Outcome<Result>>
    {
        private const string Sql =
            """
            SELECT cohort_id AS CohortId,
                   coalesce(cohort_name, 'Cohort ' || cohort_id) AS CohortName,
                   course_name AS CourseName,
                   cohort_start_date AS StartDate,
                   coalesce(pending, 0) AS PendingUsers,
                   coalesce(grouped, 0) AS Grouped,
                   coalesce(ungroupable, 0) AS Ungroupable,
                   coalesce(live, 0) AS Groups,
                   coalesce(realized, 0) AS RealizedGroups
              FROM cohorts
              JOIN courses USING (course_id)
              LEFT JOIN (SELECT cohort_id,
                                (count(*) FILTER (WHERE grouping_status = 'awaiting_grouping'))::int AS pending,
                                (count(*) FILTER (WHERE grouping_status = 'grouped'))::int AS grouped,
                                (count(*) FILTER (WHERE grouping_status = 'ungroupable'))::int AS ungroupable
                           FROM courses_users
                           JOIN users USING (user_id)
                          WHERE deleted_at IS NULL
                          GROUP BY cohort_id) AS enrolments USING (cohort_id)
              LEFT JOIN (SELECT cohort_id,
                                count(*)::int AS live,
                                (count(*) FILTER (WHERE status = 'active'))::int AS realized
                           FROM groups
                          WHERE status IN ('forming', 'active')
                          GROUP BY cohort_id) AS live_groups USING (cohort_id)
             WHERE @Guild::text IS NULL OR discord_guild_id IS NULL OR discord_guild_id = @Guild
             ORDER BY cohort_start_date, course_name, cohort_name, cohort_id
            """;

        public async Task<Outcome<Result>> Handle(Query request, CancellationToken cancellationToken)
        {
            await using var connection = await database.OpenConnectionAsync(cancellationToken);
            return new Result([.. await connection.QueryAsync<Row>(new CommandDefinition(
                Sql, new { Guild = request.Guild?.ToString() }, cancellationToken: cancellationToken))]);
        }
    }
}
