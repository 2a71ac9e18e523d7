using System.CommandLine;
using Cohorts.Domain;
using Cohorts.Hosting;
using Npgsql;

namespace Cohorts.Features.ExportCohort;

public static class ExportVerb
{
    public static Command Create()
    {
        var cohort = new Argument<string>("COHORT") { Description = "The cohort's id, or its name (\"Course / Cohort\" where two have one name)." };
        var folder = new Option<string?>("--out") { Description = "Where to write; a folder that is not there yet. Default: cohort-ID-export." };
        var json = Verb.Json();
        var command = new Command("export", "Write everything of a cohort to a folder, as CSV and as JSON.") { cohort, folder, json };
        command.SetAction((parsed, cancellation) => Verb.SendAsync(
            Needs.Database,
            parsed.Format(json),
            async (application, stop) =>
            {
                var found = await Cohort.FindAsync(
                    application.Services.GetRequiredService<NpgsqlDataSource>(), parsed.GetRequiredValue(cohort), stop);
                if (found.IsRefused)
                    return found.Refusal;
                var id = found.Result.Id;
                return await application.SendAsync(new ExportCohort.Command(id, parsed.GetValue(folder) ?? $"cohort-{id}-export"), progress: null, stop);
            },
            result => result,
            result => Verb.Plain(
                $"Everything of cohort {result.CohortId} is in {result.Folder}:\n"
                + string.Concat(result.Files.Select(f => $"  {f.File,-20} {f.Rows,8} {(f.Rows == 1 ? "row" : "rows")}\n"))
                + "It holds names and addresses of people: keep it where only those see it who may.\n"),
            cancellation));
        return command;
    }
}
