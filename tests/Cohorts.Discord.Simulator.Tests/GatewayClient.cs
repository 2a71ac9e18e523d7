using System.Net.WebSockets;
using System.Text;
using System.Text.Json.Nodes;

namespace Cohorts.Discord.Simulator.Tests;

/// <summary>The least that speaks the gateway: sends what it is told, and reads until what it waits for comes.</summary>
internal sealed class GatewayClient : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private readonly ClientWebSocket socket = new();
    private readonly List<JsonNode> seen = [];

    public long Sequence { get; private set; }
    public string SessionId { get; private set; } = "";
    public Uri ResumeUrl { get; private set; } = null!;
    public IReadOnlyList<JsonNode> Seen => seen;

    public static async Task<GatewayClient> Connect(Simulation simulation, string query = "?v=10&encoding=json", Uri? at = null)
    {
        var client = new GatewayClient();
        var address = at ?? new Uri((await simulation.Get("/gateway/bot"))["url"].GetValue<string>());
        await client.socket.ConnectAsync(new Uri(address + query), CancellationToken.None);
        return client;
    }

    public static async Task<GatewayClient> Login(Simulation simulation, int intents = 1 | 2 | 512 | 32768 | 65536)
    {
        var client = await Connect(simulation);
        await client.Op(10);
        await client.Identify(intents);
        var ready = await client.Event("READY");
        client.SessionId = ready["session_id"]!.GetValue<string>();
        client.ResumeUrl = new Uri(ready["resume_gateway_url"]!.GetValue<string>());
        return client;
    }

    public Task Identify(int intents, string token = "any") =>
        Send(2, new { token, intents, properties = new { os = "linux", browser = "test", device = "test" } });

    public Task Resume(string sessionId, long seq, string token = "any") => Send(6, new { token, session_id = sessionId, seq });

    public Task Send(int op, object? d) => SendText(System.Text.Json.JsonSerializer.Serialize(new { op, d }));

    public Task SendText(string text) => socket.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);

    /// <summary>Reads on until a payload with this operation.</summary>
    public Task<JsonNode> Op(int op) => Until(payload => payload["op"]!.GetValue<int>() == op);

    /// <summary>Reads on until an event of this type, and answers its data.</summary>
    public async Task<JsonNode> Event(string type) => (await Until(payload => payload["t"]?.GetValue<string>() == type))["d"]!;

    /// <summary>Reads on until the server closes; -1 where the line broke without a word.</summary>
    public async Task<int> Closed()
    {
        try
        {
            await Until(_ => false);
            return 0;
        }
        catch (WebSocketException)
        {
            return socket.CloseStatus is { } status ? (int)status : -1;
        }
    }

    public void Abort() => socket.Abort();

    public ValueTask DisposeAsync()
    {
        socket.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<JsonNode> Until(Func<JsonNode, bool> wanted)
    {
        using var patience = new CancellationTokenSource(Patience);
        var buffer = new byte[64 * 1024];
        while (true)
        {
            using var text = new MemoryStream();
            ValueWebSocketReceiveResult part;
            do
            {
                part = await socket.ReceiveAsync(buffer.AsMemory(), patience.Token);
                text.Write(buffer, 0, part.Count);
            }
            while (!part.EndOfMessage);

            if (part.MessageType == WebSocketMessageType.Close)
            {
                throw new WebSocketException($"Closed: {socket.CloseStatus} {socket.CloseStatusDescription}");
            }

            var payload = JsonNode.Parse(text.ToArray())!;
            seen.Add(payload);
            Sequence = payload["s"]?.GetValue<long>() ?? Sequence;
            if (wanted(payload))
            {
                return payload;
            }
        }
    }
}
