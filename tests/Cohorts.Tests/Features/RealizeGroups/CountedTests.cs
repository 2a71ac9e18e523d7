using static Cohorts.Features.RealizeGroups.RealizeGroups;

namespace Cohorts.Tests.Features.RealizeGroups;

/// <summary>Whatever goes wrong in the middle, everything in the plan stands in exactly one count of the result, and the counts are true.</summary>
public sealed class CountedTests
{
    private const int Groups = 6;
    private const int Size = 3;
    private const int Meetings = 2;
    private const int ForGood = 1_000_000;

    private static readonly bool Long = Environment.GetEnvironmentVariable("COHORTS_TEST_LONG") == "1";

    [Fact]
    public async Task Undisturbed_all_is_made_and_then_all_is_there_already()
    {
        await using var world = await RealizeWorld.StartAsync(members: Groups * Size);
        var cohort = await world.AddCohortAsync(await world.FirstGuildAsync(), Groups, Size, Meetings);

        var first = (await world.RealizeWellAsync(cohort)).Counted!;
        var again = (await world.RealizeWellAsync(cohort)).Counted!;

        Assert.Equal(new Tallies(Made(Groups), Made(2 * Groups), Made(Groups * Size), Made(Groups * Meetings), Made(Groups), Made(0)), first);
        Assert.Equal(new Tallies(There(Groups), There(2 * Groups), There(Groups * Size), There(Groups * Meetings), There(Groups), There(0)), again);

        static Counts Made(int count) => new(count, 0, 0, 0, 0, 0);
        static Counts There(int count) => new(0, 0, count, 0, 0, 0);
    }

    public enum Trouble
    {
        TokenIsRefused,
        RoleLosesItsPermissions,
        CategoryVanishes,
        OneRouteIsForbidden,
        OneAnswerIs401,
    }

    [Theory]
    [InlineData(Trouble.TokenIsRefused)]
    [InlineData(Trouble.RoleLosesItsPermissions)]
    [InlineData(Trouble.CategoryVanishes)]
    [InlineData(Trouble.OneRouteIsForbidden)]
    [InlineData(Trouble.OneAnswerIs401)]
    public async Task Whenever_something_vanishes_in_the_middle_each_thing_is_counted_once_and_truly(Trouble trouble)
    {
        await using var world = await RealizeWorld.StartAsync(members: Groups * Size);
        // Reading takes five calls or more; the rest makes something.
        for (var call = 7; call < 38; call += Long ? 1 : 8)
        {
            var guild = await world.NewGuildAsync(Groups * Size);
            var cohort = await world.AddCohortAsync(guild, Groups, Size, Meetings, course: $"Rust {call}");
            world.Line.Revive();
            world.Line.FaultsAt = (call, () => HappenAsync(world, guild, trouble));

            var outcome = await world.RealizeAsync(cohort);

            Assert.False(outcome.IsRefused, outcome.Refusal?.Message);
            var result = outcome.Result;
            var counted = result.Counted!;
            Assert.Equal(
                (Groups, 2 * Groups, Groups * Size, Groups * Meetings, Groups, 0),
                (counted.Groups.All, counted.Channels.All, counted.Access.All, counted.Events.All, counted.Welcomes.All, counted.Mentions.All));
            // What is counted as made stands in Discord and in the database, and nothing else does.
            var state = await world.StateAsync(guild);
            Assert.Equal(counted.Channels.Made, state.Names.Count(n => n.StartsWith("group-", StringComparison.Ordinal) || n.EndsWith(" Voice", StringComparison.Ordinal)));
            Assert.Equal(counted.Events.Made, state.Events.Count);
            Assert.Equal(counted.Welcomes.Made, state.Names.Where(n => n.StartsWith("group-", StringComparison.Ordinal)).Sum(n => state.MessagesIn(GuildState.Id(state.Channel(n))).Count));
            Assert.Equal(counted.Groups.Made, await world.AskAsync<int>("SELECT count(*)::int FROM groups WHERE cohort_id = @Value AND status = 'active'", new { cohort.Value }));
            Assert.Equal(counted.Access.Made, await world.AskAsync<int>(
                "SELECT count(*)::int FROM groups_users JOIN groups USING (group_id) WHERE cohort_id = @Value AND access_granted_at IS NOT NULL", new { cohort.Value }));
            Assert.Equal(result.GroupsMade < Groups, result.Failures.Count > 0);
            var failed = counted.Channels.Failed + counted.Access.Failed + counted.Events.Failed + counted.Welcomes.Failed;
            Assert.Equal(failed, result.Failures.Count(f => !f.Why.StartsWith("was not tried", StringComparison.Ordinal) && !f.Why.StartsWith("were not tried", StringComparison.Ordinal)));

            // What is told to do is done: it is run again, and all of it stands.
            await world.MendAsync();
            Assert.Equal((0, 0), (await world.RealizeWellAsync(cohort)).Counted!.Groups is var then ? (then.Failed, then.NotTried) : default);
        }
    }

    private static async Task HappenAsync(RealizeWorld world, TestGuild guild, Trouble trouble)
    {
        switch (trouble)
        {
            case Trouble.TokenIsRefused:
                await world.FaultAsync("all", "status", 401, ForGood);
                break;
            case Trouble.RoleLosesItsPermissions:
                await world.FaultAsync("all", "status", 403, ForGood);
                break;
            case Trouble.OneRouteIsForbidden:
                await world.FaultAsync("POST /guilds/{guild.id}/scheduled-events", "status", 403, ForGood);
                break;
            case Trouble.OneAnswerIs401:
                await world.FaultAsync("all", "status", 401, 1);
                break;
            case Trouble.CategoryVanishes:
                var state = await world.StateAsync(guild);
                foreach (var category in state.Channels.Where(c => c.GetProperty("name").GetString()!.StartsWith("Rust", StringComparison.Ordinal)))
                    await world.CallDiscordAsync(HttpMethod.Delete, $"channels/{GuildState.Id(category)}");
                break;
        }
    }
}
