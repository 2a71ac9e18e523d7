using Cohorts.Domain;
using Cohorts.Scheduling;

namespace Cohorts.Features.ImportCohort;

/// <summary>What a row makes of a person: somebody new, or what of a stored person becomes different.</summary>
/// <param name="Known">Null for somebody new.</param>
public sealed record Change(Entry Entry, KnownPerson? Known)
{
    /// <summary>After the import: as the row says, else as it was, else participant.</summary>
    public CohortRole Role => Entry.Role ?? Known?.CohortRole ?? CohortRole.Participant;

    public bool IsRoleChanged => Known?.CohortRole is { } before && before != Role;

    /// <summary>How many groups the person may lead at a time in all: as the row says, else as it was, else 1.</summary>
    public int MaxGroups => Entry.MaxGroups ?? Known?.MaxGroups ?? 1;

    /// <summary>max_groups counts for facilitators alone.</summary>
    public bool SetsMaxGroups => Role == CohortRole.Facilitator && Entry.MaxGroups is { } groups && groups != Known?.MaxGroups;

    public bool HoursChanged => Known is not null
        && (!KnownPerson.Means(Known.Availability, Entry.Hours)
            || (Entry.IfNeeded is not null && !KnownPerson.Means(Known.IfNeeded, Entry.IfNeeded)));

    public bool DetailsChanged => Known is not null
        && (Entry.Name != Known.Nickname
            || Replaces(Entry.Email, Known.Email)
            || Replaces(Entry.DiscordId?.ToString(), Known.DiscordId)
            || Replaces(Entry.DiscordUsername, Known.DiscordUsername)
            || Replaces(Entry.Zone?.Id, Known.Timezone));

    /// <summary>Somebody whom the last run placed nowhere has another chance as soon as what kept them out may be gone.</summary>
    public bool AwaitsGroupingAgain => Known?.Standing == "ungroupable" && (HoursChanged || IsRoleChanged);

    public bool IsUnchanged => Known is { IsEnrolled: true } && !HoursChanged && !DetailsChanged && !IsRoleChanged && !SetsMaxGroups;

    /// <summary>All hours after the import, those that do if needed among them.</summary>
    public Availability AllHours
    {
        get
        {
            var ifNeeded = Entry.IfNeeded
                ?? (Availability.TryParse(Known?.IfNeeded, out var stored, out _) ? stored : Availability.None);
            return Entry.Hours.Union(ifNeeded);
        }
    }

    private static bool Replaces(string? given, string? stored) => given is not null && given != stored;
}
