using Cohorts.Discord;
using Cohorts.Domain;
using NodaTime;

namespace Cohorts.Features.RealizeGroups;

/// <summary>Whether somebody can read their group's channel now.</summary>
public enum Presence
{
    InTheGuild,
    NotYet,
}

/// <param name="DiscordId">Null where none is known.</param>
/// <param name="Timezone">IANA name as the database has it; null or unknown: only Discord knows their clock.</param>
public sealed record WelcomeMember(string Name, Snowflake? DiscordId, Presence Presence, CohortRole Role, string? Timezone)
{
    /// <summary>Set when a message can mention them and they can see it.</summary>
    public Snowflake? Mentionable => Presence == Presence.InTheGuild ? DiscordId : null;
}

/// <summary>What a group's welcome tells.</summary>
/// <param name="Meetings">As planned, in their order; empty for a group without a time.</param>
/// <param name="FirstEvent">Where the first event can be marked as Interested; null while there is none.</param>
/// <param name="Template">The course's own; null for <see cref="WelcomeTemplate.Default"/>, which also stands in for one that is none.</param>
public sealed record Welcome(
    GroupId GroupId,
    string GroupName,
    string CourseName,
    string CohortName,
    IReadOnlyList<WelcomeMember> Members,
    IReadOnlyList<Instant> Meetings,
    int LengthMinutes,
    Uri? FirstEvent,
    string? Template)
{
    /// <summary>Meetings that began before it are over for whoever reads this; null: all lie ahead.</summary>
    public Instant? SentAt { get; init; }

    /// <summary>The meetings that lie ahead, with their numbers from 1.</summary>
    public IReadOnlyList<(int Number, Instant Time)> Left =>
        [.. Meetings.Select((time, i) => (i + 1, time)).Where(m => SentAt is not { } now || m.time > now)];

    public bool IsLate => Left.Count < Meetings.Count;
}
