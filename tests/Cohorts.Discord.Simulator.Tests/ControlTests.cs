namespace Cohorts.Discord.Simulator.Tests;

public class ControlTests
{
    [Fact]
    public async Task Started_bare_it_holds_a_guild_with_an_owner_an_administrator_thirty_members_and_the_bot()
    {
        await using var simulation = await Simulation.Start();
        var guild = Assert.Single((await simulation.Control("GET", "/simulator/guilds")).Json!.AsArray())!;
        Assert.Equal(30, guild["memberIds"]!.AsArray().Count);
        foreach (var name in new[] { "id", "ownerId", "administratorId", "botId", "applicationId", "publicKey", "channelId" })
        {
            Assert.False(string.IsNullOrEmpty(guild[name]!.GetValue<string>()), name);
        }

        var state = await simulation.State();
        Assert.Equal(["guild", "roles", "members", "channels", "events", "messages"], state.AsObject().Select(item => item.Key).Take(6));
        Assert.Equal(33, state["members"]!.AsArray().Count);
    }

    [Fact]
    public async Task Ids_of_the_first_guild_are_the_same_in_every_run()
    {
        await using var one = await Simulation.Start();
        await using var other = await Simulation.Start();
        foreach (var summary in new[] { one.Summary, other.Summary })
        {
            summary.AsObject().Remove("publicKey");
        }

        Assert.Equal(one.Summary.ToJsonString(), other.Summary.ToJsonString());
    }

    [Fact]
    public async Task Every_call_is_logged_under_the_name_of_its_route()
    {
        await using var simulation = await Simulation.Start();
        var channel = await simulation.Channel("x");
        await simulation.Delete($"/channels/{channel}/permissions/1");
        await simulation.Get("/channels/nonsense");
        var calls = (await simulation.Control("GET", "/simulator/calls")).Json!.AsArray();
        Assert.Equal(
            [("POST /guilds/{guild.id}/channels", 201), ("DELETE /channels/{channel.id}/permissions/{overwrite.id}", 404), ("GET /channels/{channel.id}", 400)],
            calls.Select(call => (call!["route"]!.GetValue<string>(), call["status"]!.GetValue<int>())));
        Assert.Equal(("POST", $"/api/v10/guilds/{simulation.GuildId}/channels"), (calls[0]!["method"]!.GetValue<string>(), calls[0]!["path"]!.GetValue<string>()));
        Assert.Equal(204, (await simulation.Control("DELETE", "/simulator/calls")).Status);
        Assert.Empty((await simulation.Control("GET", "/simulator/calls")).Json!.AsArray());
    }

    [Theory]
    [InlineData("POST /guilds/{guild.id}/channels")]
    [InlineData("POST /guilds/{guild_id}/channels")]
    [InlineData(null)]
    [InlineData("all")]
    public async Task The_next_calls_of_a_route_fail_as_was_asked(string? route)
    {
        await using var simulation = await Simulation.Start();
        await simulation.Control("POST", "/simulator/faults", new { route, count = 2, kind = "status", status = 503 });
        Assert.Equal(route is null or "all" ? 503 : 200, (await simulation.Get("/users/@me")).Status);
        Assert.Equal(503, (await simulation.Post($"/guilds/{simulation.GuildId}/channels", new { name = "x" })).Status);
        if (route is not (null or "all"))
        {
            Assert.Equal(503, (await simulation.Post($"/guilds/{simulation.GuildId}/channels", new { name = "x" })).Status);
        }

        Assert.Equal(201, (await simulation.Post($"/guilds/{simulation.GuildId}/channels", new { name = "x" })).Status);
    }

    [Fact]
    public async Task A_lost_call_is_executed_and_one_that_times_out_is_not()
    {
        await using var simulation = await Simulation.Start();
        async Task<int> Named(string name) => (await simulation.State())["channels"]!.AsArray().Count(channel => channel!["name"]!.GetValue<string>() == name);

        await simulation.Control("POST", "/simulator/faults", new { route = "POST /guilds/{guild.id}/channels", count = 1, kind = "lost" });
        await Assert.ThrowsAsync<HttpRequestException>(() => simulation.Channel("lost"));
        Assert.Equal(1, await Named("lost"));

        await simulation.Control("POST", "/simulator/faults", new { route = "POST /guilds/{guild.id}/channels", count = 1, kind = "timeout" });
        async Task<IReadOnlyList<string?>> Faults() => [.. (await simulation.Control("GET", "/simulator/calls")).Json!.AsArray().Select(call => call!["fault"]?.GetValue<string>())];
        using var impatient = new CancellationTokenSource();
        using var body = new StringContent("""{"name": "late"}""", System.Text.Encoding.UTF8, "application/json");
        var held = simulation.Http.PostAsync(new Uri($"/api/v10/guilds/{simulation.GuildId}/channels", UriKind.Relative), body, impatient.Token);
        while (await Faults() is not [_, "timeout"])
            Assert.False(held.IsCompleted);
        await impatient.CancelAsync();
        await Assert.ThrowsAsync<TaskCanceledException>(() => held);
        Assert.Equal(0, await Named("late"));
        Assert.Equal(["lost", "timeout"], await Faults());
    }

    [Fact]
    public async Task A_mistake_in_a_fault_is_named()
    {
        await using var simulation = await Simulation.Start();
        foreach (var fault in new object[] { new { kind = "explode" }, new { kind = "status" }, new { kind = "status", status = 200 }, new { kind = "lost", route = "POST /no/such" }, new { kind = "lost", count = 0 }, new { } })
        {
            var reply = await simulation.Control("POST", "/simulator/faults", fault);
            Assert.Equal(400, reply.Status);
            Assert.NotEmpty(reply["message"].GetValue<string>());
        }
    }

    [Fact]
    public async Task Whether_the_bot_is_public_is_told_as_it_is_switched()
    {
        await using var simulation = await Simulation.Start();
        foreach (var isPublic in new[] { true, false, true })
        {
            await simulation.Control("POST", "/simulator/application", new { botPublic = isPublic });
            foreach (var path in new[] { "/applications/@me", "/oauth2/applications/@me" })
                Assert.Equal(isPublic, (await simulation.Get(path)).Json!["bot_public"]!.GetValue<bool>());
        }
    }

    [Fact]
    public async Task A_body_of_any_shape_is_answered_with_what_is_wrong()
    {
        await using var simulation = await Simulation.Start();
        var guild = $"/simulator/guilds/{simulation.GuildId}";
        await simulation.Put(
            $"/applications/{simulation.AppId}/commands",
            new[] { new { name = "schedule", description = "Forms groups", options = new[] { new { type = 3, name = "name", description = "A cohort", required = true } } } });
        string[] paths =
        [
            "/simulator/guilds", $"{guild}/commands", $"{guild}/buttons", $"{guild}/messages", $"{guild}/members", "/simulator/faults",
            "/simulator/clock", "/simulator/rates", "/simulator/application", "/simulator/gateway", "/simulator/outage",
        ];
        string[] fields =
        [
            "name", "members", "userId", "channelId", "messageId", "customId", "options", "autocomplete", "content", "embeds", "components", "join",
            "leave", "kind", "count", "route", "status", "advanceSeconds", "running", "factor", "privilegedIntents", "botPublic", "botPermissions", "heartbeatSeconds", "values",
        ];
        object?[] values = [null, -1, 1.5, 1e300, true, "", "\u0000", "x", new[] { "x" }, new[] { 1 }, new object?[] { null }, new { name = "x" }, new object?[] { new { name = 1 } }];
        var wrong = new List<string>();
        foreach (var path in paths)
        {
            foreach (var body in new object?[] { null, 1, "x", Array.Empty<int>(), new[] { 1 }, """{"name": "\ud800"}""", """{"name": "a", "name": "b"}""", new string('[', 200) })
            {
                var reply = await simulation.Control("POST", path, body);
                if (reply.Status != 400)
                    wrong.Add($"POST {path} {System.Text.Json.JsonSerializer.Serialize(body)}: {reply.Status}");
            }

            foreach (var field in fields)
            {
                foreach (var value in values)
                {
                    var body = new Dictionary<string, object?>
                    {
                        ["userId"] = simulation.AdministratorId,
                        ["channelId"] = simulation.ChannelId,
                        ["name"] = "schedule",
                        [field] = value,
                    };
                    var reply = await simulation.Control("POST", path, body);
                    // 504 says that the application did not answer, which none does here.
                    if (reply.Status is >= 500 and not 504)
                        wrong.Add($"POST {path} {field}={System.Text.Json.JsonSerializer.Serialize(value)}: {reply.Status}");
                }
            }
        }

        Assert.True(wrong.Count == 0, string.Join("\n", wrong));
    }

    [Fact]
    public async Task People_join_leave_and_come_back()
    {
        await using var simulation = await Simulation.Start();
        await using var gateway = await GatewayClient.Login(simulation);
        var path = $"/simulator/guilds/{simulation.GuildId}/members";
        var joined = await simulation.Control("POST", path, new { join = new[] { "Zoë the second" } });
        var id = joined["joined"][0]!["user"]!["id"]!.GetValue<string>();
        Assert.Equal(id, (await gateway.Event("GUILD_MEMBER_ADD"))["user"]!["id"]!.GetValue<string>());
        Assert.Equal("Zoë the second", Assert.Single((await simulation.Get($"/guilds/{simulation.GuildId}/members/search?query=zoe_the")).Json!.AsArray())!["user"]!["global_name"]!.GetValue<string>());

        await simulation.Control("POST", path, new { leave = new[] { id } });
        await gateway.Event("GUILD_MEMBER_REMOVE");
        Assert.Equal(10007, (await simulation.Get($"/guilds/{simulation.GuildId}/members/{id}")).Code);
        Assert.Equal(404, (await simulation.Control("POST", path, new { leave = new[] { id } })).Status);
        await simulation.Control("POST", path, new { join = new[] { id } });
        Assert.Equal(200, (await simulation.Get($"/guilds/{simulation.GuildId}/members/{id}")).Status);
    }

    [Fact]
    public async Task Members_are_listed_in_pages()
    {
        await using var simulation = await Simulation.Start(members: 1500);
        Assert.Single((await simulation.Get($"/guilds/{simulation.GuildId}/members")).Json!.AsArray());
        var first = (await simulation.Get($"/guilds/{simulation.GuildId}/members?limit=1000")).Json!.AsArray();
        var second = (await simulation.Get($"/guilds/{simulation.GuildId}/members?limit=1000&after={first[^1]!["user"]!["id"]}")).Json!.AsArray();
        Assert.Equal((1000, 503), (first.Count, second.Count));
        Assert.True((await simulation.Get($"/guilds/{simulation.GuildId}/members?limit=1001")).ComplainsOf("limit"));
    }

    [Fact]
    public async Task Another_guild_can_be_founded_and_the_bot_is_told()
    {
        await using var simulation = await Simulation.Start();
        await using var gateway = await GatewayClient.Login(simulation);
        await gateway.Event("GUILD_CREATE");
        var founded = await simulation.Control("POST", "/simulator/guilds", new { name = "Second", members = 3 });
        Assert.Equal(founded.Id, (await gateway.Event("GUILD_CREATE"))["id"]!.GetValue<string>());
        Assert.Equal(2, (await simulation.Get("/users/@me/guilds")).Json!.AsArray().Count);
    }

    [Fact]
    public async Task The_clock_is_the_simulators_own_and_does_not_go_back()
    {
        await using var simulation = await Simulation.Start(running: false);
        var before = (await simulation.Control("GET", "/simulator/clock"))["unixSeconds"].GetValue<double>();
        var after = await simulation.Control("POST", "/simulator/clock", new { advanceSeconds = 90 });
        Assert.Equal(before + 90, after["unixSeconds"].GetValue<double>(), 0.001);
        Assert.Equal(400, (await simulation.Control("POST", "/simulator/clock", new { advanceSeconds = -1 })).Status);
        Assert.Equal(400, (await simulation.Control("POST", "/simulator/clock", new { advanceSeconds = "soon" })).Status);
        // Where the ids of Discord end.
        Assert.Equal(200, (await simulation.Control("POST", "/simulator/clock", new { advanceSeconds = 3.1e9 })).Status);
        Assert.Equal(400, (await simulation.Control("POST", "/simulator/clock", new { advanceSeconds = 3.1e9 })).Status);
    }

    [Fact]
    public async Task The_page_and_its_parts_are_served_and_run_nothing_from_elsewhere()
    {
        await using var simulation = await Simulation.Start();
        foreach (var (path, type) in new[] { ("/", "text/html"), ("/page.js", "text/javascript"), ("/markdown.js", "text/javascript"), ("/page.css", "text/css") })
        {
            using var response = await simulation.Http.GetAsync(new Uri(path, UriKind.Relative));
            Assert.Equal(type, response.Content.Headers.ContentType!.MediaType);
            Assert.Contains("default-src 'self'", response.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        }

        Assert.Contains("for trying and testing", await simulation.Http.GetStringAsync(new Uri("/", UriKind.Relative)), StringComparison.Ordinal);
    }
}
