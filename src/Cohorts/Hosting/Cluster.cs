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

    /// <summary>Between two attempts to join, while it is not known yet whether a member elsewhere lives.</summary>
    public static readonly TimeSpan BetweenAttempts = TimeSpan.FromSeconds(1);

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
    /// Starts a silo within the turn to start: none is just starting beside it, and what it finds of the others holds until it has joined.
    /// </summary>
    /// <param name="start">Called again, with other ports, where another program took one between the look and the bind.</param>
    /// <returns>Null where it is to be tried again in a second, with the turn given up meanwhile.</returns>
    /// <exception cref="SettingException">A member that lives is in the way, or this machine has no such address.</exception>
    public static async Task<T?> JoinAsync<T>(
        NpgsqlDataSource database, string name, JoinCheck check, Func<SiloEndpoints, Task<T>> start, CancellationToken cancellation)
        where T : class
    {
        await ClusterMembers.BuryEndedAsync(database, name, HostIdentity.Current, cancellation);
        for (var attempt = 1; ; attempt++)
        {
            var endpoints = SiloEndpoints.Choose(Settings.Read());
            if (!await check.MayJoinAsync(endpoints, cancellation))
                return null;
            try
            {
                return await start(endpoints);
            }
            catch (Exception e) when (LostPort(e) && attempt < 10)
            {
                // The next attempt looks again.
            }
        }
    }

    public static void AddSilo(
        this IHostApplicationBuilder host, string connectionString, string name, ClusterCertificates certificates, SiloEndpoints endpoints)
    {
        host.UseOrleans(silo => silo
            .Configure<ClusterOptions>(o => (o.ClusterId, o.ServiceId) = (name, ServiceName))
            .Configure<EndpointOptions>(endpoints.Configure)
            .UseTls(certificates.Secure)
            .UseAdoNetClustering(o => (o.Invariant, o.ConnectionString) = (Provider, connectionString))
            .AddAdoNetGrainStorage(CohortGrain.Storage, o => (o.Invariant, o.ConnectionString, o.GrainStorageSerializer) = (Provider, connectionString, new StateAsJson()))
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
        host.Services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>, ClusterMembers.Registration>();
        host.Services.AddHostedService(p => ActivatorUtilities.CreateInstance<CertificateRefresher>(p, certificates));
        host.Services.AddSingleton<IFatalErrorHandler, EndOfSilo>();
        host.Services.AddSingleton<RunStarter>();
    }

    public static void AddClusterClient(this IHostApplicationBuilder host, string connectionString, string name, ClusterCertificates certificates) =>
        host.UseOrleansClient(client => client
            .Configure<ClusterOptions>(o => (o.ClusterId, o.ServiceId) = (name, ServiceName))
            .UseTls(certificates.Secure)
            .UseAdoNetClustering(o => (o.Invariant, o.ConnectionString) = (Provider, connectionString))
            .Services.AddSerializer(CarryAsJson));

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
}
