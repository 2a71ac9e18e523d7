using System.Buffers;
using System.Net.WebSockets;
using System.Text.Json;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace Cohorts.Discord;

/// <summary>One WebSocket connection from its greeting to its end.</summary>
internal sealed partial class GatewayConnection(
    BotToken token,
    DiscordGatewayOptions options,
    TimeProvider time,
    ILogger log,
    ChannelWriter<Received> queue,
    Action connected) : IDisposable
{
    private const int Dispatch = 0;
    private const int HeartbeatOp = 1;
    private const int Identify = 2;
    private const int Resume = 6;
    private const int Reconnect = 7;
    private const int InvalidSession = 9;
    private const int Hello = 10;
    private const int HeartbeatAck = 11;

    /// <summary>Any code but 1000 and 1001, which would end the session.</summary>
    private const int CloseToResume = 4200;

    /// <summary>Close codes after which the session cannot be resumed, although a new one can be begun: wrong sequence, timed out.</summary>
    private static readonly int[] SessionIsGone = [4007, 4009];

    /// <summary>Far above the largest guild; whoever sends more is not Discord.</summary>
    private const int LargestMessage = 64 << 20;

    private readonly ClientWebSocket socket = new();
    private readonly SemaphoreSlim sending = new(1, 1);
    private long sequence = -1;
    private bool awaitsAck;
    private string? died;

    /// <summary>As far as it was received.</summary>
    public GatewaySession? Session { get; private set; }

    /// <summary>Whether the other side speaks as a gateway does: what ends the connection before says nothing of the session.</summary>
    public bool Greeted { get; private set; }

    /// <summary>Whether a session was begun or resumed.</summary>
    public bool Established { get; private set; }

    public async Task<GatewayEnd> RunAsync(Uri address, GatewaySession? resume, CancellationToken cancellation)
    {
        Session = resume;
        Volatile.Write(ref sequence, resume?.Sequence ?? -1);
        // Discord's own heartbeats do this work.
        socket.Options.KeepAliveInterval = TimeSpan.Zero;
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        Task? heart = null;
        try
        {
            TimeSpan interval;
            using (var deadline = new CancellationTokenSource(options.HandshakeTimeout, time))
            using (var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, deadline.Token))
            {
                try
                {
                    await socket.ConnectAsync(WithVersion(address), either.Token);
                    interval = await ReceiveHelloAsync(either.Token);
                }
                catch (OperationCanceledException e) when (!cancellation.IsCancellationRequested)
                {
                    throw new TimeoutException($"no greeting within {options.HandshakeTimeout.TotalSeconds:0} s", e);
                }
            }

            Greeted = true;
            heart = BeatAsync(interval, ended.Token);
            if (resume is null)
                await SendIdentifyAsync(cancellation);
            else
                await SendResumeAsync(resume, cancellation);
            return await ReceiveAsync(cancellation);
        }
        catch (Exception e) when (died is not null && e is WebSocketException or IOException or OperationCanceledException && !cancellation.IsCancellationRequested)
        {
            return new GatewayEnd(Session, died!, TimeSpan.Zero);
        }
        catch (OperationCanceledException)
        {
            await CloseAsync();
            throw;
        }
        finally
        {
            await ended.CancelAsync();
            if (heart is not null)
                await heart;
        }
    }

    public void Dispose()
    {
        socket.Dispose();
        sending.Dispose();
    }

    private static Uri WithVersion(Uri address)
    {
        if (address.Scheme is not ("ws" or "wss"))
            throw new WebSocketException($"The gateway's address has the scheme {address.Scheme}, not wss.");
        var builder = new UriBuilder(address) { Query = "v=10&encoding=json" };
        if (builder.Path.Length == 0)
            builder.Path = "/";
        return builder.Uri;
    }

    private async Task<TimeSpan> ReceiveHelloAsync(CancellationToken cancellation)
    {
        using var first = await ReceiveFrameAsync(cancellation) ?? throw new WebSocketException($"closed before the greeting ({CloseCode()})");
        if (Op(first.RootElement) == Hello
            && Member(first.RootElement, "d", JsonValueKind.Object) is { } hello
            && Member(hello, "heartbeat_interval", JsonValueKind.Number) is { } interval
            && interval.TryGetInt32(out var milliseconds) && milliseconds > 0)
            return TimeSpan.FromMilliseconds(milliseconds);
        throw new WebSocketException("the first message is no greeting");
    }

    private async Task<GatewayEnd> ReceiveAsync(CancellationToken cancellation)
    {
        while (true)
        {
            using var frame = await ReceiveFrameAsync(cancellation);
            if (frame is null)
            {
                var code = CloseCode();
                return new GatewayEnd(
                    code is { } c && SessionIsGone.Contains(c) ? null : Session,
                    code is null ? "cut off" : $"closed by Discord ({code})",
                    TimeSpan.Zero,
                    code);
            }
            var message = frame.RootElement;
            switch (Op(message))
            {
                case Dispatch:
                    Receive(message);
                    break;
                case HeartbeatOp:
                    await SendHeartbeatAsync(cancellation);
                    break;
                case HeartbeatAck:
                    Volatile.Write(ref awaitsAck, false);
                    break;
                case Reconnect:
                    await CloseAsync();
                    return new GatewayEnd(Session, "Discord asked for a reconnect", TimeSpan.Zero);
                case InvalidSession:
                    var resumable = Member(message, "d", JsonValueKind.True) is not null;
                    await CloseAsync();
                    // Discord's documentation: wait a random time between one and five seconds, then identify anew.
                    return new GatewayEnd(resumable ? Session : null, "session invalid", TimeSpan.FromSeconds(1 + (4 * options.Jitter())));
            }
        }
    }

    private void Receive(JsonElement message)
    {
        if (Text(message, "t") is not { } name
            || Member(message, "s", JsonValueKind.Number) is not { } s || !s.TryGetInt64(out var number)
            || !message.TryGetProperty("d", out var data))
            throw new WebSocketException("an event without name, number or data");

        if (name == "READY")
            Session = ReadSession(data);
        if (Session is null)
            throw new WebSocketException($"{name} came before a session was begun");
        Session = Session with { Sequence = number };
        Volatile.Write(ref sequence, number);
        var happened = GatewayEvent.Parse(name, data);
        if (happened is GatewayEvent.Other { Problem: { } problem })
            LogUnreadable(name, problem);
        queue.TryWrite(new Received(happened, Session));
        if (name is "READY" or "RESUMED")
        {
            Established = true;
            LogConnected(name, number);
            Telemetry.Established(resumed: name == "RESUMED");
            connected();
        }
    }

    private static GatewaySession ReadSession(JsonElement ready) =>
        Text(ready, "session_id") is { Length: > 0 } sessionId
        && Uri.TryCreate(Text(ready, "resume_gateway_url"), UriKind.Absolute, out var resumeUrl)
            ? new GatewaySession(sessionId, resumeUrl, 0)
            : throw new WebSocketException("READY without session or address to resume at");

    /// <summary>Ends when cancelled, or by breaking the connection off because the last heartbeat was not acknowledged.</summary>
    private async Task BeatAsync(TimeSpan interval, CancellationToken cancellation)
    {
        try
        {
            await Task.Delay(interval * options.Jitter(), time, cancellation);
            while (true)
            {
                if (Volatile.Read(ref awaitsAck))
                {
                    died = "a heartbeat was not acknowledged";
                    socket.Abort();
                    return;
                }
                await SendHeartbeatAsync(cancellation);
                await Task.Delay(interval, time, cancellation);
            }
        }
        catch (OperationCanceledException)
        {
            // The connection is over.
        }
        catch (Exception e) when (e is WebSocketException or IOException or ObjectDisposedException or InvalidOperationException)
        {
            // Nothing can be sent any more; reading will notice, and must not wait for it.
            died ??= "a heartbeat could not be sent";
            socket.Abort();
        }
    }

    private async Task SendHeartbeatAsync(CancellationToken cancellation)
    {
        Volatile.Write(ref awaitsAck, true);
        var last = Volatile.Read(ref sequence);
        await SendAsync(new { op = HeartbeatOp, d = last < 0 ? (long?)null : last }, cancellation);
    }

    private Task SendIdentifyAsync(CancellationToken cancellation) => SendAsync(
        new
        {
            op = Identify,
            d = new
            {
                token = token.Value,
                intents = options.Intents,
                properties = new { os = Environment.OSVersion.Platform.ToString(), browser = "Cohorts.Discord", device = "Cohorts.Discord" },
            },
        },
        cancellation);

    private Task SendResumeAsync(GatewaySession session, CancellationToken cancellation) => SendAsync(
        new { op = Resume, d = new { token = token.Value, session_id = session.SessionId, seq = session.Sequence } },
        cancellation);

    private async Task SendAsync(object message, CancellationToken cancellation)
    {
        // Null must be sent here: the first heartbeat of a session carries it.
        var utf8 = JsonSerializer.SerializeToUtf8Bytes(message, message.GetType());
        await sending.WaitAsync(cancellation);
        try
        {
            await socket.SendAsync(utf8, WebSocketMessageType.Text, endOfMessage: true, cancellation);
        }
        finally
        {
            sending.Release();
        }
    }

    /// <returns>Null when the other side closed.</returns>
    private async Task<JsonDocument?> ReceiveFrameAsync(CancellationToken cancellation)
    {
        var whole = new ArrayBufferWriter<byte>(4096);
        while (true)
        {
            var part = await socket.ReceiveAsync(whole.GetMemory(4096), cancellation);
            if (part.MessageType == WebSocketMessageType.Close)
                return null;
            whole.Advance(part.Count);
            if (whole.WrittenCount > LargestMessage)
                throw new WebSocketException($"a message above {LargestMessage} bytes");
            if (!part.EndOfMessage)
                continue;
            try
            {
                return JsonDocument.Parse(whole.WrittenMemory);
            }
            catch (JsonException e)
            {
                throw new WebSocketException("a message that is no JSON", e);
            }
        }
    }

    private async Task CloseAsync()
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(2), time);
        try
        {
            if (socket.State is WebSocketState.Open or WebSocketState.CloseReceived)
                await socket.CloseOutputAsync((WebSocketCloseStatus)CloseToResume, "resuming", deadline.Token);
        }
        catch (Exception e) when (e is WebSocketException or IOException or OperationCanceledException or InvalidOperationException)
        {
            // It is over in any case.
        }
    }

    private int? CloseCode() => socket.CloseStatus is { } status ? (int)status : null;

    private static int Op(JsonElement message) =>
        Member(message, "op", JsonValueKind.Number) is { } op && op.TryGetInt32(out var number) ? number : -1;

    private static string? Text(JsonElement parent, string name)
    {
        try
        {
            return Member(parent, name, JsonValueKind.String)?.GetString();
        }
        catch (InvalidOperationException)
        {
            // It holds half a character: a name that nobody knows, and no reason to end the connection.
            return "";
        }
    }

    private static JsonElement? Member(JsonElement parent, string name, JsonValueKind kind) =>
        parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out var value) && value.ValueKind == kind ? value : null;

    [LoggerMessage(30, LogLevel.Information, "Gateway: {What} at {Sequence}")]
    private partial void LogConnected(string what, long sequence);

    [LoggerMessage(31, LogLevel.Warning, "Gateway: {EventName} could not be read ({Problem})")]
    private partial void LogUnreadable(string eventName, string problem);
}
