namespace Cohorts.Discord;

public enum EventPrivacy
{
    GuildOnly = 2,
}

public enum EventStatus
{
    Scheduled = 1,
    Active = 2,
    Completed = 3,
    Canceled = 4,
}

public enum EventEntityType
{
    Stage = 1,
    Voice = 2,
    External = 3,
}

public sealed record ScheduledEvent
{
    public required Snowflake Id { get; init; }

    public Snowflake GuildId { get; init; }

    public Snowflake? ChannelId { get; init; }

    public Snowflake? CreatorId { get; init; }

    public string Name { get; init; } = "";

    public string? Description { get; init; }

    public DateTimeOffset ScheduledStartTime { get; init; }

    public DateTimeOffset? ScheduledEndTime { get; init; }

    public EventStatus Status { get; init; }

    public EventEntityType EntityType { get; init; }
}

/// <summary>An event in a voice channel, seen by those who see the channel. At most 100 are scheduled or active in a guild (30038).</summary>
public sealed record NewScheduledEvent
{
    /// <summary>1 to 100 UTF-16 units.</summary>
    public required string Name { get; init; }

    /// <summary>At most 1000 UTF-16 units.</summary>
    public string? Description { get; init; }

    public required Snowflake ChannelId { get; init; }

    /// <summary>In the future; Discord refuses the past.</summary>
    public required DateTimeOffset ScheduledStartTime { get; init; }

    public DateTimeOffset? ScheduledEndTime { get; init; }

    public EventPrivacy PrivacyLevel { get; } = EventPrivacy.GuildOnly;

    public EventEntityType EntityType { get; } = EventEntityType.Voice;
}

/// <summary>What to change of an event; what is null stays.</summary>
public sealed record ScheduledEventChange
{
    public string? Name { get; init; }

    public string? Description { get; init; }

    public Snowflake? ChannelId { get; init; }

    public DateTimeOffset? ScheduledStartTime { get; init; }

    public DateTimeOffset? ScheduledEndTime { get; init; }

    /// <summary>Scheduled to Active or Canceled, Active to Completed; no other way.</summary>
    public EventStatus? Status { get; init; }
}
