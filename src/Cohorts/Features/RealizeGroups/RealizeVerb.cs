using System.CommandLine;
using Cohorts.Domain;
using Cohorts.Hosting;
using Npgsql;

namespace Cohorts.Features.RealizeGroups;

public static class RealizeVerb
{
    public static Command Create()
    {
        var cohort = new Argument<string>("COHORT") { Description = "The cohort's id, or its name (\"Course / Cohort\" where two have one name)." };
        var guild = GuildOption.Create("Discord's id of the server, where the cohort belongs to none yet (else Discord__GuildId).");
        var dryRun = new Option<bool>("--dry-run") { Description = "Show what would be made, and change nothing." };
        var remake = new Option<bool>("--remake-events") { Description = "Make events again that somebody deleted in Discord; without it they count as cancelled." };
        var json = Verb.Json();
        var command = new Command(
            "realize",
            "Make Discord match the groups of a cohort: channels, access, events, a welcome. Can be ended and given again at any time. Needs Discord__Token.")
        {
            cohort, guild, dryRun, remake, json,
        };
        command.SetAction((parsed, cancellation) =>
        {
            var format = parsed.Format(json);
            var where = parsed.GetValue(guild);
            var cancelled = parsed.GetValue(remake) ? CancelledEvents.Remake : CancelledEvents.Leave;
            return parsed.GetValue(dryRun)
                ? PreviewAsync(parsed.GetRequiredValue(cohort), where, cancelled, format, cancellation)
                : RealizeAsync(parsed.GetRequiredValue(cohort), where, cancelled, format, cancellation);
        });
        return command;
    }

    private static Task<int> PreviewAsync(string cohort, GuildId? guild, CancelledEvents cancelled, OutputFormat format, CancellationToken cancellation) =>
        Verb.SendAsync(
            Needs.Database,
            format,
            async (application, stop) =>
            {
                var found = await Cohort.FindAsync(application.Services.GetRequiredService<NpgsqlDataSource>(), cohort, stop);
                return found.IsRefused
                    ? found.Refusal
                    : await application.SendAsync(new PreviewRealization.Query(found.Result.Id, guild, cancelled), progress: null, stop);
            },
            preview => preview,
            RealizeText.Render,
            cancellation);

    private static async Task<int> RealizeAsync(
        string cohort, GuildId? guild, CancelledEvents cancelled, OutputFormat format, CancellationToken cancellation)
    {
        var failures = 0;
        var code = await Verb.SendAsync(
            Needs.CohortTurn,
            format,
            async (application, stop) =>
            {
                var found = await Cohort.FindAsync(application.Services.GetRequiredService<NpgsqlDataSource>(), cohort, stop);
                if (found.IsRefused)
                    return found.Refusal;
                var outcome = await application.SendWatchedAsync(new RealizeGroups.Command(found.Result.Id, guild, cancelled), stop);
                failures = outcome.Result?.Failures.Count ?? 0;
                return outcome;
            },
            ToJson,
            RealizeText.Render,
            cancellation);
        // A script must not take for done what is not.
        return code == 0 && failures > 0 ? Verb.Failed : code;
    }

    public static object ToJson(RealizeGroups.Result result) => new
    {
        result.CohortId,
        result.CohortName,
        result.GroupsMade,
        result.GroupsRepaired,
        result.GroupsUnchanged,
        result.Counted,
        AccessGranted = result.AccessGranted.Count,
        AccessRemoved = result.AccessRemoved.Count,
        NotHere = result.NotHere.Count,
        result.EventsMade,
        result.EventsLater,
        result.Failures,
        PeopleNotHere = result.NotHere,
        PeopleWhoseNameNoMemberHas = result.NoMember,
        PeopleWithoutDiscord = result.Unknown,
        result.EventsMoved,
        result.EventsCancelled,
        result.Remarks,
    };
}
