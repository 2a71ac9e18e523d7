using System.Collections.Concurrent;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Cohorts.Discord.Contract;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Cohorts.Discord.Tests;

/// <param name="Path">Below <c>/api/v10</c>, without the query.</param>
/// <param name="Json">The JSON body; of a multipart request its <c>payload_json</c>.</param>
/// <param name="Files">Of a multipart request, by the name of their part.</param>
internal sealed record SentRequest(
    string Method,
    string Path,
    IReadOnlyDictionary<string, string> Query,
    IReadOnlyDictionary<string, string> Headers,
    string? Json,
    IReadOnlyDictionary<string, SentFile> Files)
{
    public string Line => $"{Method} {Path}";

    public ApiRequest ToJudge() => new(Method, Path, Query, Json, [.. Files.Keys]);

    public JsonNode Body => JsonNode.Parse(Json ?? throw new InvalidOperationException($"{Line} has no body."))!;
}

internal sealed record SentFile(string FileName, string ContentType, string Content);

internal sealed record Answer(int Status, string Json = "{}", params IReadOnlyList<(string Name, string Value)> Headers)
{
    /// <summary>The request is recorded, and the connection broken instead of an answer.</summary>
    public static readonly Answer Lost = new(-1);

    /// <summary>The request is recorded, and no answer ever comes.</summary>
    public static readonly Answer Never = new(-2);
}

/// <summary>
/// A server on a socket of this machine that records what is sent, answers as it is told, and at its end holds every request against
/// Discord's own description of its API.
/// </summary>
internal sealed class TestDiscord : IAsyncDisposable
{
    public const string Token = "test-token.that-must-never.be-shown-anywhere";

    private readonly WebApplication app;
    private readonly ConcurrentQueue<SentRequest> requests = new();
    private readonly Channel<TestGateway> connections = Channel.CreateUnbounded<TestGateway>();
    private readonly CancellationTokenSource ending = new();

    private TestDiscord(Func<SentRequest, Answer> answer)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        app = builder.Build();
        app.UseWebSockets();
        app.Run(context => context.WebSockets.IsWebSocketRequest ? ServeGatewayAsync(context) : ServeAsync(context, answer));
    }

    public IReadOnlyList<SentRequest> Requests => [.. requests];

    public Uri Api => new(Address("http") + "/api/v10");

    public Uri Gateway => new(Address("ws"));

    public static async Task<TestDiscord> StartAsync(Func<SentRequest, Answer>? answer = null)
    {
        var discord = new TestDiscord(answer ?? (_ => new Answer(200)));
        await discord.app.StartAsync();
        return discord;
    }

    /// <summary>Answers one after another; from the last on always the last.</summary>
    public static async Task<TestDiscord> StartAsync(params Answer[] answers)
    {
        var next = -1;
        return await StartAsync(_ => answers[Math.Min(Interlocked.Increment(ref next), answers.Length - 1)]);
    }

    public DiscordRest Client(TimeProvider time, ILogger<DiscordRest>? log = null, Func<DiscordRestOptions, DiscordRestOptions>? with = null)
    {
        var options = new DiscordRestOptions { Token = new BotToken(Token), BaseAddress = Api, Jitter = () => 0.5 };
        return new DiscordRest(with is null ? options : with(options), time, log ?? new RecordingLog<DiscordRest>());
    }

    /// <summary>The next connection that a client opens to the gateway.</summary>
    public async Task<TestGateway> ConnectedAsync() => await connections.Reader.ReadAsync().AsTask().WaitAsync(Patience.Long);

    public async ValueTask DisposeAsync()
    {
        await ending.CancelAsync();
        await app.StopAsync(new CancellationToken(canceled: true));
        await app.DisposeAsync();
        ending.Dispose();
        Assert.Equal([], requests.SelectMany(r => DiscordContract.Violations(r.ToJudge())));
    }

    private string Address(string scheme)
    {
        var http = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        return http.Replace("http", scheme, StringComparison.Ordinal);
    }

    private async Task ServeAsync(HttpContext context, Func<SentRequest, Answer> answer)
    {
        var request = await ReadAsync(context.Request);
        requests.Enqueue(request);
        var given = answer(request);
        if (given == Answer.Lost)
        {
            context.Abort();
            return;
        }
        if (given == Answer.Never)
        {
            using var gone = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, ending.Token);
            await Task.Delay(Timeout.Infinite, gone.Token).ContinueWith(_ => { }, TaskScheduler.Default);
            return;
        }
        context.Response.StatusCode = given.Status;
        foreach (var (name, value) in given.Headers)
            context.Response.Headers[name] = value;
        if (given.Status != 204)
        {
            context.Response.ContentType = "application/json";
            await context.Response.WriteAsync(given.Json);
        }
    }

    private static async Task<SentRequest> ReadAsync(HttpRequest request)
    {
        string? json = null;
        var files = new Dictionary<string, SentFile>(StringComparer.Ordinal);
        if (request.HasFormContentType)
        {
            var form = await request.ReadFormAsync();
            json = form["payload_json"];
            foreach (var file in form.Files)
            {
                using var reader = new StreamReader(file.OpenReadStream());
                files[file.Name] = new SentFile(file.FileName, file.ContentType, await reader.ReadToEndAsync());
            }
            // A part with a content type but without a file name is a field to Discord, and a file to nobody.
            Assert.NotNull(json);
        }
        else
        {
            using var reader = new StreamReader(request.Body);
            var text = await reader.ReadToEndAsync();
            json = text.Length == 0 ? null : text;
        }
        return new SentRequest(
            request.Method,
            request.Path.Value!["/api/v10".Length..],
            request.Query.ToDictionary(q => q.Key, q => q.Value.ToString(), StringComparer.Ordinal),
            request.Headers.ToDictionary(h => h.Key, h => h.Value.ToString(), StringComparer.OrdinalIgnoreCase),
            json,
            files);
    }

    private async Task ServeGatewayAsync(HttpContext context)
    {
        using var socket = await context.WebSockets.AcceptWebSocketAsync();
        var connection = new TestGateway(socket, context.Request.QueryString.Value!, context.Abort);
        await connections.Writer.WriteAsync(connection);
        using var gone = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, ending.Token);
        await connection.PumpAsync(gone.Token);
    }
}

/// <summary>The server's side of one connection to the gateway, led by the test.</summary>
internal sealed class TestGateway(WebSocket socket, string query, Action abort)
{
    private readonly Channel<JsonElement> received = Channel.CreateUnbounded<JsonElement>();

    public string Query { get; } = query;

    /// <summary>With which the client ended the connection; null when it was cut.</summary>
    public int? ClosedWith { get; private set; }

    public async Task<JsonElement> ReceiveAsync() => await received.Reader.ReadAsync().AsTask().WaitAsync(Patience.Long);

    /// <summary>The next message with this operation; others are passed over.</summary>
    public async Task<JsonElement> ReceiveAsync(int op)
    {
        while (true)
        {
            var message = await ReceiveAsync();
            if (message.GetProperty("op").GetInt32() == op)
                return message;
        }
    }

    public async Task SendAsync(string json) =>
        await socket.SendAsync(Encoding.UTF8.GetBytes(json), WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);

    /// <summary>Bytes that are no UTF-8, as a text.</summary>
    public async Task SendNoTextAsync() =>
        await socket.SendAsync(new byte[] { (byte)'{', 0xFF, 0xFE, (byte)'}' }, WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);

    public Task HelloAsync(int interval = 41_250) => SendAsync($$$"""{"op":10,"d":{"heartbeat_interval":{{{interval}}}}}""");

    public Task AckAsync() => SendAsync("""{"op":11}""");

    public Task EventAsync(long sequence, string name, string data) =>
        SendAsync($$$"""{"op":0,"s":{{{sequence}}},"t":"{{{name}}}","d":{{{data}}}}""");

    public Task ReadyAsync(Uri resume, string session = "session-1") => EventAsync(
        1,
        "READY",
        $$$"""{"v":10,"user":{"id":"9","username":"bot","bot":true},"guilds":[{"id":"1","unavailable":true}],"session_id":"{{{session}}}","resume_gateway_url":"{{{resume}}}","application":{"id":"8","flags":0}}""");

    public Task CloseAsync(int code) => socket.CloseOutputAsync((WebSocketCloseStatus)code, "test", CancellationToken.None);

    public void Cut() => abort();

    public async Task UntilEndedAsync() => await received.Reader.Completion.WaitAsync(Patience.Long);

    public async Task PumpAsync(CancellationToken cancellation)
    {
        try
        {
            var buffer = new byte[64 * 1024];
            while (true)
            {
                var length = 0;
                WebSocketReceiveResult part;
                do
                {
                    part = await socket.ReceiveAsync(new ArraySegment<byte>(buffer, length, buffer.Length - length), cancellation);
                    length += part.Count;
                }
                while (!part.EndOfMessage);
                if (part.MessageType == WebSocketMessageType.Close)
                {
                    ClosedWith = (int?)part.CloseStatus;
                    return;
                }
                using var document = JsonDocument.Parse(buffer.AsMemory(0, length));
                await received.Writer.WriteAsync(document.RootElement.Clone(), cancellation);
            }
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException or IOException)
        {
            // The client broke the connection off, or the test is over.
        }
        finally
        {
            // What was received may be read still.
            received.Writer.Complete();
        }
    }
}

internal sealed class RecordingLog<T> : ILogger<T>
{
    private readonly ConcurrentQueue<(LogLevel Level, string Text)> lines = new();

    public IReadOnlyList<(LogLevel Level, string Text)> Lines => [.. lines];

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        lines.Enqueue((logLevel, formatter(state, exception) + exception));
}
