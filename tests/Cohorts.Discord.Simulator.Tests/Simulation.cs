using System.Collections.Concurrent;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Cohorts.Discord.Contract;

namespace Cohorts.Discord.Simulator.Tests;

/// <summary>An answer as a test looks at it.</summary>
internal sealed record Reply(int Status, JsonNode? Json, HttpResponseHeaders Headers)
{
    public int Code => Json?["code"]?.GetValue<int>() ?? 0;

    public JsonNode this[string name] => Json![name] ?? throw new KeyNotFoundException($"No \"{name}\" in {Json}");

    public string Id => this["id"].GetValue<string>();

    /// <summary>Whether errors name the field at this path, such as <c>embeds.0.title</c>.</summary>
    public bool ComplainsOf(string path)
    {
        var node = Json?["errors"];
        foreach (var part in path.Split('.', StringSplitOptions.RemoveEmptyEntries))
        {
            node = node?[part];
        }

        return node?["_errors"] is JsonArray { Count: > 0 };
    }
}

/// <summary>
/// A simulator on a free port, spoken to over real HTTP. Its clock stands still unless a test lets it run, so that no test
/// depends on how fast this machine is. On disposal every REST answer it gave must have been as Discord describes it.
/// </summary>
internal sealed class Simulation : IAsyncDisposable
{
    private readonly ConcurrentQueue<string> violations = new();

    private Simulation(SimulatorServer server)
    {
        Server = server;
        Http = new HttpClient { BaseAddress = server.Address, Timeout = TimeSpan.FromMinutes(3) };
        Http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bot", "any");
    }

    public SimulatorServer Server { get; }
    public HttpClient Http { get; }
    public JsonNode Summary { get; private set; } = null!;

    public string GuildId => Summary["id"]!.GetValue<string>();
    public string BotId => Summary["botId"]!.GetValue<string>();
    public string AppId => Summary["applicationId"]!.GetValue<string>();
    public string ChannelId => Summary["channelId"]!.GetValue<string>();
    public string AdministratorId => Summary["administratorId"]!.GetValue<string>();
    public string MemberId(int i) => Summary["memberIds"]![i]!.GetValue<string>();

    public static async Task<Simulation> Start(double rateFactor = 1000, bool running = false, int members = 30, TimeSpan? heartbeat = null, int guilds = 1)
    {
        Simulation? made = null;
        var server = await SimulatorServer.StartAsync(new SimulatorOptions
        {
            Urls = "http://127.0.0.1:0",
            RateFactor = rateFactor,
            Members = members,
            Guilds = guilds,
            HeartbeatInterval = heartbeat ?? TimeSpan.FromSeconds(40),
            OnCall = call =>
            {
                if (call.Status is not { } status)
                {
                    return;
                }

                foreach (var violation in DiscordContract.Violations(new ApiAnswer(call.Method, call.Path, status, call.Answer)))
                {
                    made?.violations.Enqueue(violation);
                }
            },
        });
        server.Clock.Running = running;
        made = new Simulation(server);
        made.Summary = (await made.Control("GET", "/simulator/guilds")).Json![0]!;
        return made;
    }

    public Task<Reply> Get(string path) => Send("GET", "/api/v10" + path);
    public Task<Reply> Post(string path, object? body = null) => Send("POST", "/api/v10" + path, body);
    public Task<Reply> Put(string path, object? body = null) => Send("PUT", "/api/v10" + path, body);
    public Task<Reply> Patch(string path, object? body = null) => Send("PATCH", "/api/v10" + path, body);
    public Task<Reply> Delete(string path) => Send("DELETE", "/api/v10" + path);
    public Task<Reply> Control(string method, string path, object? body = null) => Send(method, path, body);

    public void Advance(double seconds) => Server.Clock.Advance(TimeSpan.FromSeconds(seconds));

    public async Task<JsonNode> State(string? reader = null) =>
        (await Control("GET", $"/simulator/guilds/{GuildId}{(reader is null ? "" : "?as=" + reader)}")).Json!;

    public async Task<Reply> Send(string method, string path, object? body = null, string? reason = null)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (body is HttpContent content)
        {
            request.Content = content;
        }
        else if (body is not null)
        {
            request.Content = new StringContent(body as string ?? System.Text.Json.JsonSerializer.Serialize(body), Encoding.UTF8, "application/json");
        }

        if (reason is not null)
        {
            request.Headers.Add("X-Audit-Log-Reason", Uri.EscapeDataString(reason));
        }

        using var response = await Http.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        return new Reply((int)response.StatusCode, text.Length == 0 ? null : JsonNode.Parse(text), response.Headers);
    }

    /// <summary>A channel made by the bot.</summary>
    public async Task<string> Channel(string name, int type = 0, string? parent = null, object[]? overwrites = null)
    {
        var body = new JsonObject { ["name"] = name, ["type"] = type };
        if (parent is not null)
        {
            body["parent_id"] = parent;
        }

        if (overwrites is not null)
        {
            body["permission_overwrites"] = System.Text.Json.JsonSerializer.SerializeToNode(overwrites);
        }

        var reply = await Post($"/guilds/{GuildId}/channels", body);
        return reply.Status == 201 ? reply.Id : throw new InvalidOperationException($"{name}: {reply.Status} {reply.Json}");
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await Server.DisposeAsync();
        Assert.True(violations.IsEmpty, string.Join("\n", violations.Take(20)));
    }
}

/// <summary>Permission bits that tests speak of.</summary>
internal static class Bit
{
    public const ulong View = 1UL << 10, Send = 1UL << 11, ManageChannels = 1UL << 4, Kick = 1UL << 1, ManageRoles = 1UL << 28, Connect = 1UL << 20, Administrator = 1UL << 3, MentionEveryone = 1UL << 17;

    public static object Role(string id, ulong allow = 0, ulong deny = 0) => new { id, type = 0, allow = $"{allow}", deny = $"{deny}" };

    public static object Member(string id, ulong allow = 0, ulong deny = 0) => new { id, type = 1, allow = $"{allow}", deny = $"{deny}" };
}
