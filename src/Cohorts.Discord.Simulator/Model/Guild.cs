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

    /// <summary>In voice channels, set when somebody is added; nobody is ever connected to one here.</summary>
    public bool Mute { get; set; }
    public bool Deaf { get; set; }

    /// <summary>Until then the member may look and read, and nothing else. Null once it is over.</summary>
    public DateTimeOffset? TimedOutUntil { get; set; }

    /// <summary>BYPASSES_VERIFICATION, the one flag that can be set from outside.</summary>
    public bool BypassesVerification { get; set; }

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

    /// <summary>Null lets Discord choose.</summary>
    public string? RtcRegion { get; set; }

    /// <summary>1 is AUTO, 2 FULL; null until it is set.</summary>
    public int? VideoQuality { get; set; }

    /// <summary>In minutes, for threads that clients begin in it; null until it is set.</summary>
    public int? AutoArchiveMinutes { get; set; }

    /// <summary>In seconds, for threads that are begun in it; null until it is set.</summary>
    public int? ThreadSlowMode { get; set; }

    public SortedDictionary<Snowflake, Overwrite> Overwrites { get; set; } = [];
    public SortedDictionary<Snowflake, Message> Messages { get; } = [];

    /// <summary>One of the same type with the same settings, to read a change into before it is made.</summary>
    public Channel Copy()
    {
        var copy = new Channel(Id, Type, Name);
        copy.TakeSettings(this);
        return copy;
    }

    public void TakeSettings(Channel other)
    {
        Topic = other.Topic;
        Nsfw = other.Nsfw;
        SlowMode = other.SlowMode;
        Bitrate = other.Bitrate;
        UserLimit = other.UserLimit;
        RtcRegion = other.RtcRegion;
        VideoQuality = other.VideoQuality;
        AutoArchiveMinutes = other.AutoArchiveMinutes;
        ThreadSlowMode = other.ThreadSlowMode;
    }
}

internal sealed record Attachment(Snowflake Id, string Filename, string ContentType, string? Title, string? Description, byte[] Bytes);

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

    /// <summary>Spoken aloud to whoever has the channel open.</summary>
    public bool Tts { get; set; }

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
    public RecurrenceRule? Recurrence { get; set; }

    /// <summary>The hash of its cover picture, by which Discord's servers of pictures would know it.</summary>
    public string? Image { get; set; }

    public bool IsOpen => Status is EventStatus.Scheduled or EventStatus.Active;
}

/// <summary>A field that an entry of the audit log tells of; null for a value that was or is not there.</summary>
internal sealed record AuditChange(string Key, JsonNode? Old, JsonNode? New);

/// <summary>One entry of the audit log: what the bot changed, and the reason it gave.</summary>
/// <param name="Options">What some actions say beside their changes; values are text, as Discord describes them.</param>
internal sealed record AuditEntry(
    Snowflake Id, int Action, Snowflake UserId, Snowflake? TargetId, string? Reason, IReadOnlyList<AuditChange> Changes, IReadOnlyDictionary<string, string>? Options);

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
