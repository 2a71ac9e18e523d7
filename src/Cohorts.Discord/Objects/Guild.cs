namespace Cohorts.Discord;

/// <summary>A server, in Discord's word.</summary>
public sealed record Guild
{
    public required Snowflake Id { get; init; }

    public string Name { get; init; } = "";

    public Snowflake OwnerId { get; init; }

    /// <summary>Empty where Discord did not send them.</summary>
    public IReadOnlyList<Role> Roles { get; init; } = [];

    /// <summary>IANA-like locale of the server, e.g. <c>en-GB</c>.</summary>
    public string? PreferredLocale { get; init; }

    public Snowflake? SystemChannelId { get; init; }

    /// <summary>In GUILD_CREATE only: those that the bot sees.</summary>
    public IReadOnlyList<ChannelReference>? Channels { get; init; }
}

/// <summary>A channel, of which nothing but its id is of interest.</summary>
public sealed record ChannelReference
{
    public required Snowflake Id { get; init; }
}

/// <summary>A guild that cannot be reached (an outage), or that the bot is not yet told about.</summary>
public sealed record UnavailableGuild
{
    public required Snowflake Id { get; init; }

    /// <summary>Not there when the bot was removed from the guild.</summary>
    public bool? Unavailable { get; init; }
}

public sealed record User
{
    public required Snowflake Id { get; init; }

    public string Username { get; init; } = "";

    public string? GlobalName { get; init; }

    public bool? Bot { get; init; }

    /// <summary>What Discord shows for this user where there is no nickname.</summary>
    public string DisplayName() => GlobalName is { Length: > 0 } name ? name : Username;
}

public sealed record GuildMember
{
    /// <summary>Missing only in members that come within a message.</summary>
    public User? User { get; init; }

    public string? Nick { get; init; }

    /// <summary>Ids of the member's roles, without <c>@everyone</c>.</summary>
    public IReadOnlyList<Snowflake> Roles { get; init; } = [];

    public DateTimeOffset? JoinedAt { get; init; }

    /// <summary>In interactions only: what the member may do in the channel of the interaction, overwrites included.</summary>
    public Permissions? Permissions { get; init; }

    public bool? Pending { get; init; }

    /// <summary>What Discord shows for this member in its guild.</summary>
    public string DisplayName() => Nick is { Length: > 0 } nick ? nick : User?.DisplayName() ?? "";
}

public sealed record Role
{
    public required Snowflake Id { get; init; }

    public string Name { get; init; } = "";

    public Permissions Permissions { get; init; }

    public int Position { get; init; }

    /// <summary>Belongs to an integration, for example the role that Discord makes for a bot.</summary>
    public bool Managed { get; init; }
}
