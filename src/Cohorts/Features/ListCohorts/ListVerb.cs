using System.CommandLine;
using Cohorts.Hosting;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Cohorts.Features.ListCohorts;

public static class ListVerb
{
    public static Command Create()
    {
        var json = Verb.Json();
        var command = new Command("list", "Show all cohorts: who awaits grouping, and what has been formed and realized.") { json };
        command.SetAction((parsed, cancellation) => Verb.SendAsync(
            Needs.Database,
            parsed.Format(json),
            (application, stop) => application.SendAsync(new ListCohorts.Query(), progress: null, stop),
            ToJson,
            Render,
            cancellation));
        return command;
    }

    public static object ToJson(ListCohorts.Result result) => result.Cohorts.Select(c => new
    {
        c.CohortId,
        c.CohortName,
        c.CourseName,
        StartDate = c.StartDate.ToString("uuuu-MM-dd", null),
        c.PendingUsers,
        c.Grouped,
        c.Ungroupable,
        c.Groups,
        c.RealizedGroups,
    });

    public static IRenderable Render(ListCohorts.Result result)
    {
        if (result.Cohorts.Count == 0)
            return Verb.Plain("No cohorts yet. Next: ./cohorts import --help\n");

        var table = Verb.Table("Cohort", "Course", "Start");
        foreach (var figure in (string[])["Pending", "Grouped", "Left over", "Groups", "Realized", "Id"])
            table.AddColumn(Verb.Column(figure).RightAligned());
        foreach (var cohort in result.Cohorts)
        {
            table.AddRow(
                Verb.Plain(cohort.CohortName),
                Verb.Plain(cohort.CourseName),
                Verb.Plain(cohort.StartDate.ToString("uuuu-MM-dd", null)),
                Verb.Plain($"{cohort.PendingUsers}"),
                Verb.Plain($"{cohort.Grouped}"),
                Verb.Plain($"{cohort.Ungroupable}"),
                Verb.Plain($"{cohort.Groups}"),
                Verb.Plain($"{cohort.RealizedGroups}"),
                Verb.Plain(cohort.CohortId.ToString()));
        }

        return new Rows(table, Verb.Plain(Next(result)));
    }

    private static string Next(ListCohorts.Result result) =>
        result.Cohorts.FirstOrDefault(c => c.PendingUsers > 0) is { } pending
            ? $"Next: ./cohorts schedule {pending.CohortId}   (forms groups of who awaits it: {pending.PendingUsers})"
            : "Everybody is grouped or was tried. Late-comers, changed hours: ./cohorts import --help";
}
