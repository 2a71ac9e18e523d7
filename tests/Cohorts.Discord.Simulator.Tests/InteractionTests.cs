using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using NSec.Cryptography;

namespace Cohorts.Discord.Simulator.Tests;

public class InteractionTests
{
    private static readonly object[] Commands =
    [
        new
        {
            name = "schedule",
            description = "Form groups",
            default_member_permissions = "8",
            options = new object[]
            {
                new { type = 4, name = "cohort", description = "Which", required = true, autocomplete = true },
                new { type = 4, name = "min_people", description = "Fewest", min_value = 2, max_value = 10 },
                new { type = 5, name = "balance", description = "Alike" },
            },
        },
        new { name = "hello", description = "Says hello" },
    ];

    private static async Task<Simulation> WithCommands()
    {
        var simulation = await Simulation.Start();
        var registered = await simulation.Put($"/applications/{simulation.AppId}/guilds/{simulation.GuildId}/commands", Commands);
        Assert.Equal(200, registered.Status);
        return simulation;
    }

    private static Task<Reply> Run(Simulation simulation, string name, object? options = null, string? userId = null, double wait = 0, bool autocomplete = false, bool force = false) =>
        simulation.Control("POST", $"/simulator/guilds/{simulation.GuildId}/commands?rest=0&wait={wait}", new
        {
            userId = userId ?? simulation.AdministratorId,
            channelId = simulation.ChannelId,
            name,
            options,
            autocomplete,
            force,
        });

    private static string Callback(JsonNode interaction) => $"/interactions/{interaction["id"]}/{interaction["token"]}/callback";

    private static string Original(Simulation simulation, JsonNode interaction) => $"/webhooks/{simulation.AppId}/{interaction["token"]}/messages/@original";

    [Fact]
    public async Task A_command_is_deferred_answered_and_followed_up_and_an_ephemeral_answer_is_seen_by_its_reader_only()
    {
        await using var simulation = await WithCommands();
        await using var gateway = await GatewayClient.Login(simulation);
        var running = Run(simulation, "schedule", new { cohort = 7, min_people = "4", balance = true }, wait: 20);
        var interaction = await gateway.Event("INTERACTION_CREATE");
        Assert.Equal("""[{"name":"cohort","type":4,"value":7},{"name":"min_people","type":4,"value":4},{"name":"balance","type":5,"value":true}]""", interaction["data"]!["options"]!.ToJsonString());
        Assert.NotEqual(0UL, ulong.Parse(interaction["member"]!["permissions"]!.GetValue<string>(), System.Globalization.CultureInfo.InvariantCulture) & Bit.Administrator);

        Assert.Equal(204, (await simulation.Post(Callback(interaction), new { type = 5, data = new { flags = 64 } })).Status);
        var early = await simulation.Get(Original(simulation, interaction));
        Assert.Equal(64 | 128, early["flags"].GetValue<int>());
        Assert.Equal(200, (await simulation.Patch(Original(simulation, interaction), new { content = "11 groups" })).Status);
        var message = await running;
        Assert.Equal(("11 groups", 64), (message["content"].GetValue<string>(), message["flags"].GetValue<int>()));
        Assert.Equal(200, (await simulation.Post($"/webhooks/{simulation.AppId}/{interaction["token"]}", new { content = "and more", flags = 64 })).Status);

        async Task<int> Seen(string? reader) => (await simulation.State(reader))["messages"]![simulation.ChannelId]!.AsArray().Count;
        Assert.Equal(2, await Seen(simulation.AdministratorId));
        Assert.Equal(0, await Seen(simulation.MemberId(0)));
        Assert.Equal(2, await Seen(reader: null));
        Assert.Empty((await simulation.Get($"/channels/{simulation.ChannelId}/messages")).Json!.AsArray());
        Assert.Equal(10008, (await simulation.Get($"/channels/{simulation.ChannelId}/messages/{message.Id}")).Code);
    }

    [Fact]
    public async Task The_first_answer_must_come_within_three_seconds_and_only_once()
    {
        await using var simulation = await WithCommands();
        await using var gateway = await GatewayClient.Login(simulation);
        await Run(simulation, "hello");
        var inTime = await gateway.Event("INTERACTION_CREATE");
        simulation.Advance(2.9);
        Assert.Equal(204, (await simulation.Post(Callback(inTime), new { type = 4, data = new { content = "hi" } })).Status);
        var again = await simulation.Post(Callback(inTime), new { type = 4, data = new { content = "hi" } });
        Assert.Equal((400, 40060), (again.Status, again.Code));

        await Run(simulation, "hello");
        var late = await gateway.Event("INTERACTION_CREATE");
        simulation.Advance(3.1);
        var refused = await simulation.Post(Callback(late), new { type = 5 });
        Assert.Equal((404, 10062), (refused.Status, refused.Code));
        Assert.Equal(10015, (await simulation.Patch(Original(simulation, late), new { content = "x" })).Code);
    }

    [Fact]
    public async Task An_interactions_token_lives_for_fifteen_minutes()
    {
        await using var simulation = await WithCommands();
        await using var gateway = await GatewayClient.Login(simulation);
        await Run(simulation, "hello");
        var interaction = await gateway.Event("INTERACTION_CREATE");
        await simulation.Post(Callback(interaction), new { type = 5 });
        simulation.Advance(15 * 60 - 1);
        Assert.Equal(200, (await simulation.Patch(Original(simulation, interaction), new { content = "x" })).Status);
        simulation.Advance(2);
        foreach (var refused in new[] { await simulation.Patch(Original(simulation, interaction), new { content = "y" }), await simulation.Post($"/webhooks/{simulation.AppId}/{interaction["token"]}", new { content = "y" }) })
        {
            Assert.Equal((401, 50027), (refused.Status, refused.Code));
        }
    }

    [Fact]
    public async Task An_autocomplete_offers_at_most_25_choices_of_100_characters_and_cannot_be_deferred()
    {
        await using var simulation = await WithCommands();
        await using var gateway = await GatewayClient.Login(simulation);
        var asking = Run(simulation, "schedule", new { cohort = "jan" }, autocomplete: true, wait: 20);
        var interaction = await gateway.Event("INTERACTION_CREATE");
        Assert.Equal((4, "jan", true), (interaction["type"]!.GetValue<int>(), interaction["data"]!["options"]![0]!["value"]!.GetValue<string>(), interaction["data"]!["options"]![0]!["focused"]!.GetValue<bool>()));

        object Choices(int count, int length = 5, object? value = null) => new { type = 8, data = new { choices = Enumerable.Range(0, count).Select(i => new { name = new string('x', length), value = value ?? i }) } };
        Assert.True((await simulation.Post(Callback(interaction), new { type = 5 })).ComplainsOf("type"));
        Assert.True((await simulation.Post(Callback(interaction), Choices(26))).ComplainsOf("data.choices"));
        Assert.True((await simulation.Post(Callback(interaction), Choices(1, length: 101))).ComplainsOf("data.choices.0.name"));
        Assert.True((await simulation.Post(Callback(interaction), Choices(1, value: "seven"))).ComplainsOf("data.choices.0.value"));
        Assert.Equal(204, (await simulation.Post(Callback(interaction), Choices(25, length: 100))).Status);
        Assert.Equal(25, (await asking)["choices"].AsArray().Count);
    }

    [Fact]
    public async Task A_command_is_hidden_from_those_who_lack_its_permissions_unless_a_client_is_forged()
    {
        await using var simulation = await WithCommands();
        await using var gateway = await GatewayClient.Login(simulation);
        var offered = (await simulation.Control("GET", $"/simulator/guilds/{simulation.GuildId}/commands?as={simulation.MemberId(0)}")).Json!.AsArray();
        Assert.Equal("hello", Assert.Single(offered)!["name"]!.GetValue<string>());
        Assert.Equal(403, (await Run(simulation, "schedule", new { cohort = 7 }, userId: simulation.MemberId(0))).Status);
        Assert.Equal(404, (await Run(simulation, "unheard-of")).Status);
        Assert.Equal(400, (await Run(simulation, "schedule")).Status); // cohort is required
        Assert.Equal(400, (await Run(simulation, "schedule", new { cohort = 7, min_people = 11 })).Status);
        Assert.Equal(400, (await Run(simulation, "schedule", new { cohort = 7, colour = "red" })).Status);

        Assert.Equal(202, (await Run(simulation, "schedule", new { cohort = 7 }, userId: simulation.MemberId(0), force: true)).Status);
        var forged = await gateway.Event("INTERACTION_CREATE");
        Assert.Equal(0UL, ulong.Parse(forged["member"]!["permissions"]!.GetValue<string>(), System.Globalization.CultureInfo.InvariantCulture) & Bit.Administrator);
    }

    [Fact]
    public async Task A_button_updates_its_message_or_answers_with_another()
    {
        await using var simulation = await WithCommands();
        await using var gateway = await GatewayClient.Login(simulation);
        var message = await simulation.Post($"/channels/{simulation.ChannelId}/messages", new { content = "page 1", components = new[] { new { type = 1, components = new[] { new { type = 2, style = 1, label = "Next", custom_id = "page:2" } } } } });
        Task<Reply> Press(string customId) => simulation.Control("POST", $"/simulator/guilds/{simulation.GuildId}/buttons?rest=0&wait=20", new { userId = simulation.MemberId(0), channelId = simulation.ChannelId, messageId = message.Id, customId });
        Assert.Equal(404, (await Press("page:9")).Status);

        var updating = Press("page:2");
        var first = await gateway.Event("INTERACTION_CREATE");
        Assert.Equal((3, message.Id), (first["type"]!.GetValue<int>(), first["message"]!["id"]!.GetValue<string>()));
        await simulation.Post(Callback(first), new { type = 7, data = new { content = "page 2" } });
        Assert.Equal(("page 2", message.Id), ((await updating)["content"].GetValue<string>(), (await updating).Id));

        var sharing = Press("page:2");
        var second = await gateway.Event("INTERACTION_CREATE");
        var resource = await simulation.Post(Callback(second) + "?with_response=true", new { type = 4, data = new { content = "shared" } });
        Assert.Equal("shared", resource["resource"]["message"]!["content"]!.GetValue<string>());
        Assert.Equal("shared", (await sharing)["content"].GetValue<string>());
        Assert.NotEqual(message.Id, (await sharing).Id);
    }

    [Fact]
    public async Task Without_a_bot_a_command_fails_and_says_so()
    {
        await using var simulation = await WithCommands();
        var reply = await Run(simulation, "hello", wait: 3);
        Assert.Equal(504, reply.Status);
        Assert.Contains("did not respond", reply["message"].GetValue<string>(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Commands_are_replaced_as_a_whole_keep_their_ids_and_are_checked()
    {
        await using var simulation = await WithCommands();
        var path = $"/applications/{simulation.AppId}/guilds/{simulation.GuildId}/commands";
        var before = (await simulation.Get(path)).Json!.AsArray();
        var after = (await simulation.Put(path, Commands.Take(1))).Json!.AsArray();
        Assert.Equal(before[0]!["id"]!.GetValue<string>(), Assert.Single(after)!["id"]!.GetValue<string>());

        async Task Refused(string field, object command)
        {
            var reply = await simulation.Put(path, new[] { command });
            Assert.Equal((400, 50035), (reply.Status, reply.Code));
            Assert.True(reply.ComplainsOf("0." + field), reply.Json!.ToJsonString());
        }

        await Refused("name", new { name = "Schedule", description = "x" });
        await Refused("name", new { name = new string('x', 33), description = "x" });
        await Refused("description", new { name = "x", description = new string('x', 101) });
        await Refused("description", new { name = "x" });
        await Refused("options", new { name = "x", description = "x", options = Enumerable.Range(0, 26).Select(i => new { type = 3, name = $"o{i}", description = "x" }) });
        await Refused("options.1.required", new { name = "x", description = "x", options = new object[] { new { type = 3, name = "a", description = "x" }, new { type = 3, name = "b", description = "x", required = true } } });
        Assert.Single((await simulation.Get(path)).Json!.AsArray()); // a refused list changes nothing

        var global = await simulation.Put($"/applications/{simulation.AppId}/commands", Commands);
        Assert.Equal(200, global.Status);
        Assert.Equal(2, (await simulation.Control("GET", $"/simulator/guilds/{simulation.GuildId}/commands")).Json!.AsArray().Count);
    }

    [Fact]
    public async Task Once_an_endpoint_is_set_interactions_are_posted_to_it_signed_and_the_gateway_gets_none()
    {
        await using var simulation = await WithCommands();
        await using var gateway = await GatewayClient.Login(simulation);
        await using var endpoint = await Endpoint.Start(simulation.Summary["publicKey"]!.GetValue<string>(), checks: true);
        var set = await simulation.Patch("/applications/@me", new { interactions_endpoint_url = endpoint.Address });
        Assert.Equal((200, endpoint.Address), (set.Status, set["interactions_endpoint_url"].GetValue<string>()));

        var message = await Run(simulation, "hello", wait: 20);
        Assert.Equal("over HTTP", message["content"].GetValue<string>());
        // Captured from the live service: what every ping has.
        Assert.Empty(new[] { "app_permissions", "application_id", "attachment_size_limit", "authorizing_integration_owners", "entitlements", "id", "token", "type", "user", "version" }
            .Except(endpoint.First!.AsObject().Select(field => field.Key)));
        Assert.Equal([1, 2], endpoint.Types); // the ping, then the command; what was signed wrongly was not taken
        await simulation.Post($"/channels/{simulation.ChannelId}/messages", new { content = "a sign to read up to" });
        await gateway.Event("MESSAGE_CREATE");
        await gateway.Event("MESSAGE_CREATE");
        Assert.DoesNotContain(gateway.Seen, payload => payload["t"]?.GetValue<string>() == "INTERACTION_CREATE");

        await simulation.Patch("/applications/@me", new { interactions_endpoint_url = (string?)null });
        await Run(simulation, "hello");
        await gateway.Event("INTERACTION_CREATE");
    }

    [Fact]
    public async Task An_endpoint_that_does_not_check_signatures_is_refused()
    {
        await using var simulation = await WithCommands();
        await using var endpoint = await Endpoint.Start(simulation.Summary["publicKey"]!.GetValue<string>(), checks: false);
        var refused = await simulation.Patch("/applications/@me", new { interactions_endpoint_url = endpoint.Address });
        Assert.Equal((400, 50035), (refused.Status, refused.Code));
        Assert.True(refused.ComplainsOf("interactions_endpoint_url"));
        Assert.True((await simulation.Patch("/applications/@me", new { interactions_endpoint_url = "http://127.0.0.1:9/" })).ComplainsOf("interactions_endpoint_url"));
        Assert.Null((await simulation.Get("/applications/@me")).Json!["interactions_endpoint_url"]);
    }

    /// <summary>A bot's web server: pongs pings, and answers every command in the body of its answer.</summary>
    private sealed class Endpoint(WebApplication app) : IAsyncDisposable
    {
        public List<int> Types { get; } = [];
        public JsonNode? First { get; private set; }
        public string Address => app.Urls.First() + "/discord/interactions";

        public static async Task<Endpoint> Start(string publicKey, bool checks)
        {
            var key = PublicKey.Import(SignatureAlgorithm.Ed25519, Convert.FromHexString(publicKey), KeyBlobFormat.RawPublicKey);
            var builder = WebApplication.CreateSlimBuilder();
            builder.WebHost.UseUrls("http://127.0.0.1:0");
            builder.Logging.ClearProviders();
            var app = builder.Build();
            var endpoint = new Endpoint(app);
            app.MapPost("/discord/interactions", async (HttpContext http) =>
            {
                using var body = new MemoryStream();
                await http.Request.Body.CopyToAsync(body);
                var timestamp = http.Request.Headers["X-Signature-Timestamp"].ToString();
                var signature = Convert.FromHexString(http.Request.Headers["X-Signature-Ed25519"].ToString());
                if (checks && !SignatureAlgorithm.Ed25519.Verify(key, [.. Encoding.UTF8.GetBytes(timestamp), .. body.ToArray()], signature))
                {
                    return Results.Unauthorized();
                }

                var type = JsonNode.Parse(body.ToArray())!["type"]!.GetValue<int>();
                lock (endpoint.Types)
                {
                    endpoint.First ??= JsonNode.Parse(body.ToArray());
                    endpoint.Types.Add(type);
                }

                return type == 1 ? Results.Json(new { type = 1 }) : Results.Json(new { type = 4, data = new { content = "over HTTP" } });
            });
            await app.StartAsync();
            return endpoint;
        }

        public ValueTask DisposeAsync() => app.DisposeAsync();
    }
}
