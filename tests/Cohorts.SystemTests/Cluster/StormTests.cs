using System.Diagnostics;
using Cohorts.SystemTests.Bot;

namespace Cohorts.SystemTests.Cluster;

/// <summary>
/// Several servers on one database, one after another killed, paused and restarted, and the database killed under them, while people of
/// many cohorts give commands. <c>COHORTS_TEST_LONG=1</c>: 50 cohorts, pauses of a minute, five ends of the database.
/// </summary>
public sealed class StormTests(BotGround ground) : IClassFixture<BotGround>
{
    private static readonly bool Long = Environment.GetEnvironmentVariable("COHORTS_TEST_LONG") == "1";
    private static readonly int Cohorts = Long ? 50 : 6;
    private static readonly int Rounds = Long ? 5 : 1;
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(Long ? 60 : 12);
    private static readonly TimeSpan Promised = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(Long ? 10 : 2);

    /// <summary>How many servers, and whether commands come by HTTP to all of them or over the gateway to one; the short form has the larger.</summary>
    public static TheoryData<int, bool> Clusters => Long ? new() { { 2, false }, { 3, true } } : new() { { 3, true } };

    [Theory]
    [MemberData(nameof(Clusters))]
    public async Task Each_cohort_is_scheduled_once_and_realized_once(int servers, bool overHttp)
    {
        await using var world = await BotWorld.StartAsync(ground, Cohorts);
        await world.Discord.HurryAsync(50);
        var guilds = await world.Discord.GuildsAsync();
        var key = overHttp ? guilds[0].PublicKey : null;
        await using var cluster = new ServersInStorm(world, key);
        await cluster.StartAsync(servers);
        foreach (var guild in guilds)
            await Eventually.HoldsAsync("the commands are known", Promised, () => world.Discord.OffersAsync(guild, "realize-groups"));
        var people = new List<Organizer>();
        foreach (var guild in guilds)
            people.Add(new Organizer(world, guild, await Organizer.AddCohortAsync(world, guild)));

        using var enough = new CancellationTokenSource(Patience * 2);
        var random = new Random(servers);
        var work = new List<Task>();
        Func<Task>[] disturbances =
        [
            cluster.KillOneAsync, () => KillDatabaseAsync(world, cluster), () => cluster.PauseOneAsync(Pause), cluster.RestartOneAsync,
        ];
        for (var i = 0; i < Rounds * disturbances.Length; i++)
        {
            // Some begin before each disturbance, which meets them at a random moment.
            var begin = people.Count * (i + 1) / (Rounds * disturbances.Length);
            work.AddRange(people.Take(begin).Skip(work.Count).Select(p => p.WorkAsync(enough.Token)).ToList());
            var begun = Stopwatch.GetTimestamp();
            var moment = TimeSpan.FromMilliseconds(random.Next(1500));
            await Eventually.HoldsAsync("the moment has come", Patience, () => Stopwatch.GetElapsedTime(begun) >= moment);
            await disturbances[i % disturbances.Length]();
        }

        var outstanding = people.SelectMany(p => p.Outstanding).ToList();
        await Eventually.HoldsAsPromisedAsync(
            "every final answer of what was acknowledged",
            Promised,
            () => Task.FromResult(outstanding.TrueForAll(o => o.IsCompleted)),
            () => world.Logs);
        await Task.WhenAll(work);

        await Organizer.NothingIsThereTwiceAsync(world, people);
        Assert.NotEqual(0, people.Sum(p => p.Acknowledged));
        await world.NoSecretIsInALogAsync();
    }

    private async Task KillDatabaseAsync(BotWorld world, ServersInStorm cluster)
    {
        ground.Folder.KillDatabase();
        await cluster.EachSaysThatTheDatabaseIsAwayAsync();
        await ground.Folder.StartDatabaseAsync();
        world.Database.Clear();
    }
}
