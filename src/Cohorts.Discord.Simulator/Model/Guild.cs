using System.Text.Json.Nodes;

namespace Cohorts.Discord.Simulator.Model;

internal sealed class User(Snowflake id, string username, string? globalName, bool isBot)
{
    public Snowflake Id { get; } = id;
    public string Username { get; } = username;
    public string? GlobalName { get; } = globalName;
    public bool IsBot { get; } = isBot;
}

internal sealed class Member(User user, DateTimeOffset joinedAt)
{
    public User User { get; } = user;
    public DateTimeOffset JoinedAt { get; } = joinedAt;
    public string? Nick { get; set; }
    public HashSet<Snowflake> RoleIds { get; } = [];
    public string DisplayName => Nick ?? User.GlobalName ?? User.Username;
}

internal sealed class Role(Snowflake id, string name)
{
    public Snowflake Id { get; } = id;
    public string Name { get; set; } = name;
    public Permission Permissions { get; set; }
    public int Position { get; set; }
    public int Color { get; set; }
    public bool Hoist { get; set; }
    public bool Mentionable { get; set; }
    /// <summary>The bot whose own role this is; such a role is managed and cannot be given to anybody else.</summary>
    public Snowflake? BotId { get; init; }
}

internal enum ChannelType
{
    Text = 0,
    Voice = 2,
    Category = 4,
}

internal enum OverwriteType
{
    Role = 0,
    Member = 1,
}

/// <param name="InEffect">
/// False for an overwrite that a create body held for somebody who was not in the guild: Discord accepts it, and it was
/// reported to have no effect after that person joined.
/// </param>
internal sealed record Overwrite(Snowflake Id, OverwriteType Type, Permission Allow, Permission Deny, bool InEffect);

internal sealed class Channel(Snowflake id, ChannelType type, string name)
{
    public Snowflake Id { get; } = id;
    public ChannelType Type { get; } = type;
    public string Name { get; set; } = name;
    public int Position { get; set; }
    public Snowflake? ParentId { get; set; }
    public string? Topic { get; set; }
    public bool Nsfw { get; set; }
    public int SlowMode { get; set; }
    public int Bitrate { get; set; } = 64_000;
    public int UserLimit { get; set; }
    public SortedDictionary<Snowflake, Overwrite> Overwrites { get; set; } = [];
    public SortedDictionary<Snowflake, Message> Messages { get; } = [];
}

internal sealed record Attachment(Snowflake Id, string Filename, string ContentType, string? Description, byte[] Bytes);

[Flags]
internal enum MessageFlags
{
    None = 0,
    SuppressEmbeds = 1 << 2,
    Ephemeral = 1 << 6,
    Loading = 1 << 7,
    SuppressNotifications = 1 << 12,
}

internal sealed class Message(Snowflake id, Snowflake channelId, User author, DateTimeOffset at)
{
    public Snowflake Id { get; } = id;
    public Snowflake ChannelId { get; } = channelId;
    public User Author { get; } = author;
    public DateTimeOffset At { get; } = at;
    public DateTimeOffset? EditedAt { get; set; }
    public string Content { get; set; } = "";
    public JsonArray Embeds { get; set; } = [];
    public JsonArray Components { get; set; } = [];
    public List<Attachment> Attachments { get; set; } = [];
    public MessageFlags Flags { get; set; }
    public JsonNode? Nonce { get; set; }
    public bool MentionsEveryone { get; set; }
    public List<User> Mentions { get; set; } = [];
    public List<Snowflake> MentionedRoles { get; set; } = [];
    public Snowflake? ReplyTo { get; set; }
    /// <summary>Messages of Discord's own, such as "Ana joined": type 7.</summary>
    public int Type { get; init; }
    public Interactions.Interaction? Interaction { get; init; }
    /// <summary>Who alone sees an ephemeral message.</summary>
    public Snowflake? ReaderId { get; init; }

    public bool IsSeenBy(Snowflake userId) => ReaderId is null || ReaderId == userId;
}

internal enum EventStatus
{
    Scheduled = 1,
    Active = 2,
    Completed = 3,
    Canceled = 4,
}

internal enum EventPlace
{
    Stage = 1,
    Voice = 2,
    External = 3,
}

internal sealed class ScheduledEvent(Snowflake id, Snowflake creatorId, EventPlace place)
{
    public Snowflake Id { get; } = id;
    public Snowflake CreatorId { get; } = creatorId;
    public EventPlace Place { get; set; } = place;
    public string Name { get; set; } = "";
    public string? Description { get; set; }
    public Snowflake? ChannelId { get; set; }
    public string? Location { get; set; }
    public DateTimeOffset Start { get; set; }
    public DateTimeOffset? End { get; set; }
    public EventStatus Status { get; set; } = EventStatus.Scheduled;
    public JsonObject? Recurrence { get; set; }
    public bool IsOpen => Status is EventStatus.Scheduled or EventStatus.Active;
}

/// <summary>One entry of the audit log: what the bot changed, and the reason it gave.</summary>
internal sealed record AuditEntry(Snowflake Id, int Action, Snowflake UserId, Snowflake? TargetId, string? Reason);

internal sealed class Guild(Snowflake id, string name, Snowflake ownerId)
{
    public Snowflake Id { get; } = id;
    public string Name { get; } = name;
    public Snowflake OwnerId { get; } = ownerId;
    public SortedDictionary<Snowflake, Role> Roles { get; } = [];
    public SortedDictionary<Snowflake, Member> Members { get; } = [];
    public SortedDictionary<Snowflake, Channel> Channels { get; } = [];
    public SortedDictionary<Snowflake, ScheduledEvent> Events { get; } = [];
    public List<JsonObject> Commands { get; } = [];
    public List<AuditEntry> AuditLog { get; } = [];
    public Snowflake? SystemChannelId { get; set; }
    public Snowflake AdministratorId { get; init; }
    public Role Everyone => Roles[Id];
}
