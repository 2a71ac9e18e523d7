using System.CommandLine;
using System.Text.Json;
using Cohorts.Bot;
using Cohorts.Discord;
using Cohorts.Domain;
using Cohorts.Grains;
using Cohorts.Hosting;
using Dapper;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using NodaTime;
using Npgsql;

namespace Cohorts.Features.Serve;

/// <summary>The long-running server: a silo and a small web server in one process.</summary>
public static class ServeVerb
{
    private const string DefaultUrl = "http://127.0.0.1:8585";

    public static Command Create()
    {
        var json = Verb.Json();
        var command = new Command("serve", $"Run the server until Ctrl-C. Listens on ASPNETCORE_URLS ({DefaultUrl}); health at /health/live and /health/ready.") { json };
        command.SetAction((parsed, cancellation) => Verb.GuardAsync(() => ServeAsync(parsed.Format(json), cancellation), cancellation));
        return command;
    }

    private static async Task<int> ServeAsync(OutputFormat format, CancellationToken cancellation)
    {
        await using var server = await CohortsDatabase.ReachAsync(Settings.Read(), cancellation);
        using (var logs = StandardErrorLog.Create(LogLevel.Information))
            await server.MigrateAsync(logs.CreateLogger<CohortsDatabase>(), cancellation);
        await using var database = Database.Open(server.ConnectionString);
        var cluster = await Cluster.NameAsync(database, cancellation);
        var certificates = await ClusterCertificates.ReadOrMakeAsync(database, server.ConnectionString, TimeProvider.System, cancellation);

        await using var web = await StartAsync(server, database, cluster, certificates, cancellation);
        Announce(format, web.Urls.First());
        await web.WaitForShutdownAsync(cancellation);
        return cancellation.IsCancellationRequested ? Verb.Interrupted : 0;
    }

    private static async Task<WebApplication> StartAsync(
        CohortsDatabase server, NpgsqlDataSource database, string cluster, ClusterCertificates certificates, CancellationToken cancellation)
    {
        var check = new JoinCheck(database, cluster, HostIdentity.Current, Console.Error.WriteLine);
        while (true)
        {
            await using (await Cluster.TakeTurnToStartAsync(server.ConnectionString, cancellation))
            {
                var started = await Cluster.JoinAsync(
                    database, cluster, check, endpoints => StartAsync(Build(server, cluster, certificates, endpoints), cancellation), cancellation);
                if (started is not null)
                    return started;
            }

            await Task.Delay(Cluster.BetweenAttempts, cancellation);
        }
    }

    private static async Task<WebApplication> StartAsync(WebApplication web, CancellationToken cancellation)
    {
        try
        {
            await web.StartAsync(cancellation);
            return web;
        }
        catch (Exception e)
        {
            await web.DisposeAsync();
            // A silo's port that was free a moment ago is looked for anew; the web server's is told.
            if (e is IOException)
                throw new SettingException($"The server cannot listen: {e.Message} Set ASPNETCORE_URLS to another address, such as {DefaultUrl}.", e);
            throw;
        }
    }

    private static WebApplication Build(CohortsDatabase server, string cluster, ClusterCertificates certificates, SiloEndpoints endpoints)
    {
        var builder = WebApplication.CreateBuilder();
        builder.Logging.ToStandardError(LogLevel.Information);
        var dashboard = Dashboard.Port(builder.Configuration);
        var urls = Settings.Urls(builder.Configuration, DefaultUrl).Split(';');
        builder.WebHost.UseUrls(dashboard is { } port ? [.. urls, Dashboard.Url(port)] : urls);
        builder.AddTelemetry();
        builder.Services.AddCohorts(server.ConnectionString);
        builder.AddSilo(server.ConnectionString, cluster, certificates, endpoints);
        builder.Services.AddHostedService<LeftRuns>();
        if (server.IsPrivate)
        {
            builder.Services.AddSingleton(provider => ActivatorUtilities.CreateInstance<PrivateServerKeeper>(provider, server));
            builder.Services.AddHostedService(provider => provider.GetRequiredService<PrivateServerKeeper>());
        }

        builder.Services.AddSingleton<ReadinessReport>().AddSingleton(_ => new FullDisk(() => server.FreeBytes));
        builder.Services.AddHealthChecks().AddCheck<DatabaseHealth>("database").AddCheck<SiloHealth>("cluster");
        if (dashboard is not null)
            builder.AddDashboard();
        var discord = DiscordSettings.Read(builder.Configuration, server.ConnectionString);
        if (discord is not null)
            builder.Services.AddBot(discord).AddHealthChecks().AddCheck<DiscordHealth>("discord");

        var web = builder.Build();
        // From now on, whichever statement meets it.
        web.Services.GetRequiredService<FullDisk>();
        web.MapHealthChecks("/health/live", new HealthCheckOptions { Predicate = _ => false });
        web.MapGet("/health/ready", TellAsync);
        if (dashboard is { } own)
            web.MapDashboard(own);
        if (discord?.PublicKey is { } key)
            web.MapInteractions(key);
        return web;
    }

    private static void Announce(OutputFormat format, string address)
    {
        if (format == OutputFormat.Json)
            Console.Out.WriteLine(JsonSerializer.Serialize(new { Address = address }, CohortsJson.Options));
        else
            Console.Out.WriteLine($"Cohorts serves at {address} (health at /health/live and /health/ready). Ctrl-C ends it.");
    }

    /// <summary>What is wrong, a line each; "Healthy" where nothing is.</summary>
    private static async Task TellAsync(HttpContext http, ReadinessReport readiness)
    {
        var report = await readiness.LatestAsync(http.RequestAborted);
        http.Response.StatusCode = report.Status == HealthStatus.Unhealthy ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status200OK;
        http.Response.ContentType = "text/plain";
        http.Response.Headers.CacheControl = "no-store";
        var wrong = report.Entries.Values.Where(e => e.Status != HealthStatus.Healthy).Select(e => e.Description ?? e.Exception?.Message);
        await http.Response.WriteAsync(string.Join('\n', wrong.DefaultIfEmpty("Healthy")), http.RequestAborted);
    }

    private sealed class SiloHealth(IClusterMembershipService membership, ILocalSiloDetails silo) : IHealthCheck
    {
        public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
            Task.FromResult(membership.CurrentSnapshot.GetSiloStatus(silo.SiloAddress) == SiloStatus.Active
                ? HealthCheckResult.Healthy()
                : HealthCheckResult.Unhealthy("This process is no longer a member of its cluster; restart it."));
    }

    private sealed class DiscordHealth(GatewayKeeper gateway, DiscordRest discord) : IHealthCheck
    {
        private static readonly TimeSpan Ordinary = TimeSpan.FromSeconds(5);

        public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
            Task.FromResult((gateway.Wrong ?? Silence()) is { } wrong ? HealthCheckResult.Unhealthy(wrong) : HealthCheckResult.Healthy());

        private string? Silence() => discord.SilentFor is { } silence && silence > Ordinary
            ? $"Discord has answered nothing for {silence.TotalSeconds:0} s. Runs wait for it and go on by themselves; see https://discordstatus.com, and whether this machine reaches Discord."
            : null;
    }

    private sealed class DatabaseHealth(NpgsqlDataSource database, FullDisk disk, IClock clock, IServiceProvider services) : IHealthCheck
    {
        private const string DiskIsFull = "The disk of the database is full: nothing can be saved. Make room on it; what waits goes on by itself.";

        private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

        /// <summary>Above what a busy machine takes to answer; Discord's signed requests are refused at some seconds of difference.</summary>
        private static readonly TimeSpan MostDifference = TimeSpan.FromSeconds(5);

        public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limit.CancelAfter(Patience);
            try
            {
                await using var connection = await database.OpenConnectionAsync(limit.Token);
                var difference = await DifferenceAsync(connection, limit.Token);
                if (await disk.IsFullAsync(connection, limit.Token))
                    return HealthCheckResult.Unhealthy(DiskIsFull);
                return difference.Duration() > MostDifference
                    ? HealthCheckResult.Unhealthy(
                        $"This machine's clock is {InWords(difference.Duration())} {(difference > TimeSpan.Zero ? "ahead of" : "behind")} PostgreSQL's. "
                        + "Set both by NTP: with a wrong clock, commands by HTTP are refused and meetings taken for past or to come.")
                    : HealthCheckResult.Healthy();
            }
            catch (Exception e) when (e is NpgsqlException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
            {
                return HealthCheckResult.Unhealthy(
                    DatabaseTrouble.IsFullDisk(e)
                        ? DiskIsFull
                        : services.GetService<PrivateServerKeeper>()?.Wrong ?? "PostgreSQL does not answer. Look whether it runs and can be reached, and see its log.",
                    e);
            }
        }

        /// <returns>By how much this machine's clock is ahead of the database's.</returns>
        private async Task<TimeSpan> DifferenceAsync(NpgsqlConnection connection, CancellationToken cancellation)
        {
            var there = await connection.ExecuteScalarAsync<double>(
                new CommandDefinition("SELECT extract(epoch FROM clock_timestamp())::float8", cancellationToken: cancellation));
            return clock.GetCurrentInstant().ToDateTimeOffset() - DateTimeOffset.UnixEpoch.AddSeconds(there);
        }

        private static string InWords(TimeSpan difference) => difference switch
        {
            { TotalDays: >= 2 } => $"{difference.TotalDays:0} days",
            { TotalMinutes: >= 2 } => $"{difference.TotalMinutes:0} min",
            _ => $"{difference.TotalSeconds:0} s",
        };
    }
}
