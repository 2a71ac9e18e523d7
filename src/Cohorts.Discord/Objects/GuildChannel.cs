namespace Cohorts.Discord;

/// <summary>Discord knows more types than these; an unnamed one keeps its number.</summary>
public enum ChannelType
{
    Text = 0,
    DirectMessage = 1,
    Voice = 2,
    GroupDirectMessage = 3,
    Category = 4,
    Announcement = 5,
    StageVoice = 13,
    Forum = 15,
}

public enum OverwriteType
{
    Role = 0,
    Member = 1,
}

/// <summary>What one role or member may do in one channel beyond, or less than, what the guild grants.</summary>
/// <param name="Id">Of the role or the user; the guild's own id is the role <c>@everyone</c>.</param>
public sealed record PermissionOverwrite(Snowflake Id, OverwriteType Type, Permissions Allow, Permissions Deny);

public sealed record GuildChannel
{
    public required Snowflake Id { get; init; }

    public ChannelType Type { get; init; }

    public Snowflake? GuildId { get; init; }

    public string? Name { get; init; }

    public string? Topic { get; init; }

    public int? Position { get; init; }

    /// <summary>The category that holds it.</summary>
    public Snowflake? ParentId { get; init; }

    public IReadOnlyList<PermissionOverwrite>? PermissionOverwrites { get; init; }
}

/// <summary>A channel to make. It has its overwrites from its first moment.</summary>
public sealed record NewChannel
{
    /// <summary>1 to 100 UTF-16 units. Discord lower-cases the name of a text channel and joins its words with hyphens.</summary>
    public required string Name { get; init; }

    public required ChannelType Type { get; init; }

    /// <summary>At most 1024 units for a text channel.</summary>
    public string? Topic { get; init; }

    public Snowflake? ParentId { get; init; }

    public int? Position { get; init; }

    /// <summary>At most 100.</summary>
    public IReadOnlyList<PermissionOverwrite>? PermissionOverwrites { get; init; }
}

/// <summary>What to change of a channel; what is null stays. Discord allows two changes of name or topic per ten minutes.</summary>
public sealed record ChannelChange
{
    public string? Name { get; init; }

    public string? Topic { get; init; }

    public Snowflake? ParentId { get; init; }

    public int? Position { get; init; }

    public IReadOnlyList<PermissionOverwrite>? PermissionOverwrites { get; init; }
}
