namespace Cohorts.Discord.Simulator.Tests;

public class EventTests
{
    private static async Task<string> Voice(Simulation simulation) => await simulation.Channel("voice", type: 2);

    private static object Meeting(Simulation simulation, string? channel, double inHours = 1, string name = "Meeting", object? rule = null) => new
    {
        name,
        privacy_level = 2,
        entity_type = 2,
        channel_id = channel,
        scheduled_start_time = simulation.Server.Clock.GetUtcNow().AddHours(inHours).ToString("O"),
        recurrence_rule = rule,
    };

    private static string Path(Simulation simulation, string? id = null) => $"/guilds/{simulation.GuildId}/scheduled-events{(id is null ? "" : "/" + id)}";

    [Fact]
    public async Task A_meeting_needs_a_voice_channel_a_name_and_a_start_in_the_future()
    {
        await using var simulation = await Simulation.Start();
        var voice = await Voice(simulation);
        Assert.Equal(200, (await simulation.Post(Path(simulation), Meeting(simulation, voice))).Status);
        Assert.True((await simulation.Post(Path(simulation), Meeting(simulation, voice, inHours: -0.01))).ComplainsOf("scheduled_start_time"));
        Assert.True((await simulation.Post(Path(simulation), Meeting(simulation, channel: null))).ComplainsOf("channel_id"));
        Assert.True((await simulation.Post(Path(simulation), Meeting(simulation, voice, name: new string('x', 101)))).ComplainsOf("name"));
        Assert.Equal(50024, (await simulation.Post(Path(simulation), Meeting(simulation, simulation.ChannelId))).Code);
        Assert.Equal(10003, (await simulation.Post(Path(simulation), Meeting(simulation, "1"))).Code);
    }

    [Fact]
    public async Task A_guild_holds_100_events_that_are_not_over()
    {
        await using var simulation = await Simulation.Start();
        var voice = await Voice(simulation);
        var first = (await simulation.Post(Path(simulation), Meeting(simulation, voice))).Id;
        for (var i = 1; i < 100; i++)
        {
            Assert.Equal(200, (await simulation.Post(Path(simulation), Meeting(simulation, voice))).Status);
        }

        var refused = await simulation.Post(Path(simulation), Meeting(simulation, voice));
        Assert.Equal((400, 30038), (refused.Status, refused.Code));
        Assert.Equal(200, (await simulation.Patch(Path(simulation, first), new { status = 4 })).Status);
        Assert.Equal(200, (await simulation.Post(Path(simulation), Meeting(simulation, voice))).Status);
    }

    [Fact]
    public async Task An_event_that_nobody_starts_is_cancelled_hours_later_and_one_that_is_started_is_not()
    {
        await using var simulation = await Simulation.Start();
        await using var gateway = await GatewayClient.Login(simulation);
        var voice = await Voice(simulation);
        var forgotten = (await simulation.Post(Path(simulation), Meeting(simulation, voice))).Id;
        var started = (await simulation.Post(Path(simulation), Meeting(simulation, voice))).Id;
        Assert.Equal(2, (await simulation.Patch(Path(simulation, started), new { status = 2 }))["status"].GetValue<int>());

        await simulation.Control("POST", "/simulator/clock", new { advanceSeconds = 3600 * 3.9 });
        Assert.Equal(2, (await simulation.Get(Path(simulation))).Json!.AsArray().Count);
        await simulation.Control("POST", "/simulator/clock", new { advanceSeconds = 3600 * 0.2 });
        Assert.Equal(started, Assert.Single((await simulation.Get(Path(simulation))).Json!.AsArray())!["id"]!.GetValue<string>());
        Assert.Equal(4, (await simulation.Get(Path(simulation, forgotten)))["status"].GetValue<int>());
        var update = await gateway.Event("GUILD_SCHEDULED_EVENT_UPDATE");
        while (update["status"]!.GetValue<int>() != 4)
        {
            update = await gateway.Event("GUILD_SCHEDULED_EVENT_UPDATE");
        }

        Assert.Equal(forgotten, update["id"]!.GetValue<string>());
        Assert.Equal(180000, (await simulation.Patch(Path(simulation, forgotten), new { name = "x" })).Code);
    }

    [Fact]
    public async Task An_event_at_a_place_begins_and_ends_by_itself()
    {
        await using var simulation = await Simulation.Start();
        var now = simulation.Server.Clock.GetUtcNow();
        var made = await simulation.Post(Path(simulation), new { name = "Outing", privacy_level = 2, entity_type = 3, entity_metadata = new { location = "Park" }, scheduled_start_time = now.AddHours(1), scheduled_end_time = now.AddHours(2) });
        foreach (var (seconds, status) in new[] { (0, 1), (3601, 2), (3600, 3) })
        {
            simulation.Advance(seconds);
            Assert.Equal(status, (await simulation.Get(Path(simulation, made.Id)))["status"].GetValue<int>());
        }

        var unended = await simulation.Post(Path(simulation), new { name = "Outing", privacy_level = 2, entity_type = 3, entity_metadata = new { location = "Park" }, scheduled_start_time = now.AddHours(9) });
        Assert.True(unended.ComplainsOf("scheduled_end_time"));
    }

    [Fact]
    public async Task An_event_is_seen_by_those_who_see_its_channel()
    {
        await using var simulation = await Simulation.Start();
        var voice = await simulation.Channel("voice", type: 2, overwrites:
            [Bit.Role(simulation.GuildId, deny: Bit.View), Bit.Member(simulation.BotId, allow: Bit.View | Bit.Connect), Bit.Member(simulation.MemberId(0), allow: Bit.View)]);
        await simulation.Post(Path(simulation), Meeting(simulation, voice));
        Assert.Single((await simulation.State(simulation.MemberId(0)))["events"]!.AsArray());
        Assert.Empty((await simulation.State(simulation.MemberId(1)))["events"]!.AsArray());
    }

    [Fact]
    public async Task An_event_repeats_weekly_on_one_day_without_count_or_end()
    {
        await using var simulation = await Simulation.Start();
        var voice = await Voice(simulation);
        var start = simulation.Server.Clock.GetUtcNow().AddHours(1);
        object Rule(int interval = 1, int[]? days = null, int? count = null) => new { start, frequency = 2, interval, by_weekday = days ?? [2], count };
        var weekly = await simulation.Post(Path(simulation), Meeting(simulation, voice, rule: Rule()));
        Assert.Equal(200, weekly.Status);
        Assert.Equal(200, (await simulation.Post(Path(simulation), Meeting(simulation, voice, rule: Rule(interval: 2)))).Status);
        Assert.True((await simulation.Post(Path(simulation), Meeting(simulation, voice, rule: Rule(interval: 3)))).ComplainsOf("recurrence_rule.interval"));
        Assert.True((await simulation.Post(Path(simulation), Meeting(simulation, voice, rule: Rule(days: [1, 2])))).ComplainsOf("recurrence_rule.by_weekday"));
        Assert.True((await simulation.Post(Path(simulation), Meeting(simulation, voice, rule: Rule(count: 8)))).ComplainsOf("recurrence_rule.count"));

        simulation.Advance(3600 * 5);
        var next = await simulation.Get(Path(simulation, weekly.Id));
        Assert.Equal(1, next["status"].GetValue<int>());
        Assert.Equal(start.AddDays(7), next["scheduled_start_time"].GetValue<DateTimeOffset>(), TimeSpan.FromSeconds(1));
    }
}
