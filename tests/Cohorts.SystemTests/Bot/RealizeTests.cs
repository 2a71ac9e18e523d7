using System.Diagnostics;
using System.Text.Json;

namespace Cohorts.SystemTests.Bot;

/// <summary><c>/realize-groups</c> as an administrator uses it, and as a server that is killed leaves it.</summary>
public sealed class RealizeTests(SharedGround shared) : IClassFixture<SharedGround>
{
    private static readonly int Kills = Environment.GetEnvironmentVariable("COHORTS_TEST_LONG") == "1" ? 50 : 2;
    private static readonly TimeSpan Promised = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task What_would_be_made_is_shown_then_made_and_names_are_for_the_organizers_eyes_only()
    {
        await using var world = await BotWorld.StartAsync(shared.Ground);
        await world.Discord.HurryAsync(50);
        await world.ServeAndConnectAsync();
        const string Absent = "990000000000000001";
        var cohort = await AddGroupsAsync(world, groups: 3, absent: Absent);

        var choices = await world.Discord.TypeAsync(world.Guild, world.Administrator, "realize-groups", new { cohort = "realiz" });
        var preview = await world.Discord.RunAsync(world.Guild, world.Administrator, "realize-groups", new { cohort, preview = true });
        Assert.Equal([("Realized (3 groups, 3 to make or mend)", cohort)], choices);
        Assert.True(preview.IsEphemeral);
        Assert.DoesNotContain("group-1", Names(await world.Discord.StateAsync(world.Guild)));

        var made = await world.Discord.PressAsync(world.Guild, world.Administrator, preview.MessageId, Assert.Single(preview.Buttons).CustomId);
        await Eventually.HoldsAsync("all groups are active", Patience, async () => await ActiveAsync(world, cohort) == 3);
        await Eventually.HoldsAsync("the end is told", Patience, async () =>
        {
            made = made with { Body = (await world.Discord.MessagesAsync(world.Guild)).Single(m => m.GetProperty("id").GetString() == made.MessageId) };
            // Until then it shows how far it is, without an embed.
            return made.Body.GetProperty("embeds").GetArrayLength() > 0 && made.Embed.GetProperty("title").GetString() == "Realized: 3 groups made";
        });

        Assert.Contains("Absent", made.Embed.GetRawText(), StringComparison.Ordinal);
        var open = string.Join('\n', (await world.Discord.MessagesAsync(world.Guild, seenBy: world.Guild.MemberIds[20])).Select(m => m.GetRawText()));
        Assert.DoesNotContain("Learner", open, StringComparison.Ordinal);
        Assert.DoesNotContain("Absent", open, StringComparison.Ordinal);

        var joined = Stopwatch.GetTimestamp();
        await world.Discord.JoinAsync(world.Guild, Absent);
        await Eventually.HoldsAsync("who joined sees their channels", Patience, async () =>
            Names(await world.Discord.StateAsync(world.Guild, Absent)).Contains("Group 1 Voice"));
        Assert.True(Stopwatch.GetElapsedTime(joined) < Machine.Allows(Promised), $"It took {Stopwatch.GetElapsedTime(joined)}.");
        Assert.DoesNotContain("group-2", Names(await world.Discord.StateAsync(world.Guild, Absent)));

        var again = await world.Discord.RunAsync(world.Guild, world.Administrator, "realize-groups", new { cohort });
        Assert.Equal("Realized: everything stands already; nothing was changed", again.Embed.GetProperty("title").GetString());
        await world.NoSecretIsInALogAsync();
    }

    [Fact]
    public async Task Longer_than_the_15_minutes_of_an_answer_its_end_is_told_in_the_channel_and_the_details_to_whoever_asks()
    {
        await using var world = await BotWorld.StartAsync(shared.Ground);
        await world.ServeAndConnectAsync();
        // Six groups are 13 channels: Discord takes ten at once, and the others ten seconds later.
        var cohort = await AddGroupsAsync(world, groups: 6, absent: null);
        await world.Discord.SendAsync(world.Guild, world.Administrator, "realize-groups", new { cohort });
        await Eventually.HoldsAsync("how far it is is shown", Patience, async () =>
            (await world.Discord.MessagesAsync(world.Guild)).Any(m => m.GetProperty("content").GetString()!.Contains(" of 12 channels", StringComparison.Ordinal)));

        await world.Discord.AdvanceAsync(16 * 60);

        JsonElement told = default;
        await Eventually.HoldsAsync("the organizer is told in the channel", Patience, async () =>
        {
            told = (await world.Discord.MessagesAsync(world.Guild))
                .LastOrDefault(m => m.GetProperty("content").GetString()!.StartsWith($"<@{world.Administrator}>", StringComparison.Ordinal));
            return told.ValueKind == JsonValueKind.Object;
        });
        // What everybody in the channel reads of it: that it is over, and neither how far it was nor what it came to.
        var open = Assert.Single(await world.Discord.MessagesAsync(world.Guild, seenBy: world.Guild.MemberIds[20]));
        Assert.Equal(told.GetProperty("id").GetString(), open.GetProperty("id").GetString());
        Assert.DoesNotMatch("[0-9]+ (group|of|step|event)", open.GetProperty("content").GetString());
        var button = told.GetProperty("components")[0].GetProperty("components")[0].GetProperty("custom_id").GetString()!;
        var details = await world.Discord.PressAsync(world.Guild, world.OtherGuild.OwnerId, told.GetProperty("id").GetString()!, button);
        Assert.True(details.IsEphemeral);
        Assert.Equal("Realized: 6 groups made", details.Embed.GetProperty("title").GetString());

        // Asked for, the numbers stand there too.
        await world.Discord.PressAsync(world.Guild, world.OtherGuild.OwnerId, details.MessageId, details.Buttons.Single(b => b.Label == "Share in this channel").CustomId);
        await Eventually.HoldsAsync("it is shared", Patience, async () => (await world.Discord.MessagesAsync(world.Guild, seenBy: world.Guild.MemberIds[20]))
            .Any(m => m.GetProperty("content").GetString()!.Contains("Done: 6 groups made", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Killed_at_random_moments_the_next_server_goes_on_by_itself_and_nothing_is_there_twice()
    {
        await using var world = await BotWorld.StartAsync(shared.Ground);
        await world.Discord.HurryAsync(50);
        var server = await world.ServeAndConnectAsync();
        for (var kill = 0; kill < Kills; kill++)
        {
            var cohort = await AddGroupsAsync(world, groups: 6, absent: null);
            var sent = await world.Discord.SendAsync(world.Guild, world.Administrator, "realize-groups", new { cohort });
            await Eventually.HoldsAsync("the run is open", Patience, async () =>
                await world.AskAsync<int>("SELECT count(*)::int FROM runs WHERE cohort_id = @cohort", new { cohort }) > 0);
            var begun = Stopwatch.GetTimestamp();
            var moment = TimeSpan.FromMilliseconds(new Random(kill).Next(900));
            await Eventually.HoldsAsync("the moment to die has come", Patience, () => Stopwatch.GetElapsedTime(begun) >= moment);
            server.Kill();

            (server, _) = await world.ServeAsync();
            var up = Stopwatch.GetTimestamp();
            await Eventually.HoldsAsync("the run is taken up again or had ended", Patience, async () =>
                await world.AskAsync<bool>(
                    """
                    SELECT count(*) FILTER (WHERE continues_run_id IS NOT NULL) > 0 OR bool_or(state = 'succeeded')
                      FROM runs
                     WHERE cohort_id = @cohort
                    """,
                    new { cohort }));
            var took = Stopwatch.GetElapsedTime(up);
            Assert.True(took < Machine.Allows(Promised), $"Kill {kill}: taken up after {took}.\n{world.Logs}");
            await Eventually.HoldsAsync("all groups are active", Patience, async () => await ActiveAsync(world, cohort) == 6);
            string? answer = null;
            await Eventually.HoldsAsync($"whoever asked is told the end, kill {kill}", Patience, async () =>
                (answer = (await world.Discord.AnswersAsync(world.Guild)).GetValueOrDefault(sent.InteractionId))?.Contains("Realized", StringComparison.Ordinal) == true,
                () => $"{answer}\n{world.Logs}");

            await EachIsThereOnceAsync(world, kill);
            await ClearAsync(world, cohort);
        }

        await world.NoSecretIsInALogAsync();
    }

    /// <summary>A cohort of groups of four, each of a facilitator and learners who are in the server.</summary>
    internal static async Task<int> AddGroupsAsync(BotWorld world, int groups, string? absent) => await world.AskAsync<int>(
        """
        WITH made AS (
            INSERT INTO cohorts (cohort_name, course_id, cohort_start_date, duration_days, number_of_group_meetings, discord_guild_id)
            SELECT 'Realized', course_id, current_date + 10, 14, 2, @Guild FROM courses LIMIT 1
            RETURNING cohort_id, course_id),
        formed AS (
            INSERT INTO groups (group_name, cohort_id, meeting_start_minute, meeting_length_minutes)
            SELECT 'Group ' || n, cohort_id, n * 300, 60 FROM made, generate_series(1, @groups) AS n
            RETURNING group_id, group_name),
        people AS (
            INSERT INTO users (nickname, discord_id, notes)
            SELECT CASE WHEN id = @absent THEN 'Absent' ELSE 'Learner ' || place END, id, place
              FROM unnest(@Members || CASE WHEN @absent::text IS NULL THEN '{}' ELSE array[@absent::text] END) WITH ORDINALITY AS m (id, place)
             WHERE place <= 4 * @groups OR id = @absent
            RETURNING user_id, notes::int AS place, discord_id),
        seated AS (
            INSERT INTO groups_users (user_id, group_id, role)
            SELECT user_id, group_id, (CASE WHEN place % 4 = 1 THEN 'facilitator' ELSE 'participant' END)::group_user_role
              FROM people JOIN formed ON group_name = 'Group ' || CASE WHEN discord_id = @absent THEN 1 ELSE (place - 1) / 4 + 1 END)
        SELECT cohort_id FROM made
        """,
        new { Guild = world.Guild.Id, groups, absent, Members = world.Guild.MemberIds.ToArray() });

    internal static Task<int> ActiveAsync(BotWorld world, int cohort) =>
        world.AskAsync<int>("SELECT count(*)::int FROM groups WHERE cohort_id = @cohort AND status = 'active'", new { cohort });

    private static IReadOnlyList<string> Names(JsonElement state) =>
        [.. state.GetProperty("channels").EnumerateArray().Select(c => c.GetProperty("name").GetString()!)];

    internal static async Task EachIsThereOnceAsync(BotWorld world, int kill)
    {
        var state = await world.Discord.StateAsync(world.Guild);
        var channels = state.GetProperty("channels").EnumerateArray().ToList();
        var made = Names(state).Where(n => n.StartsWith("group-", StringComparison.Ordinal) || n.EndsWith(" Voice", StringComparison.Ordinal)).ToList();
        Assert.Equal(12, made.Count);
        Assert.Equal(12, made.Distinct().Count());
        Assert.Single(Names(state), n => n.EndsWith("Realized", StringComparison.Ordinal));
        var events = state.GetProperty("events").EnumerateArray()
            .Where(e => e.GetProperty("status").GetInt32() == 1).Select(e => e.GetProperty("name").GetString()!).ToList();
        Assert.True(events.Count == 12 && events.Distinct().Count() == 12, $"Kill {kill}: {string.Join(", ", events)}");
        foreach (var text in channels.Where(c => c.GetProperty("name").GetString()!.StartsWith("group-", StringComparison.Ordinal)))
            Assert.Single(state.GetProperty("messages").GetProperty(text.GetProperty("id").GetString()!).EnumerateArray());
    }

    /// <summary>Room for the next cohort.</summary>
    private static async Task ClearAsync(BotWorld world, int cohort)
    {
        var state = await world.Discord.StateAsync(world.Guild);
        foreach (var channel in state.GetProperty("channels").EnumerateArray().Where(c => c.GetProperty("name").GetString() is { } name
            && (name.StartsWith("group-", StringComparison.Ordinal) || name.EndsWith(" Voice", StringComparison.Ordinal) || name.EndsWith("Realized", StringComparison.Ordinal))))
        {
            await world.Discord.DeleteChannelAsync(channel.GetProperty("id").GetString()!);
        }

        await world.AskAsync<object>("UPDATE groups SET status = 'completed' WHERE cohort_id = @cohort", new { cohort });
    }
}
