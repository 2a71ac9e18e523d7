using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Cohorts.Discord.Simulator.Model;

namespace Cohorts.Discord.Simulator.Rest;

/// <summary>A pace that some routes share, counted for each value of their major parameter (the guild, the channel).</summary>
internal sealed record Pace(string Name, int Requests, TimeSpan Window)
{
    /// <summary>What X-RateLimit-Bucket names: opaque, and the same for all routes that share the pace.</summary>
    public string Bucket { get; } = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Name)))[..32];

    public static readonly Pace Messages = new("messages", 5, TimeSpan.FromSeconds(5));
    public static readonly Pace MessageEdits = new("message edits", 5, TimeSpan.FromSeconds(5));
    public static readonly Pace ChannelCreation = new("channel creation", 10, TimeSpan.FromSeconds(10));
    public static readonly Pace ScheduledEvents = new("scheduled events", 5, TimeSpan.FromSeconds(5));
    public static readonly Pace Overwrites = new("overwrites", 10, TimeSpan.FromSeconds(10));
    public static readonly Pace MemberEdits = new("member edits", 10, TimeSpan.FromSeconds(10));
    /// <summary>Counted beside a channel's ordinary pace, and named in no header until it is passed, as at Discord.</summary>
    public static readonly Pace Renames = new("channel rename or topic", 2, TimeSpan.FromMinutes(10));
    public static readonly Pace Global = new("global", 50, TimeSpan.FromSeconds(1));
    /// <summary>For routes of which nothing is known: the headers are there, the global pace is met first.</summary>
    public static readonly Pace Other = new("other", 50, TimeSpan.FromSeconds(1));
}

/// <summary>What a bucket holds after a request.</summary>
/// <param name="RetryAfter">How long to wait; null where the request may pass.</param>
internal sealed record Allowance(Pace Pace, int Limit, int Remaining, DateTimeOffset Reset, TimeSpan ResetAfter, TimeSpan? RetryAfter)
{
    public void WriteTo(IHeaderDictionary headers)
    {
        headers["X-RateLimit-Limit"] = Limit.ToString(CultureInfo.InvariantCulture);
        headers["X-RateLimit-Remaining"] = Remaining.ToString(CultureInfo.InvariantCulture);
        headers["X-RateLimit-Reset"] = (Reset.ToUnixTimeMilliseconds() / 1000.0).ToString("F3", CultureInfo.InvariantCulture);
        headers["X-RateLimit-Reset-After"] = ResetAfter.TotalSeconds.ToString("F3", CultureInfo.InvariantCulture);
        headers["X-RateLimit-Bucket"] = Pace.Bucket;
    }
}

/// <summary>Counts requests in windows of the simulator's clock.</summary>
internal sealed class RateLimits(SimulatorClock clock, double factor)
{
    /// <summary>Documented: so many answers of 401, 403 and 429 within ten minutes, and the address is shut out for a time.</summary>
    private const int InvalidRequests = 10_000;

    private static readonly TimeSpan InvalidWindow = TimeSpan.FromMinutes(10);

    private readonly Lock gate = new();
    private readonly Dictionary<(string Pace, string Major), Window> windows = [];
    private readonly Queue<DateTimeOffset> invalid = [];
    private double factor = factor;

    private sealed class Window
    {
        public int Used { get; set; }
        public DateTimeOffset Reset { get; set; }
    }

    /// <summary>Requests allowed in each window, multiplied by this. A new factor begins all windows anew.</summary>
    public double Factor
    {
        get
        {
            lock (gate)
            {
                return factor;
            }
        }
        set
        {
            lock (gate)
            {
                factor = value;
                windows.Clear();
                invalid.Clear();
            }
        }
    }

    /// <summary>Takes one request from the bucket, or says how long to wait.</summary>
    public Allowance Spend(Pace pace, string major)
    {
        lock (gate)
        {
            var now = clock.GetUtcNow();
            if (!windows.TryGetValue((pace.Name, major), out var window) || window.Reset <= now)
            {
                window = new Window { Reset = now + pace.Window };
                windows[(pace.Name, major)] = window;
            }

            var limit = Math.Max(1, (int)Math.Round(pace.Requests * factor));
            var after = window.Reset - now;
            if (window.Used >= limit)
            {
                return new Allowance(pace, limit, 0, window.Reset, after, after);
            }

            window.Used++;
            return new Allowance(pace, limit, limit - window.Used, window.Reset, after, RetryAfter: null);
        }
    }

    /// <summary>How long the address is shut out for its invalid requests; null where it is not.</summary>
    public TimeSpan? ShutOut()
    {
        lock (gate)
        {
            var now = clock.GetUtcNow();
            while (invalid.TryPeek(out var oldest) && now - oldest > InvalidWindow)
            {
                invalid.Dequeue();
            }

            return invalid.Count >= InvalidRequests ? invalid.Peek() + InvalidWindow - now : null;
        }
    }

    public void CountInvalid()
    {
        lock (gate)
        {
            invalid.Enqueue(clock.GetUtcNow());
        }
    }
}

/// <summary>Ends a call with 429.</summary>
internal sealed class RateLimited(Allowance allowance) : Exception("You are being rate limited.")
{
    public Allowance Allowance { get; } = allowance;
}
