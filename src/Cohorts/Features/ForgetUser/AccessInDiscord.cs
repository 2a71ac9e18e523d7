using System.Net;
using Cohorts.Discord;
using Dapper;
using Npgsql;

namespace Cohorts.Features.ForgetUser;

/// <summary>
/// Takes away what a person may do in the groups' channels, whoever gave it. Which channels is seen in Discord itself, because the rows that
/// told are gone: so it can be repeated until it is done.
/// </summary>
public sealed class AccessInDiscord(DiscordRest discord, NpgsqlDataSource database)
{
    private const string Reason = "Cohorts: the person was removed";

    /// <param name="Names">What Discord calls them: user name, display name, nicknames.</param>
    public sealed record Known(Snowflake? Id, IReadOnlyList<string> Names);

    /// <summary>Who a person is in the servers of the cohorts.</summary>
    /// <param name="id">Null: found by the user name.</param>
    /// <param name="username">As Discord has it, in any case.</param>
    /// <exception cref="DiscordException">Discord did not answer, or refuses.</exception>
    public async Task<Known> FindAsync(Snowflake? id, string? username, CancellationToken cancellation)
    {
        var handle = username?.Trim().TrimStart('@');
        var names = new List<string>();
        foreach (var guild in await GuildsAsync(cancellation))
        {
            try
            {
                var member = id is { } known ? await discord.FindMemberAsync(guild, known, cancellation)
                    : string.IsNullOrEmpty(handle) ? null
                    : await discord.ListAllMembersAsync(guild, cancellation)
                        .FirstOrDefaultAsync(m => string.Equals(m.User?.Username, handle, StringComparison.OrdinalIgnoreCase), cancellation);
                if (member?.User is not { } user)
                    continue;
                id = user.Id;
                names.AddRange(new[] { user.Username, user.GlobalName, member.Nick }.OfType<string>().Where(n => n.Length > 0));
            }
            catch (DiscordException e) when (e.Status is HttpStatusCode.NotFound)
            {
                // The bot was removed from this server, or the server is gone.
            }
        }

        return new Known(id, [.. names.Distinct(StringComparer.Ordinal)]);
    }

    /// <returns>How many overwrites were taken away.</returns>
    /// <exception cref="DiscordException">Discord did not answer, or refuses; some may have been taken away.</exception>
    public async Task<int> TakeAwayAsync(Snowflake person, CancellationToken cancellation)
    {
        HashSet<string> ours;
        await using (var connection = await database.OpenConnectionAsync(cancellation))
        {
            ours = [.. await connection.QueryAsync<string>(new CommandDefinition(
                """
                SELECT discord_text_channel_id FROM groups WHERE discord_text_channel_id IS NOT NULL
                 UNION
                SELECT discord_voice_channel_id FROM groups WHERE discord_voice_channel_id IS NOT NULL
                 UNION
                SELECT unnest(array_append(discord_further_category_ids, discord_category_id)) FROM cohorts
                """,
                cancellationToken: cancellation))];
        }

        var taken = 0;
        foreach (var guild in await GuildsAsync(cancellation))
        {
            IReadOnlyList<GuildChannel> channels;
            try
            {
                channels = await discord.ListChannelsAsync(guild, cancellation);
            }
            catch (DiscordException e) when (e.Status is HttpStatusCode.NotFound)
            {
                // The bot was removed from this server, or the server is gone.
                continue;
            }

            // What somebody put below a cohort's category belongs to its groups too.
            foreach (var channel in channels.Where(c => (ours.Contains(c.Id.ToString()) || (c.ParentId is { } parent && ours.Contains(parent.ToString())))
                && c.PermissionOverwrites?.Any(o => o.Id == person) == true))
            {
                try
                {
                    await discord.DeleteOverwriteAsync(channel.Id, person, Reason, cancellation);
                    taken++;
                }
                catch (DiscordException e) when (e.Status is HttpStatusCode.NotFound)
                {
                    // Somebody else took it away in between.
                }
            }
        }

        return taken;
    }

    private async Task<IReadOnlyList<Snowflake>> GuildsAsync(CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        var guilds = await connection.QueryAsync<string>(new CommandDefinition(
            """
            SELECT discord_guild_id FROM cohorts WHERE discord_guild_id ~ '^[0-9]{1,20}$'
             UNION
            SELECT guild_id FROM bot_guilds
             ORDER BY 1
            """,
            cancellationToken: cancellation));
        return [.. guilds.Where(g => Snowflake.TryParse(g, out _)).Select(Snowflake.Parse)];
    }
}
