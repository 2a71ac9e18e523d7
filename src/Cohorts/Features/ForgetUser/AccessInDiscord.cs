using Cohorts.Discord;
using Dapper;
using Npgsql;

namespace Cohorts.Features.ForgetUser;

/// <summary>
/// Takes away what a person may do in the groups' channels. Which channels is seen in Discord itself, because the rows that told are
/// gone: so it can be repeated until it is done.
/// </summary>
public sealed class AccessInDiscord(DiscordRest discord, NpgsqlDataSource database)
{
    private const string Reason = "Cohorts: the person was removed";

    /// <returns>How many overwrites were taken away.</returns>
    /// <exception cref="DiscordException">Discord did not answer, or refuses; some may have been taken away.</exception>
    public async Task<int> TakeAwayAsync(Snowflake person, CancellationToken cancellation)
    {
        List<string> guilds;
        HashSet<string> ours;
        await using (var connection = await database.OpenConnectionAsync(cancellation))
        {
            guilds = (await connection.QueryAsync<string>(new CommandDefinition(
                "SELECT DISTINCT discord_guild_id FROM cohorts WHERE discord_guild_id IS NOT NULL ORDER BY 1", cancellationToken: cancellation))).AsList();
            ours = [.. await connection.QueryAsync<string>(new CommandDefinition(
                """
                SELECT discord_text_channel_id FROM groups WHERE discord_text_channel_id IS NOT NULL
                 UNION
                SELECT discord_voice_channel_id FROM groups WHERE discord_voice_channel_id IS NOT NULL
                """,
                cancellationToken: cancellation))];
        }

        var taken = 0;
        foreach (var guild in guilds)
        {
            IReadOnlyList<GuildChannel> channels;
            try
            {
                channels = await discord.ListChannelsAsync(Snowflake.Parse(guild), cancellation);
            }
            catch (DiscordException e) when (e.Status == System.Net.HttpStatusCode.NotFound)
            {
                // The bot was removed from this server, or the server is gone.
                continue;
            }

            foreach (var channel in channels.Where(c => ours.Contains(c.Id.ToString()) && c.PermissionOverwrites?.Any(o => o.Id == person) == true))
            {
                try
                {
                    await discord.DeleteOverwriteAsync(channel.Id, person, Reason, cancellation);
                    taken++;
                }
                catch (DiscordException e) when (e.Status == System.Net.HttpStatusCode.NotFound)
                {
                    // Somebody else took it away in between.
                }
            }
        }

        return taken;
    }
}
