using System.Globalization;
using System.Text.Json.Nodes;

namespace Cohorts.Discord.Simulator.Tests;

/// <summary>Events that repeat: the rules that Discord documents, their next times, and their end.</summary>
public class RecurrenceTests
{
    private static string Path(Simulation simulation, string? id = null) => $"/guilds/{simulation.GuildId}/scheduled-events{(id is null ? "" : "/" + id)}";

    private static Task<Reply> Create(Simulation simulation, string start, string rule)
    {
        var body = new JsonObject
        {
            ["name"] = "Meeting",
            ["privacy_level"] = 2,
            ["entity_type"] = 3,
            ["entity_metadata"] = new JsonObject { ["location"] = "Park" },
            ["scheduled_start_time"] = start,
            ["scheduled_end_time"] = DateTimeOffset.Parse(start, CultureInfo.InvariantCulture).AddHours(1).ToString("O", CultureInfo.InvariantCulture),
            ["recurrence_rule"] = JsonNode.Parse(rule),
        };
        body["recurrence_rule"]!["start"] = start;
        return simulation.Post(Path(simulation), body);
    }

    private static async Task<Simulation> At(string now)
    {
        var simulation = await Simulation.Start();
        var by = DateTimeOffset.Parse(now, CultureInfo.InvariantCulture) - simulation.Server.Clock.GetUtcNow();
        simulation.Advance(by.TotalSeconds);
        return simulation;
    }

    [Theory]
    [InlineData("""{"frequency": 2, "interval": 1, "by_weekday": ["x"]}""", "by_weekday.0")]
    [InlineData("""{"frequency": 2, "interval": 1, "by_weekday": [1.5]}""", "by_weekday.0")]
    [InlineData("""{"frequency": 2, "interval": 1, "by_weekday": [null]}""", "by_weekday.0")]
    [InlineData("""{"frequency": 2, "interval": 1, "by_weekday": [9]}""", "by_weekday.0")]
    [InlineData("""{"frequency": 2, "interval": 1, "by_weekday": [-1]}""", "by_weekday.0")]
    [InlineData("""{"frequency": 2, "interval": 1, "by_weekday": 1}""", "by_weekday")]
    [InlineData("""{"frequency": 2, "interval": 1, "by_weekday": [1, 2]}""", "by_weekday")]
    [InlineData("""{"frequency": 2, "interval": 1}""", "by_weekday")]
    [InlineData("""{"frequency": 2, "interval": 3, "by_weekday": [1]}""", "interval")]
    [InlineData("""{"frequency": 2, "interval": 1.5, "by_weekday": [1]}""", "interval")]
    [InlineData("""{"frequency": 3, "interval": 2}""", "interval")]
    [InlineData("""{"frequency": 3, "interval": 1, "by_weekday": [0, 2]}""", "by_weekday")]
    [InlineData("""{"frequency": 3, "interval": 1, "by_n_weekday": [{"n": 1, "day": 1}]}""", "by_n_weekday")]
    [InlineData("""{"frequency": 1, "interval": 1}""", "by_n_weekday")]
    [InlineData("""{"frequency": 1, "interval": 1, "by_n_weekday": [{"n": 6, "day": 1}]}""", "by_n_weekday.0.n")]
    [InlineData("""{"frequency": 1, "interval": 1, "by_n_weekday": [{"n": 1, "day": 1}, {"n": 2, "day": 1}]}""", "by_n_weekday")]
    [InlineData("""{"frequency": 1, "interval": 1, "by_weekday": [1]}""", "by_weekday")]
    [InlineData("""{"frequency": 0, "interval": 1, "by_month": [7]}""", "by_month_day")]
    [InlineData("""{"frequency": 0, "interval": 1, "by_month": [13], "by_month_day": [1]}""", "by_month.0")]
    [InlineData("""{"frequency": 0, "interval": 1, "by_month": [2], "by_month_day": [30]}""", "by_month_day")]
    [InlineData("""{"frequency": 4, "interval": 1}""", "frequency")]
    [InlineData("""{"frequency": 3, "interval": 1, "count": 3}""", "count")]
    [InlineData("""{"frequency": 3, "interval": 1, "by_year_day": [3]}""", "by_year_day")]
    public async Task A_rule_that_is_not_one_of_the_documented_is_refused_where_it_is_wrong(string rule, string where)
    {
        await using var simulation = await At("2030-01-01T00:00:00Z");
        var refused = await Create(simulation, "2030-01-07T10:00:00Z", rule);
        Assert.Equal(400, refused.Status);
        Assert.True(refused.ComplainsOf("recurrence_rule." + where), refused.Json!.ToJsonString());
    }

    [Theory]
    [InlineData("2030-01-04T10:00:00Z", """{"frequency": 3, "interval": 1}""", "2030-01-05T10:00:00Z 2030-01-06T10:00:00Z")]
    [InlineData("2030-01-04T10:00:00Z", """{"frequency": 3.0, "interval": 1e0, "by_weekday": [4, 3, 2, 1, 0]}""", "2030-01-07T10:00:00Z 2030-01-08T10:00:00Z")]
    [InlineData("2030-01-05T10:00:00Z", """{"frequency": 3, "interval": 1, "by_weekday": [6, 5]}""", "2030-01-06T10:00:00Z 2030-01-12T10:00:00Z")]
    [InlineData("2030-01-07T10:00:00Z", """{"frequency": 2, "interval": 2.0, "by_weekday": [0]}""", "2030-01-21T10:00:00Z 2030-02-04T10:00:00Z")]
    [InlineData("2030-01-23T10:00:00Z", """{"frequency": 1, "interval": 1, "by_n_weekday": [{"n": 4, "day": 2}]}""", "2030-02-27T10:00:00Z 2030-03-27T10:00:00Z")]
    [InlineData("2030-01-29T10:00:00Z", """{"frequency": 1, "interval": 1, "by_n_weekday": [{"n": 5, "day": 1}]}""", "2030-04-30T10:00:00Z 2030-07-30T10:00:00Z")]
    [InlineData("2030-07-24T10:00:00Z", """{"frequency": 0, "interval": 1, "by_month": [7], "by_month_day": [24]}""", "2031-07-24T10:00:00Z 2032-07-24T10:00:00Z")]
    [InlineData("2032-02-29T10:00:00Z", """{"frequency": 0, "interval": 1, "by_month": [2], "by_month_day": [29]}""", "2036-02-29T10:00:00Z")]
    public async Task An_event_stands_again_for_the_next_time_of_its_rule(string start, string rule, string next)
    {
        await using var simulation = await At("2030-01-01T00:00:00Z");
        var made = await Create(simulation, start, rule);
        Assert.True(made.Status == 200, made.Json!.ToJsonString());
        foreach (var time in next.Split(' '))
        {
            var end = (await simulation.Get(Path(simulation, made.Id)))["scheduled_end_time"].GetValue<DateTimeOffset>();
            simulation.Advance((end - simulation.Server.Clock.GetUtcNow()).TotalSeconds);
            var now = await simulation.Get(Path(simulation, made.Id));
            Assert.Equal(1, now["status"].GetValue<int>());
            Assert.Equal(DateTimeOffset.Parse(time, CultureInfo.InvariantCulture), now["scheduled_start_time"].GetValue<DateTimeOffset>());
            Assert.Equal(TimeSpan.FromHours(1), now["scheduled_end_time"].GetValue<DateTimeOffset>() - now["scheduled_start_time"].GetValue<DateTimeOffset>());
        }
    }

    /// <summary>By a status that the bot sets, or by time: one event of the gateway tells of the end, with the status that it is.</summary>
    [Theory]
    [InlineData(true, 4)]
    [InlineData(true, 3)]
    [InlineData(false, 4)]
    [InlineData(false, 3)]
    public async Task An_event_that_is_ended_by_its_status_has_ended_and_is_told_of_once(bool repeats, int status)
    {
        await using var simulation = await At("2030-01-01T00:00:00Z");
        await using var gateway = await GatewayClient.Login(simulation);
        var made = await Create(simulation, "2030-01-07T10:00:00Z", """{"frequency": 2, "interval": 1, "by_weekday": [0]}""");
        if (!repeats)
        {
            await simulation.Patch(Path(simulation, made.Id), new { recurrence_rule = (object?)null });
        }

        if (status == 3)
        {
            Assert.Equal(200, (await simulation.Patch(Path(simulation, made.Id), new { status = 2 })).Status);
        }

        Assert.Equal(status, (await simulation.Patch(Path(simulation, made.Id), new { status }))["status"].GetValue<int>());
        var now = await simulation.Get(Path(simulation, made.Id));
        Assert.Equal((status, "2030-01-07"), (now["status"].GetValue<int>(), now["scheduled_start_time"].GetValue<string>()[..10]));
        Assert.Empty((await simulation.Get(Path(simulation))).Json!.AsArray());
        simulation.Advance(30 * 86_400);
        Assert.Equal(180000, (await simulation.Patch(Path(simulation, made.Id), new { name = "x" })).Code);
        await simulation.Channel("the end");
        await gateway.Event("CHANNEL_CREATE");
        var told = gateway.Seen.Where(payload => payload["t"]?.GetValue<string>() == "GUILD_SCHEDULED_EVENT_UPDATE").Select(payload => payload["d"]!["status"]!.GetValue<int>()).ToList();
        Assert.Equal(status, told[^1]);
        Assert.Single(told, status);
    }

    [Fact]
    public async Task An_event_that_ends_by_time_is_told_of_as_one_that_is_ended()
    {
        await using var simulation = await At("2030-01-01T00:00:00Z");
        await using var gateway = await GatewayClient.Login(simulation);
        var made = await Create(simulation, "2030-01-07T10:00:00Z", """{"frequency": 2, "interval": 1, "by_weekday": [0]}""");
        await simulation.Patch(Path(simulation, made.Id), new { recurrence_rule = (object?)null });
        await gateway.Event("GUILD_SCHEDULED_EVENT_UPDATE");
        simulation.Advance(8 * 86_400);
        Assert.Equal(3, (await simulation.Get(Path(simulation, made.Id)))["status"].GetValue<int>());
        Assert.Equal(2, (await gateway.Event("GUILD_SCHEDULED_EVENT_UPDATE"))["status"]!.GetValue<int>());
        Assert.Equal(3, (await gateway.Event("GUILD_SCHEDULED_EVENT_UPDATE"))["status"]!.GetValue<int>());
    }
}
