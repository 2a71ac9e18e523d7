using System.Net;
using Cohorts.Discord;
using Dapper;
using Npgsql;

namespace Cohorts.Features.RealizeGroups;

/// <summary>What Discord holds at one moment, in as few calls as there are kinds of things: never one for each object.</summary>
/// <param name="BotPermissions">In the guild as a whole.</param>
/// <param name="ClaimedByOthers">Channels, categories and events that stand in rows of other cohorts.</param>
/// <param name="Messages">The latest of those channels in which a message of the bot may stand that the database does not know.</param>
public sealed record Actual(
    Snowflake Guild,
    Snowflake Bot,
    Permissions BotPermissions,
    IReadOnlyList<GuildChannel> Channels,
    IReadOnlyList<ScheduledEvent> Events,
    IReadOnlyDictionary<Snowflake, GuildMember> Members,
    IReadOnlySet<Snowflake> ClaimedByOthers,
    IReadOnlyDictionary<Snowflake, IReadOnlyList<Message>> Messages)
{
    /// <summary>Enough to hold what the bot wrote before a crash: people begin to write when they are mentioned.</summary>
    private const int MessagesBack = 100;

    /// <summary>Channels whose messages the bot may not read at this moment: before it writes there, it has to look.</summary>
    public IReadOnlySet<Snowflake> Unread { get; init; } = new HashSet<Snowflake>();

    /// <exception cref="DiscordException">Among others: the bot may not list the members.</exception>
    public static async Task<Actual> ReadAsync(
        DiscordRest discord, NpgsqlDataSource database, Wanted wanted, Snowflake guildId, CancellationToken cancellation)
    {
        var bot = (await discord.GetCurrentUserAsync(cancellation)).Id;
        var guild = await discord.GetGuildAsync(guildId, cancellation);
        var channels = await discord.ListChannelsAsync(guildId, cancellation);
        var events = await discord.ListScheduledEventsAsync(guildId, cancellation);
        var members = new Dictionary<Snowflake, GuildMember>();
        await foreach (var member in discord.ListAllMembersAsync(guildId, cancellation))
        {
            if (member.User is { } user)
                members[user.Id] = member;
        }

        var claimed = await ReadClaimsAsync(database, wanted, channels, events, cancellation);
        var seen = new Actual(
            guildId,
            bot,
            MemberPermissions.InGuild(guild, bot, members.GetValueOrDefault(bot)?.Roles ?? []),
            channels,
            events,
            members,
            claimed,
            new Dictionary<Snowflake, IReadOnlyList<Message>>());
        var messages = new Dictionary<Snowflake, IReadOnlyList<Message>>();
        var unread = new HashSet<Snowflake>();
        foreach (var channel in Difference.ChannelsToRead(wanted, seen))
        {
            try
            {
                messages[channel] = await discord.ListMessagesAsync(channel, cancellation, MessagesBack);
            }
            catch (DiscordException e) when (e.Status is HttpStatusCode.Forbidden or HttpStatusCode.NotFound)
            {
                // Somebody took the bot's access to this one, which the plan gives back; or deleted it since the channels were read.
                unread.Add(channel);
            }
        }

        return seen with { Messages = messages, Unread = unread };
    }

    /// <summary>Which of the guild's objects another cohort's rows name: those are its own, whatever they are called.</summary>
    public static async Task<IReadOnlySet<Snowflake>> ReadClaimsAsync(
        NpgsqlDataSource database, Wanted wanted, IEnumerable<GuildChannel> channels, IEnumerable<ScheduledEvent> events, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        var claimed = await connection.QueryAsync<string>(new CommandDefinition(
            """
            SELECT unnest(array[discord_text_channel_id, discord_voice_channel_id])
              FROM groups
             WHERE cohort_id <> @Cohort
               AND (discord_text_channel_id = ANY(@Channels) OR discord_voice_channel_id = ANY(@Channels))
            UNION
            SELECT unnest(discord_category_id || discord_further_category_ids)
              FROM cohorts
             WHERE cohort_id <> @Cohort
               AND (discord_category_id = ANY(@Channels) OR discord_further_category_ids && @Channels)
            UNION
            SELECT discord_event_id
              FROM meetings
             WHERE cohort_id IS DISTINCT FROM @Cohort
               AND discord_event_id = ANY(@Events)
            """,
            new
            {
                Cohort = wanted.Cohort.Id.Value,
                Channels = channels.Select(c => c.Id.ToString()).ToArray(),
                Events = events.Select(e => e.Id.ToString()).ToArray(),
            },
            cancellationToken: cancellation));
        return claimed.Where(id => Snowflake.TryParse(id, out _)).Select(Snowflake.Parse).ToHashSet();
    }
}
