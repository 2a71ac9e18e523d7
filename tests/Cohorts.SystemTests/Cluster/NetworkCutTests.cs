using Cohorts.SystemTests.Bot;

namespace Cohorts.SystemTests.Cluster;

/// <summary>Two servers that no longer hear each other, and both still reach the database and Discord.</summary>
public sealed class NetworkCutTests(SharedGround shared) : IClassFixture<SharedGround>
{
    private const int Cohorts = 4;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    [NeedsNetworkNamespaces]
    public async Task No_cohort_is_run_twice()
    {
        await using var networks = TwoNetworks.Make();
        await using var world = await BotWorld.StartAsync(shared.Ground, Cohorts, networks.Here);
        await world.Discord.HurryAsync(50);
        var guilds = await world.Discord.GuildsAsync();
        var key = guilds[0].PublicKey;
        var (first, firstAddress) = await world.ServeAsync(key, networks.First);
        var (second, secondAddress) = await world.ServeAsync(key, networks.Second);
        foreach (var guild in guilds)
            await Eventually.HoldsAsync("the commands are known", Patience, () => world.Discord.OffersAsync(guild, "realize-groups"), () => world.Logs);
        Assert.Equal(2, await world.AskAsync<int>("SELECT count(*)::int FROM orleans_members WHERE status = 3"));
        var people = new List<Organizer>();
        foreach (var guild in guilds)
            people.Add(new Organizer(world, guild, await Organizer.AddCohortAsync(world, guild)));

        networks.Cut();
        using var enough = new CancellationTokenSource(Patience * 2);
        var work = people.Select(p => p.WorkAsync(enough.Token)).ToList();
        // Commands come to the one and to the other, each of which owns the grains of the cohorts as it believes.
        for (var i = 0; !Task.WhenAll(work).IsCompleted; i++)
        {
            var address = i % 2 == 0 ? firstAddress : secondAddress;
            await world.Discord.SendInteractionsToAsync(new Uri(address, "discord/interactions"));
            await Task.WhenAny(Task.WhenAll(work), Eventually.HoldsAsync("a moment", Patience, Later(TimeSpan.FromSeconds(1))));
        }

        await Task.WhenAll(work);
        await Eventually.HoldsAsync("one of the two has ended", Patience, () => first.HasEnded || second.HasEnded);
        var (ended, place) = first.HasEnded ? (first, networks.First) : (second, networks.Second);
        Assert.Contains("no longer a member of its cluster", (await ended.EndAsync()).Errors, StringComparison.Ordinal);
        networks.Mend();
        await world.ServeAsync(key, place);

        await Organizer.NothingIsThereTwiceAsync(world, people);
        Assert.Equal(2, await world.AskAsync<int>("SELECT count(*)::int FROM orleans_members WHERE status = 3"));
        await world.NoSecretIsInALogAsync();
    }

    private static Func<bool> Later(TimeSpan after)
    {
        var since = System.Diagnostics.Stopwatch.GetTimestamp();
        return () => System.Diagnostics.Stopwatch.GetElapsedTime(since) >= after;
    }
}

/// <summary>Skipped, with the reason, where no network namespace can be made.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class NeedsNetworkNamespacesAttribute : FactAttribute
{
    public NeedsNetworkNamespacesAttribute() => Skip = TwoNetworks.WhyNot();
}
