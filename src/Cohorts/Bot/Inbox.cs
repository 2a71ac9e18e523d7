using Cohorts.Discord;
using Cohorts.Hosting;
using Dapper;
using Npgsql;

namespace Cohorts.Bot;

/// <summary>
/// The table <c>interactions</c>: what is recorded there before it is acknowledged is neither lost nor worked on twice, whatever dies.
/// </summary>
public sealed class Inbox(NpgsqlDataSource database, DiscordSettings settings)
{
    /// <summary>
    /// Of an interaction at work; renewed four times within it. Short, because somebody waits: to lose it to another process while alive
    /// costs nothing but work done twice, since both find the same run.
    /// </summary>
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(4);

    /// <summary>How often work is begun before it is given up: what fails each time will not succeed.</summary>
    private const int MostAttempts = 5;

    public sealed record Waiting(string InteractionId, string Payload, bool IsAcknowledged, int Attempts)
    {
        /// <summary>Begun too often already: whoever waits is told so, and it is not begun again.</summary>
        public bool IsGivenUp => Attempts > MostAttempts;
    }

    /// <summary>What became of an interaction that came in.</summary>
    public abstract record Recording
    {
        private Recording()
        {
        }

        public sealed record Fresh : Recording;

        /// <summary>Discord sent it again, or through the other door.</summary>
        public sealed record Known : Recording;

        /// <summary>Not recorded: as many commands as are allowed within a minute were given already.</summary>
        public sealed record TooMany(CommandsOf Whose, int Allowed, TimeSpan FreeIn) : Recording;
    }

    public enum CommandsOf
    {
        User,
        Guild,
    }

    /// <summary>
    /// Commands are counted here and in the same statement, because any process may get the next one; buttons and what is offered while
    /// somebody types are not counted. Those given at the same instant may exceed what is allowed by as many as there are at once.
    /// </summary>
    public async Task<Recording> RecordAsync(Interaction interaction, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        var (isNew, isKnown, userIsFreeIn, guildIsFreeIn) = await connection.QuerySingleAsync<(bool, bool, double?, double?)>(new CommandDefinition(
            """
            WITH of_user AS (
                SELECT extract(epoch FROM created_at + interval '1 minute' - now())::float8 AS free_in
                  FROM interactions
                 WHERE commanded_by = @User
                   AND created_at > now() - interval '1 minute'
                 ORDER BY created_at DESC
                OFFSET @PerUser - 1 LIMIT 1
            ), of_guild AS (
                SELECT extract(epoch FROM created_at + interval '1 minute' - now())::float8 AS free_in
                  FROM interactions
                 WHERE guild_id = @Guild
                   AND commanded_by IS NOT NULL
                   AND @User IS NOT NULL
                   AND created_at > now() - interval '1 minute'
                 ORDER BY created_at DESC
                OFFSET @PerGuild - 1 LIMIT 1
            ), recorded AS (
                INSERT INTO interactions (interaction_id, guild_id, commanded_by, payload, lease_until)
                SELECT @Id, @Guild, @User, @Payload::jsonb, now() + @Lease
                 WHERE NOT EXISTS (SELECT FROM of_user)
                   AND NOT EXISTS (SELECT FROM of_guild)
                    ON CONFLICT DO NOTHING
                RETURNING 1
            )
            SELECT EXISTS (SELECT FROM recorded),
                   EXISTS (SELECT FROM interactions WHERE interaction_id = @Id),
                   (SELECT free_in FROM of_user),
                   (SELECT free_in FROM of_guild)
            """,
            new
            {
                Id = interaction.Id.ToString(),
                Guild = interaction.GuildId.ToString(),
                User = interaction is CommandInteraction ? interaction.User?.Id.ToString() : null,
                interaction.Payload,
                Lease,
                PerUser = settings.Pace.CommandsPerUser,
                PerGuild = settings.Pace.CommandsPerGuild,
            },
            cancellationToken: cancellation));
        return (isNew, isKnown, userIsFreeIn, guildIsFreeIn) switch
        {
            (true, _, _, _) => new Recording.Fresh(),
            (_, true, _, _) => new Recording.Known(),
            (_, _, { } user, var guild) when guild is null || user >= guild => new Recording.TooMany(CommandsOf.User, settings.Pace.CommandsPerUser, TimeSpan.FromSeconds(user)),
            (_, _, _, { } guild) => new Recording.TooMany(CommandsOf.Guild, settings.Pace.CommandsPerGuild, TimeSpan.FromSeconds(guild)),
            // The same one, recorded through the other door while this statement ran.
            _ => new Recording.Known(),
        };
    }

    public Task AcknowledgedAsync(Snowflake id, CancellationToken cancellation) =>
        SetAsync("acknowledged_at = coalesce(acknowledged_at, now())", id, cancellation);

    public Task AnsweredAsync(Snowflake id, CancellationToken cancellation) => SetAsync("answered_at = coalesce(answered_at, now())", id, cancellation);

    /// <summary>The attempt that failed was not the work's fault: Discord did not answer.</summary>
    public Task NotCountedAsync(Snowflake id, CancellationToken cancellation) => SetAsync("attempts = greatest(attempts - 1, 0)", id, cancellation);

    public async Task RenewAsync(IReadOnlyCollection<Snowflake> atWork, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await connection.ExecuteAsync(new CommandDefinition(
            "UPDATE interactions SET lease_until = now() + @Lease WHERE interaction_id = ANY(@Ids) AND answered_at IS NULL",
            new { Lease, Ids = atWork.Select(id => id.ToString()).ToArray() },
            cancellationToken: cancellation));
    }

    /// <summary>
    /// Takes over those whose process has died, each for one caller only; ends those that Discord takes no answer to any more, and forgets
    /// those that were answered a day ago.
    /// </summary>
    public async Task<IReadOnlyList<Waiting>> TakeUpAsync(CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        return [.. await connection.QueryAsync<Waiting>(new CommandDefinition(
            """
            DELETE FROM interactions WHERE answered_at < now() - interval '1 day';
            UPDATE interactions
               SET answered_at = now(), updated_at = now()
             WHERE answered_at IS NULL AND lease_until < now() AND created_at < now() - interval '15 minutes';
            UPDATE interactions
               SET lease_until = now() + @Lease, attempts = attempts + 1, updated_at = now()
             WHERE interaction_id IN (SELECT interaction_id
                                        FROM interactions
                                       WHERE answered_at IS NULL
                                         AND lease_until < now()
                                       ORDER BY created_at
                                         FOR UPDATE SKIP LOCKED
                                       LIMIT 20)
            RETURNING interaction_id AS InteractionId,
                      payload::text AS Payload,
                      acknowledged_at IS NOT NULL AS IsAcknowledged,
                      attempts AS Attempts;
            """,
            new { Lease },
            cancellationToken: cancellation))];
    }

    /// <summary>The message in the channel that shows how far the work on an interaction is; null before there is one.</summary>
    public async Task<Snowflake?> FindChannelMessageAsync(Snowflake id, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        var text = await connection.ExecuteScalarAsync<string?>(new CommandDefinition(
            "SELECT channel_message_id FROM interactions WHERE interaction_id = @Id", new { Id = id.ToString() }, cancellationToken: cancellation));
        return Snowflake.TryParse(text, out var message) ? message : null;
    }

    public async Task SaveChannelMessageAsync(Snowflake id, Snowflake message, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await connection.ExecuteAsync(new CommandDefinition(
            "UPDATE interactions SET channel_message_id = @Message, updated_at = now() WHERE interaction_id = @Id",
            new { Id = id.ToString(), Message = message.ToString() },
            cancellationToken: cancellation));
    }

    private async Task SetAsync(string what, Snowflake id, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await connection.ExecuteAsync(new CommandDefinition(
            $"UPDATE interactions SET {what}, updated_at = now() WHERE interaction_id = @Id",
            new { Id = id.ToString() },
            cancellationToken: cancellation));
    }
}
