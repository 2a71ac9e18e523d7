using Cohorts.Discord;
using Dapper;
using Npgsql;

namespace Cohorts.Bot;

/// <summary>The table <c>bot_guilds</c>: the servers that the bot is in. Written by the process that holds the gateway alone.</summary>
public sealed class BotGuilds(NpgsqlDataSource database)
{
    /// <summary>The whole list, as a new session begins with it; those that are no longer in it are forgotten, those of another bot too.</summary>
    public async Task ReplaceAsync(Snowflake application, IReadOnlyCollection<Snowflake> guilds, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        await connection.ExecuteAsync(new CommandDefinition(
            """
            DELETE FROM bot_guilds WHERE application_id <> @Application OR guild_id <> ALL(@Guilds);
            DELETE FROM registered_commands WHERE application_id = @Application AND guild_id <> ALL(@Guilds);
            INSERT INTO bot_guilds (guild_id, application_id)
            SELECT guild_id, @Application FROM unnest(@Guilds) AS told (guild_id)
                ON CONFLICT (guild_id) DO UPDATE SET application_id = excluded.application_id, updated_at = now();
            """,
            new { Application = application.ToString(), Guilds = guilds.Select(g => g.ToString()).ToArray() },
            transaction,
            cancellationToken: cancellation));
        await transaction.CommitAsync(cancellation);
    }

    public async Task AddAsync(Snowflake application, Guild guild, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await connection.ExecuteAsync(new CommandDefinition(
            """
            INSERT INTO bot_guilds (guild_id, application_id, guild_name)
            VALUES (@Guild, @Application, nullif(@Name, ''))
                ON CONFLICT (guild_id) DO UPDATE
               SET application_id = excluded.application_id,
                   guild_name = coalesce(excluded.guild_name, bot_guilds.guild_name),
                   updated_at = now()
            """,
            new { Guild = guild.Id.ToString(), Application = application.ToString(), Name = guild.Name.Replace("\0", "", StringComparison.Ordinal) },
            cancellationToken: cancellation));
    }

    public async Task RemoveAsync(Snowflake guild, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await connection.ExecuteAsync(new CommandDefinition(
            "DELETE FROM bot_guilds WHERE guild_id = @Guild", new { Guild = guild.ToString() }, cancellationToken: cancellation));
    }

    public async Task<IReadOnlyList<Snowflake>> ListAsync(Snowflake application, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        var guilds = await connection.QueryAsync<string>(new CommandDefinition(
            "SELECT guild_id FROM bot_guilds WHERE application_id = @Application ORDER BY created_at, guild_id",
            new { Application = application.ToString() },
            cancellationToken: cancellation));
        return [.. guilds.Select(Snowflake.Parse)];
    }
}
