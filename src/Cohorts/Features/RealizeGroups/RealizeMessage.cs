using System.Text;
using Cohorts.Discord;
using Cohorts.Domain;
using Cohorts.Features.ListCohorts;

namespace Cohorts.Features.RealizeGroups;

/// <summary>What a realization shows in Discord, as pure functions of its state. Names stand only in what the organizer alone reads.</summary>
public static class RealizeMessage
{
    public const string Module = "realize-groups";

    private const int Green = 0x2E_CC_71;
    private const int Yellow = 0xF1_C4_0F;
    private const int BarCells = 20;
    private const int FieldsPerPage = 8;
    private const int LongestName = 60;
    private const int LongestInTitle = 150;
    private const int LongestWhy = 300;

    /// <summary><c>January 2027 (6 groups, 2 to make)</c>, complete ones <c>(6 groups, complete)</c>; with the course where two have one name.</summary>
    public static IReadOnlyList<CommandChoice> Choices(IReadOnlyList<CohortsToRealize.Choice> cohorts)
    {
        var named = cohorts.CountBy(c => c.CohortName, StringComparer.OrdinalIgnoreCase).ToDictionary(StringComparer.OrdinalIgnoreCase);
        return [.. cohorts.Select(c =>
        {
            var state = c.State == CohortsToRealize.State.Complete ? "complete" : $"{c.Left} to make or mend";
            var counts = $" ({Counted.Of(c.Groups, "group")}, {state})";
            var name = DiscordText.Plain(c.CohortName) is { Length: > 0 } visible ? visible : $"Cohort {c.CohortId}";
            if (named[c.CohortName] > 1)
                name = $"{name} / {DiscordText.Plain(c.CourseName)} from {c.StartDate.ToString("uuuu-MM-dd", null)}";
            return new CommandChoice(DiscordText.Cut(name, CommandChoice.LongestName - counts.Length) + counts, c.CohortId.Value);
        })];
    }

    /// <summary>A bar and numbers, without names: where it was asked for, everybody in the channel reads it.</summary>
    public static OutgoingMessage Progress(RunProgress progress) => new()
    {
        Content = $"Making the groups' channels and events …\n{Bar(progress.Share)} {DiscordText.Escape(progress.Doing, 200)}\n"
            + "Whatever ends half-way goes on by itself.",
        // Where it takes the place of a preview or of an earlier result.
        Embeds = [],
        Components = [],
    };

    /// <summary>The last state of the same message, and what is shared with a channel.</summary>
    public static OutgoingMessage Done(RealizeGroups.Result result)
    {
        var left = result.Failures.Count > 0 ? $" {Counted.Of(result.Failures.Count, "step")} failed; the details say which." : "";
        var incomplete = result.Counted is { Groups: { Failed: var failed, NotTried: var notTried } } && failed + notTried > 0
            ? $", {failed} failed, {notTried} not tried"
            : "";
        return new OutgoingMessage
        {
            Content = $"{Bar(1)} Done: {Counted.Of(result.GroupsMade, "group")} made, {result.GroupsRepaired} repaired, "
                + $"{result.GroupsUnchanged} there already{incomplete}; {Counted.Of(result.EventsMade, "event")} made, {result.EventsLater} later.{left}",
            Components = [Component.Row(Component.Button($"{Module}:details:{result.RunId}", "Details"))],
        };
    }

    public static OutgoingMessage NotDone(Refusal refusal) => new()
    {
        Content = refusal.Details.Count > 0 ? "Nothing was made: something is missing first. Whoever gave the command has been told." : "Nothing was made.",
        Components = [],
    };

    /// <summary>
    /// For whoever gave the command and cannot be answered any more, because Discord takes answers for 15 minutes only. Everybody in the
    /// channel reads it: it says neither what was made nor for whom.
    /// </summary>
    public static OutgoingMessage Ended(Snowflake organizer, RealizeGroups.Result result) => new()
    {
        Content = $"{DiscordText.Mention(organizer)} what you asked for has come to its end. Press Details to see it: nobody else will.",
        AllowedMentions = AllowedMentions.Of([organizer]),
        Components = [Component.Row(Component.Button($"{Module}:details:{result.RunId}", "Details"))],
    };

    public static OutgoingMessage Refused(Refusal refusal)
    {
        var lines = refusal.Details.Select(d => "- " + DiscordText.Escape(d)).Prepend(DiscordText.Escape(refusal.Message));
        return new OutgoingMessage { Content = DiscordText.Cut(string.Join('\n', lines), 2000), Embeds = [], Components = [] };
    }

    /// <param name="page">From 0; one beyond the last shows the last.</param>
    public static OutgoingMessage Render(RealizeGroups.Result result, int page)
    {
        var headline = (result.GroupsMade, result.GroupsRepaired) switch
        {
            (0, 0) => result.Failures.Count == 0 ? "everything stands already; nothing was changed" : "not everything could be made",
            (0, var repaired) => $"{Counted.Of(repaired, "group")} repaired",
            (var made, 0) => $"{Counted.Of(made, "group")} made",
            var (made, repaired) => $"{Counted.Of(made, "group")} made, {repaired} repaired",
        };
        if (result.GroupsMade + result.GroupsRepaired > 0 && result.Counted is { Groups: { Failed: var failed, NotTried: var notTried } } && failed + notTried > 0)
            headline += $", {failed + notTried} not complete";
        var frame = new Embed
        {
            Title = $"{Name(result.CohortName, $"Cohort {result.CohortId}", LongestInTitle)}: {headline}",
            Description = Summary(result),
            Color = result.Failures.Count == 0 ? Green : Yellow,
            Footer = new EmbedFooter("Page 9999 of 9999 · " + Next(result)),
        };
        var pages = EmbedLimits.Pages(frame, Fields(result), FieldsPerPage);
        var shown = Math.Clamp(page, 0, pages.Count - 1);
        return new OutgoingMessage
        {
            Content = "",
            Embeds = [pages[shown] with { Footer = new EmbedFooter((pages.Count > 1 ? $"Page {shown + 1} of {pages.Count} · " : "") + Next(result)) }],
            Components = Buttons(result, shown, pages.Count),
        };
    }

    public static OutgoingMessage Render(PreviewRealization.Result preview)
    {
        var frame = new Embed
        {
            Title = $"{Name(preview.CohortName, $"Cohort {preview.CohortId}", LongestInTitle)}: what would be made",
            Description = Outlook(preview),
            Color = preview.Missing.Count == 0 ? Green : Yellow,
            // Room for what is said where not all fits.
            Footer = new EmbedFooter(MoreEntries(9999)),
        };
        var changing = preview.Groups.Where(g => !g.ChangesNothing).ToList();
        var fields = new List<EmbedField>();
        if (preview.Missing.Count > 0)
            fields.AddRange(Spread("Missing first", preview.Missing.Select(m => DiscordText.Escape(m)), "\n"));
        fields.AddRange(changing.SelectMany(g => Spread(Name(g.Name, "Group", LongestInTitle), Lines(g), "\n")));
        if (preview.Remarks.Count > 0)
            fields.AddRange(Spread("Good to know", preview.Remarks.Select(r => DiscordText.Escape(r)), "\n"));
        var pages = EmbedLimits.Pages(frame, fields);
        var more = fields.Count - (pages[0].Fields ?? []).Count;
        var shown = pages[0] with { Footer = more > 0 ? new EmbedFooter(MoreEntries(more)) : null };

        return new OutgoingMessage
        {
            Content = "",
            Embeds = [shown],
            Components = preview is { ChangesNothing: false, Missing.Count: 0 }
                ? [Component.Row(Component.Button($"{Module}:go:{preview.CohortId}", "Make all this", ButtonStyle.Primary))]
                : [],
        };
    }

    private static string MoreEntries(int count) => $"and {count} more entries; whoever runs Cohorts sees all of them with realize --dry-run";

    private static string Outlook(PreviewRealization.Result preview)
    {
        if (preview.ChangesNothing)
            return "Everything stands already. There is nothing to make.";
        var made = preview.Groups.Sum(g => New(g.Text) + New(g.Voice));
        var lines = new List<string>
        {
            $"Category **{Name(preview.CategoryName, $"Cohort {preview.CohortId}", LongestInTitle)}**" + (preview.CategoriesToMake > 0 ? $": {Counted.Of(preview.CategoriesToMake, "category", "categories")} would be made" : " stands"),
            $"Channels that would be made: **{made}** · welcomes that would be posted: **{preview.Groups.Count(g => g.Welcome == PreviewRealization.WelcomeOutlook.Posted)}**",
            $"Events that would be made: **{preview.Groups.Sum(g => g.EventsToMake)}**"
                + (preview.Groups.Sum(g => g.EventsLater) is > 0 and var later ? $" · {later} more as soon as the server has room (Discord allows 100)" : ""),
            $"People who would be mentioned: **{preview.Groups.Sum(g => g.ToMention.Count)}** · not in this server yet: **{preview.Groups.Sum(g => g.NotHere.Count)}**"
                + (preview.Groups.Sum(g => g.NoMember.Count) is > 0 and var unfound ? $" · no member has the name: **{unfound}**" : ""),
        };
        lines.AddRange(ClockChanges.Tell(preview.ClockChanges));
        lines.Add("Nothing has been made yet.");
        return string.Join('\n', lines);

        static int New(PreviewRealization.ChannelOutlook channel) =>
            channel is PreviewRealization.ChannelOutlook.Made or PreviewRealization.ChannelOutlook.MadeAnew ? 1 : 0;
    }

    private static IEnumerable<string> Lines(PreviewRealization.Group group)
    {
        yield return $"Text channel: {Words(group.Text)} · voice channel: {Words(group.Voice)} · welcome: {(group.Welcome == PreviewRealization.WelcomeOutlook.Posted ? "would be posted" : "stands")}";
        if (group.EventsToMake + group.EventsLater > 0)
            yield return $"Events: {group.EventsToMake} would be made{(group.EventsLater > 0 ? $", {group.EventsLater} later" : "")}";
        foreach (var line in People("Would be mentioned", group.ToMention))
            yield return line;
        foreach (var line in People("Would lose access", group.AccessRemoved))
            yield return line;
        foreach (var line in People("Not here yet", group.NotHere))
            yield return line;
        if (group.NoMember.Count > 0)
            yield return $"No member has the name: {string.Join(", ", group.NoMember.Select(Unfound))}";
        if (group.EventsMoved.Count > 0)
            yield return $"Moved by hand, week {string.Join(", ", group.EventsMoved)}: would be kept";
        if (group.EventsCancelled.Count > 0)
            yield return $"Deleted by hand, week {string.Join(", ", group.EventsCancelled)}: would be left so";
    }

    private static string Words(PreviewRealization.ChannelOutlook channel) => channel switch
    {
        PreviewRealization.ChannelOutlook.Made => "would be made",
        PreviewRealization.ChannelOutlook.MadeAnew => "would be made anew",
        PreviewRealization.ChannelOutlook.Repaired => "would be repaired",
        _ => "stands",
    };

    private static string Summary(RealizeGroups.Result result)
    {
        var lines = new List<string>
        {
            $"Category: **{Name(result.CategoryName, $"Cohort {result.CohortId}", LongestInTitle)}**",
            result.Counted is null
                ? $"Groups made: **{result.GroupsMade}** · repaired: **{result.GroupsRepaired}** · there already: **{result.GroupsUnchanged}**"
                : string.Join('\n', CountedText.Lines(result.Counted).Select(l => string.Join(" · ", l.Parts.Select((p, i) => $"{(i == 0 ? $"{l.Kind} {p.What}" : p.What)}: **{p.Count}**")))),
            $"People given access: **{result.AccessGranted.Count}** · not here yet: **{result.NotHere.Count}**"
                + (result.NoMember.Count > 0 ? $" · no member has the name: **{result.NoMember.Count}**" : ""),
            (result.Counted is null ? $"Events made: **{result.EventsMade}** · " : "Events ") + $"later: **{result.EventsLater}**"
                + (result.EventsLater > 0 ? " (Discord allows 100 at a time; they follow by themselves)" : ""),
        };
        if (result.Failures.Count > 0)
            lines.Add($"Failed: **{result.Failures.Count}**. What stands stays; run it again to do the rest.");
        return string.Join('\n', lines);
    }

    private static IEnumerable<EmbedField> Fields(RealizeGroups.Result result)
    {
        IEnumerable<(string Name, IEnumerable<string> Items, string Separator)> parts =
        [
            ("Failed", result.Failures.Select(f => $"**{Name(f.What, "A step", LongestName * 2)}**: {DiscordText.Escape(f.Why, LongestWhy)}"), "\n"),
            ("Not in this server yet: access follows when they join", result.NotHere.Select(Person), ", "),
            (UnfoundText.Heading, result.NoMember.Select(p => $"{Unfound(p)} ({Name(p.Group, "group", LongestName)})").Append($"To do: {UnfoundText.Next}.").Take(result.NoMember.Count == 0 ? 0 : int.MaxValue), "\n"),
            ("No Discord account known", result.Unknown.Select(Person), ", "),
            ("Given access", result.AccessGranted.Select(Person), ", "),
            ("Lost access, because they left the group", result.AccessRemoved.Select(Person), ", "),
            ("Events moved by hand: the meetings follow", result.EventsMoved.Select(Event), "\n"),
            ("Events deleted by hand: counted as cancelled", result.EventsCancelled.Select(Event), "\n"),
            ("Good to know", result.Remarks.Select(r => DiscordText.Escape(r)), "\n"),
        ];
        return parts.SelectMany(p => Spread(p.Name, p.Items, p.Separator));
    }

    private static IReadOnlyList<Component> Buttons(RealizeGroups.Result result, int page, int pages)
    {
        var row = new List<Component>();
        if (pages > 1)
        {
            row.Add(Component.Button($"{Module}:page:{result.RunId}:{page - 1}", "Previous", disabled: page == 0));
            row.Add(Component.Button($"{Module}:page:{result.RunId}:{page + 1}", "Next", disabled: page == pages - 1));
        }

        if (result.Failures.Count > 0)
            row.Add(Component.Button($"{Module}:go:{result.CohortId}", "Try the rest again", ButtonStyle.Primary));
        if (result.EventsCancelled.Count > 0)
            row.Add(Component.Button($"{Module}:remake:{result.CohortId}", "Make the deleted events again"));
        // Up to five fit: these are at most four besides.
        row.Add(Component.Button($"{Module}:share:{result.RunId}", "Share in this channel"));
        return [Component.Row(row)];
    }

    private static string Next(RealizeGroups.Result result) => result.Failures.Count > 0
        ? "Next: mend what failed, then run /realize-groups again"
        : "Running it again changes nothing that stands";

    /// <summary>As many fields as hold all items, each named; nobody is cut off because a list is long.</summary>
    private static IEnumerable<EmbedField> Spread(string name, IEnumerable<string> items, string separator)
    {
        var value = new StringBuilder();
        var heading = name;
        foreach (var item in items.Select(i => DiscordText.Cut(i, EmbedLimits.FieldValue)))
        {
            if (value.Length > 0 && value.Length + separator.Length + item.Length > EmbedLimits.FieldValue)
            {
                yield return new EmbedField(heading, value.ToString());
                value.Clear();
                heading = $"{name}, continued";
            }

            value.Append(value.Length > 0 ? separator : "").Append(item);
        }

        if (value.Length > 0)
            yield return new EmbedField(heading, value.ToString());
    }

    private static string Bar(double share)
    {
        var done = (int)Math.Round(Math.Clamp(share, 0, 1) * BarCells);
        return $"`{new string('█', done)}{new string('░', BarCells - done)}`";
    }

    private static string Person(RealizeGroups.Person person) =>
        $"{Name(person.Name, $"Person {person.Id}", LongestName)} ({Name(person.Group, "group", LongestName)})";

    private static string Unfound(RealizeGroups.Unfound person) =>
        $"{Name(person.Name, $"Person {person.Id}", LongestName)}, {DiscordText.Escape(UnfoundText.Username(person), LongestWhy)}";

    /// <summary>In lines that a field has room for, so that a list is never cut.</summary>
    private static IEnumerable<string> People(string what, IEnumerable<string> names) =>
        names.Chunk(10).Select((some, i) => $"{(i == 0 ? what : $"{what}, continued")}: {string.Join(", ", some.Select(n => Name(n, "somebody", LongestName)))}");

    private static string Event(RealizeGroups.EventOfGroup scheduled) =>
        $"{Name(scheduled.Group, "Group", LongestName)}, week {scheduled.Meeting}: {DiscordText.Time(scheduled.Time)}";

    private static string Name(string name, string ifNothingIsSeen, int longest) =>
        DiscordText.Escape(name, longest) is { Length: > 0 } seen ? seen : ifNothingIsSeen;
}
