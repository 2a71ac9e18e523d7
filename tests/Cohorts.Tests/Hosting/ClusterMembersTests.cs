using System.Net;
using Cohorts.Hosting;
using Dapper;

namespace Cohorts.Tests.Hosting;

/// <summary>Which members a start may declare dead, and which keep it from joining.</summary>
public sealed class ClusterMembersTests(TestDatabase database) : IClassFixture<TestDatabase>
{
    private const string Loopback = "127.0.0.1";
    private const string Here = "10.1.1.1";
    private const string There = "10.1.1.2";

    private static readonly HostIdentity Own = HostIdentity.Current;
    private static readonly HostIdentity OtherNetwork = Own with { NetworkNamespace = "net:[1]" };
    private static readonly MemberProcess Living = new(Own, Environment.ProcessId, ProcessLife.OwnStart);
    private static readonly MemberProcess Gone = Living with { Started = "1" };

    private readonly string _cluster = "cluster " + Guid.NewGuid();

    [Fact]
    public async Task Only_a_member_whose_process_ran_here_and_has_ended_is_declared_dead()
    {
        await AddAsync(1, Loopback, Living);
        await AddAsync(2, Loopback, Gone);
        await AddAsync(3, Loopback, Gone with { Host = OtherNetwork });
        await AddAsync(4, Loopback, Gone with { Host = Own with { MachineId = "another" } });
        await AddAsync(5, Loopback, Gone with { Host = Own with { BootId = "another" } });
        await AddAsync(6, Loopback, Gone with { Host = Own with { ProcessNamespaces = "pid:[1] time:[1]" } });
        await AddAsync(7, Loopback, Gone with { Started = null });
        await AddAsync(8, Loopback, process: null);
        await AddAsync(9, Here, Gone);
        await AddAsync(10, Loopback, Gone, status: 4);

        await ClusterMembers.BuryEndedAsync(database.DataSource, _cluster, Own, CancellationToken.None);
        await ClusterMembers.BuryEndedAsync(database.DataSource, _cluster, Own, CancellationToken.None);

        Assert.Equal([2, 9, 10], await PortsAsync("status = 6"));
        Assert.Equal([1, 3, 4, 5, 6, 7, 8], await PortsAsync("status = 3"));
        // Once, with all of them: silos that live decide anew on what they read.
        Assert.Equal(1, await AskAsync<int>("SELECT version FROM orleans_membership_versions WHERE deployment_id = @cluster"));
    }

    [Theory]
    [InlineData(Loopback, Loopback)]
    [InlineData(Loopback, Here)]
    [InlineData(There, Loopback)]
    [InlineData(Here, Here)]
    public async Task A_member_elsewhere_that_lives_keeps_one_from_joining_where_the_two_would_end_each_other(string theirs, string ours)
    {
        await AddAsync(1, theirs, Living with { Host = OtherNetwork });
        var (check, told) = Check();

        Assert.False(await check.MayJoinAsync(Endpoints(ours), CancellationToken.None));
        Assert.False(await check.MayJoinAsync(Endpoints(ours), CancellationToken.None));
        await BeatAsync();
        var refusal = await Assert.ThrowsAsync<SettingException>(() => check.MayJoinAsync(Endpoints(ours), CancellationToken.None));

        Assert.Contains("Orleans__AdvertisedAddress", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("Waiting", Assert.Single(told), StringComparison.Ordinal);
        Assert.Equal([1], await PortsAsync("status = 3"));
    }

    [Theory]
    [InlineData(Loopback, Loopback)]
    [InlineData(Here, Here)]
    public async Task A_member_elsewhere_of_which_nothing_is_heard_any_more_is_waited_for_and_no_longer(string theirs, string ours)
    {
        await AddAsync(1, theirs, Living with { Host = OtherNetwork });
        var (check, _) = Check();

        Assert.False(await check.MayJoinAsync(Endpoints(ours), CancellationToken.None));
        await ExecuteAsync("UPDATE orleans_members SET heartbeat_at = now() - interval '31 seconds' WHERE deployment_id = @cluster");

        Assert.True(await check.MayJoinAsync(Endpoints(ours), CancellationToken.None));
    }

    [Fact]
    public async Task Members_that_can_reach_each_other_do_not_keep_one_from_joining()
    {
        await AddAsync(1, There, Living with { Host = OtherNetwork });
        await AddAsync(2, Here, Living);
        await AddAsync(3, Loopback, Living with { Host = Own with { ProcessNamespaces = "pid:[1] time:[1]" } });
        await AddAsync(4, Loopback, Living with { Host = OtherNetwork }, status: 6);

        Assert.True(await Check().Check.MayJoinAsync(Endpoints(Here), CancellationToken.None));
    }

    [Fact]
    public async Task A_living_member_of_an_older_version_which_recorded_no_process_has_to_be_ended_first()
    {
        await AddAsync(1, There, process: null);
        var (check, _) = Check();

        Assert.False(await check.MayJoinAsync(Endpoints(Here), CancellationToken.None));
        await BeatAsync();
        var refusal = await Assert.ThrowsAsync<SettingException>(() => check.MayJoinAsync(Endpoints(Here), CancellationToken.None));

        Assert.Contains("older version", refusal.Message, StringComparison.Ordinal);
    }

    /// <summary>As Orleans writes it: the clock of the member may be years off. Whoever suspects it writes the row and leaves the time.</summary>
    [Fact]
    public async Task A_heartbeat_counts_by_the_databases_clock_and_is_the_members_own()
    {
        await AddAsync(1, Loopback, Living);
        await ExecuteAsync("UPDATE orleans_members SET heartbeat_at = now() - interval '1 minute' WHERE deployment_id = @cluster");
        await ExecuteAsync("UPDATE orleans_members SET suspect_times = 'S10.0.0.9:1@1' WHERE deployment_id = @cluster");
        Assert.False(Assert.Single(await ClusterMembers.ReadAsync(database.DataSource, _cluster, CancellationToken.None)).HasHeartbeat);

        await ExecuteAsync("UPDATE orleans_members SET i_am_alive_time = now() - interval '10 years' WHERE deployment_id = @cluster");
        Assert.True(Assert.Single(await ClusterMembers.ReadAsync(database.DataSource, _cluster, CancellationToken.None)).HasHeartbeat);
    }

    private static SiloEndpoints Endpoints(string address) => new(IPAddress.Parse(address), IPAddress.Parse(address), SiloPort: 1, GatewayPort: 2);

    private (JoinCheck Check, List<string> Told) Check()
    {
        var told = new List<string>();
        return (new JoinCheck(database.DataSource, _cluster, Own, told.Add), told);
    }

    private Task BeatAsync() => ExecuteAsync("UPDATE orleans_members SET i_am_alive_time = i_am_alive_time + interval '5 seconds' WHERE deployment_id = @cluster");

    private Task AddAsync(int port, string address, MemberProcess? process, int status = 3) => ExecuteAsync(
        """
        INSERT INTO orleans_membership_versions (deployment_id) VALUES (@cluster) ON CONFLICT DO NOTHING;
        INSERT INTO orleans_members (deployment_id, address, port, generation, silo_name, host_name, status, proxy_port, start_time, i_am_alive_time)
        VALUES (@cluster, @address, @port, 7, 'silo', 'host', @status, 30000, now(), now());
        INSERT INTO orleans_member_hosts (
            deployment_id, address, port, generation, machine_id, boot_id, network_namespace, process_namespaces, process_id, process_started)
        SELECT @cluster, @address, @port, 7, @MachineId, @BootId, @NetworkNamespace, @ProcessNamespaces, @Id, @Started WHERE @Id IS NOT NULL
        """,
        new
        {
            cluster = _cluster,
            address,
            port,
            status,
            process?.Host.MachineId,
            process?.Host.BootId,
            process?.Host.NetworkNamespace,
            process?.Host.ProcessNamespaces,
            process?.Id,
            process?.Started,
        });

    private async Task<IReadOnlyList<int>> PortsAsync(string where)
    {
        await using var connection = await database.DataSource.OpenConnectionAsync();
        return (await connection.QueryAsync<int>($"SELECT port FROM orleans_members WHERE deployment_id = @cluster AND {where} ORDER BY port", new { cluster = _cluster })).AsList();
    }

    private async Task<T?> AskAsync<T>(string sql)
    {
        await using var connection = await database.DataSource.OpenConnectionAsync();
        return await connection.ExecuteScalarAsync<T>(sql, new { cluster = _cluster });
    }

    private async Task ExecuteAsync(string sql, object? parameters = null)
    {
        await using var connection = await database.DataSource.OpenConnectionAsync();
        await connection.ExecuteAsync(sql, parameters ?? new { cluster = _cluster });
    }
}
