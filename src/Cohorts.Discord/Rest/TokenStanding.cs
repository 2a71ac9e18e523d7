namespace Cohorts.Discord;

/// <summary>
/// Whether Discord takes the bot's token. A 401 of one route is that request's alone; only <c>/users/@me</c>, which every valid token may
/// read, says it for all. While the token is refused nothing else is sent with it, and <c>/users/@me</c> is asked again after pauses that
/// grow to a minute: each 401 counts towards a ban at 10,000 within ten minutes.
/// </summary>
internal sealed class TokenStanding(DiscordRestOptions options, TimeProvider time) : IDisposable
{
    public static readonly Route WhoAmI = Route.Get("/users/@me");

    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(1);

    private readonly SemaphoreSlim asking = new(1, 1);
    private volatile BotToken token = options.Token;
    private volatile Refusal? refusal;
    private long asked;

    public BotToken Token => token;

    /// <summary>From a refusal by <c>/users/@me</c> until it accepts the token again.</summary>
    public bool IsRefused => refusal is not null;

    /// <summary>Before a request: asks again where the time for it has come, or where the settings have another token by now.</summary>
    /// <param name="ask">Asks <c>/users/@me</c> with <see cref="Token"/>.</param>
    /// <returns>Whether the request may be sent.</returns>
    public async Task<bool> MaySendAsync(Func<CancellationToken, Task<TokenVerdict>> ask, CancellationToken cancellation)
    {
        if (refusal is null)
            return true;
        await asking.WaitAsync(cancellation);
        try
        {
            if (refusal is not { } since)
                return true;
            if (TakeLatest() || time.GetElapsedTime(since.At) >= since.Pause)
                Conclude(await ask(cancellation));
            return refusal is null;
        }
        finally
        {
            asking.Release();
        }
    }

    /// <summary>After a 401 to another request. Many at once are one question: whoever waited while it was asked has its answer.</summary>
    public async Task<TokenVerdict> JudgeAsync(Func<CancellationToken, Task<TokenVerdict>> ask, CancellationToken cancellation)
    {
        var before = Volatile.Read(ref asked);
        await asking.WaitAsync(cancellation);
        try
        {
            if (refusal is not null)
                return TokenVerdict.Refused;
            if (asked > before)
                return TokenVerdict.Accepted;
            var verdict = await ask(cancellation);
            Conclude(verdict);
            return verdict;
        }
        finally
        {
            asking.Release();
        }
    }

    /// <summary>What <c>/users/@me</c> said of itself to somebody who asked it for another reason.</summary>
    public void Conclude(TokenVerdict verdict)
    {
        switch (verdict)
        {
            case TokenVerdict.Accepted:
                refusal = null;
                Interlocked.Increment(ref asked);
                break;
            case TokenVerdict.Refused:
                var pause = refusal is { } last ? TimeSpan.FromTicks(Math.Min(last.Pause.Ticks * 2, LongestPause.Ticks)) : FirstPause;
                refusal = new Refusal(time.GetTimestamp(), pause);
                break;
            case TokenVerdict.NotKnown when refusal is { } waiting:
                refusal = waiting with { At = time.GetTimestamp() };
                break;
        }
    }

    public void Dispose() => asking.Dispose();

    /// <returns>Whether the settings hold another token than the one that was refused.</returns>
    private bool TakeLatest()
    {
        if (options.LatestToken?.Invoke() is not { } latest || latest.Value == token.Value)
            return false;
        token = latest;
        return true;
    }

    /// <param name="At">When it was asked last.</param>
    private sealed record Refusal(long At, TimeSpan Pause);
}

internal enum TokenVerdict
{
    Accepted,
    Refused,

    /// <summary>Discord did not answer.</summary>
    NotKnown,
}
