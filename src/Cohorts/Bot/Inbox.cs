using Cohorts.Discord;
using Dapper;
using Npgsql;

namespace Cohorts.Bot;

/// <summary>
/// The table <c>interactions</c>: what is recorded there before it is acknowledged is neither lost nor worked on twice, whatever dies.
/// </summary>
public sealed class Inbox(NpgsqlDataSource database)
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

    /// <returns>False when it is known already: Discord sent it again, or through the other door.</returns>
    public async Task<bool> RecordAsync(Interaction interaction, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        return await connection.ExecuteAsync(new CommandDefinition(
            """
            INSERT INTO interactions (interaction_id, guild_id, payload, lease_until)
            VALUES (@Id, @Guild, @Payload::jsonb, now() + @Lease)
            ON CONFLICT DO NOTHING
            """,
            new { Id = interaction.Id.ToString(), Guild = interaction.GuildId.ToString(), interaction.Payload, Lease },
            cancellationToken: cancellation)) == 1;
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
