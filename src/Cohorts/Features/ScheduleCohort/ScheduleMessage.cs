using System.Globalization;
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
    private const int Green = 0x2E_CC_71;
    private const int Yellow = 0xF1_C4_0F;
    private const double GoodRate = 0.8;
    private const int GroupsPerPage = 8;
    private const int LongestName = 60;
    private const int BarCells = 20;

    /// <summary>More names than somebody reads in a message; the attached file has all.</summary>
    private const int NotPlacedShown = 12;

    private static readonly LocalTimePattern Time = LocalTimePattern.CreateWithInvariantCulture("HH:mm");

    /// <summary><c>January 2027 (3 pending, 4 left over)</c>, with the course where two have one name.</summary>
    public static IReadOnlyList<CommandChoice> Choices(IReadOnlyList<CohortsToSchedule.Choice> cohorts)
    {
        var twice = cohorts.GroupBy(c => c.CohortName, StringComparer.OrdinalIgnoreCase).Where(g => g.Count() > 1).Select(g => g.Key)
            .ToHashSet(StringComparer.OrdinalIgnoreCase);
        return [.. cohorts.Select(c =>
        {
            var counts = (c.Pending, c.LeftOver) switch
            {
                (_, 0) => $" ({c.Pending} pending)",
                (0, _) => $" ({c.LeftOver} left over)",
                _ => $" ({c.Pending} pending, {c.LeftOver} left over)",
            };
            var name = DiscordText.Plain(twice.Contains(c.CohortName) ? $"{c.CourseName} / {c.CohortName}" : c.CohortName);
            return new CommandChoice(DiscordText.Cut(name, CommandChoice.LongestName - counts.Length) + counts, c.CohortId.Value);
        })];
    }

    public static OutgoingMessage Progress(string cohort, RunProgress progress)
    {
        var done = (int)Math.Round(Math.Clamp(progress.Share, 0, 1) * BarCells);
        return new OutgoingMessage
        {
            Content = $"Forming groups of **{DiscordText.Escape(cohort, LongestName)}** …\n"
                + $"`{new string('█', done)}{new string('░', BarCells - done)}` {DiscordText.Escape(progress.Doing, 200)}",
        };
    }

    public static OutgoingMessage Refused(Refusal refusal)
    {
        var lines = refusal.Details.Select(d => "- " + DiscordText.Escape(d)).Prepend(DiscordText.Escape(refusal.Message));
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
                Content = $"Nobody in **{DiscordText.Escape(result.CohortName, LongestName)}** awaits grouping, so there is nothing to do.\n"
                    + "Late-comers: import a file with them, then run `/schedule` again.",
                Embeds = [],
                Components = [],
            };
        }

        var rate = (double)result.UsersGrouped / people;
        var frame = new Embed
        {
            Title = $"{DiscordText.Plain(result.CohortName)}: {Count(result.GroupsCreated, "group")}, {result.UsersGrouped} of {people} people placed",
            Description = Summary(result, rate),
            Color = rate >= GoodRate ? Green : Yellow,
            Footer = new EmbedFooter("Use /realize-groups to create Discord channels"),
        };
        var pages = EmbedLimits.Pages(frame, Fields(result), GroupsPerPage);
        var shown = Math.Clamp(page, 0, pages.Count - 1);
        return new OutgoingMessage
        {
            Content = "",
            Embeds = [pages.Count == 1 ? pages[0] : pages[shown] with { Footer = new EmbedFooter($"Page {shown + 1} of {pages.Count} · {frame.Footer.Text}") }],
            Components = Buttons(result, shown, pages.Count),
            Files = [Everybody(result)],
        };
    }

    /// <summary>The groups for everybody's eyes: who was not placed, and why, stays with the organizer.</summary>
    public static IReadOnlyList<OutgoingMessage> Shared(ScheduleCohort.Result result)
    {
        var frame = new Embed { Title = $"{DiscordText.Plain(result.CohortName)}: {Count(result.GroupsCreated, "group")}", Color = Green };
        return [.. EmbedLimits.Pages(frame, Groups(result)).Select(e => new OutgoingMessage { Embeds = [e] })];
    }

    private static string Summary(ScheduleCohort.Result result, double rate)
    {
        var lines = new List<string>();
        if (result.Leadership == ScheduleCohort.Leadership.NobodyEnrolledToLead)
            lines.Add("**These groups have no leader**: nobody is enrolled as facilitator.");
        else if (result.Leadership == ScheduleCohort.Leadership.NobodyUsableToLead)
            lines.Add("**These groups have no leader**: none of the enrolled facilitators can lead one now.");
        lines.Add($"Groups created: **{result.GroupsCreated}**");
        lines.Add($"People grouped: **{result.UsersGrouped}** · not placed yet: **{result.UsersUngroupable}**");
        lines.Add($"Placement rate: **{rate.ToString("P0", CultureInfo.InvariantCulture)}**"
            + (result.Optimal ? " — the most that could be placed" : $" (at most {result.UpperBound} people could be)"));
        return string.Join('\n', lines);
    }

    private static IEnumerable<EmbedField> Fields(ScheduleCohort.Result result)
    {
        foreach (var group in Groups(result))
            yield return group;
        if (result.Ungroupable.Count == 0)
            yield break;
        var lines = result.Ungroupable.Take(NotPlacedShown)
            .Select(u => $"**{Name(u.Name)}**: {DiscordText.Escape(u.Detail, 200)}")
            .ToList();
        var most = lines.Count;
        // One field holds 1024 units; whoever does not fit is counted.
        string Told() => string.Join('\n', lines.Take(most))
            + (most < result.Ungroupable.Count ? $"\n… and {result.Ungroupable.Count - most} more in the attached file" : "");
        while (most > 1 && Told().Length > EmbedLimits.FieldValue)
            most--;
        yield return new EmbedField($"Not placed yet ({result.Ungroupable.Count})", Told());
    }

    private static IEnumerable<EmbedField> Groups(ScheduleCohort.Result result)
    {
        var zone = Zone(result.MeetingTimezone);
        return result.Groups.Select(g => new EmbedField(g.Name, $"{Weekly(g, zone)}\n{string.Join(", ", g.Members.Select(Seat))}"));
    }

    private static string Weekly(ScheduleCohort.FormedGroup group, DateTimeZone? zone)
    {
        var first = $"first {DiscordText.Time(group.FirstMeeting)}";
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
        Name(member.Name) + (member.Role == CohortRole.Facilitator ? " (leads)" : "") + (member.IfNeeded ? " (if needed)" : "");

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

    /// <summary>Everybody of this run with group or reason. A leading apostrophe keeps a spreadsheet from reading a name as a formula.</summary>
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
                Write(csv, user.Name, user.Role, group: "", time: "", user.Detail);
        }

        return new FileUpload($"groups-{result.RunId}.csv", content.ToArray(), "text/csv", "Everybody with their group, or why they have none");
    }

    private static void Write(CsvWriter csv, string name, CohortRole role, string group, string time, string reason)
    {
        csv.WriteField(name.Length > 0 && "=+-@\t\r".Contains(name[0], StringComparison.Ordinal) ? "'" + name : name);
        csv.WriteField(role.ToString().ToLowerInvariant());
        csv.WriteField(group);
        csv.WriteField(time);
        csv.WriteField(reason);
        csv.EndRecord();
    }

    private static string OwnTime(ScheduleCohort.FormedGroup group, string? timezone) =>
        Zone(timezone) is { } zone ? $"{In(zone, group)} {City(zone.Id)}" : $"{group.MeetingTimeUtc} UTC";

    private static DateTimeZone? Zone(string? name) => name is null ? null : DateTimeZoneProviders.Tzdb.GetZoneOrNull(name);

    private static string Name(string name) => DiscordText.Escape(name, LongestName);

    private static string City(string zone) => zone[(zone.LastIndexOf('/') + 1)..].Replace('_', ' ');

    private static string Count(int number, string what) => number == 1 ? $"1 {what}" : $"{number} {what}s";
}
