using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Cohorts.Discord.Simulator.Rest;

namespace Cohorts.Discord.Simulator.Tests;

/// <summary>
/// Every route of Discord's description, with bodies of every shape: none leads to a 500, and every refusal has Discord's form (which
/// <see cref="Simulation"/> checks of each answer). COHORTS_TEST_LONG=1 tries more of them.
/// </summary>
public class FuzzTests
{
    private static readonly bool IsLong = Environment.GetEnvironmentVariable("COHORTS_TEST_LONG") == "1";
    private static readonly HashSet<string> Simulated = Routes.All(new HttpClient()).Select(route => ApiRoute.Normalize(route.Name)).ToHashSet(StringComparer.Ordinal);

    private static readonly string[] OddIds = ["0", "1", "@me", "@original", "-1", "01", "1.0", "18446744073709551615", "18446744073709551616", "x", "%20", "%C3%BC", "١٢"];
    private static readonly string[] OddQueries =
        ["", "?limit=0", "?limit=x", "?limit=1.0", "?limit=99999999999", "?before=x&after=1", "?around=5", "?limit=1&limit=2", "?with_user_count=maybe", "?with_response=true", "?%00=%ff", "?query=", "?query=a&limit=2", "?action_type=1e3", "?wait=true&thread_id=x"];

    [ContractTheory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task No_body_and_no_path_of_any_route_leads_to_a_failure(int seed)
    {
        for (var round = 0; round < (IsLong ? 40 : 1); round++)
        {
            await Round((seed * 1000) + round, IsLong ? 30 : 5);
        }
    }

    private static async Task Round(int seed, int times)
    {
        await using var simulation = await Simulation.Start(rateFactor: 1_000_000);
        await using var gateway = await GatewayClient.Login(simulation);
        var world = await Furnish(simulation, gateway);
        var fuzzer = new Fuzzer(seed, [.. world.Values, "1"], simulation.Server.Clock.GetUtcNow());
        var wrong = new List<string>();
        for (var time = 0; time < times; time++)
        {
            // What deletes comes last, so that the rest has something to work on.
            foreach (var route in OpenApi.Routes.OrderBy(route => route.Method == "DELETE"))
            {
                await Try(simulation, fuzzer, route, world, wrong);
            }

            var state = await simulation.Control("GET", $"/simulator/guilds/{simulation.GuildId}");
            var clock = await simulation.Control("POST", "/simulator/clock", new { advanceSeconds = fuzzer.Below(1_000_000) });
            if (state.Status != 200 || clock.Status != 200)
            {
                wrong.Add($"afterwards: {state.Status}, {clock.Status}");
            }

            world = await Furnish(simulation, gateway);
        }

        Assert.True(wrong.Count == 0, $"seed {seed}:\n" + string.Join("\n", wrong.Take(20)));
    }

    private static async Task Try(Simulation simulation, Fuzzer fuzzer, DescribedRoute route, Dictionary<string, string> world, List<string> wrong)
    {
        var isSimulated = Simulated.Contains(ApiRoute.Normalize(route.Name));
        var path = string.Join('/', route.Path.Split('/').Select(part => part.StartsWith('{')
            ? !isSimulated || fuzzer.Below(8) > 0 ? world.GetValueOrDefault(part.Trim('{', '}'), "123") : fuzzer.Any(OddIds)
            : part));
        using var body = Body(fuzzer, route);
        var sent = body is null ? "" : await body.ReadAsStringAsync();
        var query = fuzzer.Below(3) == 0 ? fuzzer.Any(OddQueries) : "";
        Reply reply;
        try
        {
            reply = await simulation.Send(route.Method, "/api/v10" + path + query, body);
        }
        catch (Exception e) when (e is System.Text.Json.JsonException or HttpRequestException)
        {
            wrong.Add($"{route.Method} {path}{query} {sent}: {e.Message}");
            return;
        }

        var message = (string?)(reply.Json as JsonObject)?["message"];
        var right = reply.Status switch
        {
            < 400 => isSimulated,
            // @me for an id is another route, which may be one that is not simulated.
            501 => isSimulated ? path.EndsWith("/@me", StringComparison.Ordinal) : message?.Contains(route.Name, StringComparison.Ordinal) == true,
            < 500 => isSimulated && !string.IsNullOrEmpty(message),
            _ => false,
        };
        if (!right)
        {
            wrong.Add($"{route.Method} {path}{query} {(sent.Length > 500 ? sent[..500] : sent)}: {reply.Status} {reply.Json}");
        }
    }

    private static HttpContent? Body(Fuzzer fuzzer, DescribedRoute route)
    {
        var kind = fuzzer.Below(20);
        if (route.Body is null && kind > 2)
        {
            return null;
        }

        var sample = route.Body is null ? null : fuzzer.Sample(route.Body);
        return kind switch
        {
            0 => Json([.. "{\"name\": \"\xff"u8]),
            1 => Json(Encoding.UTF8.GetBytes(new string('[', 200) + new string(']', 200))),
            2 => Json("{\"name\": \"x\"} trailing"u8.ToArray()),
            3 => Text("--x\r\nContent-Disposition: form-data; name=\"payload_json\"\r\n\r\n{\"content\"", "multipart/form-data; boundary=x"),
            4 => Text($"payload_json={Uri.EscapeDataString(fuzzer.Spoiled(sample))}", "application/x-www-form-urlencoded"),
            5 => Multipart(fuzzer.Spoiled(sample)),
            6 or 7 => Json(Encoding.UTF8.GetBytes(sample?.ToJsonString() ?? "{}")),
            _ => Json(Encoding.UTF8.GetBytes(fuzzer.Spoiled(sample))),
        };
    }

    private static ByteArrayContent Json(byte[] bytes) => new(bytes) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };

    private static StringContent Text(string text, string type) => new(text) { Headers = { ContentType = MediaTypeHeaderValue.Parse(type) } };

    private static MultipartFormDataContent Multipart(string payload) => new()
    {
        { new StringContent(payload), "payload_json" },
        { new ByteArrayContent([1, 2, 3]), "files[0]", "a.bin" },
        { new ByteArrayContent([4]), "files[0]", "" + (char)0x202E + ".csv" },
    };

    /// <summary>Something of every kind, by the name of the parameter that stands for it.</summary>
    private static async Task<Dictionary<string, string>> Furnish(Simulation simulation, GatewayClient gateway)
    {
        var category = await simulation.Channel("category", type: 4);
        var voice = await simulation.Channel("voice", type: 2, parent: category);
        var channel = await simulation.Channel("text", parent: category);
        var message = (await simulation.Post($"/channels/{channel}/messages", new { content = "hello" })).Id;
        var role = (await simulation.Post($"/guilds/{simulation.GuildId}/roles", new { name = "role" })).Id;
        var start = simulation.Server.Clock.GetUtcNow().AddHours(1);
        var scheduled = (await simulation.Post($"/guilds/{simulation.GuildId}/scheduled-events", new
        {
            name = "meeting",
            privacy_level = 2,
            entity_type = 3,
            entity_metadata = new { location = "here" },
            scheduled_start_time = start,
            scheduled_end_time = start.AddHours(1),
            recurrence_rule = new { start, frequency = 3, interval = 1 },
        })).Id;
        var command = (await simulation.Post($"/applications/{simulation.AppId}/commands", new { name = "fuzz", description = "x" })).Id;
        await simulation.Control("POST", $"/simulator/guilds/{simulation.GuildId}/commands?wait=0", new { userId = simulation.AdministratorId, channelId = channel, name = "fuzz" });
        var interaction = await gateway.Event("INTERACTION_CREATE");
        return new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["guild_id"] = simulation.GuildId,
            ["application_id"] = simulation.AppId,
            ["webhook_id"] = simulation.AppId,
            ["channel_id"] = channel,
            ["message_id"] = message,
            ["overwrite_id"] = simulation.MemberId(0),
            ["user_id"] = simulation.MemberId(1),
            ["role_id"] = role,
            ["guild_scheduled_event_id"] = scheduled,
            ["command_id"] = command,
            ["interaction_id"] = interaction["id"]!.GetValue<string>(),
            ["interaction_token"] = interaction["token"]!.GetValue<string>(),
            ["webhook_token"] = interaction["token"]!.GetValue<string>(),
            ["voice"] = voice,
            ["category"] = category,
        };
    }
}
