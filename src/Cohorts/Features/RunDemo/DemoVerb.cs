using System.CommandLine;
using Cohorts.Features.ImportCohort;
using Cohorts.Features.ListCohorts;
using Cohorts.Features.ScheduleCohort;
using Cohorts.Hosting;
using NodaTime;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Cohorts.Features.RunDemo;

/// <summary>The main job on a sample cohort, told as it goes, on a database of its own that is made anew each time.</summary>
public static class DemoVerb
{
    private const string DatabaseName = "cohorts_demo";
    private const string Sample = "first-cohort.csv";
    private const string Course = "Introduction to Rust";
    private const string CohortName = "January 2027";

    public static Command Create()
    {
        // There is nobody to talk to yet once the story is told, so both ways end by themselves.
        var headless = new Option<bool>("--headless") { Description = "End when the story is told, without waiting for anybody." };
        var command = new Command("demo", "Show the main job on a sample cohort, in a database of its own that is made anew each time.") { headless };
        command.SetAction((_, cancellation) => Verb.GuardAsync(() => RunAsync(cancellation), cancellation));
        return command;
    }

    private static async Task<int> RunAsync(CancellationToken cancellation)
    {
        await using var application = await Application.OpenDemoAsync(DatabaseName, cancellation);

        Say("Sixty people have signed up for a course, with the hours at which they are free. Their answers are in a CSV file.");
        Typed($"import samples/{Sample} --course \"{Course}\" --cohort \"{CohortName}\" --start 2027-01-11 --meetings 8 --meeting-timezone Europe/Berlin");
        var imported = await application.SendAsync(
            new ImportCohort.ImportCohort.Command(
                OpenSample(), Sample, Course, CohortName, new LocalDate(2027, 1, 11), Meetings: 8,
                MeetingTimezone: DateTimeZoneProviders.Tzdb["Europe/Berlin"]),
            progress: null,
            cancellation);
        if (imported.IsRefused)
            return Verb.Refuse(imported.Refusal);
        Show(ImportText.Render(imported.Result));

        Typed($"schedule \"{CohortName}\"");
        var scheduled = await application.SendWatchedAsync(new ScheduleCohort.ScheduleCohort.Command(imported.Result.CohortId!.Value), cancellation);
        if (scheduled.IsRefused)
            return Verb.Refuse(scheduled.Refusal);
        Show(ScheduleText.Render(scheduled.Result));

        Typed("list");
        var listed = await application.SendAsync(new ListCohorts.ListCohorts.Query(), progress: null, cancellation);
        if (listed.IsRefused)
            return Verb.Refuse(listed.Refusal);
        Show(ListVerb.Render(listed.Result));

        Say("That was the demo; it used a database of its own. Now with your own people: ./cohorts import --help");
        return 0;
    }

    private static Stream OpenSample() =>
        typeof(DemoVerb).Assembly.GetManifestResourceStream($"samples/{Sample}")
        ?? throw new InvalidOperationException($"The program was built without samples/{Sample}.");

    private static void Say(string text)
    {
        Verb.Out.Write(new Text(text));
        Verb.Out.WriteLine();
        Verb.Out.WriteLine();
    }

    private static void Typed(string arguments)
    {
        Verb.Out.Write(new Text($"$ ./cohorts {arguments}", new Style(decoration: Decoration.Bold)));
        Verb.Out.WriteLine();
    }

    private static void Show(IRenderable result)
    {
        Verb.Out.Write(result);
        Verb.Out.WriteLine();
    }
}
