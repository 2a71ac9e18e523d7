using System.Net;
using System.Net.Sockets;

namespace Cohorts.Discord.Tests;

public class RetryTests
{
    private static readonly CancellationToken None = CancellationToken.None;
    private static readonly Snowflake Guild = new(1);
    private static readonly Snowflake Channel = new(2);
    private static readonly InteractionToken Secret = new("an-interaction-token-of-some-length");
    private static readonly Answer Object = new(200, """{"id":"77"}""");
    private static readonly Answer Failure = new(500, "{}");

    /// <summary>Between first and second attempt: 500 ms at most, three quarters of it with a jitter of 0.5.</summary>
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(375);
    private static readonly TimeSpan SecondPause = TimeSpan.FromMilliseconds(750);
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(15);

    public static TheoryData<string> WhatCanBeRepeated => ["get", "put", "patch", "delete", "message with nonce"];

    public static TheoryData<string> WhatCannotBeRepeated => ["channel", "event", "message", "follow-up"];

    [Theory]
    [MemberData(nameof(WhatCanBeRepeated))]
    public async Task What_is_the_same_done_twice_is_repeated_after_a_failure_a_broken_connection_and_a_silence(string what)
    {
        var time = new WatchedTime();
        await using var discord = await TestDiscord.StartAsync(Failure, Answer.Lost, Answer.Never, what is "delete" or "put" ? new Answer(204) : Object);
        using var rest = discord.Client(time);

        var call = CallAsync(rest, what);
        await time.PassAsync(FirstPause);
        await time.PassAsync(SecondPause);
        await time.UntilWaitingAsync(Timeout);
        // The request must have arrived before its time runs out, or it would count as never sent.
        await UntilAsync(() => discord.Requests.Count == 3);
        time.Advance(Timeout);
        await time.PassAsync(TimeSpan.FromMilliseconds(1500));
        await call.WaitAsync(Patience.Long);

        Assert.Equal(4, discord.Requests.Count);
        Assert.Single(discord.Requests.Select(r => r.Json).Distinct());
    }

    [Fact]
    public async Task Each_attempt_is_preceded_by_a_look_whether_it_may_still_be_made_and_after_the_pause_before_it()
    {
        var time = new WatchedTime();
        await using var discord = await TestDiscord.StartAsync(Failure, Object);
        using var rest = discord.Client(time);
        var mayCall = true;
        using var looking = rest.LookingBeforeEachCall(_ => mayCall ? Task.CompletedTask : throw new InvalidOperationException("no more"));

        var call = looking.GetGuildAsync(Guild, None);
        await time.UntilWaitingAsync(FirstPause);
        mayCall = false;
        time.Advance(FirstPause);

        await Assert.ThrowsAsync<InvalidOperationException>(() => call.WaitAsync(Patience.Long));
        Assert.Single(discord.Requests);
    }

    [Theory]
    [MemberData(nameof(WhatCannotBeRepeated))]
    public async Task What_would_be_done_twice_is_not_repeated_and_its_outcome_is_unknown(string what)
    {
        foreach (var answer in new[] { Failure, new Answer(502, "<html>"), Answer.Lost })
        {
            await using var discord = await TestDiscord.StartAsync(answer, Object);
            using var rest = discord.Client(TimeProvider.System);

            var error = await Assert.ThrowsAsync<DiscordException>(() => CallAsync(rest, what));

            Assert.Equal(DiscordFailure.OutcomeUnknown, error.Failure);
            Assert.Single(discord.Requests);
        }
    }

    [Theory]
    [MemberData(nameof(WhatCannotBeRepeated))]
    public async Task A_silence_leaves_the_outcome_unknown_too(string what)
    {
        var time = new WatchedTime();
        await using var discord = await TestDiscord.StartAsync(Answer.Never);
        using var rest = discord.Client(time);

        var call = CallAsync(rest, what);
        await time.UntilWaitingAsync(Timeout);
        await UntilAsync(() => discord.Requests.Count == 1);
        time.Advance(Timeout);

        var error = await Assert.ThrowsAsync<DiscordException>(() => call.WaitAsync(Patience.Long));
        Assert.Equal(DiscordFailure.OutcomeUnknown, error.Failure);
    }

    [Theory]
    [MemberData(nameof(WhatCannotBeRepeated))]
    public async Task What_never_reached_Discord_is_tried_again_whatever_it_is(string what)
    {
        var time = new WatchedTime();
        using var nobody = new TcpListener(IPAddress.Loopback, 0);
        nobody.Start();
        var port = ((IPEndPoint)nobody.LocalEndpoint).Port;
        nobody.Stop();
        await using var discord = await TestDiscord.StartAsync(Object);
        using var rest = discord.Client(time, with: o => o with { BaseAddress = new Uri($"http://127.0.0.1:{port}/api/v10"), MostAttempts = 2 });

        var call = CallAsync(rest, what);
        await time.PassAsync(FirstPause);

        var error = await Assert.ThrowsAsync<DiscordException>(() => call.WaitAsync(Patience.Long));
        Assert.Equal(DiscordFailure.Unavailable, error.Failure);
    }

    [Theory]
    [MemberData(nameof(WhatCannotBeRepeated))]
    public async Task A_429_was_not_carried_out_and_is_always_repeated_after_the_time_that_Discord_names(string what)
    {
        var time = new WatchedTime();
        await using var discord = await TestDiscord.StartAsync(
            new Answer(429, """{"message":"You are being rate limited.","retry_after":1.25,"global":false}""", ("X-RateLimit-Scope", "user")), Object);
        using var rest = discord.Client(time);

        var call = CallAsync(rest, what);
        await time.PassAsync(TimeSpan.FromSeconds(1.25));
        await call.WaitAsync(Patience.Long);

        Assert.Equal(2, discord.Requests.Count);
    }

    [Fact]
    public async Task Repetition_ends_after_five_attempts()
    {
        var time = new WatchedTime();
        await using var discord = await TestDiscord.StartAsync(new Answer(503));
        using var rest = discord.Client(time);

        var call = rest.GetGuildAsync(Guild, None);
        foreach (var milliseconds in new[] { 375, 750, 1500, 3000 })
            await time.PassAsync(TimeSpan.FromMilliseconds(milliseconds));

        var error = await Assert.ThrowsAsync<DiscordException>(() => call.WaitAsync(Patience.Long));
        Assert.Equal((DiscordFailure.Unavailable, HttpStatusCode.ServiceUnavailable), (error.Failure, error.Status));
        Assert.Equal(5, discord.Requests.Count);
    }

    [Fact]
    public async Task A_change_that_may_have_been_made_and_never_was_confirmed_is_of_unknown_outcome()
    {
        var time = new WatchedTime();
        await using var discord = await TestDiscord.StartAsync(Failure);
        using var rest = discord.Client(time, with: o => o with { MostAttempts = 2 });

        var call = rest.PutOverwriteAsync(Channel, new PermissionOverwrite(Guild, OverwriteType.Role, Permissions.None, Permissions.None), "r", None);
        await time.PassAsync(FirstPause);

        var error = await Assert.ThrowsAsync<DiscordException>(() => call.WaitAsync(Patience.Long));
        Assert.Equal(DiscordFailure.OutcomeUnknown, error.Failure);
    }

    [Fact]
    public async Task The_pause_is_the_one_that_Discord_names()
    {
        var time = new WatchedTime();
        await using var discord = await TestDiscord.StartAsync(new Answer(503, "", ("Retry-After", "7")), Object);
        using var rest = discord.Client(time);

        var call = rest.GetGuildAsync(Guild, None);
        await time.PassAsync(TimeSpan.FromSeconds(7));
        await call.WaitAsync(Patience.Long);
    }

    [Theory]
    [InlineData(400)]
    [InlineData(403)]
    [InlineData(404)]
    public async Task A_refusal_is_not_repeated(int status)
    {
        await using var discord = await TestDiscord.StartAsync(new Answer(status));
        using var rest = discord.Client(TimeProvider.System);

        var error = await Assert.ThrowsAsync<DiscordException>(() => rest.GetGuildAsync(Guild, None));

        Assert.Equal((DiscordFailure.Refused, status), (error.Failure, (int)error.Status!));
        Assert.Single(discord.Requests);
    }

    [Fact]
    public async Task A_404_after_a_deletion_whose_answer_was_lost_means_that_it_was_done()
    {
        var time = new WatchedTime();
        await using var discord = await TestDiscord.StartAsync(Answer.Lost, new Answer(404, """{"code":10003,"message":"Unknown Channel"}"""));
        using var rest = discord.Client(time);

        var call = rest.DeleteOverwriteAsync(Channel, new Snowflake(5), "r", None);
        await time.PassAsync(FirstPause);
        await call.WaitAsync(Patience.Long);
    }

    [Fact]
    public async Task A_404_to_the_first_deletion_is_a_refusal()
    {
        await using var discord = await TestDiscord.StartAsync(new Answer(404, """{"code":10003,"message":"Unknown Channel"}"""));
        using var rest = discord.Client(TimeProvider.System);

        var error = await Assert.ThrowsAsync<DiscordException>(() => rest.DeleteOverwriteAsync(Channel, new Snowflake(5), "r", None));
        Assert.Equal(DiscordErrorCode.UnknownChannel, error.Code);
    }

    [Fact]
    public async Task A_first_answer_whose_confirmation_was_lost_is_given_again_and_already_acknowledged_then_is_success()
    {
        var time = new WatchedTime();
        var acknowledged = new Answer(400, """{"code":40060,"message":"Interaction has already been acknowledged."}""");
        await using var discord = await TestDiscord.StartAsync(Answer.Lost, acknowledged, acknowledged);
        using var rest = discord.Client(time);

        var call = rest.RespondAsync(new Snowflake(7), Secret, InteractionResponse.Defer(), None);
        await time.PassAsync(FirstPause);
        await call.WaitAsync(Patience.Long);

        // Without a lost answer before it, somebody else has answered.
        var error = await Assert.ThrowsAsync<DiscordException>(() => rest.RespondAsync(new Snowflake(7), Secret, InteractionResponse.Defer(), None));
        Assert.Equal(DiscordErrorCode.InteractionAlreadyAcknowledged, error.Code);
    }

    [Fact]
    public async Task A_first_answer_has_little_time()
    {
        var time = new WatchedTime();
        await using var discord = await TestDiscord.StartAsync(Answer.Never, new Answer(204));
        using var rest = discord.Client(time);

        var call = rest.RespondAsync(new Snowflake(7), Secret, InteractionResponse.Defer(), None);
        await time.UntilWaitingAsync(TimeSpan.FromSeconds(1.2));
        await UntilAsync(() => discord.Requests.Count == 1);
        time.Advance(TimeSpan.FromSeconds(1.2));
        await time.PassAsync(FirstPause);
        await call.WaitAsync(Patience.Long);
    }

    [Fact]
    public async Task After_a_401_nothing_is_sent_with_the_bots_token_any_more()
    {
        await using var discord = await TestDiscord.StartAsync(
            r => new Answer(r.Path is "/guilds/1" or "/users/@me" ? 401 : 200, """{"id":"1","code":0,"message":"401: Unauthorized"}"""));
        using var rest = discord.Client(TimeProvider.System);

        var first = await Assert.ThrowsAsync<DiscordException>(() => rest.GetGuildAsync(Guild, None));
        var second = await Assert.ThrowsAsync<DiscordException>(() => rest.ListChannelsAsync(Guild, None));
        await rest.GetOriginalResponseAsync(new Snowflake(8), Secret, None);

        Assert.Equal((DiscordFailure.Unauthorized, DiscordFailure.Unauthorized), (first.Failure, second.Failure));
        Assert.Contains("Reset it in the developer portal", first.Message, StringComparison.Ordinal);
        Assert.Equal(["/guilds/1", "/users/@me"], discord.Requests.Take(2).Select(r => r.Path));
        Assert.Equal(3, discord.Requests.Count);
    }

    [Fact]
    public async Task An_interaction_token_that_died_says_nothing_about_the_bots_token()
    {
        await using var discord = await TestDiscord.StartAsync(
            r => r.Path.StartsWith("/webhooks", StringComparison.Ordinal) ? new Answer(401, """{"code":50027,"message":"Invalid Webhook Token"}""") : Object);
        using var rest = discord.Client(TimeProvider.System);

        var error = await Assert.ThrowsAsync<DiscordException>(() => rest.GetOriginalResponseAsync(new Snowflake(8), Secret, None));
        Assert.Equal((DiscordFailure.Refused, DiscordErrorCode.InvalidWebhookToken), (error.Failure, error.Code));
        await rest.GetGuildAsync(Guild, None);
    }

    [Fact]
    public async Task Refused_requests_are_counted_and_before_Discord_bans_the_address_nothing_is_sent()
    {
        var time = new WatchedTime();
        await using var discord = await TestDiscord.StartAsync(new Answer(403, """{"code":50013,"message":"Missing Permissions"}"""));
        using var rest = discord.Client(time, with: o => o with { MostInvalidRequests = 3 });

        for (var i = 0; i < 3; i++)
        {
            await Assert.ThrowsAsync<DiscordException>(() => rest.GetGuildAsync(Guild, None));
            time.Advance(TimeSpan.FromMinutes(1));
        }
        var stopped = await Assert.ThrowsAsync<DiscordException>(() => rest.GetGuildAsync(Guild, None));

        Assert.Equal((DiscordFailure.Stopped, TimeSpan.FromMinutes(7)), (stopped.Failure, stopped.RetryAfter));
        Assert.Equal(3, discord.Requests.Count);

        time.Advance(TimeSpan.FromMinutes(7));
        var refused = await Assert.ThrowsAsync<DiscordException>(() => rest.GetGuildAsync(Guild, None));
        Assert.Equal(DiscordFailure.Refused, refused.Failure);
    }

    [Theory]
    [InlineData("user", 1)]
    [InlineData("global", 1)]
    [InlineData("shared", 0)]
    public async Task Only_a_limit_that_many_share_does_not_count_towards_the_ban(string scope, int counted)
    {
        var time = new WatchedTime();
        await using var discord = await TestDiscord.StartAsync(
            new Answer(429, """{"retry_after":2,"global":false}""", ("X-RateLimit-Scope", scope)), Object);
        // One that counts is the last that may be sent.
        using var rest = discord.Client(time, with: o => o with { MostInvalidRequests = 1 });

        var call = rest.GetGuildAsync(Guild, None);
        if (counted == 0)
        {
            await time.PassAsync(TimeSpan.FromSeconds(2));
            await call.WaitAsync(Patience.Long);
        }
        else
        {
            Assert.Equal(DiscordFailure.Stopped, (await Assert.ThrowsAsync<DiscordException>(() => call.WaitAsync(Patience.Long))).Failure);
        }

        Assert.Equal(2 - counted, discord.Requests.Count);
    }

    [Fact]
    public async Task A_cancelled_call_ends_at_once_wherever_it_is()
    {
        var time = new WatchedTime();
        await using var discord = await TestDiscord.StartAsync(Answer.Never, Failure, new Answer(429, """{"retry_after":500,"global":false}"""));
        using var rest = discord.Client(time);

        using (var onItsWay = new CancellationTokenSource())
        {
            var call = rest.GetGuildAsync(Guild, onItsWay.Token);
            await UntilAsync(() => discord.Requests.Count == 1);
            await onItsWay.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call.WaitAsync(Patience.Long));
        }
        using (var pausing = new CancellationTokenSource())
        {
            var call = rest.GetGuildAsync(Guild, pausing.Token);
            await time.UntilWaitingAsync(FirstPause);
            await pausing.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call.WaitAsync(Patience.Long));
        }
        using (var limited = new CancellationTokenSource())
        {
            var call = rest.GetGuildAsync(Guild, limited.Token);
            await time.UntilWaitingAsync(TimeSpan.FromSeconds(500));
            await limited.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call.WaitAsync(Patience.Long));
        }
    }

    [Fact]
    public async Task What_was_repeated_is_in_the_log()
    {
        var time = new WatchedTime();
        var log = new RecordingLog<DiscordRest>();
        await using var discord = await TestDiscord.StartAsync(Failure, Object);
        using var rest = discord.Client(time, log);

        var call = rest.GetGuildAsync(Guild, None);
        await time.PassAsync(FirstPause);
        await call.WaitAsync(Patience.Long);

        Assert.Equal("GET /guilds/{guild.id}: answer 500; attempt 1 of 5, again in 375 ms", Assert.Single(log.Lines).Text);
    }

    private static Task CallAsync(DiscordRest rest, string what) => what switch
    {
        "get" => rest.GetGuildAsync(Guild, None),
        "put" => rest.PutOverwriteAsync(Channel, new PermissionOverwrite(Guild, OverwriteType.Role, Permissions.None, Permissions.ViewChannel), "r", None),
        "patch" => rest.EditChannelAsync(Channel, new ChannelChange { Name = "n" }, "r", None),
        "delete" => rest.DeleteOverwriteAsync(Channel, new Snowflake(5), "r", None),
        "message with nonce" => rest.CreateMessageAsync(Channel, new OutgoingMessage { Content = "c" }, "nonce", None),
        "channel" => rest.CreateChannelAsync(Guild, new NewChannel { Name = "n", Type = ChannelType.Text }, "r", None),
        "event" => rest.CreateScheduledEventAsync(Guild, new NewScheduledEvent { Name = "n", ChannelId = Channel, ScheduledStartTime = DateTimeOffset.UnixEpoch }, "r", None),
        "message" => rest.CreateMessageAsync(Channel, new OutgoingMessage { Content = "c" }, null, None),
        "follow-up" => rest.CreateFollowUpAsync(new Snowflake(8), Secret, new OutgoingMessage { Content = "c" }, None),
        _ => throw new ArgumentOutOfRangeException(nameof(what), what, null),
    };

    private static async Task UntilAsync(Func<bool> condition)
    {
        var deadline = System.Diagnostics.Stopwatch.StartNew();
        while (!condition())
        {
            Assert.True(deadline.Elapsed < Patience.Long, "It did not come to that.");
            await Task.Yield();
        }
    }
}
