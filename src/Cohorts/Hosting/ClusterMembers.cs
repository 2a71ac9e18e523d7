using System.Net;
using Dapper;
using Microsoft.Extensions.Options;
using Npgsql;
using Orleans.Configuration;

namespace Cohorts.Hosting;

/// <summary>A member of the cluster that has not left it, as it stands in Orleans' membership table and in this program's beside it.</summary>
/// <param name="Heartbeat">When the database last heard of it.</param>
/// <param name="HasHeartbeat">Whether that is less than <see cref="ClusterMembers.HeartbeatExpiry"/> ago.</param>
/// <param name="Process">Null for a member of an older version of this program, which recorded none.</param>
public sealed record ClusterMember(
    IPEndPoint Endpoint, int Generation, string HostName, bool IsActive, int GatewayPort, DateTime Heartbeat, bool HasHeartbeat, MemberProcess? Process)
{
    public bool IsOnLoopback => IPAddress.IsLoopback(Endpoint.Address);

    /// <summary>Whether this process can reach what that member calls the loopback interface.</summary>
    public bool SharesLoopbackWith(HostIdentity host) => Process is not null && Process.Host.SharesLoopbackWith(host);
}

/// <param name="Started">Null where the operating system does not tell.</param>
public sealed record MemberProcess(HostIdentity Host, int Id, string? Started);

/// <summary>
/// Who stands in the membership table, where each of them runs, and which of them are known to have ended. Orleans knows a member by its
/// address only: it takes one at 127.0.0.1 on another machine for one of this machine.
/// </summary>
public static class ClusterMembers
{
    /// <summary>
    /// A member writes every five seconds that it is alive. On a machine that is busy elsewhere some of these come late; after six nobody
    /// waits any longer.
    /// </summary>
    public static readonly TimeSpan HeartbeatExpiry = TimeSpan.FromSeconds(30);

    public static async Task<IReadOnlyList<ClusterMember>> ReadAsync(NpgsqlDataSource database, string cluster, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await using var command = new NpgsqlCommand(
            """
            SELECT member.address,
                   member.port,
                   member.generation,
                   member.host_name,
                   member.status = 3,
                   coalesce(member.proxy_port, 0),
                   member.heartbeat_at,
                   member.heartbeat_at > now() - $2,
                   host.machine_id,
                   host.boot_id,
                   host.network_namespace,
                   host.process_namespaces,
                   host.process_id,
                   host.process_started
              FROM orleans_members AS member
              LEFT JOIN orleans_member_hosts AS host USING (deployment_id, address, port, generation)
             WHERE member.deployment_id = $1
               AND member.status BETWEEN 1 AND 5
             ORDER BY member.heartbeat_at DESC
            """,
            connection)
        {
            Parameters = { new() { Value = cluster }, new() { Value = HeartbeatExpiry } },
        };
        var members = new List<ClusterMember>();
        await using var row = await command.ExecuteReaderAsync(cancellation);
        string? Text(int column) => row.IsDBNull(column) ? null : row.GetString(column);
        while (await row.ReadAsync(cancellation))
        {
            members.Add(new ClusterMember(
                new IPEndPoint(IPAddress.Parse(row.GetString(0)), row.GetInt32(1)),
                row.GetInt32(2),
                row.GetString(3),
                row.GetBoolean(4),
                row.GetInt32(5),
                row.GetFieldValue<DateTime>(6),
                row.GetBoolean(7),
                Text(8) is { } machine ? new MemberProcess(new HostIdentity(machine, Text(9), Text(10), Text(11)), row.GetInt32(12), Text(13)) : null));
        }

        return members;
    }

    /// <summary>
    /// Declares dead those members whose process this machine ran and is gone: killed, they stand in the table as active until another
    /// member notices, and a silo that joins waits for that, for some 13 s. Of every other member only Orleans' failure detection decides.
    /// </summary>
    public static async Task BuryEndedAsync(NpgsqlDataSource database, string cluster, HostIdentity here, CancellationToken cancellation)
    {
        var ended = (await ReadAsync(database, cluster, cancellation))
            .Where(m => m.Process is { Started: { } started } process
                && process.Host.SharesProcessesWith(here)
                && ProcessLife.Look(process.Id, started) == ProcessState.Ended)
            .ToList();
        if (ended.Count == 0)
            return;
        await using var connection = await database.OpenConnectionAsync(cancellation);
        // With the version, as any change of a member: silos that live decide on what they have read anew.
        await connection.ExecuteAsync(new CommandDefinition(
            """
            WITH ended AS (
                SELECT member.address, member.port, member.generation
                  FROM orleans_members AS member
                  JOIN unnest(@addresses, @ports, @generations) AS gone (address, port, generation) USING (address, port, generation)
                 WHERE member.deployment_id = @cluster
                   AND member.status BETWEEN 1 AND 5),
            raised AS (
                UPDATE orleans_membership_versions
                   SET version = version + 1, changed_at = now()
                 WHERE deployment_id = @cluster
                   AND EXISTS (SELECT FROM ended)
                RETURNING deployment_id)
            UPDATE orleans_members AS member
               SET status = 6
              FROM ended
             CROSS JOIN raised
             WHERE member.deployment_id = raised.deployment_id
               AND (member.address, member.port, member.generation) = (ended.address, ended.port, ended.generation)
            """,
            new
            {
                cluster,
                addresses = ended.Select(m => m.Endpoint.Address.ToString()).ToArray(),
                ports = ended.Select(m => m.Endpoint.Port).ToArray(),
                generations = ended.Select(m => m.Generation).ToArray(),
            },
            cancellationToken: cancellation));
    }

    /// <summary>Records, before a silo stands in the membership table, which process it is.</summary>
    internal sealed class Registration(NpgsqlDataSource database, ILocalSiloDetails silo, IOptions<ClusterOptions> cluster) : ILifecycleParticipant<ISiloLifecycle>
    {
        public void Participate(ISiloLifecycle lifecycle) =>
            lifecycle.Subscribe(nameof(Registration), ServiceLifecycleStage.First, RecordAsync);

        private async Task RecordAsync(CancellationToken cancellation)
        {
            var (at, host) = (silo.SiloAddress, HostIdentity.Current);
            await using var connection = await database.OpenConnectionAsync(cancellation);
            await connection.ExecuteAsync(new CommandDefinition(
                """
                WITH left_over AS (
                    DELETE FROM orleans_member_hosts AS host
                     WHERE recorded_at < now() - interval '1 day'
                       AND NOT EXISTS (
                           SELECT FROM orleans_members AS member
                            WHERE (member.deployment_id, member.address, member.port, member.generation)
                                  = (host.deployment_id, host.address, host.port, host.generation)))
                INSERT INTO orleans_member_hosts (
                    deployment_id, address, port, generation,
                    machine_id, boot_id, network_namespace, process_namespaces, process_id, process_started)
                VALUES (
                    @Cluster, @Address, @Port, @Generation,
                    @MachineId, @BootId, @NetworkNamespace, @ProcessNamespaces, @Process, @Started)
                """,
                new
                {
                    Cluster = cluster.Value.ClusterId,
                    Address = at.Endpoint.Address.ToString(),
                    at.Endpoint.Port,
                    at.Generation,
                    host.MachineId,
                    host.BootId,
                    host.NetworkNamespace,
                    host.ProcessNamespaces,
                    Process = Environment.ProcessId,
                    Started = ProcessLife.OwnStart,
                },
                cancellationToken: cancellation));
        }
    }
}
