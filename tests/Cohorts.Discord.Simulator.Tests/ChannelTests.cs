using System.Text.Json.Nodes;

namespace Cohorts.Discord.Simulator.Tests;

public class ChannelTests
{
    private static object[] Private(Simulation simulation) =>
        [Bit.Role(simulation.GuildId, deny: Bit.View), Bit.Member(simulation.BotId, allow: Bit.View | Bit.Connect)];

    [Fact]
    public async Task A_private_channel_is_seen_by_whoever_an_overwrite_lets_in_and_nobody_else()
    {
        await using var simulation = await Simulation.Start();
        var channel = await simulation.Channel("Group 1", overwrites: [.. Private(simulation), Bit.Member(simulation.MemberId(0), allow: Bit.View)]);

        bool Sees(JsonNode state) => state["channels"]!.AsArray().Any(item => item!["id"]!.GetValue<string>() == channel);
        Assert.True(Sees(await simulation.State(simulation.MemberId(0))));
        Assert.False(Sees(await simulation.State(simulation.MemberId(1))));
        Assert.True(Sees(await simulation.State(simulation.AdministratorId)));
        Assert.True(Sees(await simulation.State()));
    }

    [Fact]
    public async Task A_bot_does_not_see_its_own_private_channel_without_an_overwrite_for_itself()
    {
        await using var simulation = await Simulation.Start();
        var channel = await simulation.Channel("secret", overwrites: [Bit.Role(simulation.GuildId, deny: Bit.View)]);

        var read = await simulation.Get($"/channels/{channel}");
        Assert.Equal((403, 50001), (read.Status, read.Code));
        var written = await simulation.Post($"/channels/{channel}/messages", new { content = "hello" });
        Assert.Equal((403, 50001), (written.Status, written.Code));
        Assert.DoesNotContain((await simulation.Get($"/guilds/{simulation.GuildId}/channels")).Json!.AsArray(), item => item!["id"]!.GetValue<string>() == channel);
    }

    [Fact]
    public async Task A_channel_takes_a_copy_of_its_categorys_overwrites_when_it_names_none_and_does_not_inherit_afterwards()
    {
        await using var simulation = await Simulation.Start();
        var category = await simulation.Channel("Group 1", type: 4, overwrites: Private(simulation));
        var synced = await simulation.Channel("synced", parent: category);
        var own = await simulation.Channel("own", parent: category, overwrites: []);

        async Task<JsonArray> Overwrites(string id) => (await simulation.Get($"/channels/{id}"))["permission_overwrites"].AsArray();
        Assert.Equal(2, (await Overwrites(synced)).Count);
        Assert.Empty(await Overwrites(own));
        var seen = (await simulation.State(simulation.MemberId(0)))["channels"]!.AsArray().Select(item => item!["id"]!.GetValue<string>()).ToList();
        Assert.Contains(own, seen);
        Assert.Contains(category, seen); // seen by whoever sees one of its channels
        Assert.DoesNotContain(synced, seen);

        await simulation.Put($"/channels/{category}/permissions/{simulation.MemberId(0)}", new { type = 1, allow = $"{Bit.View}", deny = "0" });
        Assert.Equal(3, (await Overwrites(synced)).Count); // still in step
        Assert.Empty(await Overwrites(own));
    }

    [Fact]
    public async Task Only_bits_that_the_bot_holds_can_be_granted()
    {
        await using var simulation = await Simulation.Start();
        foreach (var bit in new[] { Bit.Kick, Bit.Administrator, Bit.ManageRoles, Bit.MentionEveryone })
        {
            var created = await simulation.Post($"/guilds/{simulation.GuildId}/channels", new { name = "x", permission_overwrites = new[] { Bit.Member(simulation.MemberId(0), allow: bit) } });
            Assert.Equal((403, 50013), (created.Status, created.Code));
            var put = await simulation.Put($"/channels/{simulation.ChannelId}/permissions/{simulation.MemberId(0)}", new { type = 1, allow = $"{bit}", deny = "0" });
            Assert.Equal((403, 50013), (put.Status, put.Code));
        }

        Assert.Equal(204, (await simulation.Put($"/channels/{simulation.ChannelId}/permissions/{simulation.MemberId(0)}", new { type = 1, allow = 1024, deny = 0 })).Status);
    }

    [Fact]
    public async Task A_bot_that_lacks_a_permission_is_told_50013()
    {
        await using var simulation = await Simulation.Start();
        // The bot takes CONNECT from itself in a voice channel: who cannot connect cannot manage either.
        var voice = await simulation.Channel("voice", type: 2, overwrites: [Bit.Member(simulation.BotId, deny: Bit.Connect)]);
        var renamed = await simulation.Patch($"/channels/{voice}", new { name = "other" });
        Assert.Equal((403, 50013), (renamed.Status, renamed.Code));

        var mute = await simulation.Channel("mute", overwrites: [Bit.Member(simulation.BotId, deny: Bit.Send)]);
        var sent = await simulation.Post($"/channels/{mute}/messages", new { content = "hello" });
        Assert.Equal((403, 50013), (sent.Status, sent.Code));
        var kicked = await simulation.Delete($"/guilds/{simulation.GuildId}/members/{simulation.MemberId(0)}");
        Assert.Equal((403, 50013), (kicked.Status, kicked.Code));
    }

    [Fact]
    public async Task A_category_holds_50_channels()
    {
        await using var simulation = await Simulation.Start();
        var category = await simulation.Channel("full", type: 4);
        for (var i = 0; i < 50; i++)
        {
            await simulation.Channel($"c{i}", parent: category);
        }

        var refused = await simulation.Post($"/guilds/{simulation.GuildId}/channels", new { name = "one more", parent_id = category });
        Assert.Equal((400, 50035), (refused.Status, refused.Code));
        Assert.True(refused.ComplainsOf("parent_id"));
        Assert.Equal("Invalid Form Body", refused["message"].GetValue<string>());
    }

    [Fact]
    public async Task A_guild_holds_500_channels_categories_included()
    {
        await using var simulation = await Simulation.Start();
        var present = (await simulation.State())["channels"]!.AsArray().Count;
        for (var i = present; i < 500; i++)
        {
            await simulation.Channel($"c{i}", type: i % 10 == 0 ? 4 : 0);
        }

        var refused = await simulation.Post($"/guilds/{simulation.GuildId}/channels", new { name = "one more" });
        Assert.Equal((400, 30013), (refused.Status, refused.Code));
    }

    [Fact]
    public async Task A_create_body_holds_100_overwrites()
    {
        await using var simulation = await Simulation.Start(members: 120);
        object Body(int count) => new { name = "x", permission_overwrites = Enumerable.Range(0, count).Select(i => Bit.Member(simulation.MemberId(i), allow: Bit.View)) };
        Assert.Equal(201, (await simulation.Post($"/guilds/{simulation.GuildId}/channels", Body(100))).Status);
        var refused = await simulation.Post($"/guilds/{simulation.GuildId}/channels", Body(101));
        Assert.Equal((400, 50035), (refused.Status, refused.Code));
        Assert.True(refused.ComplainsOf("permission_overwrites"));
    }

    [Fact]
    public async Task An_overwrite_made_at_creation_for_somebody_absent_has_no_effect_until_it_is_put_again()
    {
        await using var simulation = await Simulation.Start();
        const string absent = "900000000000000001";
        var channel = await simulation.Channel("Group 1", overwrites: [.. Private(simulation), Bit.Member(absent, allow: Bit.View)]);
        var early = await simulation.Put($"/channels/{channel}/permissions/{absent}", new { type = 1, allow = $"{Bit.View}" });
        Assert.Equal((404, 10009), (early.Status, early.Code));
        var missing = await simulation.Get($"/guilds/{simulation.GuildId}/members/{absent}");
        Assert.Equal((404, 10007), (missing.Status, missing.Code));

        await simulation.Control("POST", $"/simulator/guilds/{simulation.GuildId}/members", new { join = new[] { absent } });
        async Task<bool> Sees() => (await simulation.State(absent))["channels"]!.AsArray().Any(item => item!["id"]!.GetValue<string>() == channel);
        Assert.False(await Sees());
        Assert.Equal(204, (await simulation.Put($"/channels/{channel}/permissions/{absent}", new { type = 1, allow = $"{Bit.View}" })).Status);
        Assert.True(await Sees());
    }

    [Fact]
    public async Task What_is_unknown_is_answered_with_its_own_code()
    {
        await using var simulation = await Simulation.Start();
        async Task Expect(int status, int code, Task<Reply> call)
        {
            var reply = await call;
            Assert.Equal((status, code), (reply.Status, reply.Code));
        }

        await Expect(404, 10003, simulation.Get("/channels/1"));
        await Expect(404, 10004, simulation.Get("/guilds/1"));
        await Expect(404, 10007, simulation.Get($"/guilds/{simulation.GuildId}/members/1"));
        await Expect(404, 10008, simulation.Get($"/channels/{simulation.ChannelId}/messages/1"));
        await Expect(404, 10009, simulation.Delete($"/channels/{simulation.ChannelId}/permissions/1"));
        await Expect(404, 10009, simulation.Put($"/channels/{simulation.ChannelId}/permissions/1", new { type = 1, allow = "0" }));
        await Expect(404, 10011, simulation.Get($"/guilds/{simulation.GuildId}/roles/1"));
        await Expect(404, 10062, simulation.Post("/interactions/1/unknown/callback", new { type = 5 }));
        await Expect(404, 10063, simulation.Get($"/applications/{simulation.AppId}/commands/1"));
        await Expect(404, 10070, simulation.Get($"/guilds/{simulation.GuildId}/scheduled-events/1"));
        await Expect(404, 10015, simulation.Post($"/webhooks/{simulation.AppId}/unknown", new { content = "x" }));
        await Expect(404, 0, simulation.Get("/nothing/here"));
        await Expect(405, 0, simulation.Delete("/gateway/bot"));
        await Expect(400, 50035, simulation.Get("/channels/general"));
        await Expect(400, 50109, simulation.Post($"/guilds/{simulation.GuildId}/channels", "{not json"));
    }

    [Fact]
    public async Task Without_a_token_nothing_is_told()
    {
        await using var simulation = await Simulation.Start();
        simulation.Http.DefaultRequestHeaders.Authorization = null;
        Assert.Equal(401, (await simulation.Get("/users/@me")).Status);
        Assert.Equal(200, (await simulation.Get("/gateway")).Status);
    }

    [Fact]
    public async Task A_name_has_1_to_100_characters_and_a_text_channels_name_is_written_as_discord_writes_it()
    {
        await using var simulation = await Simulation.Start();
        Assert.True((await simulation.Post($"/guilds/{simulation.GuildId}/channels", new { name = "" })).ComplainsOf("name"));
        Assert.True((await simulation.Post($"/guilds/{simulation.GuildId}/channels", new { name = new string('x', 101) })).ComplainsOf("name"));
        Assert.True((await simulation.Post($"/guilds/{simulation.GuildId}/channels", new { topic = new string('x', 1025), name = "x" })).ComplainsOf("topic"));
        Assert.Equal("group-1-chat", (await simulation.Post($"/guilds/{simulation.GuildId}/channels", new { name = "Group 1  Chat" }))["name"].GetValue<string>());
        Assert.Equal("Group 1", (await simulation.Post($"/guilds/{simulation.GuildId}/channels", new { name = "Group 1", type = 2 }))["name"].GetValue<string>());
    }

    [Fact]
    public async Task The_reason_of_a_change_is_kept()
    {
        await using var simulation = await Simulation.Start();
        await simulation.Send("POST", $"/api/v10/guilds/{simulation.GuildId}/channels", new { name = "x" }, reason: "Cohorts: cohort 12, größer");
        Assert.Equal("Cohorts: cohort 12, größer", (await simulation.State())["auditLog"]!.AsArray()[^1]!["reason"]!.GetValue<string>());
        Assert.Equal("Cohorts: cohort 12, größer", (await simulation.Control("GET", "/simulator/calls")).Json!.AsArray()[^1]!["reason"]!.GetValue<string>());
    }
}
