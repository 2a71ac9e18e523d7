namespace Cohorts.Discord;

[Flags]
public enum ApplicationFlags
{
    None = 0,
    /// <summary>The privileged intent Server Members is granted (verified application).</summary>
    GatewayGuildMembers = 1 << 14,
    /// <summary>The privileged intent Server Members is switched on (application in fewer than 100 guilds).</summary>
    GatewayGuildMembersLimited = 1 << 15,
}

public sealed record Application
{
    public required Snowflake Id { get; init; }

    public string Name { get; init; } = "";

    /// <summary>Ed25519, 64 hexadecimal digits: what signed interactions are checked with.</summary>
    public string? VerifyKey { get; init; }

    /// <summary>Where Discord posts interactions; null while they come over the gateway.</summary>
    public string? InteractionsEndpointUrl { get; init; }

    public ApplicationFlags? Flags { get; init; }

    public User? Bot { get; init; }

    /// <summary>"Public Bot" in the developer portal: whether others than the owner may add the bot to a server. Null where Discord does not say.</summary>
    public bool? BotPublic { get; init; }

    /// <summary>Where somebody who may manage a server adds the bot to it, with its commands and with these permissions.</summary>
    public Uri InviteLink(Permissions permissions) =>
        new($"https://discord.com/oauth2/authorize?client_id={Id}&scope=bot%20applications.commands&permissions={(ulong)permissions}");
}

/// <summary>
/// A command as Discord holds it; also what is sent to register one. Declared through <see cref="SlashCommand"/>.
/// </summary>
public sealed record ApplicationCommand
{
    public Snowflake? Id { get; init; }

    public Snowflake? ApplicationId { get; init; }

    public Snowflake? GuildId { get; init; }

    /// <summary>1: slash command.</summary>
    public int Type { get; init; } = 1;

    public required string Name { get; init; }

    public string Description { get; init; } = "";

    public IReadOnlyList<ApplicationCommandOption>? Options { get; init; }

    /// <summary>Who sees the command unless a guild overrides it. Null: everybody.</summary>
    [System.Text.Json.Serialization.JsonConverter(typeof(PermissionsAsNumberConverter))]
    public Permissions? DefaultMemberPermissions { get; init; }

    /// <summary>0: guilds, 1: direct messages with the bot, 2: other direct messages.</summary>
    public IReadOnlyList<int>? Contexts { get; init; }
}

public sealed record ApplicationCommandOption
{
    public required CommandOptionType Type { get; init; }

    public required string Name { get; init; }

    public string Description { get; init; } = "";

    public bool? Required { get; init; }

    public bool? Autocomplete { get; init; }

    public double? MinValue { get; init; }

    public double? MaxValue { get; init; }

    public int? MinLength { get; init; }

    public int? MaxLength { get; init; }

    public IReadOnlyList<CommandChoice>? Choices { get; init; }
}

/// <summary>Discord knows more types than these; an unnamed one keeps its number.</summary>
public enum CommandOptionType
{
    String = 3,
    Integer = 4,
    Boolean = 5,
    User = 6,
    Number = 10,
}
