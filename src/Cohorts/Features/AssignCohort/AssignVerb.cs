using System.CommandLine;
using Cohorts.Domain;
using Cohorts.Hosting;
using Npgsql;
using Spectre.Console.Rendering;

namespace Cohorts.Features.AssignCohort;

public static class AssignVerb
{
    public static Command Create()
    {
        var cohort = new Argument<string>("COHORT") { Description = "The cohort's id, or its name (\"Course / Cohort\" where two have one name)." };
        var guild = GuildOption.Create("Discord's id of the server: right-click it in Discord, Copy Server ID (User Settings, Advanced, Developer Mode).", required: true);
        var abandon = new Option<bool>("--abandon")
        {
            Description = "Move it although it is realized in another server: what stands there stays, and is not touched by Cohorts any more.",
        };
        var json = Verb.Json();
        var command = new Command(
            "assign",
            "Give a cohort to a Discord server, or move it to another. Only administrators of that server see it in Discord. "
            + "A cohort that belongs to none is seen in Discord only while the bot is in no more than one server; ./cohorts list names those.")
        {
            cohort, guild, abandon, json,
        };
        command.SetAction((parsed, cancellation) => Verb.SendAsync(
            Needs.Database,
            parsed.Format(json),
            async (application, stop) =>
            {
                var found = await Cohort.FindAsync(application.Services.GetRequiredService<NpgsqlDataSource>(), parsed.GetRequiredValue(cohort), stop);
                return found.IsRefused
                    ? found.Refusal
                    : await application.SendAsync(
                        new AssignCohort.Command(
                            found.Result.Id, parsed.GetValue(guild)!.Value, parsed.GetValue(abandon) ? OldServer.Abandon : OldServer.Respect),
                        progress: null,
                        stop);
            },
            result => result,
            Render,
            cancellation));
        return command;
    }

    public static IRenderable Render(AssignCohort.Result result) => Verb.Plain(string.Join('\n', Lines(result)) + "\n");

    private static IEnumerable<string> Lines(AssignCohort.Result result)
    {
        yield return result.Change switch
        {
            AssignCohort.Change.None => $"{result.CohortName} belongs to the Discord server {result.Guild} already; nothing was changed.",
            AssignCohort.Change.Given => $"{result.CohortName} belongs to the Discord server {result.Guild} from now on.",
            AssignCohort.Change.Moved => $"{result.CohortName} belongs to the Discord server {result.Guild} from now on, and no longer to {result.Before}.",
            _ => throw new InvalidOperationException($"A change {result.Change} has no words."),
        };
        if (!result.Abandoned.IsNothing)
        {
            yield return $"Left standing in the old server, and not known here any more: {result.Abandoned}. Whoever was let into these channels "
                + "still is: delete them there by hand.";
        }

        foreach (var warning in result.Warnings)
            yield return "Warning: " + warning;
        yield return $"Next: ./cohorts realize {result.CohortId} --dry-run   (what would be made there)";
    }
}
