using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Cohorts.Domain;
using Cohorts.Grains;
using Dapper;
using Microsoft.AspNetCore.Connections;
using Npgsql;
using Orleans.Configuration;
using Orleans.Serialization;

namespace Cohorts.Hosting;

/// <summary>
/// The Orleans cluster that all processes on one database form: membership, grain state and reminders on that database, constant names,
/// and timings with which a dead silo is noticed within seconds.
/// </summary>
public static class Cluster
{
    private const string ServiceName = "cohorts";
    private const long StartLock = 0x436F_686F_7274_7303;
    private const string Provider = "Npgsql";
    private const int DefaultSiloPort = 11111;
    private const int DefaultGatewayPort = 30000;

    /// <summary>
    /// The cluster's name: constant for a database, and another for each database, so that a silo of one never takes a caller of another
    /// for its own. On one machine they share addresses: a port that a killed silo left is soon another program's.
    /// </summary>
    public static async Task<string> NameAsync(NpgsqlDataSource database, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        return await connection.ExecuteScalarAsync<string>(new CommandDefinition(
            """
            SELECT 'cohorts-' || system_identifier || '-' || oid
              FROM pg_control_system()
             CROSS JOIN pg_database
             WHERE datname = current_database()
            """,
            cancellationToken: cancellation)) ?? throw new InvalidOperationException("The database does not say which it is.");
    }

    /// <summary>
    /// Silos of one database start one at a time, over all processes: two that chose the same free port at the same moment would both
    /// enter the membership table under one address, and the later entry declares the earlier silo dead.
    /// </summary>
    /// <returns>The turn; it ends when this is disposed of, or with the process.</returns>
    public static async Task<IAsyncDisposable> TakeTurnToStartAsync(string connectionString, CancellationToken cancellation)
    {
        // Not pooled: the lock ends with the session.
        var turn = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false, CommandTimeout = 0 }.ConnectionString);
        try
        {
            await turn.OpenAsync(cancellation);
            await turn.ExecuteAsync(new CommandDefinition("SELECT pg_advisory_lock(@StartLock)", new { StartLock }, cancellationToken: cancellation));
            return turn;
        }
        catch
        {
            await turn.DisposeAsync();
            throw;
        }
    }

    /// <summary>
    /// Takes silos for dead that this machine's own ports say are gone: killed, they stand in the table as active until another notices,
    /// and a silo that joins waits for that, for some 13 s. Called within the turn to start, so that none is just starting.
    /// </summary>
    public static async Task BuryKilledAsync(NpgsqlDataSource database, string name, CancellationToken cancellation)
    {
        var listening = IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpListeners().Select(e => e.Port).Distinct().ToArray();
        await using var connection = await database.OpenConnectionAsync(cancellation);
        // With the version, as any change of a member: silos that live decide on what they have read anew.
        await connection.ExecuteAsync(new CommandDefinition(
            """
            WITH raised AS (
                UPDATE orleans_membership_versions
                   SET version = version + 1, changed_at = now()
                 WHERE deployment_id = @name
                   AND EXISTS (SELECT FROM orleans_members AS gone
                                WHERE gone.deployment_id = @name AND address = @Here AND status BETWEEN 1 AND 5 AND NOT port = ANY(@listening))
                RETURNING deployment_id)
            UPDATE orleans_members AS gone
               SET status = 6
              FROM raised
             WHERE gone.deployment_id = raised.deployment_id
               AND address = @Here
               AND status BETWEEN 1 AND 5
               AND NOT port = ANY(@listening)
            """,
            new { name, Here = Settings.AdvertisedAddress(Settings.Read()).ToString(), listening },
            cancellationToken: cancellation));
    }

    public static void AddSilo(this IHostApplicationBuilder host, string connectionString, string name)
    {
        var (siloPort, gatewayPort) = FreePorts(host.Configuration);
        var advertised = Settings.AdvertisedAddress(host.Configuration);
        host.UseOrleans(silo => silo
            .Configure<ClusterOptions>(o => (o.ClusterId, o.ServiceId) = (name, ServiceName))
            .ConfigureEndpoints(advertised, siloPort, gatewayPort, listenOnAnyHostAddress: !IPAddress.IsLoopback(advertised))
            .UseAdoNetClustering(o => (o.Invariant, o.ConnectionString) = (Provider, connectionString))
            .AddAdoNetGrainStorage(CohortGrain.Storage, o => (o.Invariant, o.ConnectionString) = (Provider, connectionString))
            .UseAdoNetReminderService(o => (o.Invariant, o.ConnectionString) = (Provider, connectionString))
            .Configure<ClusterMembershipOptions>(o =>
            {
                // Six seconds. On a machine that is busy elsewhere a silo that lives was silent for two, and with twice as many programs as it
                // can bear for four; whoever waits on a silo that died is answered within the promised ten all the same.
                o.ProbeTimeout = TimeSpan.FromSeconds(2);
                o.NumMissedProbesLimit = 3;
                o.IAmAliveTablePublishTimeout = TimeSpan.FromSeconds(5);
                o.TableRefreshTimeout = TimeSpan.FromSeconds(5);
            })
            .Services.AddSerializer(CarryAsJson));
        host.Services.AddSingleton<IFatalErrorHandler, EndOfSilo>();
        host.Services.AddSingleton<RunStarter>();
    }

    public static void AddClusterClient(this IHostApplicationBuilder host, string connectionString, string name) =>
        host.UseOrleansClient(client => client
            .Configure<ClusterOptions>(o => (o.ClusterId, o.ServiceId) = (name, ServiceName))
            .UseAdoNetClustering(o => (o.Invariant, o.ConnectionString) = (Provider, connectionString))
            .Services.AddSerializer(CarryAsJson));

    /// <summary>
    /// Whether a silo of this database can be reached now. The membership table alone does not tell: a silo that was killed stands there
    /// as active until another notices.
    /// </summary>
    public static async Task<bool> HasLiveSiloAsync(NpgsqlDataSource database, string name, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        var gateways = await connection.QueryAsync<(string Address, int ProxyPort)>(new CommandDefinition(
            """
            SELECT address, proxy_port
              FROM orleans_members
             WHERE deployment_id = @name
               AND status = 3
               AND proxy_port > 0
               AND i_am_alive_time > now() - interval '30 seconds'
             ORDER BY i_am_alive_time DESC
            """,
            new { name },
            cancellationToken: cancellation));
        foreach (var (address, port) in gateways)
        {
            if (await AnswersAsync(new IPEndPoint(IPAddress.Parse(address), port), cancellation))
                return true;
        }

        return false;
    }

    /// <summary>The records of the slices carry no Orleans attributes: they travel as JSON, and only this project's own types do.</summary>
    private static void CarryAsJson(ISerializerBuilder serializer)
    {
        serializer.AddJsonSerializer(type => type.Assembly == typeof(ICohortGrain).Assembly, CohortsJson.Options);
        serializer.Configure(o => o.AddAllowedAssembly(typeof(ICohortGrain).Assembly));
        // A grain that cannot reach the database says so to its caller in the database's own terms.
        serializer.Services.Configure<ExceptionSerializationOptions>(o => o.SupportedNamespacePrefixes.Add(nameof(Npgsql)));
    }

    /// <summary>Whether a start failed because another process took a port between the look and the bind.</summary>
    public static bool LostPort(Exception? e) => e switch
    {
        null => false,
        AddressInUseException or SocketException { SocketErrorCode: SocketError.AddressAlreadyInUse } => true,
        AggregateException many => many.InnerExceptions.Any(LostPort),
        _ => LostPort(e.InnerException),
    };

    /// <summary>The configured ports, or the next pair of which both are free: several programs may run on one machine.</summary>
    private static (int Silo, int Gateway) FreePorts(IConfiguration configuration)
    {
        var silo = Settings.Port(configuration, "SiloPort", DefaultSiloPort);
        var gateway = Settings.Port(configuration, "GatewayPort", DefaultGatewayPort);
        var taken = IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpListeners().Select(e => e.Port).ToHashSet();
        var step = Enumerable.Range(0, 1000).First(i => !taken.Contains(silo + i) && !taken.Contains(gateway + i));
        return (silo + step, gateway + step);
    }

    /// <summary>
    /// A silo that the others took for dead, because it was paused or cut off from them, must not go on; Orleans would abort the process
    /// with a dump. It ends as any other that failed, for whoever keeps it running to start anew.
    /// </summary>
    private sealed class EndOfSilo(IHostApplicationLifetime lifetime) : IFatalErrorHandler
    {
        public bool IsUnexpected(Exception exception) => exception is not OperationCanceledException;

        public void OnFatalException(object? sender = null, string? context = null, Exception? exception = null)
        {
            // A silo that leaves writes that it is gone, and may read it again, as if others had said so, before it is.
            if (lifetime.ApplicationStopping.IsCancellationRequested)
                return;
            Console.Error.WriteLine(
                "This process is no longer a member of its cluster: it was paused, or cut off from the others, and they went on without it. "
                + $"It ends now; start it again. ({context ?? exception?.Message})");
            Environment.Exit(Verb.Failed);
        }
    }

    private static async Task<bool> AnswersAsync(IPEndPoint gateway, CancellationToken cancellation)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        patience.CancelAfter(TimeSpan.FromSeconds(1));
        using var socket = new Socket(gateway.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(gateway, patience.Token);
            return true;
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException && !cancellation.IsCancellationRequested)
        {
            return false;
        }
    }
}
