using System.Text.Json;

namespace Cohorts.Discord;

/// <summary>
/// What happened, as the gateway tells it. The same event can come twice, after a reconnect or from another process that resumes.
/// </summary>
public abstract record GatewayEvent
{
    private GatewayEvent()
    {
    }

    /// <summary>Discord's name, e.g. <c>GUILD_CREATE</c>.</summary>
    public string Name { get; private init; } = "";

    /// <summary>A new session begins; what was missed before is not replayed. The guilds follow, one <see cref="GuildCreate"/> each.</summary>
    public sealed record Ready(User Bot, Snowflake ApplicationId, IReadOnlyList<Snowflake> GuildIds) : GatewayEvent;

    /// <summary>The session goes on; everything missed has been replayed.</summary>
    public sealed record Resumed : GatewayEvent;

    /// <summary>The bot is in this guild: at the start of a session, after an outage, or because it was just added.</summary>
    public sealed record GuildCreate(Guild Guild) : GatewayEvent;

    /// <param name="Unavailable">True: an outage. False: the bot was removed.</param>
    public sealed record GuildDelete(Snowflake GuildId, bool Unavailable) : GatewayEvent;

    public sealed record ChannelDelete(Snowflake GuildId, Snowflake ChannelId) : GatewayEvent;

    public sealed record GuildMemberAdd(Snowflake GuildId, GuildMember Member) : GatewayEvent;

    public sealed record InteractionCreate(Interaction Interaction) : GatewayEvent;

    public sealed record ScheduledEventCreate(ScheduledEvent Event) : GatewayEvent;

    public sealed record ScheduledEventUpdate(ScheduledEvent Event) : GatewayEvent;

    public sealed record ScheduledEventDelete(ScheduledEvent Event) : GatewayEvent;

    /// <summary>Any other event, as Discord sent it.</summary>
    /// <param name="Problem">Why an event that this library knows could not be read; null for one that it does not know.</param>
    public sealed record Other(JsonElement Data, string? Problem = null) : GatewayEvent
    {
        // The data of an unreadable interaction holds its token.
        public override string ToString() => Problem is null ? Name : $"{Name} ({Problem})";
    }

    internal static GatewayEvent Parse(string name, JsonElement data)
    {
        try
        {
            GatewayEvent known = name switch
            {
                "READY" => ParseReady(data),
                "RESUMED" => new Resumed(),
                "GUILD_CREATE" => new GuildCreate(DiscordJson.Read<Guild>(data)),
                "GUILD_DELETE" => ParseGuildDelete(DiscordJson.Read<UnavailableGuild>(data)),
                "CHANNEL_DELETE" => new ChannelDelete(DiscordJson.Read<InGuild>(data).GuildId, DiscordJson.Read<ChannelReference>(data).Id),
                "GUILD_MEMBER_ADD" => ParseMemberAdd(data),
                "INTERACTION_CREATE" => new InteractionCreate(Interaction.Parse(data)),
                "GUILD_SCHEDULED_EVENT_CREATE" => new ScheduledEventCreate(DiscordJson.Read<ScheduledEvent>(data)),
                "GUILD_SCHEDULED_EVENT_UPDATE" => new ScheduledEventUpdate(DiscordJson.Read<ScheduledEvent>(data)),
                "GUILD_SCHEDULED_EVENT_DELETE" => new ScheduledEventDelete(DiscordJson.Read<ScheduledEvent>(data)),
                _ => new Other(data.Clone()),
            };
            return known with { Name = name };
        }
        // The second where a name in the event holds half a character, which is found as late as it is read.
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return new Other(data.Clone(), $"unreadable at {(e as JsonException)?.Path ?? "its root"}") { Name = name };
        }
    }

    private static Ready ParseReady(JsonElement data)
    {
        var body = DiscordJson.Read<ReadyBody>(data);
        return new Ready(body.User, body.Application.Id, [.. body.Guilds.Select(g => g.Id)]);
    }

    private static GuildDelete ParseGuildDelete(UnavailableGuild guild) => new(guild.Id, guild.Unavailable == true);

    private static GuildMemberAdd ParseMemberAdd(JsonElement data) =>
        new(DiscordJson.Read<InGuild>(data).GuildId, DiscordJson.Read<GuildMember>(data));

    private sealed record ReadyBody
    {
        public required User User { get; init; }

        public required Application Application { get; init; }

        public IReadOnlyList<UnavailableGuild> Guilds { get; init; } = [];
    }

    private sealed record InGuild
    {
        public required Snowflake GuildId { get; init; }
    }
}
