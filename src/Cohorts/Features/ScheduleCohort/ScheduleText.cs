using Cohorts.Domain;
using Cohorts.Hosting;
using NodaTime;
using NodaTime.Text;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Cohorts.Features.ScheduleCohort;

/// <summary>What a scheduling came to, for a terminal: numbers, then names, then what to do next.</summary>
public static class ScheduleText
{
    private static readonly LocalDateTimePattern UtcStart = LocalDateTimePattern.CreateWithInvariantCulture("ddd HH:mm");
    private static readonly LocalDatePattern Date = LocalDatePattern.CreateWithInvariantCulture("d MMM uuuu");
    private static readonly LocalTimePattern Time = LocalTimePattern.CreateWithInvariantCulture("HH:mm");

    public static IRenderable Render(ScheduleCohort.Result result)
    {
        var parts = new List<IRenderable> { Verb.Plain(Headline(result)) };
        if (result.Groups.Count > 0)
        {
            parts.Add(Groups(result));
            if (LateStart.Tell(result.Groups.Select(g => (g.Name, g.Late))) is { Count: > 0 } late)
                parts.Add(Verb.Plain(string.Join('\n', late) + "\n"));
        }

        if (result.Ungroupable.Count > 0)
        {
            parts.Add(Verb.Plain($"Not placed yet ({result.Ungroupable.Count}):"));
            parts.Add(NotPlaced(result));
            if (result.BestFacilitatorHour is { } hour)
                parts.Add(Verb.Plain(hour + "\n"));
        }

        if (result.ClockChanges.Count > 0)
            parts.Add(Verb.Plain(string.Join('\n', ClockChanges.Tell(result.ClockChanges)) + "\n"));
        if (result.UsersGrouped + result.UsersUngroupable > 0)
            parts.Add(Verb.Plain($"Saved. Next: ./cohorts list   (seed {result.Seed}, {result.ElapsedMs:0} ms)"));
        return new Rows(parts);
    }

    private static string Headline(ScheduleCohort.Result result)
    {
        var people = result.UsersGrouped + result.UsersUngroupable;
        if (people == 0)
        {
            return $"Nobody in {result.CohortName} awaits grouping{(result.Already is { } already ? $": {already.InWords()}" : "")}, so there is nothing to do. "
                + "Late-comers: import a file with them, then schedule again.";
        }

        var leaders = result.Leadership switch
        {
            _ when result.Groups.Count == 0 => "",
            ScheduleCohort.Leadership.Facilitators => "",
            ScheduleCohort.Leadership.NobodyEnrolledToLead => "These groups have no leader: nobody is enrolled as facilitator. ",
            _ => "These groups have no leader: none of the enrolled facilitators can lead one now. ",
        };
        var bound = result.Optimal ? "more is not possible" : $"at most {result.UpperBound} could be";
        return $"{leaders}{result.CohortName}: {Counted.Of(result.GroupsCreated, "group")}, "
            + $"{result.UsersGrouped} of {Counted.Of(people, "person", "people")} placed; {bound}.";
    }

    private static Table Groups(ScheduleCohort.Result result)
    {
        var zone = result.MeetingTimezone is { } name ? DateTimeZoneProviders.Tzdb.GetZoneOrNull(name) : null;
        var table = Verb.Table("Group", zone is null ? "Weekly, UTC" : $"Weekly, {City(zone.Id)}");
        if (zone is not null)
            table.AddColumn(Verb.Column("UTC"));
        var anyLate = result.Groups.Any(g => g.Late is not null);
        table.AddColumn(Verb.Column(anyLate ? "Next" : "First"));
        if (anyLate)
            table.AddColumn(Verb.Column("Last (left)"));
        table.AddColumn(new TableColumn("Members (* leads, ~ if needed)").Padding(0, 0));
        foreach (var group in result.Groups)
        {
            var start = Instant.FromDateTimeOffset(group.FirstMeeting);
            var local = start.InZone(zone ?? DateTimeZone.Utc).LocalDateTime;
            List<IRenderable> cells = [Verb.Plain(group.Name), Verb.Plain(Weekly(local, group.LengthMinutes))];
            if (zone is not null)
                cells.Add(Verb.Plain(UtcStart.Format(start.InUtc().LocalDateTime)));
            cells.Add(Verb.Plain(group.Late is { MeetingsLeft: [] } ? "over" : Date.Format(local.Date)));
            if (anyLate)
                cells.Add(Verb.Plain(Last(group.Late, zone)));
            cells.Add(Verb.Plain(string.Join(", ", group.Members.Select(Seat))));
            table.AddRow(cells);
        }

        return table;
    }

    private static string Last(LateStart? late, DateTimeZone? zone) => late switch
    {
        null => "",
        { MeetingsLeft: [.., var last] } =>
            $"{Date.Format(Instant.FromDateTimeOffset(last).InZone(zone ?? DateTimeZone.Utc).Date)} ({late.MeetingsLeft.Count})",
        _ => "(0)",
    };

    private static string Weekly(LocalDateTime start, int lengthMinutes) =>
        $"{start.DayOfWeek} {Time.Format(start.TimeOfDay)}-{Time.Format(start.PlusMinutes(lengthMinutes).TimeOfDay)}";

    private static string Seat(ScheduleCohort.GroupMember member) =>
        (member.Role == CohortRole.Facilitator ? "*" : "") + member.Name + (member.IfNeeded ? "~" : "");

    private static Table NotPlaced(ScheduleCohort.Result result)
    {
        var table = Verb.Table("Name", "Lives in").AddColumn(new TableColumn("Why").Padding(0, 0));
        foreach (var user in result.Ungroupable.OrderBy(u => u.Name, StringComparer.Ordinal))
            table.AddRow(Verb.Plain(user.Name), Verb.Plain(user.Timezone is { } zone ? City(zone) : ""), Verb.Plain(user.Change is { } change ? $"{user.Detail} {change}" : user.Detail));
        return table;
    }

    private static string City(string zone) => zone[(zone.LastIndexOf('/') + 1)..].Replace('_', ' ');
}
