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

    public sealed record Result(IReadOnlyList<Row> Cohorts)
    {
        /// <summary>Those that the bot is in; told on the command line alone.</summary>
        public IReadOnlyList<BotGuild> BotGuilds { get; init; } = [];

        /// <summary>Cohorts without a server while the bot is in more than one.</summary>
        public IEnumerable<Row> SeenNowhere => BotGuilds.Count > 1 ? Cohorts.Where(c => c.Guild is null) : [];
    }

    /// <param name="PendingUsers">Enrolled and awaiting grouping, as scheduling would take them up.</param>
    /// <param name="Grouped">Everybody else but those left over.</param>
    /// <param name="Groups">Forming or active ones, those whose meetings are over too.</param>
    /// <param name="RealizedGroups">Live groups that stand in Discord with all that belongs to them, as far as is known.</param>
    /// <param name="Guild">The server that it belongs to.</param>
    public sealed record Row(
        CohortId CohortId,
        string CohortName,
        string CourseName,
        LocalDate StartDate,
        int PendingUsers,
        int Grouped,
        int Ungroupable,
        int Groups,
        int RealizedGroups,
        GuildId? Guild = null)
    {
        /// <summary>Null before the first meeting, and where there are no groups.</summary>
        public MeetingsUnderWay? UnderWay { get; init; }
    }

    public sealed class Handler(NpgsqlDataSource database, IClock clock) : IRequestHandler<Query, Outcome<Result>>
    {
        private const string Sql =
            $"""
            WITH due AS (
                {GroupsToRealize.Sql}
            )
            SELECT cohort_id AS CohortId,
                   coalesce(cohort_name, 'Cohort ' || cohort_id) AS CohortName,
                   course_name AS CourseName,
                   cohort_start_date AS StartDate,
                   pending AS PendingUsers,
                   coalesce(people, 0) - pending - left_over AS Grouped,
                   left_over AS Ungroupable,
                   coalesce(live, 0) AS Groups,
                   coalesce(realized, 0) AS RealizedGroups,
                   discord_guild_id AS Guild
              FROM cohorts AS matching
              JOIN courses USING (course_id)
              LEFT JOIN (SELECT cohort_id,
                                count(*)::int AS people
                           FROM courses_users
                           JOIN users USING (user_id)
                          WHERE deleted_at IS NULL
                            AND grouping_status IS NOT NULL
                          GROUP BY cohort_id) AS enrolments USING (cohort_id)
              LEFT JOIN (SELECT live_groups.cohort_id,
                                count(*)::int AS live,
                                (count(*) FILTER (WHERE due.group_id IS NULL))::int AS realized
                           FROM live_groups
                           LEFT JOIN due USING (group_id)
                          GROUP BY live_groups.cohort_id) AS groups_of USING (cohort_id)
             CROSS JOIN {PeopleToPlace.Counted}
             WHERE @Guild::text IS NULL OR cohort_id IN (SELECT cohort_id FROM cohorts_in_discord WHERE guild_id = @Guild)
             ORDER BY cohort_start_date, course_name, cohort_name, cohort_id
            """;

        public async Task<Outcome<Result>> Handle(Query request, CancellationToken cancellationToken)
        {
            await using var connection = await database.OpenConnectionAsync(cancellationToken);
            var now = clock.GetCurrentInstant();
            var cohorts = await connection.QueryAsync<Row>(new CommandDefinition(
                Sql, new { Guild = request.Guild?.ToString(), now }, cancellationToken: cancellationToken));
            var underWay = await MeetingsUnderWay.ReadAsync(connection, now, cancellationToken);
            return new Result([.. cohorts.Select(c => c with { UnderWay = underWay.GetValueOrDefault(c.CohortId) })])
            {
                BotGuilds = request.Guild is null ? await BotGuild.ListAsync(connection, cancellationToken) : [],
            };
        }
    }
}
