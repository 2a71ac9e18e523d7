using System.Text.Json.Nodes;

namespace Cohorts.Discord.Simulator.Tests;

/// <summary>What a body asks for is there afterwards, and told over the gateway; <see cref="FieldTests"/> goes through all fields.</summary>
public class EffectTests
{
    private const ulong Moderate = 1UL << 40, Nicknames = 1UL << 27, Invite = 1UL << 0, Mute = 1UL << 22, Deafen = 1UL << 23, Tts = 1UL << 12;

    private static async Task Allow(Simulation simulation, ulong more)
    {
        var roles = (await simulation.Get($"/guilds/{simulation.GuildId}/roles")).Json!.AsArray();
        var held = ulong.Parse(roles.First(role => role!["tags"] is not null)!["permissions"]!.GetValue<string>(), System.Globalization.CultureInfo.InvariantCulture);
        await simulation.Control("POST", "/simulator/application", new { botPermissions = $"{held | more}" });
    }

    [Fact]
    public async Task A_timeout_takes_everything_but_looking_until_it_ends()
    {
        await using var simulation = await Simulation.Start();
        var member = simulation.MemberId(0);
        var path = $"/guilds/{simulation.GuildId}/members/{member}";
        object Until(double days) => new { communication_disabled_until = simulation.Server.Clock.GetUtcNow().AddDays(days) };
        Task<Reply> Speak() => simulation.Control("POST", $"/simulator/guilds/{simulation.GuildId}/messages", new { userId = member, channelId = simulation.ChannelId, content = "hello" });
        Assert.Equal(50013, (await simulation.Patch(path, Until(1))).Code);
        await Allow(simulation, Moderate);
        await using var gateway = await GatewayClient.Login(simulation);
        Assert.True((await simulation.Patch(path, Until(29))).ComplainsOf("communication_disabled_until"));
        Assert.Equal(50013, (await simulation.Patch($"/guilds/{simulation.GuildId}/members/{simulation.AdministratorId}", Until(1))).Code);
        Assert.Equal(201, (await Speak()).Status);
        Assert.Equal(200, (await simulation.Patch(path, Until(1))).Status);
        Assert.NotNull((await gateway.Event("GUILD_MEMBER_UPDATE"))["communication_disabled_until"]);
        Assert.NotNull((await simulation.Get(path)).Json!["communication_disabled_until"]);
        Assert.Equal(403, (await Speak()).Status);
        // VIEW_CHANNEL and READ_MESSAGE_HISTORY.
        Assert.Contains((await simulation.State(member))["channels"]!.AsArray(), channel => channel!["permissions"]!.GetValue<string>() == $"{(1 << 10) | (1 << 16)}");
        simulation.Advance(86_401);
        Assert.Null((await simulation.Get(path)).Json!["communication_disabled_until"]);
        Assert.Equal(201, (await Speak()).Status);
        await simulation.Patch(path, Until(1));
        await simulation.Patch(path, new { communication_disabled_until = (string?)null });
        Assert.Equal(201, (await Speak()).Status);
    }

    [Theory]
    [InlineData("mute", "true")]
    [InlineData("deaf", "false")]
    [InlineData("channel_id", "\"1\"")]
    [InlineData("channel_id", "null")]
    public async Task Nobody_is_connected_to_voice_and_so_nobody_is_muted_deafened_or_moved(string field, string value)
    {
        await using var simulation = await Simulation.Start();
        var refused = await simulation.Patch($"/guilds/{simulation.GuildId}/members/{simulation.MemberId(0)}", $$"""{"nick": "x", "{{field}}": {{value}}}""");
        Assert.Equal((400, 40032), (refused.Status, refused.Code));
        Assert.True(refused.ComplainsOf(field));
        Assert.Null((await simulation.Get($"/guilds/{simulation.GuildId}/members/{simulation.MemberId(0)}")).Json!["nick"]);
    }

    [Fact]
    public async Task Somebody_who_is_added_has_what_was_asked_for()
    {
        await using var simulation = await Simulation.Start();
        await Allow(simulation, Nicknames | Invite | Mute | Deafen);
        var role = (await simulation.Post($"/guilds/{simulation.GuildId}/roles", new { name = "learner" })).Id;
        var member = simulation.MemberId(0);
        await simulation.Control("POST", $"/simulator/guilds/{simulation.GuildId}/members", new { leave = new[] { member } });
        await using var gateway = await GatewayClient.Login(simulation);
        var path = $"/guilds/{simulation.GuildId}/members/{member}";
        Assert.Equal(201, (await simulation.Put(path, new { access_token = "t", nick = "Ana", roles = new[] { role }, mute = true, deaf = true, flags = 4 })).Status);
        foreach (var seen in new[] { await gateway.Event("GUILD_MEMBER_ADD"), (await simulation.Get(path)).Json! })
        {
            Assert.Equal(("Ana", role, true, true, 4), (seen["nick"]!.GetValue<string>(), seen["roles"]![0]!.GetValue<string>(), seen["mute"]!.GetValue<bool>(), seen["deaf"]!.GetValue<bool>(), seen["flags"]!.GetValue<int>()));
        }
    }

    [Fact]
    public async Task Colours_regions_pictures_and_speech_are_kept_and_told()
    {
        await using var simulation = await Simulation.Start();
        await Allow(simulation, Tts);
        await using var gateway = await GatewayClient.Login(simulation);
        var role = await simulation.Post($"/guilds/{simulation.GuildId}/roles", """{"colors": {"primary_color": 65280.0, "secondary_color": null}}""");
        Assert.Equal((65280, 65280), (role["color"].GetValue<int>(), role["colors"]["primary_color"]!.GetValue<int>()));
        Assert.Equal(65280, (await gateway.Event("GUILD_ROLE_CREATE"))["role"]!["color"]!.GetValue<int>());
        Assert.True((await simulation.Post($"/guilds/{simulation.GuildId}/roles", new { colors = new { primary_color = 1, secondary_color = 2 } })).ComplainsOf("colors.secondary_color"));

        var voice = await simulation.Channel("voice", type: 2);
        await simulation.Patch($"/channels/{voice}", new { rtc_region = "rotterdam", video_quality_mode = 2, type = 2 });
        foreach (var seen in new[] { await gateway.Event("CHANNEL_UPDATE"), (await simulation.Get($"/channels/{voice}")).Json! })
        {
            Assert.Equal(("rotterdam", 2), (seen["rtc_region"]!.GetValue<string>(), seen["video_quality_mode"]!.GetValue<int>()));
        }

        Assert.True((await simulation.Patch($"/channels/{voice}", new { type = 0 })).ComplainsOf("type"));
        Assert.True((await simulation.Patch($"/channels/{simulation.ChannelId}", new { bitrate = 64000 })).ComplainsOf("bitrate"));

        var start = simulation.Server.Clock.GetUtcNow().AddHours(1);
        Task<Reply> Event(string image) => simulation.Post($"/guilds/{simulation.GuildId}/scheduled-events", new { name = "x", privacy_level = 2, entity_type = 2, channel_id = voice, scheduled_start_time = start, image });
        var scheduled = await Event("data:image/png;base64,iVBORw0KGgo=");
        Assert.Equal(32, scheduled["image"].GetValue<string>().Length);
        Assert.Equal(scheduled["image"].GetValue<string>(), (await gateway.Event("GUILD_SCHEDULED_EVENT_CREATE"))["image"]!.GetValue<string>());
        Assert.True((await Event("not a picture")).ComplainsOf("image"));
        Assert.Null((await simulation.Patch($"/guilds/{simulation.GuildId}/scheduled-events/{scheduled.Id}", new { image = (string?)null })).Json!["image"]);

        Assert.True((await simulation.Post($"/channels/{simulation.ChannelId}/messages", new { content = "x", tts = true }))["tts"].GetValue<bool>());
        Assert.True((await gateway.Event("MESSAGE_CREATE"))["tts"]!.GetValue<bool>());
        await simulation.Control("POST", "/simulator/application", new { botPermissions = $"{(1UL << 10) | (1UL << 11)}" });
        Assert.Equal(50013, (await simulation.Post($"/channels/{simulation.ChannelId}/messages", new { content = "x", tts = true })).Code);
    }

    [Fact]
    public async Task A_reply_holds_the_message_that_it_replies_to_and_mentions_its_author()
    {
        await using var simulation = await Simulation.Start();
        await using var gateway = await GatewayClient.Login(simulation);
        var path = $"/channels/{simulation.ChannelId}/messages";
        var question = (await simulation.Control("POST", $"/simulator/guilds/{simulation.GuildId}/messages", new { userId = simulation.MemberId(0), channelId = simulation.ChannelId, content = "When?" })).Id;
        await gateway.Event("MESSAGE_CREATE");
        var answer = await simulation.Post(path, new { content = "Now", message_reference = new { message_id = question } });
        foreach (var seen in new[] { answer.Json!, await gateway.Event("MESSAGE_CREATE"), (await simulation.Get($"{path}/{answer.Id}")).Json! })
        {
            Assert.Equal(("When?", simulation.GuildId, simulation.MemberId(0)), (seen["referenced_message"]!["content"]!.GetValue<string>(), seen["message_reference"]!["guild_id"]!.GetValue<string>(), seen["mentions"]![0]!["id"]!.GetValue<string>()));
        }

        var quiet = await simulation.Post(path, new { content = "Now", message_reference = new { message_id = question }, allowed_mentions = new { parse = Array.Empty<string>() } });
        Assert.Empty(quiet["mentions"].AsArray());
        Assert.Single((await simulation.Post(path, new { content = "Now", message_reference = new { message_id = question }, allowed_mentions = new { replied_user = true } }))["mentions"].AsArray());
        await simulation.Delete($"{path}/{question}");
        var left = (await simulation.Get($"{path}/{answer.Id}")).Json!.AsObject();
        Assert.True(left.ContainsKey("referenced_message") && left["referenced_message"] is null);
        Assert.True((await simulation.Post(path, new { content = "x", message_reference = new { message_id = question } })).ComplainsOf("message_reference"));
        Assert.Null((await simulation.Post(path, new { content = "x", message_reference = new { message_id = question, fail_if_not_exists = false } })).Json!["message_reference"]);
    }

    [Fact]
    public async Task The_audit_log_tells_what_was_changed()
    {
        await using var simulation = await Simulation.Start();
        await Allow(simulation, (1UL << 7) | Nicknames);
        var guild = $"/guilds/{simulation.GuildId}";
        var channel = await simulation.Channel("one");
        await simulation.Patch($"/channels/{channel}", new { name = "two", topic = "Rust" });
        await simulation.Put($"/channels/{channel}/permissions/{simulation.MemberId(0)}", new { type = 1, allow = "1024" });
        var role = (await simulation.Post($"{guild}/roles", new { name = "learner" })).Id;
        await simulation.Put($"{guild}/members/{simulation.MemberId(0)}/roles/{role}");
        await simulation.Patch($"{guild}/members/{simulation.MemberId(0)}", new { nick = "Ana" });
        await simulation.Delete($"{guild}/members/{simulation.MemberId(0)}/roles/{role}");
        await simulation.Delete($"/channels/{channel}");

        async Task<JsonNode> Entry(int action) => Assert.Single((await simulation.Get($"{guild}/audit-logs?action_type={action}"))["audit_log_entries"].AsArray())!;
        static string Change(JsonNode entry, string key)
        {
            var change = entry["changes"]!.AsArray().First(change => change!["key"]!.GetValue<string>() == key)!;
            return $"{change["old_value"]?.ToJsonString()} > {change["new_value"]?.ToJsonString()}";
        }

        Assert.Equal(""" > "one" """.TrimEnd(), Change(await Entry(10), "name"));
        Assert.Equal(("\"one\" > \"two\"", " > \"Rust\""), (Change(await Entry(11), "name"), Change(await Entry(11), "topic")));
        Assert.Equal("\"two\" > ", Change(await Entry(12), "name"));
        var overwrite = await Entry(13);
        Assert.Equal((channel, simulation.MemberId(0), " > \"1024\""), (overwrite["target_id"]!.GetValue<string>(), overwrite["options"]!["id"]!.GetValue<string>(), Change(overwrite, "allow")));
        Assert.Equal(" > \"learner\"", Change(await Entry(30), "name"));
        Assert.Equal(" > \"Ana\"", Change(await Entry(24), "nick"));
        var given = (await simulation.Get($"{guild}/audit-logs?action_type=25&limit=1"))["audit_log_entries"][0]!;
        Assert.Equal(("$remove", "learner"), (given["changes"]![0]!["key"]!.GetValue<string>(), given["changes"]![0]!["new_value"]![0]!["name"]!.GetValue<string>()));
        Assert.Empty((await simulation.Get($"{guild}/audit-logs?user_id=1"))["audit_log_entries"].AsArray());
    }

    [Fact]
    public async Task Rights_that_are_changed_are_told_as_a_role()
    {
        await using var simulation = await Simulation.Start();
        await using var gateway = await GatewayClient.Login(simulation);
        await simulation.Control("POST", "/simulator/application", new { botPermissions = "1024" });
        Assert.Equal("1024", (await gateway.Event("GUILD_ROLE_UPDATE"))["role"]!["permissions"]!.GetValue<string>());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_answer_that_the_bot_deleted_is_not_given(bool byToken)
    {
        await using var simulation = await Simulation.Start();
        await using var gateway = await GatewayClient.Login(simulation);
        await simulation.Put($"/applications/{simulation.AppId}/commands", new[] { new { name = "hello", description = "x" } });
        var running = simulation.Control("POST", $"/simulator/guilds/{simulation.GuildId}/commands?wait=20&rest=0", new { userId = simulation.MemberId(0), channelId = simulation.ChannelId, name = "hello" });
        var interaction = await gateway.Event("INTERACTION_CREATE");
        await simulation.Post($"/interactions/{interaction["id"]}/{interaction["token"]}/callback", new { type = 5 });
        var original = $"/webhooks/{simulation.AppId}/{interaction["token"]}/messages/@original";
        var id = (await simulation.Get(original)).Id;
        Assert.Equal(204, (await simulation.Delete(byToken ? original : $"/channels/{simulation.ChannelId}/messages/{id}")).Status);
        var reply = await running;
        Assert.Equal(404, reply.Status);
        Assert.Contains("deleted", reply["message"].GetValue<string>(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Members_can_be_requested_of_a_list_of_one_guild()
    {
        await using var simulation = await Simulation.Start();
        await using var gateway = await GatewayClient.Login(simulation);
        await gateway.Send(8, new { guild_id = new[] { simulation.GuildId }, query = "", limit = 0.0 });
        Assert.Equal(33, (await gateway.Event("GUILD_MEMBERS_CHUNK"))["members"]!.AsArray().Count);
        await gateway.Send(8, new { guild_id = new[] { simulation.GuildId }, user_ids = new[] { simulation.MemberId(0), "5" }, limit = 0 });
        var chunk = await gateway.Event("GUILD_MEMBERS_CHUNK");
        Assert.Equal((simulation.MemberId(0), "5"), (chunk["members"]![0]!["user"]!["id"]!.GetValue<string>(), chunk["not_found"]![0]!.GetValue<string>()));
        await gateway.Send(8, new { guild_id = simulation.GuildId, query = "a", limit = "x" });
        Assert.Equal(4002, await gateway.Closed());
    }

    [Theory]
    [InlineData("1.0", 1)]
    [InlineData("1e2", 100)]
    [InlineData("20E-1", 2)]
    [InlineData("0.0", 0)]
    public async Task A_whole_number_is_one_however_it_is_written(string written, int number)
    {
        await using var simulation = await Simulation.Start();
        var command = await simulation.Post($"/applications/{simulation.AppId}/commands", $$"""{"name": "x", "description": "x", "type": 1.0, "options": [{"type": 4.0, "name": "o", "description": "x", "min_value": {{written}}, "max_value": 1e3}]}""");
        Assert.True(command.Status == 201, command.Json!.ToJsonString());
        Assert.Equal($$"""[{"type":4,"name":"o","description":"x","min_value":{{number}},"max_value":1000}]""", command["options"].ToJsonString());
        Assert.Equal(number, (await simulation.Post($"/guilds/{simulation.GuildId}/roles", $$"""{"color": {{written}}}"""))["color"].GetValue<int>());
        Assert.Equal(number, (await simulation.Patch($"/channels/{simulation.ChannelId}", $$"""{"rate_limit_per_user": {{written}}}"""))["rate_limit_per_user"].GetValue<int>());
        Assert.True((await simulation.Post($"/guilds/{simulation.GuildId}/roles", """{"color": 1.5}""")).ComplainsOf("color"));
        Assert.True((await simulation.Post($"/guilds/{simulation.GuildId}/roles", """{"color": 1e99}""")).ComplainsOf("color"));
    }
}
