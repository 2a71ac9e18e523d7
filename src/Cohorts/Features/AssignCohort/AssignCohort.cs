using System.Text.Json.Serialization;
using Cohorts.Domain;
using Dapper;
using MediatR;
using Npgsql;

namespace Cohorts.Features.AssignCohort;

/// <summary>What becomes of what stands in the server that a cohort leaves.</summary>
public enum OldServer
{
    /// <summary>The cohort stays while something of it stands there.</summary>
    Respect,

    /// <summary>It is left standing there, and forgotten here.</summary>
    Abandon,
}

/// <summary>Gives a cohort to a Discord server, or moves it to another: in that one alone it is seen from then on.</summary>
public static class AssignCohort
{
    public sealed record Command(CohortId CohortId, GuildId Guild, OldServer OldServer = OldServer.Respect) : IRequest<Outcome<Result>>;

    public enum Change
    {
        None,
        Given,
        Moved,
    }

    /// <param name="Before">Null where it belonged to no server.</param>
    /// <param name="Abandoned">What stands in the old server, and is not known here any more.</param>
    /// <param name="Warnings">Whole sentences.</param>
    public sealed record Result(
        CohortId CohortId, string CohortName, string CourseName, GuildId Guild, GuildId? Before, Change Change, Standing Abandoned, IReadOnlyList<string> Warnings);

    /// <summary>What the database knows to stand in Discord.</summary>
    public sealed record Standing(int Categories, int Channels, int Events)
    {
        [JsonIgnore]
        public bool IsNothing => this is { Categories: 0, Channels: 0, Events: 0 };

        public override string ToString() => string.Join(", ", new[]
        {
            Count(Categories, "category", "categories"), Count(Channels, "channel", "channels"), Count(Events, "event", "events"),
        }.Where(t => t.Length > 0));

        private static string Count(int number, string one, string many) => number == 0 ? "" : Counted.Of(number, one, many);
    }

    public sealed class Handler(NpgsqlDataSource database) : IRequestHandler<Command, Outcome<Result>>
    {
        // FOR UPDATE also holds up whoever would open a run of the cohort: the row of a run refers to it.
        private const string CohortSql =
            """
            SELECT coalesce(cohort_name, 'Cohort ' || cohort_id) AS Name,
                   course_name AS CourseName,
                   discord_guild_id AS Guild
              FROM cohorts
              JOIN courses USING (course_id)
             WHERE cohort_id = @Cohort
               FOR UPDATE OF cohorts
            """;

        /// <summary>Of all groups of the cohort, those that are over too: their channels may still stand.</summary>
        private const string StandingSql =
            """
            SELECT (SELECT (discord_category_id IS NOT NULL)::int + cardinality(discord_further_category_ids) FROM cohorts WHERE cohort_id = @Cohort) AS Categories,
                   (SELECT (count(discord_text_channel_id) + count(discord_voice_channel_id))::int FROM groups WHERE cohort_id = @Cohort) AS Channels,
                   (SELECT count(discord_event_id)::int FROM meetings JOIN groups USING (group_id) WHERE groups.cohort_id = @Cohort) AS Events
            """;

        /// <summary>
        /// Nothing of another server is named any more, so that nobody touches it by these ids; a group that stood there is to be made as
        /// one that never stood, its welcome too.
        /// </summary>
        private const string ForgetSql =
            """
            UPDATE cohorts
               SET discord_category_id = NULL, discord_further_category_ids = '{}'
             WHERE cohort_id = @Cohort;
            UPDATE meetings
               SET discord_event_id = NULL, discord_voice_channel_id = NULL, event_cancelled_at = NULL, updated_at = now()
              FROM groups
             WHERE groups.group_id = meetings.group_id
               AND groups.cohort_id = @Cohort
               AND (discord_event_id IS NOT NULL OR meetings.discord_voice_channel_id IS NOT NULL OR event_cancelled_at IS NOT NULL);
            UPDATE groups_users
               SET access_granted_at = NULL, absent_at = NULL, mentioned_in_message_id = NULL, updated_at = now()
              FROM groups
             WHERE groups.group_id = groups_users.group_id
               AND groups.cohort_id = @Cohort
               AND (access_granted_at IS NOT NULL OR absent_at IS NOT NULL OR mentioned_in_message_id IS NOT NULL);
            UPDATE groups
               SET discord_text_channel_id = NULL,
                   discord_voice_channel_id = NULL,
                   welcome_message_id = NULL,
                   discord_channel_archived_at = NULL,
                   status = CASE WHEN status = 'active' THEN 'forming' ELSE status END,
                   updated_at = now()
             WHERE cohort_id = @Cohort;
            """;

        private const string AssignSql =
            """
            UPDATE cohorts
               SET discord_guild_id = @Guild,
                   assigned_at = CASE WHEN discord_guild_id IS NULL THEN assigned_at ELSE now() END,
                   updated_at = now()
             WHERE cohort_id = @Cohort
            """;

        public async Task<Outcome<Result>> Handle(Command request, CancellationToken cancellationToken)
        {
            try
            {
                return await AssignAsync(request, cancellationToken);
            }
            catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure)
            {
                return new Refusal("Something else is at work on this cohort, and nothing was changed. Give the command again.");
            }
        }

        private async Task<Outcome<Result>> AssignAsync(Command request, CancellationToken cancellation)
        {
            await using var connection = await database.OpenConnectionAsync(cancellation);
            await using var transaction = await connection.BeginTransactionAsync(cancellation);
            var values = new { Cohort = request.CohortId.Value, Guild = request.Guild.ToString() };
            CommandDefinition Sql(string sql) => new(sql, values, transaction, cancellationToken: cancellation);

            if (await connection.QuerySingleOrDefaultAsync<Row>(Sql(CohortSql)) is not { } cohort)
                return new Refusal($"There is no cohort {request.CohortId}.") { Reason = RefusalReason.NoSuchCohort };
            var warnings = await WarnAsync(transaction, request, cancellation);
            Result Told(Change change, Standing abandoned) =>
                new(request.CohortId, cohort.Name, cohort.CourseName, request.Guild, cohort.Guild, change, abandoned, warnings);
            if (cohort.Guild == request.Guild)
                return Told(Change.None, new Standing(0, 0, 0));
            if (await FindRunAsync(transaction, request.CohortId, cancellation) is { } run)
                return new Refusal($"{run.RequestedBy} has been at work on {cohort.Name} since {run.StartedAt} (run {run.RunId}), and nothing was changed. Wait until that has ended, then give the command again.");

            var standing = await connection.QuerySingleAsync<Standing>(Sql(StandingSql));
            if (cohort.Guild is { } old && !standing.IsNothing && request.OldServer != OldServer.Abandon)
            {
                return new Refusal(
                    $"{cohort.Name} is realized in the Discord server {old} ({standing}), and nothing was changed. To move it all the same, and leave "
                    + $"what stands there to whoever runs that server: ./cohorts assign {request.CohortId} --guild {request.Guild} --abandon");
            }

            // A cohort without a server that has ids was taken over from a system that did not keep which: they are those of its own server.
            var forgets = cohort.Guild is not null || request.OldServer == OldServer.Abandon;
            if (forgets)
                await connection.ExecuteAsync(Sql(ForgetSql));
            await connection.ExecuteAsync(Sql(AssignSql));
            await transaction.CommitAsync(cancellation);
            return Told(cohort.Guild is null ? Change.Given : Change.Moved, forgets ? standing : new Standing(0, 0, 0));
        }

        /// <summary>The run at work on the cohort. One whose process has died is ended: what it began for another server is not gone on with.</summary>
        private static async Task<OpenRun?> FindRunAsync(NpgsqlTransaction transaction, CohortId cohort, CancellationToken cancellation)
        {
            await transaction.Connection!.ExecuteAsync(new CommandDefinition(
                """
                UPDATE runs
                   SET state = CASE WHEN result IS NOT NULL THEN 'succeeded' ELSE 'interrupted' END,
                       error = CASE WHEN result IS NULL THEN 'The process that ran it ended before the run did.' END,
                       ended_at = now()
                 WHERE cohort_id = @Cohort
                   AND ended_at IS NULL
                   AND lease_until < now()
                """,
                new { Cohort = cohort.Value },
                transaction,
                cancellationToken: cancellation));
            return await transaction.Connection!.QuerySingleOrDefaultAsync<OpenRun>(new CommandDefinition(
                """
                SELECT run_id AS RunId,
                       requested_by AS RequestedBy,
                       to_char(started_at AT TIME ZONE 'UTC', 'HH24:MI:SS "UTC"') AS StartedAt
                  FROM runs
                 WHERE cohort_id = @Cohort
                   AND ended_at IS NULL
                """,
                new { Cohort = cohort.Value },
                transaction,
                cancellationToken: cancellation));
        }

        private static async Task<IReadOnlyList<string>> WarnAsync(NpgsqlTransaction transaction, Command request, CancellationToken cancellation)
        {
            var guilds = await BotGuild.ListAsync(transaction.Connection!, cancellation, transaction);
            return guilds.Any(g => g.Id == request.Guild) ? []
                : guilds.Count == 0 ? [$"The bot has not been connected yet, so whether it is in the server {request.Guild} is not known."]
                : [$"The bot was not in the server {request.Guild} when it was last connected, but in {string.Join(", ", guilds.Take(8))}. Invite it there, or give the command again with another id."];
        }

        private sealed record Row(string Name, string CourseName, GuildId? Guild);

        private sealed record OpenRun(long RunId, string RequestedBy, string StartedAt);
    }
}
