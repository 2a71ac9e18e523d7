using Cohorts.Domain;
using NodaTime;
using NodaTime.Text;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Cohorts.Features.ScheduleCohort;

/// <summary>What a scheduling came to, for a terminal: numbers, then names, then what to do next.</summary>
public static class ScheduleText
{
    private static readonly LocalDateTimePattern FirstMeeting = LocalDateTimePattern.CreateWithInvariantCulture("ddd d MMM uuuu HH:mm");

    public static IRenderable Render(ScheduleCohort.Result result)
    {
        var parts = new List<IRenderable> { new Text(Headline(result)) };
        if (result.Groups.Count > 0)
            parts.Add(Groups(result));
        if (result.Ungroupable.Count > 0)
        {
            parts.Add(new Text($"Not placed yet ({result.Ungroupable.Count}):"));
            parts.Add(NotPlaced(result));
        }

        if (result.Groups.Count > 0)
            parts.Add(new Text($"Saved. Next: ./cohorts list   (seed {result.Seed}, {result.ElapsedMs:0} ms)"));
        return new Rows(parts);
    }

    private static string Headline(ScheduleCohort.Result result)
    {
        var people = result.UsersGrouped + result.UsersUngroupable;
        if (people == 0)
        {
            return $"Nobody in {result.CohortName} awaits grouping, so there is nothing to do. "
                + "Late-comers: import a file with them, then schedule again.";
        }

        var leaders = result.Leadership switch
        {
            ScheduleCohort.Leadership.Facilitators => "",
            ScheduleCohort.Leadership.NobodyEnrolledToLead => "These groups have no leader: nobody is enrolled as facilitator. ",
            _ => "These groups have no leader: none of the enrolled facilitators can lead one now. ",
        };
        var bound = result.Optimal ? "more is not possible" : $"at most {result.UpperBound} could be";
        return $"{leaders}{result.CohortName}: {Count(result.GroupsCreated, "group")}, "
            + $"{result.UsersGrouped} of {people} people placed; {bound}.";
    }

    private static Table Groups(ScheduleCohort.Result result)
    {
        var zone = result.MeetingTimezone is { } name ? DateTimeZoneProviders.Tzdb.GetZoneOrNull(name) : null;
        var table = new Table { Border = TableBorder.Simple }
            .AddColumn(new TableColumn("Group").NoWrap())
            .AddColumn(new TableColumn("Weekly").NoWrap())
            .AddColumn("First meeting")
            .AddColumn("Members (* leads, ~ if needed)");
        foreach (var group in result.Groups)
        {
            table.AddRow(
                new Text(group.Name),
                new Text($"{group.MeetingTimeUtc} UTC"),
                new Text(First(group, zone)),
                new Text(string.Join(", ", group.Members.Select(Seat))));
        }

        return table;
    }

    private static string First(ScheduleCohort.FormedGroup group, DateTimeZone? zone)
    {
        var local = Instant.FromDateTimeOffset(group.FirstMeeting).InZone(zone ?? DateTimeZone.Utc);
        return $"{FirstMeeting.Format(local.LocalDateTime)} {(zone is null ? "UTC" : City(zone.Id))}";
    }

    private static string Seat(ScheduleCohort.GroupMember member) =>
        (member.Role == CohortRole.Facilitator ? "*" : "") + member.Name + (member.IfNeeded ? "~" : "");

    private static Table NotPlaced(ScheduleCohort.Result result)
    {
        var table = new Table { Border = TableBorder.Simple }.AddColumn("Name").AddColumn("Lives in").AddColumn("Why");
        foreach (var user in result.Ungroupable.OrderBy(u => u.Name, StringComparer.Ordinal))
            table.AddRow(new Text(user.Name), new Text(user.Timezone is { } zone ? City(zone) : ""), new Text(user.Detail));
        return table;
    }

    private static string City(string zone) => zone[(zone.LastIndexOf('/') + 1)..].Replace('_', ' ');

    private static string Count(int number, string what) => number == 1 ? $"1 {what}" : $"{number} {what}s";
}
