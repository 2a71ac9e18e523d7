using System.Diagnostics;

namespace Cohorts.Tests.Features.RealizeGroups;

/// <summary>What a realization costs: calls, and waiting for Discord's limits.</summary>
public sealed class EconomyTests
{
    private static readonly bool Long = Environment.GetEnvironmentVariable("COHORTS_TEST_LONG") == "1";

    [Fact]
    public async Task A_group_of_8_with_8_meetings_costs_at_most_12_calls()
    {
        await using var world = await RealizeWorld.StartAsync(members: 96);
        var guild = await world.FirstGuildAsync();
        var cohort = await world.AddCohortAsync(guild, groups: 12, size: 8, meetings: 8);
        await world.ForgetCallsAsync();

        await world.RealizeWellAsync(cohort);

        Assert.InRange((await world.CallsAsync()).Count, 12 * 11, 12 * 12);
    }

    [Fact]
    public async Task At_the_default_rates_nothing_is_refused_and_little_is_waited_for_beyond_them()
    {
        var groups = Long ? 40 : 2;
        await using var world = await RealizeWorld.StartAsync(members: groups * 3, rateFactor: 1);
        var guild = await world.FirstGuildAsync();
        var cohort = await world.AddCohortAsync(guild, groups, size: 3, meetings: 6);
        await world.ForgetCallsAsync();
        var started = Stopwatch.GetTimestamp();

        var result = await world.RealizeWellAsync(cohort);

        var took = Stopwatch.GetElapsedTime(started);
        var calls = await world.CallsAsync();
        Assert.DoesNotContain(calls, c => c.GetProperty("status").GetInt32() == 429);
        // Ten channels in ten seconds, five events in five, the two apart.
        var allowed = TimeSpan.FromSeconds(Math.Max((groups * 2) / 10 * 10, (result.EventsMade - 1) / 5 * 5));
        Assert.True(took < (allowed * 1.2) + SystemTests.Bot.Machine.Allows(TimeSpan.FromSeconds(Long ? 0 : 4)), $"{groups} groups took {took.TotalSeconds:0.0} s; the rates allow {allowed.TotalSeconds} s.");
    }
}
