using Cohorts.Domain;
using NodaTime.Text;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Cohorts.Features.ImportCohort;

/// <summary>What an import came to, for a terminal: numbers, then names, then what to do next.</summary>
public static class ImportText
{
    /// <summary>More names, and more warnings, than somebody reads at once.</summary>
    private const int NamesShown = 8;
    private const int WarningsShown = 10;

    private static readonly LocalDatePattern LongDate = LocalDatePattern.CreateWithInvariantCulture("dddd d MMMM uuuu");
    private static readonly LocalDatePattern ShortDate = LocalDatePattern.CreateWithInvariantCulture("d MMMM uuuu");

    public static IRenderable Render(ImportCohort.Result result) => new Rows(Lines(result).Select(l => new Text(l)));

    public static IEnumerable<string> Lines(ImportCohort.Result result) =>
    [
        Headline(result),
        .. Origin(result),
        .. result.IsGuildFound ? new[] { $"It belongs to the Discord server {result.Guild}." } : [],
        $"It starts on {LongDate.Format(result.Start)}, with {Counted.Of(result.Meetings, "weekly meeting")} of {result.MeetingLengthMinutes} minutes"
            + (result.MeetingTimezone is { } zone ? $" by the clocks of {zone}." : "."),
        Leaders(result.Leaders),
        .. People(
            result.WithoutUsableHours,
            n => $"{n} without usable hours, who cannot meet anybody for {result.MeetingLengthMinutes} minutes"),
        .. People(result.MissingFromFile, n => $"{n} enrolled before and not in the file, kept as they are"),
        .. People(result.AwaitingAgain, n => $"{n} left over before and awaiting grouping again, with other hours"),
        .. Missed(result.MeetingsMissed),
        .. result.ClockChanges.Select(Clocks),
        .. ReadBack(result.ReadBack),
        .. result.Notes.Take(WarningsShown).Concat(Rest(result.Notes, "notes")),
        .. result.Warnings.Take(WarningsShown).Select(w => "Warning: " + w).Concat(Rest(result.Warnings, "warnings")),
        Next(result),
    ];

    private static string Headline(ImportCohort.Result result)
    {
        var unchanged = result.Unchanged > 0 ? $" ({result.Unchanged} of them unchanged)" : "";
        var enrolled = result.Enrolled != result.Created ? $", {result.Enrolled} newly enrolled" : "";
        return $"{(result.Mode == ImportMode.DryRun ? "Dry run, nothing was saved: " : "")}"
            + $"{Counted.Of(result.People, "person", "people")} from {result.FileName} in {result.CourseName} / {result.CohortName}: "
            + $"{result.Created} new, {result.Updated} known before{unchanged}{enrolled}.";
    }

    private static IEnumerable<string> Origin(ImportCohort.Result result)
    {
        if (result.Origin == ImportCohort.CohortOrigin.Existing)
            yield break;
        var what = result.Origin == ImportCohort.CohortOrigin.New ? "The cohort is new" : "The course and the cohort are new";
        yield return result.NearestName is { } nearest ? $"{what}. The nearest name that was there before is {nearest}." : $"{what}.";
    }

    private static string Leaders(ImportCohort.Leaders leaders)
    {
        if (leaders.Facilitators == 0)
            return $"{Counted.Of(leaders.Participants, "participant")} and no facilitator: groups will have no leader.";
        var scarce = leaders.Seats < leaders.Participants
            ? ", fewer than there are; enrol another facilitator or raise max_groups to seat everybody"
            : "";
        return $"{Counted.Of(leaders.Participants, "participant")}, and {Counted.Of(leaders.Facilitators, "facilitator")} who can lead "
            + $"{Counted.Of(leaders.Groups, "group")}: seats for {leaders.Seats} participants in groups of 8{scarce}.";
    }

    private static IEnumerable<string> People(IReadOnlyList<string> names, Func<string, string> sentence) =>
        names.Count == 0 ? [] : [Counted.Sentence($"{sentence(Counted.Of(names.Count, "person", "people"))}: {Wording.Names(names, NamesShown)}")];

    private static IEnumerable<string> Missed(IReadOnlyList<ImportCohort.MeetingMissed> missed)
    {
        if (missed.Count == 0)
            yield break;
        yield return $"{Counted.Of(missed.Count, "meeting")} that no longer {(missed.Count == 1 ? "fits" : "fit")} the hours of a member:";
        foreach (var m in missed)
            yield return $"  {BadRows.Show(m.Name)}: {m.GroupName}{(m.OtherCohort is { } other ? $" of {other}" : "")}, {m.MeetingTimeUtc} UTC";
    }

    private static string Clocks(ClockChange change)
    {
        var minutes = Math.Abs(change.MinutesLater);
        var shift = minutes % 60 == 0 ? Counted.Of(minutes / 60, "hour") : $"{minutes} minutes";
        return Counted.Sentence($"Week {change.Week}, from {ShortDate.Format(change.Date)}: clocks change, and meetings are {shift} "
            + $"{(change.MinutesLater > 0 ? "later" : "earlier")} for {Counted.Of(change.People.Count, "person", "people")} in "
            + $"{Wording.Names([.. change.Zones.Select(ZoneNames.Place)], 4)}: {Wording.Names(change.People, NamesShown)}");
    }

    private static IEnumerable<string> ReadBack(ImportCohort.ReadBack? person)
    {
        if (person is null)
            yield break;
        var further = person.FurtherStretches == 0 ? "" : $", and {Counted.Of(person.FurtherStretches, "more time")} a week";
        yield return person.Place is { } place
            ? $"Read back: {BadRows.Show(person.Name)}, {place}: free {person.Hours} their time{further}."
            : $"Read back: {BadRows.Show(person.Name)}: free {person.Hours} UTC{further}.";
    }

    private static IEnumerable<string> Rest(IReadOnlyList<string> all, string what) =>
        all.Count > WarningsShown ? [$"and {all.Count - WarningsShown} more {what}"] : [];

    private static string Next(ImportCohort.Result result) => result.Mode == ImportMode.DryRun
        ? "Next: the same command without --dry-run"
        : $"Next: ./cohorts schedule {result.CohortId}";
}
