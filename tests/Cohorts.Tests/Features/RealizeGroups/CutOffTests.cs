using Cohorts.Domain;

namespace Cohorts.Tests.Features.RealizeGroups;

/// <summary>
/// A realization of six groups that ends at any of its calls: begun again, it comes to the same as one that nobody disturbed, with no object
/// twice and none missing, and nothing was ever seen by whoever should not see it.
/// </summary>
public sealed class CutOffTests
{
    private static readonly bool Long = Environment.GetEnvironmentVariable("COHORTS_TEST_LONG") == "1";

    private const int Worlds = 3;

    /// <summary>For answers that never come.</summary>
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(700);

    public enum Death
    {
        BeforeTheCall,
        AfterTheCall,
    }

    [Theory]
    [InlineData(Death.BeforeTheCall)]
    [InlineData(Death.AfterTheCall)]
    public async Task Wherever_the_process_dies_the_next_run_completes_it(Death death)
    {
        // To die before a call is to die after the one before it, but for what was saved between: the short form takes some of those.
        await AtCallsAsync(step: Long || death == Death.AfterTheCall ? 1 : 5, timeout: null, async (world, cohort, k) =>
        {
            (world.Line.DiesAt, world.Line.DiesAfterIt) = (k, death == Death.AfterTheCall);
            await Assert.ThrowsAsync<DiedException>(() => world.RealizeAsync(cohort));
            world.Line.Revive();

            await world.RealizeWellAsync(cohort);
            return $"died at call {k}";
        });
    }

    [Theory]
    [InlineData("lost", null)]
    [InlineData("status", 500)]
    [InlineData("timeout", null)]
    public async Task Wherever_an_answer_is_lost_or_wrong_the_same_run_completes_it(string fault, int? status)
    {
        await AtCallsAsync(step: Long ? 1 : fault == "lost" ? 3 : 7, Short, async (world, cohort, k) =>
        {
            world.Line.FaultsAt = (k, () => world.FaultAsync("all", fault, status));

            await world.RealizeWellAsync(cohort);
            world.Line.Revive();
            return $"{fault} at call {k}";
        });
    }

    [Fact]
    public async Task With_a_fifth_of_all_calls_going_wrong_it_comes_to_the_same()
    {
        await using var world = await RealizeWorld.StartAsync(members: 18, timeout: Short);
        var (undisturbed, _) = await UndisturbedAsync(world);
        var random = new Random(1);
        for (var round = 0; round < (Long ? 40 : 4); round++)
        {
            var (guild, cohort) = await SixGroupsAsync(world);
            world.Line.BeforeEach = async () =>
            {
                if (random.Next(5) == 0)
                {
                    (string Kind, int? Status)[] faults = [("status", 500), ("status", 503), ("lost", null), ("status", 429), ("timeout", null)];
                    var (kind, status) = faults[random.Next(Long || round == 0 ? 5 : 4)];
                    await world.FaultAsync("all", kind, status);
                }
            };

            // What a step could not do within its attempts is told, and done by the next run.
            var outcome = await world.RealizeAsync(cohort);
            for (var run = 0; run < 5 && (outcome.IsRefused || outcome.Result.Failures.Count > 0); run++)
                outcome = await world.RealizeAsync(cohort);

            world.Line.Revive();
            Assert.False(outcome.IsRefused, outcome.Refusal?.Message);
            Assert.Empty(outcome.Result!.Failures);
            Assert.Equal(undisturbed, Told(await world.StateAsync(guild), guild));
            await AllStandsAsync(world, cohort, $"round {round}");
        }
    }

    [Fact]
    public async Task At_no_moment_is_there_a_channel_that_a_stranger_sees()
    {
        await using var world = await RealizeWorld.StartAsync(members: 30);
        var guild = await world.FirstGuildAsync();
        var before = (await world.StateAsync(guild)).Names;
        var cohort = await world.AddCohortAsync(guild, groups: 3, size: 4);
        var looks = 0;
        world.Line.AfterEach = async _ =>
        {
            looks++;
            var state = await world.StateAsync(guild);
            foreach (var channel in state.Channels.Where(c => !before.Contains(c.GetProperty("name").GetString()!)))
            {
                var name = channel.GetProperty("name").GetString()!;
                Assert.True(GuildState.HidesFrom(channel, guild.Id), $"{name} is open to everybody.");
                var group = name.StartsWith("Rust", StringComparison.Ordinal) ? 0 : name.First(char.IsDigit) - '0';
                var allowed = group == 0 ? [guild.BotId] : guild.MemberIds.Skip((group - 1) * 4).Take(4).Append(guild.BotId);
                Assert.Empty(GuildState.LetIn(channel).Except(allowed));
            }
        };

        await world.RealizeWellAsync(cohort);

        Assert.True(looks > 15, $"Only {looks} calls changed something.");
    }

    /// <summary>
    /// Disturbs realizations at their calls, each step'th of them, and looks at what stands afterwards. In three worlds at once: they wait
    /// for Discord's pace more than they compute.
    /// </summary>
    /// <param name="disturb">Realizes a cohort to its end, disturbed at a call; what to call that.</param>
    private static Task AtCallsAsync(int step, TimeSpan? timeout, Func<RealizeWorld, CohortId, int, Task<string>> disturb) =>
        Task.WhenAll(Enumerable.Range(0, Worlds).Select(async part =>
        {
            await using var world = await RealizeWorld.StartAsync(members: 18, timeout: timeout);
            var (undisturbed, calls) = await UndisturbedAsync(world);
            for (var k = 1 + part * step; k <= calls; k += Worlds * step)
            {
                var (guild, cohort) = await SixGroupsAsync(world);
                world.Line.Revive();

                var when = await disturb(world, cohort, k);

                Assert.Equal(undisturbed, Told(await world.StateAsync(guild), guild));
                await AllStandsAsync(world, cohort, when);
            }
        }));

    /// <summary>What stands when nobody disturbs it, and how many calls that takes.</summary>
    private static async Task<(IReadOnlyList<string> Told, int Calls)> UndisturbedAsync(RealizeWorld world)
    {
        var (guild, cohort) = await SixGroupsAsync(world);
        world.Line.Revive();
        await world.RealizeWellAsync(cohort);
        var calls = world.Line.Calls;
        Assert.InRange(calls, 30, 60);
        return (Told(await world.StateAsync(guild), guild), calls);
    }

    private static async Task<(TestGuild Guild, CohortId Cohort)> SixGroupsAsync(RealizeWorld world)
    {
        var guild = await world.NewGuildAsync(members: 18);
        return (guild, await world.AddCohortAsync(guild, groups: 6, size: 3, meetings: 2));
    }

    /// <summary>People differ between guilds; they are told by their place.</summary>
    private static List<string> Told(GuildState state, TestGuild guild)
    {
        var places = guild.MemberIds.Select((id, place) => (id, name: $"member{place}")).Append((guild.Id, "everyone")).Append((guild.BotId, "bot")).ToList();
        return [.. state.Told().Select(t => places.Aggregate(t, (text, p) => text.Replace(p.Item1, p.Item2, StringComparison.Ordinal))).Order(StringComparer.Ordinal)];
    }

    private static async Task AllStandsAsync(RealizeWorld world, CohortId cohort, string when)
    {
        Assert.Equal(
            "6 active, 12 events, 18 in",
            await world.AskAsync<string>(
                """
                SELECT (SELECT count(*) FROM groups WHERE cohort_id = @Cohort AND status = 'active' AND welcome_message_id IS NOT NULL) || ' active, '
                    || (SELECT count(DISTINCT discord_event_id) FROM meetings WHERE cohort_id = @Cohort) || ' events, '
                    || (SELECT count(*) FROM groups_users JOIN groups USING (group_id)
                         WHERE cohort_id = @Cohort AND access_granted_at IS NOT NULL AND mentioned_in_message_id = welcome_message_id) || ' in'
                """,
                new { Cohort = cohort.Value }));
        await world.ForgetCallsAsync();
        await world.RealizeWellAsync(cohort);
        Assert.True((await world.ChangesAsync()).Count == 0, $"Something was left to change: {when}.");
    }
}
