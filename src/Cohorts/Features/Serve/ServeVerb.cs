using System.CommandLine;
using Cohorts.Bot;
using Cohorts.Hosting;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Npgsql;

namespace Cohorts.Features.Serve;

/// <summary>The long-running server: a silo and a small web server in one process.</summary>
public static class ServeVerb
{
    private const string DefaultUrl = "http://127.0.0.1:8585";

    public static Command Create()
    {
        var command = new Command("serve", $"Run the server until Ctrl-C. Listens on ASPNETCORE_URLS ({DefaultUrl}); health at /health/live and /health/ready.");
        command.SetAction((_, cancellation) => Verb.GuardAsync(() => ServeAsync(cancellation), cancellation));
        return command;
    }

    private static async Task<int> ServeAsync(CancellationToken cancellation)
    {
        var builder = WebApplication.CreateBuilder();
        builder.Logging.ToStandardError(LogLevel.Information);
        if (string.IsNullOrEmpty(builder.Configuration["urls"]))
            builder.WebHost.UseUrls(DefaultUrl);
        await using var server = await CohortsDatabase.ReachAsync(builder.Configuration, cancellation);
        using (var logs = StandardErrorLog.Create(LogLevel.Information))
            await server.MigrateAsync(logs.CreateLogger<CohortsDatabase>(), cancellation);
        builder.Services.AddCohorts(server.ConnectionString);
        await using (var database = Database.Open(server.ConnectionString))
            builder.AddSilo(server.ConnectionString, await Cluster.NameAsync(database, cancellation));
        DiscordSettings? discord;
        try
        {
            discord = DiscordSettings.Read(builder.Configuration, server.ConnectionString);
        }
        catch (FormatException e)
        {
            return Verb.Fail(e.Message);
        }

        if (discord is not null)
            builder.Services.AddBot(discord);
        builder.Services.AddHealthChecks().AddCheck<DatabaseHealth>("database");

        await using var web = builder.Build();
        web.MapHealthChecks("/health/live", new HealthCheckOptions { Predicate = _ => false });
        web.MapHealthChecks("/health/ready");
        if (discord?.PublicKey is { } key)
            web.MapInteractions(key);
        await web.StartAsync(cancellation);
        await web.WaitForShutdownAsync(cancellation);
        return cancellation.IsCancellationRequested ? Verb.Interrupted : 0;
    }

    private sealed class DatabaseHealth(NpgsqlDataSource database) : IHealthCheck
    {
        public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
        {
            try
            {
                await using var command = database.CreateCommand("SELECT 1");
                await command.ExecuteScalarAsync(cancellationToken);
                return HealthCheckResult.Healthy();
            }
            catch (NpgsqlException e)
            {
                return HealthCheckResult.Unhealthy("PostgreSQL does not answer.", e);
            }
        }
    }
}
