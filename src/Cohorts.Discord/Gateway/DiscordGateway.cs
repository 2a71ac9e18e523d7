using System.Net.WebSockets;
using System.Text.Json;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace Cohorts.Discord;

/// <summary>
/// The bot's one connection to Discord's gateway: kept up until it is cancelled, with heartbeats, resumed where it broke. Events are
/// handed over one at a time in their order, on a task of their own, so that a slow handler delays no heartbeat; an event counts as
/// received when its handler has returned.
/// </summary>
public sealed partial class DiscordGateway
{
    private const int FailuresAtResumeAddress = 3;

    /// <summary>What is stored lags behind what is handled by no more than this.</summary>
    private static readonly TimeSpan LongestUnsaved = TimeSpan.FromSeconds(1);

    private readonly DiscordRest rest;
    private readonly DiscordGatewayOptions options;
    private readonly IGatewaySessionStore store;
    private readonly Func<GatewayEvent, CancellationToken, Task> handler;
    private readonly TimeProvider time;
    private readonly ILogger<DiscordGateway> log;
    private volatile GatewayState state = GatewayState.Disconnected;

    /// <param name="handler">
    /// Returns when the event is safe; what takes long goes on elsewhere. When it throws, it is called again with the same event, for up to
    /// <see cref="DiscordGatewayOptions.HandlerPatience"/>.
    /// </param>
    public DiscordGateway(
        DiscordRest rest,
        DiscordGatewayOptions options,
        IGatewaySessionStore store,
        Func<GatewayEvent, CancellationToken, Task> handler,
        TimeProvider time,
        ILogger<DiscordGateway> log)
    {
        this.rest = rest;
        this.options = options;
        this.store = store;
        this.handler = handler;
        this.time = time;
        this.log = log;
    }

    public GatewayState State => state;

    private void Become(GatewayState now)
    {
        state = now;
        Telemetry.Is(now);
    }

    /// <summary>Stays connected until cancelled. To be run by one process at a time, and once at a time.</summary>
    /// <exception cref="DiscordGatewayException">Discord does not want this bot as it is; another attempt helps once that is mended.</exception>
    /// <remarks>What the store throws when the session is loaded comes through.</remarks>
    /// <exception cref="OperationCanceledException">Cancelled. The session stays open for a while, for whoever resumes it.</exception>
    public async Task RunAsync(CancellationToken cancellation)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var queue = Channel.CreateUnbounded<Received>(new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });
        var handing = Task.Run(() => HandOverAsync(queue.Reader, stop.Token), CancellationToken.None);
        try
        {
            await StayConnectedAsync(queue.Writer, stop.Token);
        }
        finally
        {
            if (state != GatewayState.ClosedForGood)
                Become(GatewayState.Disconnected);
            queue.Writer.Complete();
            await stop.CancelAsync();
            await handing;
        }
    }

    private async Task StayConnectedAsync(ChannelWriter<Received> queue, CancellationToken cancellation)
    {
        // What this process has received, which is further than what is stored: the rest waits in the queue.
        var session = await store.LoadAsync(cancellation);
        var failures = 0;
        long? unreadableAfter = null;
        while (true)
        {
            Become(GatewayState.Connecting);
            using var connection = new GatewayConnection(rest.Token, options, time, log, queue, () => Become(GatewayState.Connected));
            GatewayEnd end;
            try
            {
                // The address to resume at may be gone; a session can be taken up at the general one too.
                var address = session is not null && failures < FailuresAtResumeAddress
                    ? session.ResumeUrl
                    : await AddressAsync(begins: session is null, cancellation);
                end = await connection.RunAsync(address, session, cancellation);
            }
            catch (DiscordException e) when (e.Failure == DiscordFailure.Unauthorized)
            {
                Become(GatewayState.ClosedForGood);
                throw new DiscordGatewayException(401, $"Discord does not accept the bot's token (401). {DiscordException.HowTokensAreMended}.", e);
            }
            catch (Exception e) when (e is DiscordException or WebSocketException or IOException or HttpRequestException or TimeoutException)
            {
                end = new GatewayEnd(connection.Session ?? session, e.Message, TimeSpan.Zero);
                // Resuming would have the same bytes replayed without end: from the second time on a new session is begun behind them.
                if (connection.Greeted && IsUnreadable(e) && end.Session is { } broken)
                {
                    if (unreadableAfter == broken.Sequence)
                        end = end with { Session = null };
                    unreadableAfter = broken.Sequence;
                }
            }

            Become(GatewayState.Disconnected);
            Telemetry.Disconnected(end.Telling);
            if (end.CloseCode is { } code && DiscordGatewayException.For(code) is { } final)
            {
                Become(GatewayState.ClosedForGood);
                LogFinal(code);
                throw final;
            }

            failures = connection.Established ? 0 : failures + 1;
            session = end.Session;
            var pause = end.Pause + PauseAfter(failures);
            LogDisconnected(end.Why, session is not null, pause.TotalMilliseconds);
            if (pause > TimeSpan.Zero)
                await Task.Delay(pause, time, cancellation);
            cancellation.ThrowIfCancellationRequested();
        }
    }

    /// <summary>A message that is no JSON, or a text that is no UTF-8, which the WebSocket itself refuses.</summary>
    private static bool IsUnreadable(Exception e) => e is WebSocketException { InnerException: JsonException } or WebSocketException { WebSocketErrorCode: WebSocketError.Faulted };

    private async Task<Uri> AddressAsync(bool begins, CancellationToken cancellation)
    {
        var gateway = await rest.GetGatewayAsync(cancellation);
        if (begins && gateway.SessionStartLimit.Remaining <= 0)
        {
            // Discord resets the token of a bot that identifies too often.
            var wait = TimeSpan.FromMilliseconds(Math.Max(1, gateway.SessionStartLimit.ResetAfter));
            LogNoSessionsLeft(gateway.SessionStartLimit.Total, wait.TotalSeconds);
            await Task.Delay(wait, time, cancellation);
        }
        return gateway.Url;
    }

    private TimeSpan PauseAfter(int failures)
    {
        if (failures == 0)
            return TimeSpan.Zero;
        var longest = Math.Min(options.LongestPause.TotalSeconds, Math.Pow(2, failures - 1));
        return TimeSpan.FromSeconds(longest * (0.5 + (options.Jitter() / 2)));
    }

    private async Task HandOverAsync(ChannelReader<Received> queue, CancellationToken cancellation)
    {
        // Only the latest counts. A store that hangs holds up no event: an interaction must be answered within three seconds.
        var handled = Channel.CreateBounded<GatewaySession>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest });
        var saving = Task.Run(() => SaveEachAsync(handled.Reader), CancellationToken.None);
        try
        {
            while (await queue.WaitToReadAsync(cancellation))
            {
                Received? last = null;
                var unsavedSince = time.GetTimestamp();
                while (time.GetElapsedTime(unsavedSince) < LongestUnsaved && queue.TryRead(out var received))
                {
                    if (!await HandAsync(received.Event, cancellation))
                        break;
                    last = received;
                }
                if (last is not null)
                    handled.Writer.TryWrite(last.Session);
                cancellation.ThrowIfCancellationRequested();
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // What still waits in the queue is not stored as received, and so is replayed to whoever resumes.
        }
        finally
        {
            handled.Writer.Complete();
            await saving;
        }
    }

    private async Task SaveEachAsync(ChannelReader<GatewaySession> handled)
    {
        await foreach (var session in handled.ReadAllAsync())
            await SaveAsync(session);
    }

    /// <returns>False: cancelled before it was handled.</returns>
    private async Task<bool> HandAsync(GatewayEvent happened, CancellationToken cancellation)
    {
        var started = time.GetTimestamp();
        for (var attempt = 1; ; attempt++)
        {
            if (cancellation.IsCancellationRequested)
                return false;
            try
            {
                await handler(happened, cancellation);
                Telemetry.Event(happened.Name, "handled");
                return true;
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                return false;
            }
#pragma warning disable CA1031 // Whatever a handler throws must not end the connection for everybody.
            catch (Exception e)
#pragma warning restore CA1031
            {
                if (time.GetElapsedTime(started) >= options.HandlerPatience)
                {
                    LogGivenUp(e, happened.Name, attempt);
                    Telemetry.Event(happened.Name, "given_up");
                    return true;
                }
                LogHandlerFailed(e, happened.Name, attempt);
            }
            try
            {
                await Task.Delay(TimeSpan.FromMilliseconds(Math.Min(5_000, 125 * Math.Pow(2, attempt))), time, cancellation);
            }
            catch (OperationCanceledException)
            {
                return false;
            }
        }
    }

    /// <summary>Not cancelled: what was handled just before the end would otherwise be handled again.</summary>
    private async Task SaveAsync(GatewaySession session)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(10), time);
        try
        {
            await store.SaveAsync(session, deadline.Token);
        }
#pragma warning disable CA1031 // A session that is not kept costs events that come twice; the next one is kept again.
        catch (Exception e)
#pragma warning restore CA1031
        {
            LogNotSaved(e, session.Sequence);
        }
    }

    [LoggerMessage(20, LogLevel.Information, "Gateway: connection ended ({Why}); resumes: {Resumes}; next attempt in {Milliseconds:0} ms")]
    private partial void LogDisconnected(string why, bool resumes, double milliseconds);

    [LoggerMessage(21, LogLevel.Error, "Gateway: closed for good by Discord ({CloseCode})")]
    private partial void LogFinal(int closeCode);

    [LoggerMessage(22, LogLevel.Error, "Gateway: all {Total} new sessions of the day are used up, waiting {Seconds:0} s")]
    private partial void LogNoSessionsLeft(int total, double seconds);

    [LoggerMessage(23, LogLevel.Warning, "Gateway: handling {EventName} failed (attempt {Attempt}), trying again")]
    private partial void LogHandlerFailed(Exception exception, string eventName, int attempt);

    [LoggerMessage(24, LogLevel.Error, "Gateway: handling {EventName} failed {Attempt} times, given up")]
    private partial void LogGivenUp(Exception exception, string eventName, int attempt);

    [LoggerMessage(25, LogLevel.Warning, "Gateway: the session at {Sequence} was not stored")]
    private partial void LogNotSaved(Exception exception, long sequence);
}

/// <summary>An event and the session as it is once the event is handled.</summary>
internal sealed record Received(GatewayEvent Event, GatewaySession Session);

/// <summary>How one connection ended.</summary>
/// <param name="Session">To be resumed; null: a new one is begun.</param>
/// <param name="Why">For the log.</param>
/// <param name="Pause">That Discord asks for.</param>
internal sealed record GatewayEnd(GatewaySession? Session, string Why, TimeSpan Pause, int? CloseCode = null)
{
    /// <summary>For metrics: few different values.</summary>
    public string Telling => CloseCode is { } code ? $"close {code}" : Pause > TimeSpan.Zero ? "invalid session" : "lost";
}
