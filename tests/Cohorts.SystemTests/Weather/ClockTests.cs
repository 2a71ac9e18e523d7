using System.Net;
using Cohorts.SystemTests.Bot;

namespace Cohorts.SystemTests.Weather;

/// <summary>The clock of one of two servers jumps, and the other's and PostgreSQL's do not.</summary>
public sealed class ClockTests(SharedGround shared) : IClassFixture<SharedGround>
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    [NeedsFakedClock]
    public async Task A_clock_that_jumps_by_an_hour_and_by_days_is_named_and_runs_end_once()
    {
        using var clock = new FakedClock();
        await using var world = await BotWorld.StartAsync(shared.Ground, guilds: 2);
        await world.AskAsync<object>("UPDATE cohorts SET discord_guild_id = @Id", new { world.OtherGuild.Id });
        await world.Discord.HurryAsync(2);
        foreach (var (name, value) in clock.Settings)
            world.Settings[name] = value;
        var key = world.Guild.PublicKey;
        var (jumping, address) = await world.ServeAsync(key);
        using var readiness = new Readiness(address);
        world.Settings.Clear();
        var (steady, steadyAddress) = await world.ServeAsync(key);
        using var other = new Readiness(steadyAddress);
        foreach (var guild in await world.Discord.GuildsAsync())
            await Eventually.HoldsAsync("the commands are known", Patience, () => world.Discord.OffersAsync(guild, "realize-groups"), () => world.Logs);
        var cohort = await RealizeTests.AddGroupsAsync(world, groups: 6, absent: null);
        var sent = await world.Discord.SendAsync(world.Guild, world.Administrator, "realize-groups", new { cohort });
        await Eventually.HoldsAsync("the run has made something", Patience, async () => (await world.Discord.MadeAsync()).Count > 2, () => world.Logs);

        clock.Set(TimeSpan.FromHours(1));
        await readiness.SaysAsync("This machine's clock is 60 min ahead of PostgreSQL's", jumping);
        // Discord looks at an endpoint before it takes it.
        Assert.NotEqual(HttpStatusCode.OK, await world.Discord.SendInteractionsToAsync(new Uri(address, "discord/interactions")));
        Assert.Contains("set the clock by NTP", jumping.Log, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await other.LookAsync()).Status);
        clock.Set(TimeSpan.Zero);
        await readiness.IsWellAgainAsync(jumping);

        clock.Set(TimeSpan.FromDays(-3));
        await readiness.SaysAsync("3 days behind", jumping);
        await world.Discord.HurryAsync(50);
        var scheduled = await world.Discord.RunAsync(world.OtherGuild, world.OtherGuild.AdministratorId, "schedule", new { cohort = shared.Ground.CohortId });
        Assert.True(scheduled.Body.GetProperty("embeds").GetArrayLength() > 0, $"{scheduled.Content}\n{world.Logs}");
        await Eventually.HoldsAsync(
            "all groups are active", Patience, async () => await RealizeTests.ActiveAsync(world, cohort) == 6, () => world.Logs);
        await Eventually.HoldsAsync("the organizer is told", Patience, async () =>
            (await world.Discord.AnswersAsync(world.Guild)).GetValueOrDefault(sent.InteractionId)?.Contains("Realized: 6 groups made", StringComparison.Ordinal) == true);
        clock.Set(TimeSpan.Zero);
        await readiness.IsWellAgainAsync(jumping);

        Assert.Equal(["succeeded", "succeeded"], await world.ListAsync<string>("SELECT state FROM runs"));
        Assert.Equal(2, await world.AskAsync<int>("SELECT count(*)::int FROM orleans_members WHERE status = 3"));
        Assert.False(steady.HasEnded, world.Logs);
        await RealizeTests.EachIsThereOnceAsync(world, kill: 0);
        var made = await world.Discord.MadeAsync();
        Assert.Equal(made.Distinct(), made);
        await world.NoSecretIsInALogAsync();
    }
}
