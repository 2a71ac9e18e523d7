using Cohorts.Domain;
using Cohorts.Grains;
using MediatR;
using NodaTime;
using Npgsql;

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
    /// <summary>
    /// A silo that lives takes a client within a second; on a machine that does much else it took more than five. Longer than a heartbeat in
    /// the membership table counts, so that what does not answer by then is no silo.
    /// </summary>
    private static readonly TimeSpan PatienceWithSilo = TimeSpan.FromSeconds(35);

    private static readonly TimeSpan PauseBetweenLooks = TimeSpan.FromSeconds(2);

    private IHost _host;
    private readonly CohortsDatabase _server;

    private Application(IHost host, CohortsDatabase server) => (_host, _server) = (host, server);

    public IServiceProvider Services => _host.Services;

    /// <summary>On the database that is configured, else on the private server.</summary>
    public static async Task<Application> OpenAsync(Needs needs, CancellationToken cancellation) =>
        await OpenAsync(needs, await CohortsDatabase.ReachAsync(Settings.Read(), cancellation), cancellation);

    /// <summary>On an empty database of the private server, whatever is configured: nobody's data is touched.</summary>
    /// <param name="configure">Adds what the demo has besides; given the database's connection string.</param>
    public static async Task<Application> OpenDemoAsync(
        string databaseName, Action<IServiceCollection, string> configure, CancellationToken cancellation) =>
        await OpenAsync(Needs.CohortTurn, await CohortsDatabase.MakeAnewAsync(Settings.Read(), databaseName, cancellation), cancellation, configure);

    private static async Task<Application> OpenAsync(
        Needs needs, CohortsDatabase server, CancellationToken cancellation, Action<IServiceCollection, string>? configure = null)
    {
        try
        {
            using var logs = StandardErrorLog.Create(LogLevel.Warning);
            await server.MigrateAsync(logs.CreateLogger<Application>(), cancellation);
            var host = needs switch
            {
                Needs.Database => await StartAsync(server, _ => { }, cancellation),
                Needs.CohortTurn => await StartInClusterAsync(server, configure, cancellation),
                _ => throw new InvalidOperationException($"A verb needs {needs}, which nothing opens."),
            };
            return new Application(host, server);
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    private static async Task<IHost> StartInClusterAsync(
        CohortsDatabase server, Action<IServiceCollection, string>? configure, CancellationToken cancellation)
    {
        await using var database = Database.Open(server.ConnectionString);
        var cluster = await Cluster.NameAsync(database, cancellation);
        var certificates = await ClusterCertificates.ReadOrMakeAsync(database, server.ConnectionString, TimeProvider.System, cancellation);
        var check = new JoinCheck(database, cluster, HostIdentity.Current, Console.Error.WriteLine);
        while (true)
        {
            await using (await Cluster.TakeTurnToStartAsync(server.ConnectionString, cancellation))
            {
                if (await StartAsClientAsync(server, database, cluster, certificates, cancellation) is { } client)
                    return client;
                var silo = await Cluster.JoinAsync(
                    database,
                    cluster,
                    check,
                    endpoints => StartAsync(
                        server,
                        host =>
                        {
                            host.AddSilo(server.ConnectionString, cluster, certificates, endpoints);
                            configure?.Invoke(host.Services, server.ConnectionString);
                        },
                        cancellation),
                    cancellation);
                if (silo is not null)
                    return silo;
            }

            await Task.Delay(Cluster.BetweenAttempts, cancellation);
        }
    }

    /// <summary>As a client of a silo that lives, waiting for it as long as it does: on a busy machine it takes long to answer.</summary>
    /// <returns>Null where no silo can be reached.</returns>
    private static async Task<IHost?> StartAsClientAsync(
        CohortsDatabase server, NpgsqlDataSource database, string cluster, ClusterCertificates certificates, CancellationToken cancellation)
    {
        if (!await Gateways.AnyAnswersAsync(database, cluster, certificates, cancellation))
            return null;
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        patience.CancelAfter(PatienceWithSilo);
        var joining = StartAsync(server, host => host.AddClusterClient(server.ConnectionString, cluster, certificates), patience.Token);
        try
        {
            while (await Task.WhenAny(joining, Task.Delay(PauseBetweenLooks, patience.Token)) != joining && !patience.IsCancellationRequested)
            {
                if (!await Gateways.AnyAnswersAsync(database, cluster, certificates, cancellation))
                    await patience.CancelAsync();
            }

            return await joining;
        }
        catch (Exception e) when (e is OrleansException or TimeoutException or OperationCanceledException && !cancellation.IsCancellationRequested)
        {
            // It has ended since.
            return null;
        }
    }

    private static async Task<IHost> StartAsync(CohortsDatabase server, Action<IHostApplicationBuilder> join, CancellationToken cancellation)
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ToStandardError(LogLevel.Warning);
        builder.Services.AddCohorts(server.ConnectionString);
        if (DiscordSettings.Read(builder.Configuration, server.ConnectionString) is { } discord)
            builder.Services.AddDiscord(discord);
        builder.AddTelemetry();
        join(builder);
        var host = builder.Build();
        try
        {
            await host.StartAsync(cancellation).WaitAsync(cancellation);
            return host;
        }
        catch
        {
            await ((IAsyncDisposable)host).DisposeAsync();
            throw;
        }
    }

    /// <summary>
    /// Sends a command that takes a cohort's turn. The silo that this process came to as a client may end with its own verb just now: then
    /// the same command, under the same key, goes to a silo of this process.
    /// </summary>
    public async Task<T> SendInTurnAsync<T>(IRequest<T> command, IProgress<RunProgress>? progress, CancellationToken cancellation)
    {
        var key = Guid.NewGuid();
        try
        {
            return await SendAsync(command, progress, cancellation, key);
        }
        catch (ClusterAwayException) when (_host.Services.GetService<RunStarter>() is null)
        {
            await LeaveAsync(_host);
            _host = await StartInClusterAsync(_server, configure: null, cancellation);
            return await SendAsync(command, progress, cancellation, key);
        }
    }

    /// <summary>Sends a request in a scope of its own.</summary>
    /// <param name="progress">Told how far a run is; null where nobody watches.</param>
    /// <param name="key">Names a command that may be sent again.</param>
    public async Task<T> SendAsync<T>(IRequest<T> request, IProgress<RunProgress>? progress, CancellationToken cancellation, Guid? key = null)
    {
        await using var scope = _host.Services.CreateAsyncScope();
        var caller = scope.ServiceProvider.GetRequiredService<Caller>();
        (caller.Progress, caller.RequestKey) = (progress, key);
        return await scope.ServiceProvider.GetRequiredService<IMediator>().Send(request, cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        // A silo that lived for one verb may have been given another command's run: that ends first.
        if (_host.Services.GetService<RunStarter>() is { } runs)
            await runs.LeaveAsync();
        await LeaveAsync(_host);
        await _server.DisposeAsync();
    }

    private static async Task LeaveAsync(IHost host)
    {
        await host.StopAsync();
        await ((IAsyncDisposable)host).DisposeAsync();
    }
}

public static class ApplicationServices
{
    /// <summary>What every process of this program has: the database, the slices' handlers, and the way through the cohort's turn.</summary>
    public static IServiceCollection AddCohorts(this IServiceCollection services, string connectionString) => services
        .AddSingleton(_ => Database.Open(connectionString))
        .AddSingleton<TimeProvider>(new SteadyClock(TimeProvider.System))
        .AddSingleton<IClock>(SystemClock.Instance)
        .AddSingleton<IDateTimeZoneProvider>(DateTimeZoneProviders.Tzdb)
        .AddScoped<Caller>()
        .AddScoped<Turn>()
        .AddSingleton<RunLedger>()
        .AddSingleton<SearchThreads>()
        .AddMediation()
        .AddScoped(typeof(IPipelineBehavior<,>), typeof(CohortTurnBehavior<,>));
}
