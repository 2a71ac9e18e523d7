using System.Net;
using System.Text;
using CsCheck;

namespace Cohorts.Discord.Tests;

public class RateLimitTests
{
    private static readonly CancellationToken None = CancellationToken.None;
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(10);
    private static readonly Route Messages = Route.Post("/channels/{channel.id}/messages");
    private static readonly Route Channels = Route.Get("/guilds/{guild.id}/channels");
    private static readonly Route Roles = Route.Get("/guilds/{guild.id}/roles");

    private readonly WatchedTime time = new();
    private readonly RateLimits limits;

    public RateLimitTests() => limits = new RateLimits(time);

    [Fact]
    public async Task The_first_request_of_a_route_goes_alone_and_the_others_wait_for_what_its_answer_says()
    {
        var first = await EnterAsync(Messages, "channel 1");
        var second = EnterAsync(Messages, "channel 1");
        var third = EnterAsync(Messages, "channel 1");
        Assert.False(second.IsCompleted || third.IsCompleted);

        first.Answered(new BucketHeaders("b", 5, 4, TimeSpan.FromSeconds(5)), null);

        await second.WaitAsync(Patience.Long);
        await third.WaitAsync(Patience.Long);
    }

    [Fact]
    public async Task A_request_that_would_be_refused_waits_until_the_bucket_is_full_again()
    {
        await AnswerAsync(Messages, "channel 1", new BucketHeaders("b", 5, 1, TimeSpan.FromSeconds(4)));
        (await EnterAsync(Messages, "channel 1")).Answered(new BucketHeaders("b", 5, 0, TimeSpan.FromSeconds(4)), null);

        var waiting = EnterAsync(Messages, "channel 1");
        await time.UntilWaitingAsync(TimeSpan.FromSeconds(4));
        time.Advance(TimeSpan.FromSeconds(3.999));
        Assert.False(waiting.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(0.001));
        await waiting.WaitAsync(Patience.Long);
        // The new window holds five: this one and four more.
        for (var i = 0; i < 4; i++)
            Assert.True(EnterAsync(Messages, "channel 1").IsCompleted);
        Assert.False(EnterAsync(Messages, "channel 1").IsCompleted);
    }

    [Fact]
    public async Task Each_channel_has_its_own_count_and_routes_of_one_bucket_share_theirs()
    {
        await AnswerAsync(Channels, "guild 1", new BucketHeaders("shared", 2, 1, TimeSpan.FromSeconds(9)));
        await AnswerAsync(Roles, "guild 1", new BucketHeaders("shared", 2, 0, TimeSpan.FromSeconds(9)));

        Assert.False(EnterAsync(Channels, "guild 1").IsCompleted);
        Assert.False(EnterAsync(Roles, "guild 1").IsCompleted);
        Assert.True(EnterAsync(Channels, "guild 2").IsCompleted);
    }

    [Fact]
    public async Task An_answer_that_was_overtaken_does_not_raise_the_count_again()
    {
        await AnswerAsync(Messages, "c", new BucketHeaders("b", 5, 4, TimeSpan.FromSeconds(9)));
        var slow = await EnterAsync(Messages, "c");
        var quick = await EnterAsync(Messages, "c");
        quick.Answered(new BucketHeaders("b", 5, 2, TimeSpan.FromSeconds(9)), null);
        slow.Answered(new BucketHeaders("b", 5, 3, TimeSpan.FromSeconds(9)), null);

        Assert.True(EnterAsync(Messages, "c").IsCompleted);
        Assert.True(EnterAsync(Messages, "c").IsCompleted);
        Assert.False(EnterAsync(Messages, "c").IsCompleted);
    }

    [Fact]
    public async Task Another_process_with_the_same_bot_shows_in_the_count()
    {
        await AnswerAsync(Messages, "c", new BucketHeaders("b", 5, 4, TimeSpan.FromSeconds(9)));
        await AnswerAsync(Messages, "c", new BucketHeaders("b", 5, 0, TimeSpan.FromSeconds(9)));

        Assert.False(EnterAsync(Messages, "c").IsCompleted);
    }

    [Fact]
    public async Task A_first_request_that_ends_without_an_answer_lets_the_next_one_ask()
    {
        var first = await EnterAsync(Messages, "c");
        var second = EnterAsync(Messages, "c");
        var third = EnterAsync(Messages, "c");
        Assert.False(second.IsCompleted);

        first.Dispose();

        await Task.WhenAny(second, third).WaitAsync(Patience.Long);
        Assert.False(second.IsCompleted && third.IsCompleted);
    }

    [Fact]
    public async Task Fifty_requests_a_second_over_all_routes_and_not_one_more()
    {
        for (var i = 0; i < 50; i++)
        {
            Assert.True(EnterAsync(Channels, $"guild {i}").IsCompleted);
            time.Advance(TimeSpan.FromMilliseconds(1));
        }
        var next = EnterAsync(Channels, "guild 50");
        await time.UntilWaitingAsync(TimeSpan.FromMilliseconds(950));
        time.Advance(TimeSpan.FromMilliseconds(949));
        Assert.False(next.IsCompleted);
        time.Advance(TimeSpan.FromMilliseconds(1));
        await next.WaitAsync(Patience.Long);
    }

    [Fact]
    public void Answers_to_interactions_wait_for_nobody()
    {
        var callback = Route.Post("/interactions/{interaction.id}/{interaction.token}/callback") with { Limited = false };
        limits.BlockAll(TimeSpan.FromHours(1));

        for (var i = 0; i < 200; i++)
            Assert.True(EnterAsync(callback, "same").IsCompleted);
    }

    [Fact]
    public async Task A_global_refusal_stops_every_route()
    {
        limits.BlockAll(TimeSpan.FromSeconds(3));

        var any = EnterAsync(Roles, "guild 9");
        await time.PassAsync(TimeSpan.FromSeconds(3));
        await any.WaitAsync(Patience.Long);
    }

    [Fact]
    public async Task A_wait_longer_than_allowed_is_not_begun()
    {
        await AnswerAsync(Messages, "c", new BucketHeaders("b", 2, 0, TimeSpan.FromMinutes(11)));

        await Assert.ThrowsAsync<RateLimits.TooLongException>(() => limits.EnterAsync(Messages, "c", Long, None));
    }

    [Theory]
    [InlineData("user", """{"retry_after":1.5,"global":false}""", null, 1.5, false)]
    [InlineData("global", """{"retry_after":1.5,"global":true}""", null, 1.5, true)]
    [InlineData("shared", """{"retry_after":0.5,"global":false}""", "1", 0.5, false)]
    [InlineData("user", "{}", "3", 3.0, false)]
    [InlineData(null, "error code: 1015", "42", 42.0, true)]
    [InlineData(null, "", null, 5.0, true)]
    [InlineData("user", """{"retry_after":-1,"global":false}""", null, 5.0, false)]
    [InlineData("user", """{"retry_after":"soon","global":"yes"}""", "2", 2.0, false)]
    public void The_time_to_wait_is_read_from_the_body_or_the_header(string? scope, string body, string? header, double seconds, bool global)
    {
        var answer = new RestPipeline.Answer(
            HttpStatusCode.TooManyRequests, Encoding.UTF8.GetBytes(body), null, BucketHeaders.Seconds(header), scope, Global: false);

        var limited = RateLimited.Read(answer);

        Assert.Equal((TimeSpan.FromSeconds(seconds), global), (limited.RetryAfter, limited.Global));
    }

    [Fact]
    public void Whatever_the_limits_and_whoever_calls_a_single_client_is_never_refused()
    {
        var scenario =
            from limit in Gen.Int[1, 7]
            from window in Gen.Int[1, 6]
            from calls in Gen.Select(Gen.Int[0, 2], Gen.Int[0, 8_000], Gen.Int[0, 900], Gen.Int[0, 900]).Array[5, 60]
            select (limit, window, calls);
        scenario.Sample(
            s =>
            {
                var clock = new Microsoft.Extensions.Time.Testing.FakeTimeProvider();
                var discord = new Bucket(clock, s.limit, TimeSpan.FromSeconds(s.window));
                var underTest = new RateLimits(clock);
                var pump = new Pump();
                var all = pump.Start(() => Task.WhenAll(s.calls.Select(async call =>
                {
                    var (channel, begins, wayThere, wayBack) = call;
                    await Task.Delay(TimeSpan.FromMilliseconds(begins), clock);
                    using var permit = await underTest.EnterAsync(Messages, $"channel {channel}", Long, None);
                    await Task.Delay(TimeSpan.FromMilliseconds(wayThere), clock);
                    var answer = discord.Count(channel);
                    await Task.Delay(TimeSpan.FromMilliseconds(wayBack), clock);
                    permit.Answered(answer, null);
                })));

                for (var step = 0; !all.IsCompleted && step < 20_000; step++)
                {
                    clock.Advance(TimeSpan.FromMilliseconds(50));
                    pump.RunAll();
                }
                return all.IsCompletedSuccessfully && discord.Refusals == 0 && discord.Served == s.calls.Length;
            },
            iter: 300,
            threads: 1);
    }

    private Task<RateLimits.Permit> EnterAsync(Route route, string major) => limits.EnterAsync(route, major, Long, None);

    private async Task AnswerAsync(Route route, string major, BucketHeaders headers) => (await EnterAsync(route, major)).Answered(headers, null);

    /// <summary>Discord's side of one bucket per channel, with windows that begin at their first request.</summary>
    private sealed class Bucket(TimeProvider time, int limit, TimeSpan window)
    {
        private readonly Dictionary<int, (DateTimeOffset Until, int Used)> windows = [];

        public int Refusals { get; private set; }

        public int Served { get; private set; }

        public BucketHeaders Count(int channel)
        {
            var now = time.GetUtcNow();
            var (until, used) = windows.GetValueOrDefault(channel);
            if (now >= until)
                (until, used) = (now + window, 0);
            if (used >= limit)
                Refusals++;
            else
                Served++;
            windows[channel] = (until, used + 1);
            return new BucketHeaders("bucket", limit, Math.Max(0, limit - used - 1), until - now);
        }
    }

    /// <summary>Runs what is awaited on the thread of the test, so that the clock moves only when everything waits.</summary>
    private sealed class Pump : SynchronizationContext
    {
        private readonly Queue<(SendOrPostCallback Callback, object? State)> posted = new();

        public override void Post(SendOrPostCallback d, object? state)
        {
            lock (posted)
                posted.Enqueue((d, state));
        }

        public Task Start(Func<Task> work) => Within(work);

        public void RunAll() => _ = Within(() =>
        {
            while (Next() is { } next)
                next.Callback(next.State);
            return Task.CompletedTask;
        });

        private (SendOrPostCallback Callback, object? State)? Next()
        {
            lock (posted)
                return posted.TryDequeue(out var next) ? next : null;
        }

        private Task Within(Func<Task> work)
        {
            var before = Current;
            SetSynchronizationContext(this);
            try
            {
                return work();
            }
            finally
            {
                SetSynchronizationContext(before);
            }
        }
    }
}
