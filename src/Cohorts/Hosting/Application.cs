using Cohorts.Domain;
using Cohorts.Grains;
using MediatR;
using NodaTime;

namespace Cohorts.Hosting;

/// <summary>What a verb needs to have around it before it can do its work.</summary>
public enum Needs
{
    /// <summary>The migrated database.</summary>
    Database,

    /// <summary>The database and a place in the cluster: as a client of a silo that answers, else as a silo of its own.</summary>
    CohortTurn,
}

/// <summary>The program's services for the length of one verb.</summary>
public sealed class Application : IAsyncDisposable
{
    private readonly IHost _host;
    private readonly CohortsDatabase _server;

    private Application(IHost host, CohortsDatabase server) => (_host, _server) = (host, server);

    public IServiceProvider Services => _host.Services;

    /// <summary>On the database that is configured, else on the private server.</summary>
    public static async Task<Application> OpenAsync(Needs needs, CancellationToken cancellation)
    {
        var builder = Host.CreateApplicationBuilder();
        return await OpenAsync(builder, needs, await CohortsDatabase.ReachAsync(builder.Configuration, cancellation), cancellation);
    }

    /// <summary>On an empty database of the private server, whatever is configured: nobody's data is touched.</summary>
    public static async Task<Application> OpenDemoAsync(string databaseName, CancellationToken cancellation)
    {
        var builder = Host.CreateApplicationBuilder();
        var server = await CohortsDatabase.MakeAnewAsync(builder.Configuration, databaseName, cancellation);
        return await OpenAsync(builder, Needs.CohortTurn, server, cancellation);
    }

    private static async Task<Application> OpenAsync(
        HostApplicationBuilder builder, Needs needs, CohortsDatabase server, CancellationToken cancellation)
    {
        builder.Logging.ToStandardError(LogLevel.Warning);
        using var logs = StandardErrorLog.Create(LogLevel.Warning);
        try
        {
            await server.MigrateAsync(logs.CreateLogger<Application>(), cancellation);
            builder.Services.AddCohorts(server.ConnectionString);
            if (needs == Needs.CohortTurn)
            {
                await using var database = Database.Open(server.ConnectionString);
                if (await Cluster.HasLiveSiloAsync(database, cancellation))
                    builder.AddClusterClient(server.ConnectionString);
                else
                    builder.AddSilo(server.ConnectionString);
            }

            var host = builder.Build();
            await host.StartAsync(cancellation);
            return new Application(host, server);
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Sends a request in a scope of its own.</summary>
    /// <param name="progress">Told how far a run is; null where nobody watches.</param>
    public async Task<T> SendAsync<T>(IRequest<T> request, IProgress<RunProgress>? progress, CancellationToken cancellation)
    {
        await using var scope = _host.Services.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<Caller>().Progress = progress;
        return await scope.ServiceProvider.GetRequiredService<IMediator>().Send(request, cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        // A silo that lived for one verb may have been given another command's run: that ends first.
        if (_host.Services.GetService<RunStarter>() is { } runs)
            await runs.WhenIdle();
        await _host.StopAsync();
        if (_host is IAsyncDisposable host)
            await host.DisposeAsync();
        await _server.DisposeAsync();
    }
}

public static class ApplicationServices
{
    /// <summary>What every process of this program has: the database, the slices' handlers, and the way through the cohort's turn.</summary>
    public static IServiceCollection AddCohorts(this IServiceCollection services, string connectionString) => services
        .AddSingleton(_ => Database.Open(connectionString))
        .AddSingleton(TimeProvider.System)
        .AddSingleton<IClock>(SystemClock.Instance)
        .AddSingleton<IDateTimeZoneProvider>(DateTimeZoneProviders.Tzdb)
        .AddScoped<Caller>()
        .AddScoped<Turn>()
        .AddMediation()
        .AddScoped(typeof(IPipelineBehavior<,>), typeof(CohortTurnBehavior<,>));
}
