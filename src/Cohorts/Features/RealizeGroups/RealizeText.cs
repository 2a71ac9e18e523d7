using Cohorts.Domain;
using Cohorts.Hosting;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Cohorts.Features.RealizeGroups;

/// <summary>What a realization came to, or would, for a terminal: numbers, then names, then what to do next.</summary>
public static class RealizeText
{
    public static IRenderable Render(RealizeGroups.Result result)
    {
        var parts = new List<string>();
        var changed = result.GroupsMade + result.GroupsRepaired > 0;
        parts.Add(changed || result.Failures.Count > 0
            ? $"{result.CohortName}: {Counted.Of(result.GroupsMade, "group")} made, {result.GroupsRepaired} repaired, {result.GroupsUnchanged} there already; "
                + $"{Counted.Of(result.AccessGranted.Count, "person", "people")} given access, {Counted.Of(result.EventsMade, "event")} made, {result.EventsLater} later."
            : $"{result.CohortName}: everything stands already; nothing was changed.");
        if (result.Counted is { } counted && (changed || result.Failures.Count > 0))
            parts.AddRange(CountedText.Lines(counted).Select(l => $"  {l.Kind}: {string.Join(", ", l.Parts.Select(p => $"{p.Count} {p.What}"))}"));
        parts.AddRange(List("Failed", result.Failures.Select(f => $"{f.What}: {f.Why}")));
        parts.AddRange(List("Not in the server yet; access follows when they join", ByGroup(result.NotHere), result.NotHere.Count));
        parts.AddRange(NoMember(result.NoMember));
        parts.AddRange(List("No Discord account known", ByGroup(result.Unknown), result.Unknown.Count));
        parts.AddRange(List("Lost access, because they left the group", ByGroup(result.AccessRemoved), result.AccessRemoved.Count));
        parts.AddRange(List("Events moved by hand; the meetings follow", result.EventsMoved.Select(Event)));
        parts.AddRange(List("Events deleted by hand; --remake-events makes them again", result.EventsCancelled.Select(Event)));
        parts.AddRange(List("Good to know", result.Remarks));
        parts.Add(result.Failures.Count > 0
            ? "Next: mend what failed, then give the same command again; what stands stays."
            : "Next: look at it in Discord. The same command again changes nothing that stands.");
        return new Rows(parts.Select(Verb.Plain));
    }

    public static IRenderable Render(PreviewRealization.Result preview)
    {
        var parts = new List<IRenderable>();
        if (preview.ChangesNothing)
        {
            parts.Add(Verb.Plain($"{preview.CohortName}: everything stands already; there is nothing to make."));
        }
        else
        {
            parts.Add(Verb.Plain(
                $"{preview.CohortName}, category \"{preview.CategoryName}\" ({preview.CategoriesToMake} would be made). Nothing has been made yet; this would be:"));
            var table = Verb.Table("Group", "Text", "Voice", "Welcome", "Events").AddColumn(new TableColumn("Mentioned").Padding(0, 0));
            foreach (var group in preview.Groups.Where(g => !g.ChangesNothing))
            {
                table.AddRow(
                    Verb.Plain(group.Name),
                    Verb.Plain(Words(group.Text)),
                    Verb.Plain(Words(group.Voice)),
                    Verb.Plain(group.Welcome == PreviewRealization.WelcomeOutlook.Posted ? "posted" : "stands"),
                    Verb.Plain(group.EventsLater > 0 ? $"{group.EventsToMake}, {group.EventsLater} later" : $"{group.EventsToMake}"),
                    Verb.Plain(string.Join(", ", group.ToMention)));
            }

            parts.Add(table);
        }

        parts.AddRange(List("Missing first", preview.Missing).Select(Verb.Plain));
        parts.AddRange(List(
            "Not in the server yet",
            preview.Groups.Where(g => g.NotHere.Count > 0).Select(g => $"{g.Name}: {string.Join(", ", g.NotHere)}"),
            preview.Groups.Sum(g => g.NotHere.Count)).Select(Verb.Plain));
        parts.AddRange(NoMember([.. preview.Groups.SelectMany(g => g.NoMember)]).Select(Verb.Plain));
        parts.AddRange(List(
            "Would lose access", preview.Groups.SelectMany(g => g.AccessRemoved, (g, name) => $"{name} ({g.Name})")).Select(Verb.Plain));
        parts.AddRange(List("Good to know", preview.Remarks.Concat(ClockChanges.Tell(preview.ClockChanges))).Select(Verb.Plain));
        parts.Add(Verb.Plain(preview.ChangesNothing || preview.Missing.Count > 0 ? "" : "Next: the same command without --dry-run."));
        return new Rows(parts);
    }

    /// <param name="count">Null: as many as there are items.</param>
    private static IEnumerable<string> List(string heading, IEnumerable<string> items, int? count = null)
    {
        var listed = items.ToList();
        return listed.Count == 0 ? [] : [$"{heading} ({count ?? listed.Count}):", .. listed.Select(i => "  " + i)];
    }

    private static IEnumerable<string> NoMember(IReadOnlyList<RealizeGroups.Unfound> people) =>
        List($"{UnfoundText.Heading}; {UnfoundText.Next}", people.Select(p => $"{p.Group}: {p.Name}, {UnfoundText.Username(p)}"));

    private static IEnumerable<string> ByGroup(IEnumerable<RealizeGroups.Person> people) =>
        people.GroupBy(p => p.Group, StringComparer.Ordinal).Select(g => $"{g.Key}: {string.Join(", ", g.Select(p => p.Name))}");

    private static string Words(PreviewRealization.ChannelOutlook channel) => channel switch
    {
        PreviewRealization.ChannelOutlook.Made => "made",
        PreviewRealization.ChannelOutlook.MadeAnew => "made anew",
        PreviewRealization.ChannelOutlook.Repaired => "repaired",
        _ => "stands",
    };

    private static string Event(RealizeGroups.EventOfGroup scheduled) => $"{scheduled.Group}, week {scheduled.Meeting}: {scheduled.Time:ddd d MMM yyyy HH:mm} UTC";
}
