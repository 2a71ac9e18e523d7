using System.Globalization;
using System.Net.Http.Headers;

namespace Cohorts.Discord;

/// <summary>What an answer says about its bucket.</summary>
/// <param name="ResetAfter">From the arrival of the answer on.</param>
internal sealed record BucketHeaders(string Bucket, int Limit, int Remaining, TimeSpan ResetAfter)
{
    public static BucketHeaders? Read(HttpResponseHeaders headers)
    {
        if (Single(headers, "X-RateLimit-Bucket") is not { Length: > 0 } bucket
            || !int.TryParse(Single(headers, "X-RateLimit-Limit"), NumberStyles.None, CultureInfo.InvariantCulture, out var limit)
            || !int.TryParse(Single(headers, "X-RateLimit-Remaining"), NumberStyles.None, CultureInfo.InvariantCulture, out var remaining)
            || Seconds(Single(headers, "X-RateLimit-Reset-After")) is not { } resetAfter)
            return null;
        return new BucketHeaders(bucket, Math.Max(1, limit), remaining, resetAfter);
    }

    public static string? Single(HttpResponseHeaders headers, string name) =>
        headers.TryGetValues(name, out var values) ? values.FirstOrDefault() : null;

    /// <returns>Null where it is no number of seconds between 0 and a day.</returns>
    public static TimeSpan? Seconds(string? text) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds) ? Seconds(seconds) : null;

    public static TimeSpan? Seconds(double seconds) => seconds is >= 0 and <= 86_400 ? TimeSpan.FromSeconds(seconds) : null;
}

/// <summary>
/// Waits before a request rather than after its refusal. Nothing about the routes is known beforehand: the first request of a route
/// goes alone, and its answer's headers say how many may follow and until when. Routes with the same bucket name share one count; each
/// channel, guild and webhook has its own. All this is of one process: another process with the same bot shows in the headers.
/// </summary>
internal sealed class RateLimits(TimeProvider time)
{
    /// <summary>Per bot, over all routes but interaction callbacks (Discord's documentation, "Global Rate Limit").</summary>
    public const int GlobalPerSecond = 50;

    /// <summary>From here on, counts that say nothing any more are thrown away.</summary>
    private const int ManyBuckets = 1_000;

    private static readonly TimeSpan GlobalWindow = TimeSpan.FromSeconds(1);

    private readonly Lock gate = new();
    private readonly Dictionary<string, string> bucketOfRoute = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Bucket, string Major), Bucket> buckets = [];
    private readonly Queue<DateTimeOffset> sentLately = new();
    private DateTimeOffset globalUntil = DateTimeOffset.MinValue;

    /// <summary>Returns when the request may be sent; it counts from now on.</summary>
    /// <param name="longestWait">Where more than this is still to be waited, the wait is not begun.</param>
    /// <exception cref="TooLongException">The wait would be longer than <paramref name="longestWait"/>.</exception>
    public async Task<Permit> EnterAsync(Route route, string major, TimeSpan longestWait, CancellationToken cancellation)
    {
        if (!route.Limited)
            return new Permit(this, route, major, null);

        while (true)
        {
            Task? change = null;
            DateTimeOffset? until = null;
            lock (gate)
            {
                var now = time.GetUtcNow();
                var bucket = BucketFor(route, major);
                var wait = Later(bucket.MayEnterAt(now), GlobalMayEnterAt(now));
                if (wait == Entry.Now)
                {
                    bucket.Enter();
                    sentLately.Enqueue(now);
                    return new Permit(this, route, major, bucket);
                }
                if (wait == Entry.WhenAnswered)
                    change = bucket.Changed.Task;
                else
                    until = wait;
            }

            if (change is not null)
            {
                await change.WaitAsync(cancellation);
            }
            else
            {
                var delay = until!.Value - time.GetUtcNow();
                if (delay > longestWait)
                    throw new TooLongException(delay);
                if (delay > TimeSpan.Zero)
                {
                    Telemetry.Waited(route, delay);
                    await Task.Delay(delay, time, cancellation);
                }
            }
        }
    }

    /// <summary>Discord refused with 429, for the whole bot.</summary>
    public void BlockAll(TimeSpan retryAfter)
    {
        lock (gate)
            globalUntil = Later(globalUntil, time.GetUtcNow() + retryAfter);
    }

    private Bucket BucketFor(Route route, string major)
    {
        var name = bucketOfRoute.GetValueOrDefault(route.Name, route.Name);
        if (buckets.TryGetValue((name, major), out var bucket))
            return bucket;
        if (buckets.Count >= ManyBuckets)
        {
            var now = time.GetUtcNow();
            foreach (var idle in buckets.Where(b => b.Value.IsIdle(now)).Select(b => b.Key).ToArray())
                buckets.Remove(idle);
        }
        return buckets[(name, major)] = new Bucket();
    }

    private DateTimeOffset GlobalMayEnterAt(DateTimeOffset now)
    {
        while (sentLately.TryPeek(out var oldest) && now - oldest >= GlobalWindow)
            sentLately.Dequeue();
        var window = sentLately.Count < GlobalPerSecond ? Entry.Now : sentLately.Peek() + GlobalWindow;
        return Later(window, globalUntil > now ? globalUntil : Entry.Now);
    }

    private static DateTimeOffset Later(DateTimeOffset a, DateTimeOffset b) => a > b ? a : b;

    private void Answered(Permit permit, BucketHeaders? headers, TimeSpan? blockedFor)
    {
        if (permit.Bucket is not { } entered)
            return;
        lock (gate)
        {
            var now = time.GetUtcNow();
            entered.Leave();
            var bucket = entered;
            if (headers is not null)
            {
                bucketOfRoute[permit.Route.Name] = headers.Bucket;
                bucket = BucketFor(permit.Route, permit.Major);
                bucket.Learn(headers, now);
            }
            if (blockedFor is { } span)
                bucket.Block(now + span);
            // Those who wait look again; perhaps their route has another bucket now.
            entered.Announce();
            bucket.Announce();
        }
    }

    private static class Entry
    {
        public static readonly DateTimeOffset Now = DateTimeOffset.MinValue;

        /// <summary>Nothing is known until an answer comes.</summary>
        public static readonly DateTimeOffset WhenAnswered = DateTimeOffset.MaxValue;
    }

    /// <summary>The right to send one request. Given back with what the answer said, or without, when there was none.</summary>
    internal sealed class Permit(RateLimits limits, Route route, string major, Bucket? bucket) : IDisposable
    {
        private bool returned;

        public Route Route { get; } = route;

        public string Major { get; } = major;

        public Bucket? Bucket { get; } = bucket;

        public void Answered(BucketHeaders? headers, TimeSpan? blockedFor)
        {
            returned = true;
            limits.Answered(this, headers, blockedFor);
        }

        public void Dispose()
        {
            if (!returned)
                Answered(null, null);
        }
    }

    /// <summary>Guarded by the gate of its owner.</summary>
    internal sealed class Bucket
    {
        private int limit = 1;
        private int remaining = 1;
        private int inFlight;

        /// <summary>Null: not told yet when the present window ends.</summary>
        private DateTimeOffset? resetAt;
        private DateTimeOffset blockedUntil = DateTimeOffset.MinValue;

        public TaskCompletionSource Changed { get; private set; } = Signal();

        public DateTimeOffset MayEnterAt(DateTimeOffset now)
        {
            if (blockedUntil > now)
                return blockedUntil;
            if (resetAt is { } reset && now >= reset)
            {
                // A new window. What is still on its way may be counted in it.
                remaining = Math.Max(0, limit - inFlight);
                resetAt = null;
            }
            if (remaining > 0)
                return Entry.Now;
            return resetAt ?? (inFlight > 0 ? Entry.WhenAnswered : Renew());
        }

        public void Enter()
        {
            remaining--;
            inFlight++;
        }

        public void Leave() => inFlight--;

        public void Learn(BucketHeaders headers, DateTimeOffset now)
        {
            limit = headers.Limit;
            // Within a window the lower count is the true one: answers overtake each other, and other processes take from the same bucket.
            remaining = resetAt is { } reset && now < reset
                ? Math.Min(remaining, headers.Remaining)
                : Math.Max(0, headers.Remaining - inFlight);
            resetAt = now + headers.ResetAfter;
        }

        public void Block(DateTimeOffset until)
        {
            if (until > blockedUntil)
                blockedUntil = until;
            remaining = 0;
            resetAt = blockedUntil;
        }

        public void Announce()
        {
            var changed = Changed;
            Changed = Signal();
            changed.TrySetResult();
        }

        public bool IsIdle(DateTimeOffset now) => inFlight == 0 && blockedUntil <= now && (resetAt is null || resetAt <= now);

        /// <summary>The only request of its window ended without an answer that says anything: the next one asks again, alone.</summary>
        private DateTimeOffset Renew()
        {
            remaining = 1;
            return Entry.Now;
        }

        private static TaskCompletionSource Signal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    internal sealed class TooLongException(TimeSpan wait) : Exception
    {
        public TimeSpan Wait { get; } = wait;
    }
}
