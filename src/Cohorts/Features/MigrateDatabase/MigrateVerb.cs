using System.CommandLine;
using Cohorts.Hosting;

namespace Cohorts.Features.MigrateDatabase;

/// <summary>Every verb migrates before it works; this one does no more than that, for whoever wants it done at a chosen moment.</summary>
public static class MigrateVerb
{
    public static Command Create()
    {
        var json = Verb.Json();
        var command = new Command("migrate", "Bring the database up to date (every other verb does so too), and do nothing else.") { json };
        command.SetAction((parsed, cancellation) => Verb.GuardAsync(
            async () =>
            {
                await using var application = await Application.OpenAsync(Needs.Database, cancellation);
                if (parsed.Format(json) == OutputFormat.Json)
                    Console.Out.WriteLine("""{ "upToDate": true }""");
                else
                    Console.Out.WriteLine("The database is up to date. Next: ./cohorts import FILE.csv ...");
                return 0;
            },
            cancellation));
        return command;
    }
}
