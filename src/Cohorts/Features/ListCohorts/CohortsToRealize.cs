using Cohorts.Domain;
using Dapper;
using MediatR;
using NodaTime;
using Npgsql;

namespace Cohorts.Features.ListCohorts;

/// <summary>
/// Choices for whoever types the name of a cohort to realize: those with a live group that is not active yet come first; complete ones
/// are offered only to somebody who types.
/// </summary>
public static class CohortsToRealize
{
    /// <param name="Guild">Cohorts of other guilds do not exist for it; null: all.</param>
    /// <param name="Typed">Part of the cohort's or the course's name, in any case; empty for those with something left to realize.</param>
    public sealed record Query(string Typed, GuildId? Guild = null) : IRequest<IReadOnlyList<Choice>>;

    public enum State
    {
        SomethingLeft,
        Complete,
    }

    /// <param name="Groups">Live groups: forming or active.</param>
    /// <param name="Left">Those of them that are not active yet.</param>
    public sealed record Choice(CohortId CohortId, string CohortName, string CourseName, LocalDate StartDate, int Groups, int Left)
    {
        public State State => Left > 0 ? State.SomethingLeft : State.Complete;
    }

    public sealed class Handler(NpgsqlDataSource database) : IRequestHandler<Query, IReadOnlyList<Choice>>
    {
        private const string Sql =
            """
            SELECT cohort_id AS CohortId,
                   coalesce(cohort_name, 'Cohort ' || cohort_id) AS CohortName,
                   course_name AS CourseName,
                   cohort_start_date AS StartDate,
                   live AS Groups,
                   not_active AS Left
              FROM cohorts
              JOIN courses USING (course_id)
              JOIN (SELECT cohort_id,
                           count(*)::int AS live,
                           (count(*) FILTER (WHERE status <> 'active'))::int AS not_active
                      FROM groups
                     WHERE status IN ('forming', 'active')
                     GROUP BY cohort_id) AS live_groups USING (cohort_id)
             WHERE strpos(lower(coalesce(cohort_name, 'Cohort ' || cohort_id) || ' ' || course_name), lower(@Typed)) > 0
               AND (@Guild::text IS NULL OR discord_guild_id IS NULL OR discord_guild_id = @Guild)
               AND (not_active > 0 OR @Typed <> '')
             ORDER BY not_active = 0, cohort_start_date, cohort_name, cohort_id
             LIMIT 25
            """;

        public async Task<IReadOnlyList<Choice>> Handle(Query request, CancellationToken cancellationToken)
        {
            await using var connection = await database.OpenConnectionAsync(cancellationToken);
            return [.. await connection.QueryAsync<Choice>(new CommandDefinition(
                Sql, new { request.Typed, Guild = request.Guild?.ToString() }, cancellationToken: cancellationToken))];
        }
    }
}
