using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using Dapper;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;
using Orleans.Messaging;
using Orleans.Serialization;
using Orleans.Storage;

namespace Cohorts.Tests.Hosting;

/// <summary>
/// The statements in OrleansQuery, sent by Orleans' own providers: what they write is there, what is stale is refused.
/// </summary>
public sealed partial class OrleansStatementsTests(TestDatabase database) : IClassFixture<TestDatabase>
{
    private const string Npgsql = "Npgsql";

    [Fact]
    public async Task Every_statement_is_there_and_binds_no_parameter_that_the_providers_do_not_send()
    {
        string[] silo = ["DeploymentId", "Address", "Port", "Generation"];
        string[] grain =
            ["GrainIdHash", "GrainTypeHash", "GrainIdN0", "GrainIdN1", "GrainTypeString", "GrainIdExtensionString", "ServiceId"];
        var sent = new Dictionary<string, string[]>
        {
            ["UpdateIAmAlivetimeKey"] = [.. silo, "IAmAliveTime"],
            ["InsertMembershipVersionKey"] = ["DeploymentId"],
            ["InsertMembershipKey"] =
                [.. silo, "SiloName", "HostName", "Status", "ProxyPort", "StartTime", "IAmAliveTime", "Version"],
            ["UpdateMembershipKey"] = [.. silo, "Status", "SuspectTimes", "IAmAliveTime", "Version"],
            ["MembershipReadRowKey"] = silo,
            ["MembershipReadAllKey"] = ["DeploymentId"],
            ["DeleteMembershipTableEntriesKey"] = ["DeploymentId"],
            ["GatewaysQueryKey"] = ["DeploymentId", "Status"],
            ["CleanupDefunctSiloEntriesKey"] = ["DeploymentId", "IAmAliveTime"],
            ["ReadFromStorageKey"] = grain,
            ["WriteToStorageKey"] = [.. grain, "GrainStateVersion", "PayloadBinary"],
            ["ClearStorageKey"] = [.. grain, "GrainStateVersion"],
            ["DeleteStorageKey"] = [.. grain, "GrainStateVersion"],
            ["UpsertReminderRowKey"] = ["ServiceId", "GrainId", "ReminderName", "StartTime", "Period", "GrainHash"],
            ["ReadReminderRowKey"] = ["ServiceId", "GrainId", "ReminderName"],
            ["ReadReminderRowsKey"] = ["ServiceId", "GrainId"],
            ["ReadRangeRows1Key"] = ["ServiceId", "BeginHash", "EndHash"],
            ["ReadRangeRows2Key"] = ["ServiceId", "BeginHash", "EndHash"],
            ["DeleteReminderRowKey"] = ["ServiceId", "GrainId", "ReminderName", "Version"],
            ["DeleteReminderRowsKey"] = ["ServiceId"],
        };

        await using var connection = await database.DataSource.OpenConnectionAsync();
        var stored = (await connection.QueryAsync<(string Key, string Text)>("SELECT querykey, querytext FROM orleansquery"))
            .ToDictionary(
                statement => statement.Key,
                statement => Parameter().Matches(statement.Text).Select(match => match.Value[1..]).Distinct().Order().ToArray());

        Assert.Equal(
            sent.OrderBy(statement => statement.Key).Select(statement => $"{statement.Key}: {string.Join(' ', statement.Value.Order())}"),
            stored.OrderBy(statement => statement.Key).Select(statement => $"{statement.Key}: {string.Join(' ', statement.Value)}"));
    }

    [Fact]
    public async Task A_member_is_written_only_on_the_version_of_the_table_that_it_was_decided_on()
    {
        await using var host = Silo("members");
        var table = host.Services.GetRequiredService<IMembershipTable>();
        await table.InitializeMembershipTableAsync(tryInitTableVersion: true);
        await table.InitializeMembershipTableAsync(tryInitTableVersion: true);
        Assert.Equal((0, 0), Summary(await table.ReadAllAsync()));

        var first = Member(1);
        Assert.True(await table.InsertRowAsync(first, await NextAsync(table)));
        Assert.Equal((1, 1), Summary(await table.ReadAllAsync()));

        // The same silo again; another one on the version that is gone.
        Assert.False(await table.InsertRowAsync(first, await NextAsync(table)));
        Assert.False(await table.InsertRowAsync(Member(2), new TableVersion(1, "0")));
        Assert.Equal((1, 1), Summary(await table.ReadAllAsync()));

        var (read, etag) = (await table.ReadRowAsync(first.SiloAddress)).Members.Single();
        Assert.Equal(
            (first.SiloAddress, first.SiloName, first.HostName, SiloStatus.Joining, 30001, first.StartTime, first.IAmAliveTime),
            (read.SiloAddress, read.SiloName, read.HostName, read.Status, read.ProxyPort, read.StartTime, read.IAmAliveTime));
        Assert.Null(read.SuspectTimes);

        read.Status = SiloStatus.Active;
        read.AddSuspector(Address(9), new DateTime(2027, 1, 11, 10, 0, 0, DateTimeKind.Utc));
        Assert.True(await table.UpdateRowAsync(read, etag, await NextAsync(table)));
        read.Status = SiloStatus.Dead;
        Assert.False(await table.UpdateRowAsync(read, etag, new TableVersion(2, "1")));
        Assert.False(await table.UpdateRowAsync(Member(3), etag, await NextAsync(table)));

        var updated = await table.ReadRowAsync(first.SiloAddress);
        Assert.Equal((2, 1), Summary(updated));
        Assert.Equal(SiloStatus.Active, updated.Members[0].Item1.Status);
        Assert.Equal([Address(9)], updated.Members[0].Item1.SuspectTimes!.Select(suspicion => suspicion.Item1));

        // The version is known even where the silo is not.
        Assert.Equal((2, 0), Summary(await table.ReadRowAsync(Address(4))));
    }

    [Fact]
    public async Task Of_many_silos_that_join_on_one_version_one_does()
    {
        await using var host = Silo("crowd");
        var table = host.Services.GetRequiredService<IMembershipTable>();
        await table.InitializeMembershipTableAsync(tryInitTableVersion: true);
        var version = await NextAsync(table);

        var joined = await Task.WhenAll(
            Enumerable.Range(1, 12).Select(generation => Task.Run(() => table.InsertRowAsync(Member(generation), version))));

        Assert.Single(joined, succeeded => succeeded);
        Assert.Equal((1, 1), Summary(await table.ReadAllAsync()));
    }

    [Fact]
    public async Task Silos_that_are_defunct_are_cleaned_up_and_clusters_know_nothing_of_each_other()
    {
        await using var host = Silo("defunct");
        await using var other = Silo("other");
        var (table, others) = (host.Services.GetRequiredService<IMembershipTable>(), other.Services.GetRequiredService<IMembershipTable>());
        await table.InitializeMembershipTableAsync(tryInitTableVersion: true);
        await others.InitializeMembershipTableAsync(tryInitTableVersion: true);
        Assert.True(await others.InsertRowAsync(Member(1, SiloStatus.Dead), await NextAsync(others)));

        foreach (var (generation, status) in new[] { (1, SiloStatus.Dead), (2, SiloStatus.Active), (3, SiloStatus.Dead) })
            Assert.True(await table.InsertRowAsync(Member(generation, status), await NextAsync(table)));
        var third = Member(3, SiloStatus.Dead);
        third.IAmAliveTime = third.IAmAliveTime.AddHours(2);
        await table.UpdateIAmAliveAsync(third);

        await table.CleanupDefunctSiloEntriesAsync(new DateTimeOffset(third.IAmAliveTime.AddHours(-1)));

        var left = await table.ReadAllAsync();
        Assert.Equal([2, 3], left.Members.Select(member => member.Item1.SiloAddress.Generation).Order());
        Assert.Equal(third.IAmAliveTime, left.Members.Single(member => member.Item1.SiloAddress.Generation == 3).Item1.IAmAliveTime);

        await table.DeleteMembershipTableEntriesAsync("defunct");
        await using var connection = await database.DataSource.OpenConnectionAsync();
        Assert.Equal(
            ["other 1 1"],
            await connection.QueryAsync<string>(
                """
                SELECT format('%s %s %s', deployment_id, version, count(m.address))
                FROM orleans_membership_versions
                LEFT JOIN orleans_members AS m USING (deployment_id)
                WHERE deployment_id IN ('defunct', 'other')
                GROUP BY deployment_id, version
                """));
    }

    [Fact]
    public async Task A_client_finds_the_gateways_of_silos_that_are_active_and_have_one()
    {
        await using var host = Silo("gateways");
        var table = host.Services.GetRequiredService<IMembershipTable>();
        await table.InitializeMembershipTableAsync(tryInitTableVersion: true);
        foreach (var member in new[] { Member(1, SiloStatus.Active), Member(2, SiloStatus.Dead), Member(3, SiloStatus.Active, gateway: 0) })
            Assert.True(await table.InsertRowAsync(member, await NextAsync(table)));

        using var client = new HostBuilder()
            .UseOrleansClient(builder => builder
                .Configure<ClusterOptions>(options => (options.ClusterId, options.ServiceId) = ("gateways", "tests"))
                .UseAdoNetClustering(options => (options.Invariant, options.ConnectionString) = (Npgsql, database.ConnectionString)))
            .Build();
        var gateways = client.Services.GetRequiredService<IGatewayListProvider>();
        await gateways.InitializeGatewayListProvider();

        Assert.Equal(["gwy.tcp://127.0.0.1:30001/1"], (await gateways.GetGateways()).Select(uri => uri.ToString()));
    }

    [Fact]
    public async Task Grain_state_is_written_read_and_cleared_and_a_stale_writer_is_refused()
    {
        await using var host = Silo("states");
        await host.StartAsync();
        var storage = host.Services.GetRequiredKeyedService<IGrainStorage>("states");
        GrainId[] grains =
        [
            GrainId.Create(GrainType.Create("tests"), GrainIdKeyExtensions.CreateIntegerKey(7)),
            GrainId.Create(GrainType.Create("tests"), GrainIdKeyExtensions.CreateIntegerKey(7, "with an extension")),
            GrainId.Create(GrainType.Create("tests"), GrainIdKeyExtensions.CreateGuidKey(new Guid("11111111-2222-3333-4444-555555555555"))),
            GrainId.Create("tests", "a text, Ωmega"),
        ];

        foreach (var grain in grains)
        {
            var mine = new GrainState<Note>();
            await storage.ReadStateAsync("note", grain, mine);
            Assert.Equal((false, null), (mine.RecordExists, mine.ETag));

            mine.State = new Note($"first of {grain}");
            await storage.WriteStateAsync("note", grain, mine);
            mine.State = new Note($"second of {grain}");
            await storage.WriteStateAsync("note", grain, mine);
            Assert.Equal("2", mine.ETag);

            // Whoever believes that nothing was stored, and whoever read before the second.
            foreach (var stale in new[] { null, "1", "3" })
            {
                var theirs = new GrainState<Note>(new Note("stale")) { ETag = stale };
                await Assert.ThrowsAsync<InconsistentStateException>(() => storage.WriteStateAsync("note", grain, theirs));
                // Without an etag the provider reads the row first and then clears what it has read.
                if (stale is not null)
                    await Assert.ThrowsAsync<InconsistentStateException>(() => storage.ClearStateAsync("note", grain, theirs));
            }
        }

        foreach (var grain in grains)
        {
            var read = new GrainState<Note>();
            await storage.ReadStateAsync("note", grain, read);
            Assert.Equal((true, "2", $"second of {grain}"), (read.RecordExists, read.ETag, read.State?.Text));

            await storage.ClearStateAsync("note", grain, read);
            Assert.Equal("3", read.ETag);
            var cleared = new GrainState<Note>();
            await storage.ReadStateAsync("note", grain, cleared);
            Assert.Equal((false, "3"), (cleared.RecordExists, cleared.ETag));

            cleared.State = new Note("after clearing");
            await storage.WriteStateAsync("note", grain, cleared);
            Assert.Equal("4", cleared.ETag);
        }
    }

    [Fact]
    public async Task Grain_state_that_is_deleted_when_cleared_leaves_no_row()
    {
        await using var host = Silo("deleting");
        await host.StartAsync();
        var storage = host.Services.GetRequiredKeyedService<IGrainStorage>("deleting");
        var grain = GrainId.Create(GrainType.Create("tests"), GrainIdKeyExtensions.CreateIntegerKey(8));
        var mine = new GrainState<Note>(new Note("short-lived"));
        await storage.WriteStateAsync("deleted", grain, mine);

        await Assert.ThrowsAsync<InconsistentStateException>(
            () => storage.ClearStateAsync("deleted", grain, new GrainState<Note>(new Note("stale")) { ETag = "9" }));
        await storage.ClearStateAsync("deleted", grain, mine);

        await using var connection = await database.DataSource.OpenConnectionAsync();
        Assert.Equal(0, await connection.QuerySingleAsync<int>("SELECT count(*) FROM orleans_grain_states WHERE service_id = 'deleting'"));
    }

    [Fact]
    public async Task Of_many_first_writers_of_one_grain_one_succeeds()
    {
        await using var host = Silo("race");
        await host.StartAsync();
        var storage = host.Services.GetRequiredKeyedService<IGrainStorage>("states");
        var grain = GrainId.Create(GrainType.Create("tests"), GrainIdKeyExtensions.CreateIntegerKey(9));

        var written = await Task.WhenAll(Enumerable.Range(0, 16).Select(writer => Task.Run(async () =>
        {
            try
            {
                await storage.WriteStateAsync("note", grain, new GrainState<Note>(new Note($"{writer}")));
                return true;
            }
            catch (InconsistentStateException)
            {
                return false;
            }
        })));

        Assert.Single(written, succeeded => succeeded);
    }

    [Fact]
    public async Task Reminders_are_kept_by_grain_and_by_stretch_of_the_ring()
    {
        await using var host = Silo("reminders");
        var table = host.Services.GetRequiredService<IReminderTable>();
        await table.StartAsync(CancellationToken.None);

        var grains = Enumerable.Range(0, 40).Select(key => GrainId.Create(GrainType.Create("tests"), GrainIdKeyExtensions.CreateIntegerKey(key))).ToArray();
        foreach (var grain in grains)
            Assert.Equal("0", await table.UpsertRow(Reminder(grain, "weekly")));

        // As the ring does: the hash is unsigned, a stretch excludes its begin, includes its end, and may run over the ring's end.
        var hashes = grains.Select(grain => grain.GetUniformHashCode()).Order().ToArray();
        foreach (var (begin, end) in new[] { (hashes[4], hashes[30]), (hashes[30], hashes[4]), (hashes[39], hashes[0]), (0u, 0u), (0u, uint.MaxValue) })
        {
            var expected = grains.Where(grain => IsBetween(grain.GetUniformHashCode(), begin, end)).Select(grain => grain.ToString()).Order();
            var read = await table.ReadRows(begin, end);
            Assert.Equal(expected, read.Reminders.Select(reminder => reminder.GrainId.ToString()).Order());
        }

        var changed = Reminder(grains[0], "weekly");
        changed.Period = TimeSpan.FromMinutes(90);
        Assert.Equal("1", await table.UpsertRow(changed));
        await table.UpsertRow(Reminder(grains[0], "daily"));
        var row = await table.ReadRow(grains[0], "weekly");
        Assert.Equal((changed.Period, changed.StartAt, "1"), (row!.Period, row.StartAt, row.ETag));
        Assert.Equal(["daily", "weekly"], (await table.ReadRows(grains[0])).Reminders.Select(reminder => reminder.ReminderName).Order());
        Assert.Null(await table.ReadRow(grains[1], "never"));

        Assert.False(await table.RemoveRow(grains[0], "weekly", "0"));
        Assert.True(await table.RemoveRow(grains[0], "weekly", "1"));
        Assert.False(await table.RemoveRow(grains[0], "weekly", "1"));

        await table.TestOnlyClearTable();
        Assert.Empty((await table.ReadRows(0, 0)).Reminders);
    }

    [Fact]
    public async Task Two_silos_form_a_cluster_in_which_a_grain_keeps_its_state_and_its_reminder()
    {
        var first = Silo("pair");
        var second = Silo("pair");
        try
        {
            await first.StartAsync();
            await second.StartAsync();
            await UntilActiveAsync(first, 2);
            await UntilActiveAsync(second, 2);

            var counter = first.Services.GetRequiredService<IGrainFactory>().GetGrain<ICounterGrain>(1);
            Assert.Equal(1, await counter.CountAsync());
            await counter.RemindAsync("weekly");
            await counter.ForgetMemoryAsync();
            Assert.Equal(2, await second.Services.GetRequiredService<IGrainFactory>().GetGrain<ICounterGrain>(1).CountAsync());
            Assert.Equal(["weekly"], await counter.RemindersAsync());

            await first.StopAsync();
            await UntilActiveAsync(second, 1);
            counter = second.Services.GetRequiredService<IGrainFactory>().GetGrain<ICounterGrain>(1);
            Assert.Equal(3, await counter.CountAsync());
            await counter.StopRemindingAsync("weekly");
            Assert.Empty(await counter.RemindersAsync());
        }
        finally
        {
            await first.DisposeAsync();
            await second.DisposeAsync();
        }
    }

    [GeneratedRegex(@"@\w+", RegexOptions.NonBacktracking)]
    private static partial Regex Parameter();

    private static bool IsBetween(uint hash, uint begin, uint end) =>
        begin < end ? hash > begin && hash <= end : hash > begin || hash <= end;

    private static (int Version, int Members) Summary(MembershipTableData table) => (table.Version.Version, table.Members.Count);

    private static async Task<TableVersion> NextAsync(IMembershipTable table) => (await table.ReadAllAsync()).Version.Next();

    private static SiloAddress Address(int generation) => SiloAddress.New(IPAddress.Loopback, 11111, generation);

    private static MembershipEntry Member(int generation, SiloStatus status = SiloStatus.Joining, int gateway = 30001) => new()
    {
        SiloAddress = Address(generation),
        SiloName = "silo Ωmega",
        HostName = "host",
        Status = status,
        ProxyPort = gateway,
        StartTime = new DateTime(2027, 1, 11, 9, 0, 0, DateTimeKind.Utc),
        IAmAliveTime = new DateTime(2027, 1, 11, 9, 30, 0, DateTimeKind.Utc),
    };

    private static ReminderEntry Reminder(GrainId grain, string name) => new()
    {
        GrainId = grain,
        ReminderName = name,
        StartAt = new DateTime(2027, 1, 11, 9, 0, 0, DateTimeKind.Utc),
        Period = TimeSpan.FromDays(7),
    };

    private static async Task UntilActiveAsync(RunningSilo silo, int silos)
    {
        var membership = silo.Services.GetRequiredService<IClusterMembershipService>();
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(5));
        await foreach (var snapshot in membership.MembershipUpdates.WithCancellation(patience.Token))
        {
            if (snapshot.Members.Values.Count(member => member.Status == SiloStatus.Active) == silos)
                return;
        }
    }

    /// <summary>A silo of the cluster of this name, not started; only what the statements serve is configured.</summary>
    private RunningSilo Silo(string cluster) => new(new HostBuilder()
        .UseOrleans(silo => silo
            .Configure<ClusterOptions>(options => (options.ClusterId, options.ServiceId) = (cluster, cluster))
            .Configure<ClusterMembershipOptions>(options => options.ProbeTimeout = TimeSpan.FromSeconds(1))
            .ConfigureEndpoints(IPAddress.Loopback, FreePort(), FreePort())
            .UseAdoNetClustering(options => (options.Invariant, options.ConnectionString) = (Npgsql, database.ConnectionString))
            .UseAdoNetReminderService(options => (options.Invariant, options.ConnectionString) = (Npgsql, database.ConnectionString))
            .AddAdoNetGrainStorage("states", options => (options.Invariant, options.ConnectionString) = (Npgsql, database.ConnectionString))
            .AddAdoNetGrainStorage("deleting", options =>
            {
                (options.Invariant, options.ConnectionString) = (Npgsql, database.ConnectionString);
                options.DeleteStateOnClear = true;
            })
            .Services.AddSerializer(serializer =>
                serializer.Configure(options => options.AddAllowedAssembly(typeof(OrleansStatementsTests).Assembly))))
        .ConfigureLogging(logging => logging.ClearProviders())
        .Build());

    private static readonly System.Collections.Concurrent.ConcurrentDictionary<int, byte> PortsGiven = new();

    /// <summary>Another one each time, below those that Linux gives to whoever connects, which may take a free one before the silo does.</summary>
    private static int FreePort()
    {
        while (true)
        {
            try
            {
                using var listener = new TcpListener(IPAddress.Loopback, Random.Shared.Next(30_000, 32_768));
                listener.Start();
                var port = ((IPEndPoint)listener.LocalEndpoint).Port;
                if (PortsGiven.TryAdd(port, 0))
                    return port;
            }
            catch (SocketException)
            {
                // Taken.
            }
        }
    }

    /// <summary>Disposing of a host does not stop it.</summary>
    private sealed class RunningSilo(IHost host) : IAsyncDisposable
    {
        private bool started;

        public IServiceProvider Services => host.Services;

        public async Task StartAsync()
        {
            await host.StartAsync();
            started = true;
        }

        public async Task StopAsync()
        {
            started = false;
            await host.StopAsync();
        }

        public async ValueTask DisposeAsync()
        {
            if (started)
                await StopAsync();
            host.Dispose();
        }
    }
}

public sealed record Note(string Text)
{
    public Note()
        : this("")
    {
    }
}

public interface ICounterGrain : IGrainWithIntegerKey
{
    Task<int> CountAsync();

    Task ForgetMemoryAsync();

    Task RemindAsync(string reminder);

    Task StopRemindingAsync(string reminder);

    Task<List<string>> RemindersAsync();
}

public sealed class CounterGrain([PersistentState("count", "states")] IPersistentState<Counted> state)
    : Grain, ICounterGrain, IRemindable
{
    public async Task<int> CountAsync()
    {
        state.State.Times++;
        await state.WriteStateAsync();
        return state.State.Times;
    }

    public Task ForgetMemoryAsync()
    {
        DeactivateOnIdle();
        return Task.CompletedTask;
    }

    public Task RemindAsync(string reminder) =>
        this.RegisterOrUpdateReminder(reminder, TimeSpan.FromDays(7), TimeSpan.FromDays(7));

    public async Task StopRemindingAsync(string reminder) =>
        await this.UnregisterReminder(await this.GetReminder(reminder) ?? throw new InvalidOperationException($"No reminder {reminder}."));

    public async Task<List<string>> RemindersAsync() => (await this.GetReminders()).Select(reminder => reminder.ReminderName).ToList();

    public Task ReceiveReminder(string reminderName, TickStatus status) => Task.CompletedTask;
}

public sealed class Counted
{
    public int Times { get; set; }
}
