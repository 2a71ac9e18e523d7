namespace Cohorts.Discord.Simulator.Tests;

public class GatewayTests
{
    [Fact]
    public async Task A_session_begins_with_hello_ready_and_the_guilds()
    {
        await using var simulation = await Simulation.Start(guilds: 2);
        await using var gateway = await GatewayClient.Connect(simulation);
        Assert.Equal(40_000, (await gateway.Op(10))["d"]!["heartbeat_interval"]!.GetValue<int>());
        await gateway.Identify(1);
        var ready = await gateway.Event("READY");
        Assert.Equal(2, ready["guilds"]!.AsArray().Count);
        Assert.Equal(simulation.AppId, ready["application"]!["id"]!.GetValue<string>());
        var guild = await gateway.Event("GUILD_CREATE");
        Assert.Equal(simulation.GuildId, guild["id"]!.GetValue<string>());
        Assert.Equal(33, guild["member_count"]!.GetValue<int>());
        await gateway.Event("GUILD_CREATE");
        await gateway.Send(1, gateway.Sequence);
        await gateway.Op(11);
        Assert.Equal(3, gateway.Sequence);
    }

    [Theory]
    [InlineData("?v=10", "identify", "", 513, 4004)]
    [InlineData("?v=10", "identify", "any", 1 << 30, 4013)]
    [InlineData("?v=10", "identify", "any", -1, 4013)]
    [InlineData("?v=10", "request", "any", 0, 4003)]
    [InlineData("?v=10", "twice", "any", 1, 4005)]
    [InlineData("?v=10", "garbage", "any", 0, 4002)]
    [InlineData("?v=10", "unknown", "any", 0, 4001)]
    [InlineData("?v=10", "shard", "any", 0, 4010)]
    [InlineData("?v=5", "nothing", "any", 0, 4012)]
    [InlineData("?v=10&encoding=etf", "nothing", "any", 0, 4002)]
    public async Task A_mistake_is_closed_with_its_own_code(string query, string does, string token, int intents, int code)
    {
        await using var simulation = await Simulation.Start();
        await using var gateway = await GatewayClient.Connect(simulation, query);
        switch (does)
        {
            case "identify":
                await gateway.Identify(intents, token);
                break;
            case "twice":
                await gateway.Identify(intents, token);
                await gateway.Identify(intents, token);
                break;
            case "request":
                await gateway.Send(8, new { guild_id = simulation.GuildId, query = "", limit = 0 });
                break;
            case "garbage":
                await gateway.SendText("{not json");
                break;
            case "unknown":
                await gateway.Send(99, d: null);
                break;
            case "shard":
                await gateway.Send(2, new { token, intents, shard = new[] { 1, 2 } });
                break;
        }

        Assert.Equal(code, await gateway.Closed());
    }

    [Fact]
    public async Task A_privileged_intent_that_is_not_switched_on_is_closed_with_4014()
    {
        await using var simulation = await Simulation.Start();
        await simulation.Control("POST", "/simulator/application", new { privilegedIntents = false });
        await using var refused = await GatewayClient.Connect(simulation);
        await refused.Identify(1 | 2);
        Assert.Equal(4014, await refused.Closed());
        await using var taken = await GatewayClient.Login(simulation, intents: 1);
        Assert.Equal(50001, (await simulation.Get($"/guilds/{simulation.GuildId}/members?limit=5")).Code);
    }

    [Fact]
    public async Task Events_are_dispatched_as_the_intents_ask()
    {
        await using var simulation = await Simulation.Start();
        await using var all = await GatewayClient.Login(simulation);
        await using var guildsOnly = await GatewayClient.Login(simulation, intents: 1);
        await using var noContent = await GatewayClient.Login(simulation, intents: 1 | 512);
        await simulation.Control("POST", $"/simulator/guilds/{simulation.GuildId}/members", new { join = 1 });
        await simulation.Control("POST", $"/simulator/guilds/{simulation.GuildId}/messages", new { userId = simulation.MemberId(0), channelId = simulation.ChannelId, content = "private words" });
        await simulation.Channel("the end");
        await all.Event("GUILD_MEMBER_ADD");
        Assert.Equal("private words", (await all.Event("MESSAGE_CREATE"))["content"]!.GetValue<string>());
        Assert.Equal("", (await noContent.Event("MESSAGE_CREATE"))["content"]!.GetValue<string>());
        await guildsOnly.Event("CHANNEL_CREATE");
        Assert.Equal(["READY", "GUILD_CREATE", "CHANNEL_CREATE"], guildsOnly.Seen.Select(payload => payload["t"]?.GetValue<string>()).OfType<string>());
    }

    [Fact]
    public async Task A_cut_session_resumes_and_is_told_what_it_missed()
    {
        await using var simulation = await Simulation.Start();
        await using var before = await GatewayClient.Login(simulation);
        await before.Event("GUILD_CREATE");
        await simulation.Control("POST", "/simulator/faults", new { kind = "cut" });
        Assert.Equal(-1, await before.Closed());
        await simulation.Channel("one");
        await simulation.Channel("two");

        Assert.EndsWith("/gateway/resume", before.ResumeUrl.AbsolutePath, StringComparison.Ordinal);
        await using var after = await GatewayClient.Connect(simulation, at: before.ResumeUrl);
        await after.Resume(before.SessionId, before.Sequence);
        await after.Event("RESUMED");
        Assert.Equal(["CHANNEL_CREATE", "CHANNEL_CREATE", "RESUMED"], after.Seen.Select(payload => payload["t"]?.GetValue<string>()).OfType<string>());
        Assert.Equal(before.Sequence + 3, after.Sequence);
    }

    [Fact]
    public async Task A_session_that_is_gone_is_invalid()
    {
        await using var simulation = await Simulation.Start();
        await using var before = await GatewayClient.Login(simulation);
        await simulation.Control("POST", "/simulator/faults", new { kind = "cut", status = 4000 });
        Assert.Equal(4000, await before.Closed());
        await using var tooFar = await GatewayClient.Connect(simulation);
        await tooFar.Resume(before.SessionId, before.Sequence + 100);
        Assert.Equal(4007, await tooFar.Closed());

        await using var after = await GatewayClient.Connect(simulation);
        await after.Resume("no such session", 1);
        Assert.False((await after.Op(9))["d"]!.GetValue<bool>());
        await simulation.Control("POST", "/simulator/clock", new { advanceSeconds = 600 });
        await after.Resume(before.SessionId, before.Sequence);
        Assert.False((await after.Op(9))["d"]!.GetValue<bool>());
        await after.Identify(1);
        await after.Event("READY");
    }

    [Theory]
    [InlineData(7, 7)]
    [InlineData(9, 9)]
    public async Task A_client_can_be_asked_to_reconnect_or_told_that_its_session_is_invalid(int status, int op)
    {
        await using var simulation = await Simulation.Start();
        await using var gateway = await GatewayClient.Login(simulation);
        await simulation.Control("POST", "/simulator/faults", new { kind = "cut", status });
        await gateway.Op(op);
    }

    [Fact]
    public async Task Cuts_go_on_for_as_often_as_was_asked()
    {
        await using var simulation = await Simulation.Start();
        await using var first = await GatewayClient.Login(simulation);
        await simulation.Control("POST", "/simulator/faults", new { kind = "cut", count = 2 });
        Assert.Equal(-1, await first.Closed());
        await using var second = await GatewayClient.Connect(simulation);
        await second.Resume(first.SessionId, first.Sequence);
        Assert.Equal(-1, await second.Closed());
        await using var third = await GatewayClient.Connect(simulation);
        await third.Resume(first.SessionId, first.Sequence);
        await third.Event("RESUMED");
    }

    [Fact]
    public async Task A_connection_without_heartbeats_is_closed_and_a_heartbeat_can_be_left_unanswered()
    {
        await using var simulation = await Simulation.Start(heartbeat: TimeSpan.FromMilliseconds(300));
        await using var silent = await GatewayClient.Login(simulation);
        Assert.Equal(4009, await silent.Closed());

        // One that asks for none soon: on a busy machine this client is late with its own.
        await using var patient = await Simulation.Start();
        await using var gateway = await GatewayClient.Login(patient);
        await patient.Control("POST", "/simulator/faults", new { kind = "timeout", route = "gateway", count = 1 });
        await gateway.Send(1, 1);
        await gateway.Send(1, 1);
        await gateway.Op(11);
        Assert.Single(gateway.Seen, payload => payload["op"]!.GetValue<int>() == 11);
    }

    [Fact]
    public async Task The_members_of_a_guild_can_be_asked_for()
    {
        await using var simulation = await Simulation.Start();
        await using var gateway = await GatewayClient.Login(simulation);
        await gateway.Send(8, new { guild_id = simulation.GuildId, query = "", limit = 0, nonce = "n" });
        var chunk = await gateway.Event("GUILD_MEMBERS_CHUNK");
        Assert.Equal((33, "n"), (chunk["members"]!.AsArray().Count, chunk["nonce"]!.GetValue<string>()));
    }

    [Fact]
    public async Task An_event_of_a_channel_that_the_bot_does_not_see_is_not_told()
    {
        await using var simulation = await Simulation.Start();
        await using var gateway = await GatewayClient.Login(simulation);
        await simulation.Channel("hidden", overwrites: [Bit.Role(simulation.GuildId, deny: Bit.View)]);
        await simulation.Channel("seen");
        Assert.Equal("seen", (await gateway.Event("CHANNEL_CREATE"))["name"]!.GetValue<string>());
    }
}
