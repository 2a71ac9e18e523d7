using System.Data.Common;
using Dapper;

namespace Cohorts.Domain;

/// <summary>A Discord server that the bot was in when it was last connected.</summary>
/// <param name="Name">As Discord shows it; null where it has not told.</param>
public sealed record BotGuild(GuildId Id, string? Name)
{
    public static async Task<IReadOnlyList<BotGuild>> ListAsync(DbConnection connection, CancellationToken cancellation, DbTransaction? transaction = null) =>
        (await connection.QueryAsync<BotGuild>(new CommandDefinition(
            "SELECT guild_id AS Id, guild_name AS Name FROM bot_guilds ORDER BY created_at, guild_id", transaction: transaction, cancellationToken: cancellation))).AsList();

    /// <summary>The id, with the name behind it where there is one.</summary>
    public override string ToString() => Name is { Length: > 0 } name ? $"{Id} ({name})" : Id.ToString();
}
