using System.Text;
using Cohorts.Discord;
using Cohorts.Domain;
using Cohorts.Features.ListCohorts;
using CsvHelper;
using NodaTime;
using NodaTime.Text;

namespace Cohorts.Features.ScheduleCohort;

/// <summary>What a scheduling shows in Discord, as pure functions of its state. Every name in it is escaped and notifies nobody.</summary>
public static class ScheduleMessage
{
    /// <summary>Option of the command.</summary>
    public const string WithoutFacilitators = "without_facilitators";

    private const int Green = 0x2E_CC_71;
    private const int Yellow = 0xF1_C4_0F;
    private const int GoodPercent = 80;
    private const int GroupsPerPage = 8;
    private const int LongestName = 60;
    private const int LongestReason = 400;
    private const int LongestChange = 300;

    /// <summary>Leaves the title room for its numbers.</summary>
    private const int LongestInTitle = 150;

    private const int BarCells = 20;
    private const string NextStep = "Use /realize-groups to create Discord channels";

    /// <summary>What a spreadsheet takes for the beginning of a formula, the wide forms of East Asian keyboards too.</summary>
    private const string FormulaStarts = "=+-@＝＋－＠";

    private static readonly LocalTimePattern Time = LocalTimePattern.CreateWithInvariantCulture("HH:mm");

    /// <summary>
    /// <c>January 2027 (3 pending, 4 left over)</c>; with the course where two have one name, and with the start where the course is one too.
    /// </summary>
    public static IReadOnlyList<CommandChoice> Choices(IReadOnlyList<CohortsToSchedule.Choice> cohorts)
    {
        var named = cohorts.CountBy(c => c.CohortName, StringComparer.OrdinalIgnoreCase).ToDictionary(StringComparer.OrdinalIgnoreCase);
        var ofCourse = cohorts.CountBy(c => $"{c.CourseName}\n{c.CohortName}", StringComparer.OrdinalIgnoreCase)
            .ToDictionary(StringComparer.OrdinalIgnoreCase);
        return [.. cohorts.Select(c =>
        {
            var counts = (c.Pending, c.LeftOver) switch
            {
                (_, 0) => $" ({c.Pending} pending)",
                (0, _) => $" ({c.LeftOver} left over)",
                _ => $" ({c.Pending} pending, {c.LeftOver} left over)",
            };
            if (ofCourse[$"{c.CourseName}\n{c.CohortName}"] > 1)
                counts = $" from {c.StartDate.ToString("uuuu-MM-dd", null)}" + counts;
            var room = CommandChoice.LongestName - counts.Length;
            var name = DiscordText.Plain(c.CohortName) is { Length: > 0 } visible ? visible : $"Cohort {c.CohortId}";
            return new CommandChoice(
                (named[c.CohortName] > 1 ? Both(DiscordText.Plain(c.CourseName), name, room) : DiscordText.Cut(name, room)) + counts, c.CohortId.Value);
        })];
    }

    public static OutgoingMessage Progress(string cohort, RunProgress progress)
    {
        var done = (int)Math.Round(Math.Clamp(progress.Share, 0, 1) * BarCells);
        return new OutgoingMessage
        {
            Content = $"Forming groups of **{Shown(cohort, "this cohort", LongestName)}** …\n"
                + $"`{new string('█', done)}{new string('░', BarCells - done)}` {DiscordText.Escape(progress.Doing, 200)}",
        };
    }

    public static OutgoingMessage Refused(Refusal refusal)
    {
        var advice = refusal.Reason switch
        {
            RefusalReason.NoSuchCohort => " Type the command again and pick one from the list.",
            RefusalReason.NobodyUsableToLead =>
                $" Or run `/schedule` again with `{WithoutFacilitators}` set to True, to form groups without a leader.",
            _ => "",
        };
        // The advice stands, however long the names before it are.
        var message = DiscordText.Escape(refusal.Message, 1500) + advice;
        var lines = refusal.Details.Select(d => "- " + DiscordText.Escape(d)).Prepend(message);
        return new OutgoingMessage { Content = DiscordText.Cut(string.Join('\n', lines), 2000), Embeds = [], Components = [] };
    }

    /// <param name="page">From 0; one beyond the last shows the last.</param>
    public static OutgoingMessage Render(ScheduleCohort.Result result, int page)
    {
        var people = result.UsersGrouped + result.UsersUngroupable;
        if (people == 0)
        {
            return new OutgoingMessage
            {
                Content = $"Nobody in **{Cohort(result, LongestName)}** awaits grouping{(result.Already is { } already ? $": {already.InWords()}" : "")}, so there is nothing to do.\n"
                    + "Late-comers: import a file with them, then run `/schedule` again.",
                Embeds = [],
                Components = [],
            };
        }

        // Rounded down: what is not all of them is never 100 %, and what is shown as 80 % is green.
        var percent = (int)(100L * result.UsersGrouped / people);
        var frame = new Embed
        {
            Title = $"{Cohort(result, LongestInTitle)}: {Counted.Of(result.GroupsCreated, "group")}, {result.UsersGrouped} of {Counted.Of(people, "person", "people")} placed",
            Description = Summary(result, percent),
            Color = percent >= GoodPercent ? Green : Yellow,
            // With its number a page must not grow beyond what fields left room for.
            Footer = new EmbedFooter(PageOf(9999, 9999) + NextStep),
        };
        var pages = EmbedLimits.Pages(frame, Fields(result), GroupsPerPage);
        var shown = Math.Clamp(page, 0, pages.Count - 1);
        return new OutgoingMessage
        {
            Content = "",
            Embeds = [pages[shown] with { Footer = new EmbedFooter((pages.Count > 1 ? PageOf(shown + 1, pages.Count) : "") + NextStep) }],
            Components = Buttons(result, shown, pages.Count),
            Files = [Everybody(result)],
        };
    }

    /// <summary>The groups for everybody's eyes: who was not placed, and why, stays with the organizer.</summary>
    public static IReadOnlyList<OutgoingMessage> Shared(ScheduleCohort.Result result)
    {
        var frame = new Embed { Title = $"{Cohort(result, LongestInTitle)}: {Counted.Of(result.GroupsCreated, "group")}", Color = Green };
        return [.. EmbedLimits.Pages(frame, Groups(result)).Select(e => new OutgoingMessage { Embeds = [e] })];
    }

    private static string Summary(ScheduleCohort.Result result, int percent)
    {
        var lines = new List<string>();
        if (result.Leadership == ScheduleCohort.Leadership.NobodyEnrolledToLead)
            lines.Add("**These groups have no leader**: nobody is enrolled as facilitator.");
        else if (result.Leadership == ScheduleCohort.Leadership.NobodyUsableToLead)
            lines.Add("**These groups have no leader**: none of the enrolled facilitators can lead one now.");
        lines.Add($"Groups created: **{result.GroupsCreated}**");
        lines.Add($"People grouped: **{result.UsersGrouped}** · not placed yet: **{result.UsersUngroupable}**");
        lines.Add($"Placement rate: **{percent} %**"
            + (result.Optimal ? " — the most that could be placed" : $" (at most {result.UpperBound} people could be)"));
        if (result.BestFacilitatorHour is { } hour)
            lines.Add(DiscordText.Escape(hour, LongestReason));
        lines.AddRange(LateStart.Tell(result.Groups.Select(g => (g.Name, g.Late))).Select(late => DiscordText.Escape(late, LongestReason)));
        lines.AddRange(ClockChanges.Tell(result.ClockChanges));
        return string.Join('\n', lines);
    }

    private static IEnumerable<EmbedField> Fields(ScheduleCohort.Result result)
    {
        foreach (var group in Groups(result))
            yield return group;
        if (result.Ungroupable.Count == 0)
            yield break;
        var people = result.Ungroupable.Select(u => $"**{Name(u.Name, u.Id)}**: {DiscordText.Escape(u.Detail, LongestReason)}"
            + (u.Change is { } change ? $" {DiscordText.Escape(change, LongestChange)}" : ""));
        foreach (var field in Spread($"Not placed yet ({result.Ungroupable.Count})", first: "", people, "\n"))
            yield return field;
    }

    private static IEnumerable<EmbedField> Groups(ScheduleCohort.Result result)
    {
        var zone = Zone(result.MeetingTimezone);
        return result.Groups.SelectMany(g => Spread(
            Shown(g.Name, $"Group {g.GroupId}", LongestInTitle), $"{Weekly(g, zone)}\n", g.Members.Select(Seat), ", "));
    }

    /// <summary>As many fields as hold all items, each named; nobody is cut off because a group or a list is long.</summary>
    private static IEnumerable<EmbedField> Spread(string name, string first, IEnumerable<string> items, string separator)
    {
        var value = new StringBuilder(first);
        var (held, heading) = (0, name);
        foreach (var item in items)
        {
            if (held > 0 && value.Length + separator.Length + item.Length > EmbedLimits.FieldValue)
            {
                yield return new EmbedField(heading, value.ToString());
                value.Clear();
                (held, heading) = (0, $"{name}, continued");
            }

            value.Append(held++ > 0 ? separator : "").Append(item);
        }

        yield return new EmbedField(heading, value.ToString());
    }

    private static string Weekly(ScheduleCohort.FormedGroup group, DateTimeZone? zone)
    {
        var first = group.Late switch
        {
            null => $"first {DiscordText.Time(group.FirstMeeting)}",
            { MeetingsLeft: [] } late => late.Lost,
            { MeetingsLeft: [_] } late => $"next and last {DiscordText.Time(group.FirstMeeting)} · {late.Lost}",
            { MeetingsLeft: [.., var last] } late =>
                $"next {DiscordText.Time(group.FirstMeeting)}, last of {late.MeetingsLeft.Count} on {DiscordText.Time(last, 'D')} · {late.Lost}",
        };
        return zone is null
            ? $"{group.MeetingTimeUtc} UTC · {first}"
            : $"{In(zone, group)} {City(zone.Id)} ({group.MeetingTimeUtc} UTC) · {first}";
    }

    private static string In(DateTimeZone zone, ScheduleCohort.FormedGroup group)
    {
        var start = Instant.FromDateTimeOffset(group.FirstMeeting).InZone(zone).LocalDateTime;
        return $"{start.DayOfWeek} {Time.Format(start.TimeOfDay)}-{Time.Format(start.PlusMinutes(group.LengthMinutes).TimeOfDay)}";
    }

    private static string Seat(ScheduleCohort.GroupMember member) =>
        Name(member.Name, member.Id) + (member.Role == CohortRole.Facilitator ? " (leads)" : "") + (member.IfNeeded ? " (if needed)" : "");

    private static string PageOf(int page, int pages) => $"Page {page} of {pages} · ";

    private static IReadOnlyList<Component> Buttons(ScheduleCohort.Result result, int page, int pages)
    {
        var row = new List<Component>();
        if (pages > 1)
        {
            row.Add(Component.Button($"schedule:page:{result.RunId}:{page - 1}", "Previous", disabled: page == 0));
            row.Add(Component.Button($"schedule:page:{result.RunId}:{page + 1}", "Next", disabled: page == pages - 1));
        }

        if (result.Groups.Count > 0)
            row.Add(Component.Button($"schedule:share:{result.RunId}", "Share in this channel", ButtonStyle.Primary));
        return row.Count == 0 ? [] : [Component.Row(row)];
    }

    /// <summary>Everybody of this run with group or reason.</summary>
    private static FileUpload Everybody(ScheduleCohort.Result result)
    {
        using var content = new MemoryStream();
        // With a byte order mark, or a spreadsheet takes it for another encoding than UTF-8.
        content.Write(Encoding.UTF8.Preamble);
        using (var csv = CsvWriter.Create(content, new CsvWriterOptions(), leaveOpen: true))
        {
            foreach (var header in (string[])["name", "role", "group", "time", "reason"])
                csv.WriteField(header);
            csv.EndRecord();
            foreach (var group in result.Groups)
            {
                foreach (var member in group.Members)
                    Write(csv, member.Name, member.Role, group.Name, OwnTime(group, member.Timezone), reason: "");
            }

            foreach (var user in result.Ungroupable)
                Write(csv, user.Name, user.Role, group: "", time: "", user.Change is { } change ? $"{user.Detail} {change}" : user.Detail);
        }

        return new FileUpload($"groups-{result.RunId}.csv", content.ToArray(), "text/csv", "Everybody with their group, or why they have none");
    }

    private static void Write(CsvWriter csv, string name, CohortRole role, string group, string time, string reason)
    {
        foreach (var text in (string[])[name, role.ToString().ToLowerInvariant(), group, time, reason])
        {
            // On one line, without what turns the cells round it about. An apostrophe keeps a spreadsheet from reading a formula, and
            // quotes keep one that separates by semicolons from finding one in the middle.
            var plain = DiscordText.Plain(text);
            var cell = plain.Length > 0 && FormulaStarts.Contains(plain[0], StringComparison.Ordinal) ? "'" + plain : plain;
            csv.WriteField(cell, cell.Contains(';', StringComparison.Ordinal) ? CsvQuoting.Always : CsvQuoting.WhenNeeded);
        }

        csv.EndRecord();
    }

    private static string OwnTime(ScheduleCohort.FormedGroup group, string? timezone) =>
        Zone(timezone) is { } zone ? $"{In(zone, group)} {City(zone.Id)}" : $"{group.MeetingTimeUtc} UTC";

    private static DateTimeZone? Zone(string? name) => name is null ? null : DateTimeZoneProviders.Tzdb.GetZoneOrNull(name);

    private static string Name(string name, UserId id) => Shown(name, $"Person {id}", LongestName);

    private static string Cohort(ScheduleCohort.Result result, int longest) => Shown(result.CohortName, $"Cohort {result.CohortId}", longest);

    /// <summary>A name made of nothing visible would leave a gap where somebody is meant.</summary>
    private static string Shown(string name, string otherwise, int longest) =>
        DiscordText.Escape(name, longest) is { Length: > 0 } visible ? visible : otherwise;

    /// <summary>Course and cohort in what room there is: the longer is cut first, and neither disappears.</summary>
    private static string Both(string course, string cohort, int room)
    {
        const string between = " / ";
        var half = (room - between.Length) / 2;
        var ofCourse = DiscordText.Cut(course, Math.Max(half, room - between.Length - cohort.Length));
        return ofCourse + between + DiscordText.Cut(cohort, room - between.Length - ofCourse.Length);
    }

    private static string City(string zone) => zone[(zone.LastIndexOf('/') + 1)..].Replace('_', ' ');
}
