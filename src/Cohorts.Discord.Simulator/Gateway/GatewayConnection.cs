using System.Diagnostics;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Cohorts.Discord.Simulator.Model;
using Cohorts.Discord.Simulator.Rest;

namespace Cohorts.Discord.Simulator.Gateway;

/// <summary>One WebSocket of a client: hello, identify or resume, heartbeats, and everything dispatched to its session.</summary>
internal sealed class GatewayConnection(World world, WebSocket socket, CancellationToken stop) : IDisposable
{
    private const int MaximumPayload = 4096;
    private const int MessagesPerMinute = 120;

    private readonly System.Threading.Channels.Channel<string> outbox = System.Threading.Channels.Channel.CreateUnbounded<string>(new UnboundedChannelOptions { SingleReader = true });
    private readonly CancellationTokenSource broken = CancellationTokenSource.CreateLinkedTokenSource(stop);
    private readonly Queue<long> received = [];
    private (int Code, string Reason)? closing;
    private bool forgetSession;
    private long lastHeard = Stopwatch.GetTimestamp();

    public Session? Session { get; set; }

    public void Send(string payload) => outbox.Writer.TryWrite(payload);

    /// <summary>Ends the connection once what stands in the outbox has been sent.</summary>
    public void Close(CloseCode code, string reason) => Close((int)code, reason);

    public void CutOff(Cut cut)
    {
        switch (cut.Code)
        {
            case null:
                broken.Cancel();
                socket.Abort();
                break;
            case (int)Op.Reconnect:
                SendOp(Op.Reconnect, null);
                break;
            case (int)Op.InvalidSession:
                InvalidateSession();
                break;
            case { } code:
                Close(code, "Cut on request.");
                break;
        }
    }

    public async Task Run(string version, string encoding, string? compression)
    {
        lock (world.Gate)
        {
            world.Hub.Add(this);
        }

        var writing = Write(compression);
        await using var watch = new Timer(_ => Watch(), state: null, world.Hub.HeartbeatInterval, world.Hub.HeartbeatInterval);
        try
        {
            if (version != "10")
            {
                Close(CloseCode.InvalidApiVersion, "Invalid API version.");
            }
            else if (encoding != "json")
            {
                Close(CloseCode.DecodeError, "The simulator speaks JSON only: encoding=json.");
            }
            else if (compression is { Length: > 0 } && !PayloadCompression.IsKnown(compression))
            {
                Close(CloseCode.DecodeError, "compress must be zlib-stream or zstd-stream.");
            }
            else
            {
                SendOp(Op.Hello, new JsonObject { ["heartbeat_interval"] = (int)world.Hub.HeartbeatInterval.TotalMilliseconds, ["_trace"] = new JsonArray() });
            }

            await Read();
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException or IOException or ObjectDisposedException)
        {
            // The line broke, on purpose or not; the session stays and can be resumed.
        }
        finally
        {
            lock (world.Gate)
            {
                world.Hub.Remove(this, forgetSession);
            }

            outbox.Writer.TryComplete();
            await writing;
            world.Pulse();
        }
    }

    /// <summary>
    /// Ends a connection on which no heartbeat comes. A pending receive must not be cancelled for that: it would take the
    /// socket with it, and the close code would never be sent.
    /// </summary>
    private void Watch()
    {
        var silence = Stopwatch.GetElapsedTime(Volatile.Read(ref lastHeard));
        if (silence > world.Hub.HeartbeatInterval * 4)
        {
            broken.Cancel();
        }
        else if (silence > world.Hub.HeartbeatInterval * 2)
        {
            Close(CloseCode.SessionTimedOut, "No heartbeat came.");
        }
    }

    public void Dispose() => broken.Dispose();

    private async Task Write(string? compression)
    {
        try
        {
            using var compressed = compression is not null && PayloadCompression.IsKnown(compression) ? PayloadCompression.Of(compression) : null;
            await foreach (var payload in outbox.Reader.ReadAllAsync(broken.Token))
            {
                var utf8 = Encoding.UTF8.GetBytes(payload);
                await (compressed is null
                    ? socket.SendAsync(utf8, WebSocketMessageType.Text, endOfMessage: true, broken.Token)
                    : socket.SendAsync(compressed.Compress(utf8), WebSocketMessageType.Binary, endOfMessage: true, broken.Token));
            }

            if (closing is { } close && socket.State is WebSocketState.Open or WebSocketState.CloseReceived)
            {
                await socket.CloseOutputAsync((WebSocketCloseStatus)close.Code, close.Reason, broken.Token);
            }
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException or IOException or ObjectDisposedException or InvalidOperationException)
        {
            // Nobody reads any more; what was not sent is in the session.
        }
    }

    private async Task Read()
    {
        var buffer = new byte[MaximumPayload + 1];
        while (socket.State is WebSocketState.Open or WebSocketState.CloseSent)
        {
            var length = 0;
            ValueWebSocketReceiveResult result;
            do
            {
                result = await socket.ReceiveAsync(buffer.AsMemory(length), broken.Token);
                length += result.Count;
            }
            while (!result.EndOfMessage && length <= MaximumPayload);

            if (result.MessageType == WebSocketMessageType.Close)
            {
                // A client that says goodbye with 1000 or 1001 has no session any more.
                forgetSession |= closing is null && socket.CloseStatus is WebSocketCloseStatus.NormalClosure or WebSocketCloseStatus.EndpointUnavailable;
                if (closing is null)
                {
                    closing = ((int)(socket.CloseStatus ?? WebSocketCloseStatus.NormalClosure), "");
                    outbox.Writer.TryComplete();
                }

                return;
            }

            if (closing is not null)
            {
                continue;
            }

            if (length > MaximumPayload)
            {
                Close(CloseCode.DecodeError, "The payload is longer than 4096 bytes.");
            }
            else if (TooMany())
            {
                Close(CloseCode.RateLimited, "More than 120 payloads in a minute.");
            }
            else
            {
                Receive(buffer.AsMemory(0, length));
            }
        }
    }

    private void Receive(ReadOnlyMemory<byte> payload)
    {
        JsonDocument document;
        try
        {
            document = JsonText.Parse(payload);
        }
        catch (JsonException)
        {
            Close(CloseCode.DecodeError, "Error while decoding payload.");
            return;
        }

        using (document)
        {
            var form = Form.Of(document.RootElement);
            var op = form.Whole("op", 0, 100, required: true);
            if (form.Errors.Any)
            {
                Close(CloseCode.DecodeError, "A payload needs an op.");
                return;
            }

            lock (world.Gate)
            {
                Handle((Op)op!.Value, form);
            }

            world.Pulse();
        }
    }

    private void Handle(Op op, Form form)
    {
        switch (op)
        {
            case Op.Heartbeat:
                Volatile.Write(ref lastHeard, Stopwatch.GetTimestamp());
                if (world.Hub.UnansweredHeartbeats > 0)
                {
                    world.Hub.UnansweredHeartbeats--;
                }
                else
                {
                    SendOp(Op.HeartbeatAck, null);
                }

                break;
            case Op.Identify when Session is not null:
            case Op.Resume when Session is not null:
                Close(CloseCode.AlreadyAuthenticated, "Already authenticated.");
                break;
            case Op.Identify:
                Identify(form.Object("d"));
                break;
            case Op.Resume:
                Resume(form.Object("d"));
                break;
            case Op.PresenceUpdate or Op.VoiceStateUpdate or Op.RequestGuildMembers when Session is null:
                Close(CloseCode.NotAuthenticated, "Not authenticated.");
                break;
            case Op.RequestGuildMembers:
                SendMembers(form.Object("d"));
                break;
            case Op.PresenceUpdate or Op.VoiceStateUpdate:
                break;
            default:
                Close(CloseCode.UnknownOpcode, "Unknown opcode.");
                break;
        }
    }

    private void Identify(Form? d)
    {
        var token = d?.Value("token")?.ToString();
        var intents = d?.Whole("intents", 0, int.MaxValue);
        if (string.IsNullOrWhiteSpace(token))
        {
            Close(CloseCode.AuthenticationFailed, "Authentication failed.");
        }
        else if (d!.HasValue("shard") && d.Wholes("shard", 2, 0, int.MaxValue) is not [0, 1])
        {
            Close(CloseCode.InvalidShard, "Invalid shard: there is one, [0, 1].");
        }
        else if (intents is not { } bits || (bits & ~(long)Intents.Known) != 0)
        {
            Close(CloseCode.InvalidIntents, "Invalid intents.");
        }
        else if (((Intents)bits & Intents.Privileged) != Intents.None && !world.Application.PrivilegedIntents)
        {
            Close(CloseCode.DisallowedIntents, "Disallowed intents.");
        }
        else
        {
            world.Hub.Begin(this, WithoutPrefix(token), (Intents)bits);
            CutIfDue();
        }
    }

    private void Resume(Form? d)
    {
        var token = d?.Value("token")?.ToString();
        var sessionId = d?.Value("session_id")?.ToString() ?? "";
        var sequence = d?.Whole("seq", 0, long.MaxValue) ?? 0;
        if (string.IsNullOrWhiteSpace(token))
        {
            Close(CloseCode.AuthenticationFailed, "Authentication failed.");
        }
        else if (world.Hub.SequenceOf(sessionId) is { } last && sequence > last)
        {
            Close(CloseCode.InvalidSequence, "Invalid seq.");
        }
        else if (world.Hub.TryResume(this, WithoutPrefix(token), sessionId, sequence))
        {
            CutIfDue();
        }
        else
        {
            SendOp(Op.InvalidSession, JsonValue.Create(false));
        }
    }

    /// <summary>Without a session the client has to identify again, on this connection or another.</summary>
    private void InvalidateSession()
    {
        if (Session is { } session)
        {
            world.Hub.Forget(session);
            Session = null;
        }

        SendOp(Op.InvalidSession, JsonValue.Create(false));
    }

    private void CutIfDue()
    {
        if (world.Hub.CutsToCome > 0)
        {
            world.Hub.CutsToCome--;
            CutOff(world.Hub.CutsToComeAs);
        }
    }

    private void SendMembers(Form? d)
    {
        if ((d is null ? "Error while decoding payload." : MemberRequest.Answer(world, Session!, d)) is { } complaint)
        {
            Close(CloseCode.DecodeError, complaint);
        }
    }

    private void SendOp(Op op, JsonNode? data) =>
        Send(new JsonObject { ["op"] = (int)op, ["d"] = data, ["s"] = null, ["t"] = null }.ToJsonString());

    private void Close(int code, string reason)
    {
        lock (world.Gate)
        {
            // From here on events go to the session alone, not into a connection that nobody may read to its end.
            world.Hub.Leave(this);
            closing ??= (code, reason);
            outbox.Writer.TryComplete();
        }
    }

    private bool TooMany()
    {
        received.Enqueue(Stopwatch.GetTimestamp());
        while (Stopwatch.GetElapsedTime(received.Peek()) > TimeSpan.FromMinutes(1))
        {
            received.Dequeue();
        }

        return received.Count > MessagesPerMinute;
    }

    private static string WithoutPrefix(string token) => token.StartsWith("Bot ", StringComparison.Ordinal) ? token[4..] : token;
}
