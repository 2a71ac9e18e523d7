using Cohorts.Domain;
using Dapper;
using MediatR;
using NodaTime;
using Npgsql;

namespace Cohorts.Features.ListCohorts;

/// <summary>
/// Choices for whoever types the name of a cohort to schedule: those with people awaiting grouping or left over by an earlier run, by the
/// same measure as scheduling takes them up: who deleted their account, or sits in a live group of the cohort, is neither.
/// Discord shows at most 25, so the typed text is searched over all cohorts before the list is cut.
/// </summary>
public static class CohortsToSchedule
{
    /// <param name="Guild">Cohorts of other guilds do not exist for it; null: all.</param>
    /// <param name="Typed">Part of the cohort's or the course's name, in any case; empty for all.</param>
    public sealed record Query(string Typed, GuildId? Guild = null) : IRequest<IReadOnlyList<Choice>>;

    /// <param name="LeftOver">People whom an earlier run could not place.</param>
    public sealed record Choice(CohortId CohortId, string CohortName, string CourseName, LocalDate StartDate, int Pending, int LeftOver);

    public sealed class Handler(NpgsqlDataSource database) : IRequestHandler<Query, IReadOnlyList<Choice>>
    {
        // The cohorts that match and may have anybody are found by EXISTS on an index alone. They come in the list's order out of a
        // subquery that OFFSET 0 keeps whole, so that people are counted only until 25 cohorts have some.
        private const string Sql =
            $"""
            SELECT cohort_id AS CohortId,
                   coalesce(cohort_name, 'Cohort ' || cohort_id) AS CohortName,
                   course_name AS CourseName,
                   cohort_start_date AS StartDate,
                   pending AS Pending,
                   left_over AS LeftOver
              FROM (SELECT cohort_id, cohort_name, course_name, cohort_start_date
                      FROM cohorts
                      JOIN courses USING (course_id)
                     WHERE strpos(lower(nfc(coalesce(cohort_name, 'Cohort ' || cohort_id) || ' ' || course_name)), lower(nfc(@Typed))) > 0
                       AND (@Guild::text IS NULL OR cohort_id IN (SELECT cohort_id FROM cohorts_in_discord WHERE guild_id = @Guild))
                       AND EXISTS (SELECT 1
                                     FROM courses_users
                                    WHERE courses_users.cohort_id = cohorts.cohort_id
                                      AND grouping_status IN ('awaiting_grouping', 'ungroupable'))
                     ORDER BY cohort_start_date, cohort_name, cohort_id
                    OFFSET 0) AS matching
             CROSS JOIN {PeopleToPlace.Counted}
             WHERE pending + left_over > 0
             ORDER BY cohort_start_date, cohort_name, cohort_id
             LIMIT 25
            """;

        public async Task<IReadOnlyList<Choice>> Handle(Query request, CancellationToken cancellationToken)
        {
            await using var connection = await database.OpenConnectionAsync(cancellationToken);
            return [.. await connection.QueryAsync<Choice>(new CommandDefinition(
                Sql, new { Typed = TypedText.WithoutUnseen(request.Typed), Guild = request.Guild?.ToString() }, cancellationToken: cancellationToken))];
        }
    }
}
