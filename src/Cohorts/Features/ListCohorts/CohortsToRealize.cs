using Cohorts.Domain;
using Dapper;
using MediatR;
using NodaTime;
using Npgsql;

namespace Cohorts.Features.ListCohorts;

/// <summary>
/// Choices for whoever types the name of a cohort to realize: those come first of which a live group is not active, a meeting to come lacks
/// its event, or access is due; complete ones, and those whose meetings are over, are offered only to somebody who types.
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
    /// <param name="Left">Those of them with something left to make.</param>
    public sealed record Choice(CohortId CohortId, string CohortName, string CourseName, LocalDate StartDate, int Groups, int Left)
    {
        public State State => Left > 0 ? State.SomethingLeft : State.Complete;
    }

    public sealed class Handler(NpgsqlDataSource database, IClock clock) : IRequestHandler<Query, IReadOnlyList<Choice>>
    {
        private const string Sql =
            $"""
            WITH due AS (
                {GroupsToRealize.Sql}
            ), something_left AS (
                SELECT cohort_id,
                       count(*)::int AS groups
                  FROM due
                  JOIN live_groups USING (cohort_id, group_id)
                 WHERE last_meeting_ends_at > @now
                 GROUP BY cohort_id
            )
            SELECT cohort_id AS CohortId,
                   coalesce(cohort_name, 'Cohort ' || cohort_id) AS CohortName,
                   course_name AS CourseName,
                   cohort_start_date AS StartDate,
                   (SELECT count(*)::int FROM live_groups WHERE live_groups.cohort_id = cohorts.cohort_id) AS Groups,
                   coalesce(something_left.groups, 0) AS Left
              FROM cohorts
              JOIN courses USING (course_id)
              LEFT JOIN something_left USING (cohort_id)
             WHERE strpos(lower(nfc(coalesce(cohort_name, 'Cohort ' || cohort_id) || ' ' || course_name)), lower(nfc(@Typed))) > 0
               AND (@Guild::text IS NULL OR cohort_id IN (SELECT cohort_id FROM cohorts_in_discord WHERE guild_id = @Guild))
               AND (something_left.groups > 0
                    OR (@Typed <> '' AND EXISTS (SELECT 1 FROM live_groups WHERE live_groups.cohort_id = cohorts.cohort_id)))
             ORDER BY something_left.groups IS NULL, cohort_start_date, cohort_name, cohort_id
             LIMIT 25
            """;

        public async Task<IReadOnlyList<Choice>> Handle(Query request, CancellationToken cancellationToken)
        {
            await using var connection = await database.OpenConnectionAsync(cancellationToken);
            return [.. await connection.QueryAsync<Choice>(new CommandDefinition(
                Sql, new { Typed = TypedText.WithoutUnseen(request.Typed), Guild = request.Guild?.ToString(), now = clock.GetCurrentInstant() }, cancellationToken: cancellationToken))];
        }
    }
}
