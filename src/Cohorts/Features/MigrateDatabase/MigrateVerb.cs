using System.CommandLine;
using Cohorts.Hosting;
using Npgsql;

namespace Cohorts.Features.MigrateDatabase;

/// <summary>Every verb migrates before it works; this one does no more than that, for whoever wants it done at a chosen moment.</summary>
public static class MigrateVerb
{
    public static Command Create()
    {
        var json = Verb.Json();
        var renew = new Option<bool>("--renew-cluster-certificate")
        {
            Description = "Also make a new certificate for the connections among servers. Those that run go on: they take it up within seconds, and accept the one before until the next time.",
        };
        var command = new Command("migrate", "Bring the database up to date (every other verb does so too), and do nothing else.") { renew, json };
        command.SetAction((parsed, cancellation) => Verb.GuardAsync(
            async () =>
            {
                await using var application = await Application.OpenAsync(Needs.Database, cancellation);
                var isRenewed = parsed.GetValue(renew);
                if (isRenewed)
                    await RenewAsync(application.Services, cancellation);
                if (parsed.Format(json) == OutputFormat.Json)
                    Console.Out.WriteLine($$"""{ "upToDate": true, "clusterCertificateRenewed": {{(isRenewed ? "true" : "false")}} }""");
                else if (isRenewed)
                    Console.Out.WriteLine("The database is up to date, and the cluster has a new certificate. Next: ./cohorts doctor");
                else
                    Console.Out.WriteLine("The database is up to date. Next: ./cohorts import FILE.csv ...");
                return 0;
            },
            cancellation));
        return command;
    }

    private static async Task RenewAsync(IServiceProvider services, CancellationToken cancellation)
    {
        var (database, clock) = (services.GetRequiredService<NpgsqlDataSource>(), services.GetRequiredService<TimeProvider>());
        while (await ClusterCertificates.RenewAsync(database, clock, cancellation) is { } rest)
        {
            Console.Error.WriteLine($"The certificate was renewed a moment ago, and not every server may have taken it up. Waiting for {rest.TotalSeconds:0} s …");
            await Task.Delay(rest, clock, cancellation);
        }
    }
}
