using System.Globalization;

namespace Cohorts.SystemTests.Cluster;

/// <summary>Two machines on one database, each of which takes 127.0.0.1 for itself; and what a server is to its own machine.</summary>
public sealed class OtherMachineTests(ProgramFolder folder) : IClassFixture<ProgramFolder>
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    [NeedsNetworkNamespaces]
    public async Task No_process_on_another_machine_ends_a_server_or_takes_its_place_while_it_lives()
    {
        var cohort = (await folder.ImportAsync("two machines", people: 12)).ToString(CultureInfo.InvariantCulture);
        await using var networks = TwoNetworks.Make();
        await using var server = Begin(networks.First, "serve");
        await BecomesReadyAsync(server);
        var member = await MembersAsync();

        // Another container, and another machine; the same machine's own command comes as a client meanwhile.
        string[] elsewhere = [.. networks.Second.Prefix, "unshare", "--mount", "--uts", "sh", "-c", $"set -e; hostname elsewhere; echo {Guid.NewGuid():N} > {folder.Location}/machine-id; mount --bind {folder.Location}/machine-id /etc/machine-id; exec \"$@\"", "sh"];
        await using var schedule = Begin(networks.Second, "schedule", cohort);
        await using var serve = Begin(networks.Second, elsewhere, "serve");
        await using var own = Begin(networks.First, "schedule", cohort, "--json");
        await Eventually.HoldsAsync("both are refused", Patience, () =>
        {
            Assert.False(server.HasEnded, server.Log);
            return schedule.HasEnded && serve.HasEnded;
        });
        foreach (var refused in new[] { await schedule.EndAsync(), await serve.EndAsync() })
        {
            Assert.Equal(1, refused.ExitCode);
            Assert.Contains("Orleans__AdvertisedAddress", refused.Errors, StringComparison.Ordinal);
            Assert.DoesNotContain("   at ", refused.Errors, StringComparison.Ordinal);
        }

        Assert.Equal(0, (await own.EndAsync()).ExitCode);
        Assert.Equal(member, await MembersAsync());
        Assert.False(server.HasEnded, server.Log);

        // Made anew elsewhere after a kill, it waits for the old one to expire; on the same machine it does not.
        server.Kill();
        await using var anew = Begin(networks.Second, "serve");
        await Eventually.HoldsAsync("it waits", Patience, () => anew.Log.Contains("Waiting", StringComparison.Ordinal));
        Assert.Equal(member, await MembersAsync());
        await folder.AskAsync<object>("UPDATE orleans_members SET heartbeat_at = now() - interval '31 seconds' WHERE status = 3");
        await BecomesReadyAsync(anew);
        anew.Kill();
        await using var again = Begin(networks.Second, "serve");
        await BecomesReadyAsync(again);
        Assert.DoesNotContain("Waiting", again.Log, StringComparison.Ordinal);
        await again.InterruptAsync();
        Assert.Equal(130, (await again.EndAsync()).ExitCode);
    }

    private Task<string> MembersAsync() =>
        folder.AskAsync<string>("SELECT string_agg(concat_ws(':', address, port, generation, status), ' ' ORDER BY generation) FROM orleans_members WHERE status = 3");

    private CohortsProgram Begin(NetworkPlace place, params string[] arguments) => Begin(place, [.. place.Prefix], arguments);

    private CohortsProgram Begin(NetworkPlace place, string[] prefix, params string[] arguments) => CohortsProgram.BeginWithin(
        prefix,
        folder.Location,
        new Dictionary<string, string> { ["ConnectionStrings__Cohorts"] = place.Reach(folder.ConnectionString), ["ASPNETCORE_URLS"] = "http://127.0.0.1:8585" },
        arguments);

    /// <summary>It says so when it has joined; its address is on a loopback interface that nobody else reaches.</summary>
    private static Task BecomesReadyAsync(CohortsProgram server) => Eventually.HoldsAsync(
        "the server serves",
        Patience,
        () =>
        {
            Assert.False(server.HasEnded, server.Log);
            return server.Told.Contains("serves at", StringComparison.Ordinal);
        });
}
