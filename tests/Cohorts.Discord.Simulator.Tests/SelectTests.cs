namespace Cohorts.Discord.Simulator.Tests;

/// <summary>Rows, buttons and selects: what may stand in a message, and what somebody does with them.</summary>
public class SelectTests
{
    private const string Two = """{"type": 3, "custom_id": "s", "max_values": 2, "options": [{"label": "A", "value": "a"}, {"label": "B", "value": "b"}]}""";

    private static string Row(params string[] children) => $$"""{"content": "x", "components": [{"type": 1, "components": [{{string.Join(", ", children)}}]}]}""";

    private static string Options(int count) => string.Join(", ", Enumerable.Range(0, count).Select(i => $$"""{"label": "{{i}}", "value": "{{i}}"}"""));

    private static string Button(string id) => $$"""{"type": 2, "style": 1, "label": "l", "custom_id": "{{id}}"}""";

    private static Task<Reply> Say(Simulation simulation, string body) => simulation.Post($"/channels/{simulation.ChannelId}/messages", body);

    public static TheoryData<string, string> Wrong => new()
    {
        { Row(), "components" },
        { Row("""{"type": 3, "custom_id": "s"}"""), "components.0.options" },
        { Row("""{"type": 3, "custom_id": "s", "options": []}"""), "components.0.options" },
        { Row($$"""{"type": 3, "custom_id": "s", "options": [{{Options(26)}}]}"""), "components.0.options" },
        { Row($$"""{"type": 3, "custom_id": "s", "max_values": 3, "options": [{{Options(2)}}]}"""), "components.0.options" },
        { Row($$"""{"type": 3, "custom_id": "s", "min_values": 2, "max_values": 1, "options": [{{Options(2)}}]}"""), "components.0.min_values" },
        { Row("""{"type": 3, "custom_id": "s", "options": [{"label": "A", "value": "a"}, {"label": "B", "value": "a"}]}"""), "components.0.options.1.value" },
        { Row("""{"type": 3, "custom_id": "s", "options": [{"label": "A", "value": "a", "default": true}, {"label": "B", "value": "b", "default": true}]}"""), "components.0.options" },
        { Row("""{"type": 5, "custom_id": "s", "options": [{"label": "A", "value": "a"}]}"""), "components.0.options" },
        { Row("""{"type": 5, "custom_id": "s", "min_values": 2}"""), "components.0.min_values" },
        { Row("""{"type": 6, "custom_id": "s", "default_values": [{"type": "user", "id": "1"}]}"""), "components.0.default_values.0.type" },
        { Row(Button("b"), Two), "components" },
        { Row(Two, """{"type": 5, "custom_id": "t"}"""), "components" },
        { Row([.. Enumerable.Range(0, 6).Select(i => Button($"b{i}"))]), "components" },
        { Row(Button("b"), Button("b")), "components.1.custom_id" },
        { Row("""{"type": 2, "style": 5, "label": "l", "url": "https://a.b", "custom_id": "b"}"""), "components.0.custom_id" },
        { Row("""{"type": 2, "style": 1, "label": "l", "custom_id": "b", "url": "https://a.b"}"""), "components.0.url" },
        { Row("""{"type": 2, "id": 7, "style": 1, "label": "l", "custom_id": "b"}""", """{"type": 2, "id": 7, "style": 1, "label": "l", "custom_id": "c"}"""), "components.1.id" },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public async Task A_row_that_discord_does_not_take_is_refused_where_it_is_wrong(string body, string where)
    {
        await using var simulation = await Simulation.Start();
        var refused = await Say(simulation, body);
        Assert.Equal((400, 50035), (refused.Status, refused.Code));
        Assert.True(refused.ComplainsOf("components.0." + where), refused.Json!.ToJsonString());
    }

    [Fact]
    public async Task Rows_and_selects_within_the_limits_are_kept_as_they_were_sent()
    {
        await using var simulation = await Simulation.Start();
        var member = simulation.MemberId(0);
        Assert.Equal(200, (await Say(simulation, Row([.. Enumerable.Range(0, 5).Select(i => Button($"b{i}"))]))).Status);
        Assert.Equal(200, (await Say(simulation, Row($$"""{"type": 3, "custom_id": "s", "max_values": 25, "options": [{{Options(25)}}]}"""))).Status);
        var sent = await Say(simulation, Row($$"""{"type": 5, "id": 9, "custom_id": "s", "placeholder": "Who", "min_values": 0, "max_values": 2.0, "default_values": [{"type": "user", "id": "{{member}}"}]}"""));
        var select = sent["components"][0]!["components"]![0]!;
        Assert.Equal((9, 0, 2, "Who", member), (select["id"]!.GetValue<int>(), select["min_values"]!.GetValue<int>(), select["max_values"]!.GetValue<int>(), select["placeholder"]!.GetValue<string>(), select["default_values"]![0]!["id"]!.GetValue<string>()));
    }

    [Fact]
    public async Task A_select_is_used_with_values_that_it_offers_and_a_button_without_any()
    {
        await using var simulation = await Simulation.Start();
        await using var gateway = await GatewayClient.Login(simulation);
        var list = (await Say(simulation, Row(Two))).Id;
        var people = (await Say(simulation, Row("""{"type": 5, "custom_id": "s"}"""))).Id;
        var button = (await Say(simulation, Row(Button("s")))).Id;
        Task<Reply> Use(string message, string[]? values, bool force = false) => simulation.Control(
            "POST", $"/simulator/guilds/{simulation.GuildId}/buttons?wait=0", new { userId = simulation.MemberId(0), channelId = simulation.ChannelId, messageId = message, customId = "s", values, force });

        foreach (var wrong in new string[]?[] { null, [], ["c"], ["a", "a"], ["a", "b", "c"] })
        {
            Assert.Equal(400, (await Use(list, wrong)).Status);
        }

        Assert.Equal(400, (await Use(people, null)).Status);
        Assert.Equal(400, (await Use(people, ["1"])).Status);
        Assert.Equal(400, (await Use(button, ["a"])).Status);

        Assert.Equal(202, (await Use(list, ["b", "a"])).Status);
        var data = (await gateway.Event("INTERACTION_CREATE"))["data"]!;
        Assert.Equal((3, """["b","a"]"""), (data["component_type"]!.GetValue<int>(), data["values"]!.ToJsonString()));
        await Use(people, [simulation.MemberId(1)]);
        data = (await gateway.Event("INTERACTION_CREATE"))["data"]!;
        Assert.Equal((5, simulation.MemberId(1)), (data["component_type"]!.GetValue<int>(), data["resolved"]!["users"]![simulation.MemberId(1)]!["id"]!.GetValue<string>()));
        await Use(list, ["forged"], force: true);
        Assert.Equal("""["forged"]""", (await gateway.Event("INTERACTION_CREATE"))["data"]!["values"]!.ToJsonString());
        await Use(button, null);
        Assert.Null((await gateway.Event("INTERACTION_CREATE"))["data"]!["values"]);
    }
}
