using System.Collections.Concurrent;
using System.Text.Json;
using System.Threading.Channels;

namespace Cohorts.Discord.Tests;

public class GatewayTests
{
    private const int Heartbeat = 1;
    private const int Identify = 2;
    private const int Resume = 6;

    /// <summary>The first heartbeat comes after half the interval of 41.25 s, with a jitter of 0.5.</summary>
    private static readonly TimeSpan FirstBeat = TimeSpan.FromSeconds(20.625);
    private static readonly TimeSpan Beat = TimeSpan.FromSeconds(41.25);

    /// <summary>After an invalid session: between 1 and 5 s.</summary>
    private static readonly TimeSpan InvalidPause = TimeSpan.FromSeconds(3);

    [Fact]
    public async Task A_new_session_is_identified_with_its_intents_and_hands_over_what_happens()
    {
        await using var bot = await Bot.StartAsync();
        var connection = await bot.Discord.ConnectedAsync();
        Assert.Equal("?v=10&encoding=json", connection.Query);
        await connection.HelloAsync();
        var identify = (await connection.ReceiveAsync(Identify)).GetProperty("d");
        Assert.Equal(TestDiscord.Token, identify.GetProperty("token").GetString());
        Assert.Equal(3, identify.GetProperty("intents").GetInt32());
        Assert.Equal(["browser", "device", "os"], identify.GetProperty("properties").EnumerateObject().Select(p => p.Name).Order());

        await connection.ReadyAsync(bot.Discord.Gateway);
        await connection.EventAsync(2, "GUILD_CREATE", """{"id":"1","name":"Guild","owner_id":"5","roles":[{"id":"1","name":"@everyone","permissions":"1024"}],"members":[]}""");
        await connection.EventAsync(3, "GUILD_MEMBER_ADD", """{"guild_id":"1","user":{"id":"6","username":"ann","global_name":"Ann"},"roles":["7"],"joined_at":"2027-01-04T12:00:00.000000+00:00"}""");
        await connection.EventAsync(4, "GUILD_SCHEDULED_EVENT_DELETE", """{"id":"10","guild_id":"1","name":"Group 1","status":4,"entity_type":2,"scheduled_start_time":"2027-01-06T15:00:00+00:00"}""");
        await connection.EventAsync(5, "GUILD_DELETE", """{"id":"1"}""");
        await connection.EventAsync(6, "GUILD_DELETE", """{"id":"2","unavailable":true}""");
        await connection.EventAsync(7, "SOMETHING_NEW", """{"a":[1]}""");
        await connection.EventAsync(8, "INTERACTION_CREATE", InteractionTests.Command);

        var ready = Assert.IsType<GatewayEvent.Ready>(await bot.NextAsync());
        Assert.Equal((new Snowflake(9), new Snowflake(8)), (ready.Bot.Id, ready.ApplicationId));
        Assert.Equal([new Snowflake(1)], ready.GuildIds);
        var guild = Assert.IsType<GatewayEvent.GuildCreate>(await bot.NextAsync()).Guild;
        Assert.Equal(("Guild", new Snowflake(5), Permissions.ViewChannel), (guild.Name, guild.OwnerId, guild.Roles.Single().Permissions));
        var joined = Assert.IsType<GatewayEvent.GuildMemberAdd>(await bot.NextAsync());
        Assert.Equal((new Snowflake(1), "Ann"), (joined.GuildId, joined.Member.DisplayName()));
        Assert.Equal(EventStatus.Canceled, Assert.IsType<GatewayEvent.ScheduledEventDelete>(await bot.NextAsync()).Event.Status);
        Assert.Equal(new GatewayEvent.GuildDelete(new Snowflake(1), false) { }, Unnamed(await bot.NextAsync()));
        Assert.True(Assert.IsType<GatewayEvent.GuildDelete>(await bot.NextAsync()).Unavailable);
        var other = Assert.IsType<GatewayEvent.Other>(await bot.NextAsync());
        Assert.Equal(("SOMETHING_NEW", """{"a":[1]}""", null), (other.Name, other.Data.GetRawText(), other.Problem));
        Assert.Equal("schedule", Assert.IsType<CommandInteraction>(Assert.IsType<GatewayEvent.InteractionCreate>(await bot.NextAsync()).Interaction).Name);
        Assert.Equal(GatewayState.Connected, bot.Gateway.State);
    }

    [Fact]
    public async Task Heartbeats_begin_after_a_part_of_the_interval_and_carry_the_last_sequence()
    {
        await using var bot = await Bot.StartAsync();
        var connection = await bot.Discord.ConnectedAsync();
        await connection.HelloAsync();
        await bot.Time.PassAsync(FirstBeat);
        Assert.Equal(JsonValueKind.Null, (await connection.ReceiveAsync(Heartbeat)).GetProperty("d").ValueKind);
        await connection.AckAsync();
        await connection.ReadyAsync(bot.Discord.Gateway);
        await connection.EventAsync(41, "TYPING_START", "{}");
        await bot.NextAsync();
        await bot.NextAsync();

        await bot.Time.PassAsync(Beat);
        Assert.Equal(41, (await connection.ReceiveAsync(Heartbeat)).GetProperty("d").GetInt64());
        await connection.AckAsync();

        // Discord may ask for one at any time.
        await connection.SendAsync("""{"op":1,"d":null}""");
        Assert.Equal(41, (await connection.ReceiveAsync(Heartbeat)).GetProperty("d").GetInt64());
    }

    [Fact]
    public async Task A_heartbeat_without_an_answer_is_a_dead_connection_and_the_session_is_resumed()
    {
        await using var bot = await Bot.StartAsync();
        var connection = await bot.ReadyAsync();
        await bot.Time.PassAsync(FirstBeat);
        await connection.ReceiveAsync(Heartbeat);
        await bot.Time.PassAsync(Beat);
        await connection.UntilEndedAsync();
        Assert.Null(connection.ClosedWith);

        var next = await bot.Discord.ConnectedAsync();
        await next.HelloAsync();
        var resume = (await next.ReceiveAsync(Resume)).GetProperty("d");
        Assert.Equal(
            (TestDiscord.Token, "session-1", 1),
            (resume.GetProperty("token").GetString(), resume.GetProperty("session_id").GetString(), resume.GetProperty("seq").GetInt64()));
        await next.EventAsync(2, "MISSED", "{}");
        await next.EventAsync(3, "RESUMED", "{}");
        Assert.Equal("MISSED", (await bot.NextAsync()).Name);
        Assert.IsType<GatewayEvent.Resumed>(await bot.NextAsync());
        Assert.Single(bot.Discord.Requests);
    }

    [Fact]
    public async Task A_slow_handler_delays_no_heartbeat()
    {
        var never = new TaskCompletionSource();
        await using var bot = await Bot.StartAsync(handler: (_, cancellation) => never.Task.WaitAsync(cancellation));
        var connection = await bot.Discord.ConnectedAsync();
        await connection.HelloAsync();
        await connection.ReadyAsync(bot.Discord.Gateway);
        for (var i = 2; i < 200; i++)
            await connection.EventAsync(i, "TYPING_START", "{}");
        await bot.Time.UntilWaitingAsync(FirstBeat);
        bot.Time.Advance(FirstBeat);
        await connection.ReceiveAsync(Heartbeat);
        await connection.AckAsync();
        await connection.EventAsync(200, "RESUMED", "{}");
        // The log tells that the acknowledgement before it has been read; the handler cannot.
        await bot.UntilLoggedAsync("RESUMED at 200");
        await bot.Time.PassAsync(Beat);
        Assert.Equal(200, (await connection.ReceiveAsync(Heartbeat)).GetProperty("d").GetInt64());
    }

    [Theory]
    [InlineData("""{"op":7,"d":null}""")]
    [InlineData(null)]
    public async Task Asked_to_reconnect_or_cut_off_it_resumes_at_once(string? message)
    {
        await using var bot = await Bot.StartAsync();
        var connection = await bot.ReadyAsync();
        if (message is null)
            connection.Cut();
        else
            await connection.SendAsync(message);

        var next = await bot.Discord.ConnectedAsync();
        await next.HelloAsync();
        await next.ReceiveAsync(Resume);
        if (message is not null)
        {
            await connection.UntilEndedAsync();
            // 1000 and 1001 would end the session.
            Assert.Equal(4200, connection.ClosedWith);
        }
    }

    [Fact]
    public async Task It_resumes_after_each_of_many_cuts_and_misses_nothing()
    {
        await using var bot = await Bot.StartAsync();
        var connection = await bot.ReadyAsync();
        for (var sequence = 2; sequence <= 40; sequence++)
        {
            await connection.EventAsync(sequence, $"EVENT_{sequence}", "{}");
            Assert.Equal($"EVENT_{sequence}", (await bot.NextAsync()).Name);
            connection.Cut();
            connection = await bot.Discord.ConnectedAsync();
            await connection.HelloAsync();
            Assert.Equal(sequence, (await connection.ReceiveAsync(Resume)).GetProperty("d").GetProperty("seq").GetInt64());
            await connection.EventAsync(++sequence, "RESUMED", "{}");
            Assert.IsType<GatewayEvent.Resumed>(await bot.NextAsync());
        }
        Assert.Single(bot.Discord.Requests);
    }

    [Fact]
    public async Task An_invalid_session_is_begun_anew_after_a_pause()
    {
        await using var bot = await Bot.StartAsync();
        var connection = await bot.ReadyAsync();
        await connection.SendAsync("""{"op":9,"d":false}""");
        await bot.Time.PassAsync(InvalidPause);

        var next = await bot.Discord.ConnectedAsync();
        await next.HelloAsync();
        await next.ReceiveAsync(Identify);
    }

    [Fact]
    public async Task A_session_that_Discord_calls_resumable_is_resumed_after_a_pause()
    {
        await using var bot = await Bot.StartAsync();
        var connection = await bot.ReadyAsync();
        await connection.SendAsync("""{"op":9,"d":true}""");
        await bot.Time.PassAsync(InvalidPause);

        var next = await bot.Discord.ConnectedAsync();
        await next.HelloAsync();
        await next.ReceiveAsync(Resume);
    }

    [Theory]
    [InlineData(4000, Resume)]
    [InlineData(4001, Resume)]
    [InlineData(4002, Resume)]
    [InlineData(4003, Resume)]
    [InlineData(4005, Resume)]
    [InlineData(4007, Identify)]
    [InlineData(4008, Resume)]
    [InlineData(4009, Identify)]
    [InlineData(1001, Resume)]
    public async Task After_a_close_code_that_is_not_final_it_comes_back(int code, int with)
    {
        await using var bot = await Bot.StartAsync();
        var connection = await bot.ReadyAsync();
        await connection.CloseAsync(code);

        var next = await bot.Discord.ConnectedAsync();
        await next.HelloAsync();
        await next.ReceiveAsync(with);
    }

    [Theory]
    [InlineData(4004, "token")]
    [InlineData(4010, "shard")]
    [InlineData(4011, "fewer servers")]
    [InlineData(4012, "Update this program")]
    [InlineData(4013, "intent")]
    [InlineData(4014, "Server Members Intent")]
    public async Task A_final_close_code_ends_it_with_what_to_do(int code, string says)
    {
        await using var bot = await Bot.StartAsync();
        var connection = await bot.Discord.ConnectedAsync();
        await connection.HelloAsync();
        await connection.ReceiveAsync(Identify);
        await connection.CloseAsync(code);

        var error = await Assert.ThrowsAsync<DiscordGatewayException>(() => bot.Running.WaitAsync(Patience.Long));
        Assert.Equal(code, error.CloseCode);
        Assert.Contains(says, error.Message, StringComparison.Ordinal);
        Assert.Contains($"({code})", error.Message, StringComparison.Ordinal);
        Assert.Equal(GatewayState.ClosedForGood, bot.Gateway.State);
    }

    [Fact]
    public async Task A_token_that_REST_refuses_ends_it_too()
    {
        await using var bot = await Bot.StartAsync(answer: _ => new Answer(401));

        var error = await Assert.ThrowsAsync<DiscordGatewayException>(() => bot.Running.WaitAsync(Patience.Long));
        Assert.Equal(401, error.CloseCode);
    }

    [Fact]
    public async Task Attempts_that_fail_are_repeated_with_growing_pauses()
    {
        await using var bot = await Bot.StartAsync(answer: _ => new Answer(404));
        foreach (var seconds in new[] { 0.75, 1.5, 3, 6, 12, 24, 45, 45 })
            await bot.Time.PassAsync(TimeSpan.FromSeconds(seconds));
    }

    [Fact]
    public async Task A_server_that_does_not_greet_is_left()
    {
        await using var bot = await Bot.StartAsync();
        var silent = await bot.Discord.ConnectedAsync();
        await bot.Time.PassAsync(TimeSpan.FromSeconds(20));
        await silent.UntilEndedAsync();
        await bot.Time.PassAsync(TimeSpan.FromSeconds(0.75));
        await bot.Discord.ConnectedAsync();
    }

    [Theory]
    [InlineData("no JSON")]
    [InlineData("[]")]
    [InlineData("""{"op":"10"}""")]
    [InlineData("""{"op":10}""")]
    [InlineData("""{"op":10,"d":{"heartbeat_interval":-1}}""")]
    public async Task A_greeting_that_is_none_is_left_and_tried_again(string greeting)
    {
        await using var bot = await Bot.StartAsync();
        var first = await bot.Discord.ConnectedAsync();
        await first.SendAsync(greeting);
        await bot.Time.PassAsync(TimeSpan.FromSeconds(0.75));
        await bot.Discord.ConnectedAsync();
    }

    [Theory]
    [InlineData("no JSON")]
    [InlineData("""{"op":0}""")]
    [InlineData("""{"op":0,"t":5,"s":2,"d":{}}""")]
    [InlineData("""{"op":0,"t":"X","s":"2","d":{}}""")]
    [InlineData("""{"op":0,"t":"READY","s":2,"d":{"session_id":"s","resume_gateway_url":"nowhere"}}""")]
    public async Task A_message_that_no_gateway_sends_costs_the_connection_and_not_the_session(string message)
    {
        await using var bot = await Bot.StartAsync();
        var connection = await bot.ReadyAsync();
        await connection.SendAsync(message);

        var next = await bot.Discord.ConnectedAsync();
        await next.HelloAsync();
        Assert.Equal(1, (await next.ReceiveAsync(Resume)).GetProperty("d").GetProperty("seq").GetInt64());
    }

    [Fact]
    public async Task An_event_that_cannot_be_read_is_handed_over_as_it_came_and_shows_no_token()
    {
        await using var bot = await Bot.StartAsync();
        var connection = await bot.ReadyAsync();
        await connection.EventAsync(2, "INTERACTION_CREATE", """{"id":"1","type":"two","token":"secret-token"}""");

        var other = Assert.IsType<GatewayEvent.Other>(await bot.NextAsync());
        Assert.NotNull(other.Problem);
        Assert.Equal("secret-token", other.Data.GetProperty("token").GetString());
        Assert.DoesNotContain("secret-token", other.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(bot.Log.Lines, l => l.Text.Contains("secret-token", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Events_that_no_database_takes_are_passed_over_and_the_connection_stays()
    {
        await using var bot = await Bot.StartAsync();
        var connection = await bot.ReadyAsync();
        var sequence = 1;
        foreach (var json in InteractionTests.Unstorable)
        {
            await connection.EventAsync(++sequence, "INTERACTION_CREATE", json);
            Assert.NotNull(Assert.IsType<GatewayEvent.Other>(await bot.NextAsync()).Problem);
        }

        await connection.EventAsync(++sequence, "GUILD_MEMBER_ADD", """{"guild_id":"1","user":{"id":"4","username":"a\ud83d"},"roles":[],"joined_at":"2027-01-04T12:00:00+00:00","flags":0}""");
        Assert.NotNull(Assert.IsType<GatewayEvent.Other>(await bot.NextAsync()).Problem);
        await connection.EventAsync(++sequence, @"NEW\ud83d", "{}");
        Assert.IsType<GatewayEvent.Other>(await bot.NextAsync());
        await connection.EventAsync(++sequence, "INTERACTION_CREATE", InteractionTests.Command);
        Assert.IsType<GatewayEvent.InteractionCreate>(await bot.NextAsync());
    }

    [Theory]
    [InlineData("no JSON")]
    [InlineData(null)]
    public async Task Bytes_that_cannot_be_read_again_when_they_are_replayed_are_left_behind_with_the_session(string? message)
    {
        await using var bot = await Bot.StartAsync();
        var connection = await bot.ReadyAsync();
        await SendAsync(connection);
        var again = await bot.Discord.ConnectedAsync();
        await again.HelloAsync();
        await again.ReceiveAsync(Resume);
        await SendAsync(again);

        await bot.Time.PassAsync(TimeSpan.FromSeconds(0.75));
        var fresh = await bot.Discord.ConnectedAsync();
        await fresh.HelloAsync();
        await fresh.ReceiveAsync(Identify);

        async Task SendAsync(TestGateway to) => await (message is null ? to.SendNoTextAsync() : to.SendAsync(message));
    }

    [Fact]
    public async Task When_no_new_sessions_are_left_it_waits_until_there_are()
    {
        await using var bot = await Bot.StartAsync(remainingSessions: 0);
        await bot.Time.PassAsync(TimeSpan.FromMilliseconds(14_400_000));
        await bot.Discord.ConnectedAsync();
    }

    [Fact]
    public async Task Another_process_resumes_where_the_first_ended()
    {
        var store = new Store();
        await using (var first = await Bot.StartAsync(store))
        {
            var connection = await first.ReadyAsync();
            await connection.EventAsync(2, "LAST", "{}");
            Assert.Equal("LAST", (await first.NextAsync()).Name);
            await store.UntilSavedAsync(2);
        }

        Assert.Equal("session at 2", store.Session!.ToString());
        await using var second = await Bot.StartAsync(store, address: store.Session!.ResumeUrl);
        var resumed = await second.Discord.ConnectedAsync();
        await resumed.HelloAsync();
        var resume = (await resumed.ReceiveAsync(Resume)).GetProperty("d");
        Assert.Equal(("session-1", 2), (resume.GetProperty("session_id").GetString(), resume.GetProperty("seq").GetInt64()));
    }

    [Fact]
    public async Task A_sequence_is_stored_only_when_its_event_is_handled()
    {
        var store = new Store();
        var let = new TaskCompletionSource();
        var reached = new TaskCompletionSource();
        await using (var bot = await Bot.StartAsync(store, async (e, cancellation) =>
        {
            if (e.Name == "SLOW")
            {
                reached.TrySetResult();
                await let.Task.WaitAsync(cancellation);
            }
        }))
        {
            var connection = await bot.Discord.ConnectedAsync();
            await connection.HelloAsync();
            await connection.ReadyAsync(bot.Discord.Gateway);
            await store.UntilSavedAsync(1);
            await connection.EventAsync(2, "SLOW", "{}");
            await connection.EventAsync(3, "NEXT", "{}");
            await reached.Task.WaitAsync(Patience.Long);
            Assert.Equal(1, store.Session!.Sequence);
        }

        // It ended while the event was being handled: whoever resumes gets it again.
        Assert.Equal(1, store.Session!.Sequence);
    }

    [Fact]
    public async Task An_event_whose_handler_fails_comes_again_before_the_next_one()
    {
        var seen = new ConcurrentQueue<string>();
        var store = new Store();
        await using var bot = await Bot.StartAsync(store, (e, _) =>
        {
            seen.Enqueue(e.Name);
            return e.Name == "HARD" && seen.Count(n => n == "HARD") < 3 ? throw new InvalidOperationException("no database") : Task.CompletedTask;
        });
        var connection = await bot.Discord.ConnectedAsync();
        await connection.HelloAsync();
        await connection.ReadyAsync(bot.Discord.Gateway);
        await connection.EventAsync(2, "HARD", "{}");
        await connection.EventAsync(3, "EASY", "{}");
        await bot.Time.PassAsync(TimeSpan.FromMilliseconds(250));
        Assert.True(store.Session is null || store.Session.Sequence < 2);
        await bot.Time.PassAsync(TimeSpan.FromMilliseconds(500));
        await store.UntilSavedAsync(3);

        Assert.Equal(["READY", "HARD", "HARD", "HARD", "EASY"], seen);
    }

    [Fact]
    public async Task An_event_whose_handler_always_fails_does_not_hold_the_others_up_for_ever()
    {
        var seen = new ConcurrentQueue<string>();
        var store = new Store();
        await using var bot = await Bot.StartAsync(store, (e, _) =>
        {
            seen.Enqueue(e.Name);
            return e.Name == "HARD" ? throw new InvalidOperationException("always") : Task.CompletedTask;
        });
        var connection = await bot.Discord.ConnectedAsync();
        await connection.HelloAsync();
        await connection.ReadyAsync(bot.Discord.Gateway);
        await connection.EventAsync(2, "HARD", "{}");
        await connection.EventAsync(3, "EASY", "{}");
        // 0.25 + 0.5 + 1 + 2 + 4 + 5 s and so on: over 30 s with the tenth attempt.
        foreach (var milliseconds in new[] { 250, 500, 1000, 2000, 4000, 5000, 5000, 5000, 5000, 5000 })
            await bot.Time.PassAsync(TimeSpan.FromMilliseconds(milliseconds));
        await store.UntilSavedAsync(3);

        Assert.Equal("EASY", seen.Last());
        Assert.Contains(bot.Log.Lines, l => l.Level == Microsoft.Extensions.Logging.LogLevel.Error && l.Text.Contains("HARD", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_session_that_is_gone_is_begun_anew_when_the_address_to_resume_at_is_gone_too()
    {
        // Nobody listens at port 9 of this machine.
        var store = new Store { Session = new GatewaySession("old", new Uri("ws://127.0.0.1:9"), 7) };
        await using var bot = await Bot.StartAsync(store);
        foreach (var seconds in new[] { 0.75, 1.5, 3 })
            await bot.Time.PassAsync(TimeSpan.FromSeconds(seconds));

        // At the general address the session can still be taken up, if it lives.
        var general = await bot.Discord.ConnectedAsync();
        await general.HelloAsync();
        Assert.Equal(7, (await general.ReceiveAsync(Resume)).GetProperty("d").GetProperty("seq").GetInt64());
        await general.SendAsync("""{"op":9,"d":false}""");
        await bot.Time.PassAsync(InvalidPause + TimeSpan.FromSeconds(6));
        var fresh = await bot.Discord.ConnectedAsync();
        await fresh.HelloAsync();
        await fresh.ReceiveAsync(Identify);
    }

    [Fact]
    public async Task The_token_is_sent_to_no_address_that_is_not_a_WebSocket()
    {
        var store = new Store { Session = new GatewaySession("old", new Uri("file:///etc/passwd"), 7) };
        await using var bot = await Bot.StartAsync(store);
        await bot.Time.PassAsync(TimeSpan.FromSeconds(0.75));

        Assert.Contains(bot.Log.Lines, l => l.Text.Contains("scheme file", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Cancelled_it_ends_and_leaves_the_session_open_for_who_comes_next()
    {
        var bot = await Bot.StartAsync();
        var connection = await bot.ReadyAsync();
        await bot.DisposeAsync();

        await connection.UntilEndedAsync();
        Assert.False(connection.ClosedWith is 1000 or 1001);
        Assert.Equal(GatewayState.Disconnected, bot.Gateway.State);
    }

    [Fact]
    public async Task The_log_names_no_token_and_no_session()
    {
        await using var bot = await Bot.StartAsync();
        var connection = await bot.ReadyAsync();
        connection.Cut();
        await (await bot.Discord.ConnectedAsync()).HelloAsync();

        Assert.NotEmpty(bot.Log.Lines);
        Assert.DoesNotContain(
            bot.Log.Lines,
            l => l.Text.Contains(TestDiscord.Token, StringComparison.Ordinal) || l.Text.Contains("session-1", StringComparison.Ordinal));
    }

    private static GatewayEvent Unnamed(GatewayEvent e) => e is GatewayEvent.GuildDelete d ? new GatewayEvent.GuildDelete(d.GuildId, d.Unavailable) : e;

    private sealed class Store : IGatewaySessionStore
    {
        private readonly Channel<long> saved = Channel.CreateUnbounded<long>();

        public GatewaySession? Session { get; set; }

        public Task<GatewaySession?> LoadAsync(CancellationToken cancellation) => Task.FromResult(Session);

        public Task SaveAsync(GatewaySession session, CancellationToken cancellation)
        {
            Session = session;
            saved.Writer.TryWrite(session.Sequence);
            return Task.CompletedTask;
        }

        public async Task UntilSavedAsync(long sequence)
        {
            while (await saved.Reader.ReadAsync().AsTask().WaitAsync(Patience.Long) < sequence)
            {
                // An earlier one.
            }
        }
    }

    /// <summary>A client at work, and the Discord that it is connected to.</summary>
    private sealed class Bot : IAsyncDisposable
    {
        private readonly CancellationTokenSource stop = new();
        private readonly Channel<GatewayEvent> events = Channel.CreateUnbounded<GatewayEvent>();
        private readonly DiscordRest rest;

        private Bot(TestDiscord discord, Store store, Func<GatewayEvent, CancellationToken, Task>? handler)
        {
            Discord = discord;
            rest = discord.Client(Time);
            Gateway = new DiscordGateway(
                rest,
                new DiscordGatewayOptions { Intents = GatewayIntents.Guilds | GatewayIntents.GuildMembers, Jitter = () => 0.5 },
                store,
                handler ?? ((e, cancellation) => events.Writer.WriteAsync(e, cancellation).AsTask()),
                Time,
                Log);
            Running = Gateway.RunAsync(stop.Token);
        }

        public WatchedTime Time { get; } = new();

        public TestDiscord Discord { get; }

        public DiscordGateway Gateway { get; }

        public RecordingLog<DiscordGateway> Log { get; } = new();

        public Task Running { get; }

        public static async Task<Bot> StartAsync(
            Store? store = null,
            Func<GatewayEvent, CancellationToken, Task>? handler = null,
            Func<SentRequest, Answer>? answer = null,
            int remainingSessions = 1000,
            Uri? address = null)
        {
            TestDiscord? discord = null;
            discord = await TestDiscord.StartAsync(answer ?? (_ => new Answer(
                200,
                $$$"""{"url":"{{{discord!.Gateway}}}","shards":1,"session_start_limit":{"total":1000,"remaining":{{{remainingSessions}}},"reset_after":14400000,"max_concurrency":1}}""")));
            // The first server is gone with its process; what it left to resume at leads to this one.
            if (address is not null)
                store!.Session = store.Session! with { ResumeUrl = discord.Gateway };
            return new Bot(discord, store ?? new Store(), handler);
        }

        public async Task<GatewayEvent> NextAsync() => await events.Reader.ReadAsync().AsTask().WaitAsync(Patience.Long);

        public async Task UntilLoggedAsync(string text)
        {
            var waited = System.Diagnostics.Stopwatch.StartNew();
            while (!Log.Lines.Any(l => l.Text.Contains(text, StringComparison.Ordinal)))
            {
                Assert.True(waited.Elapsed < Patience.Long, $"The log never said \"{text}\".");
                await Task.Yield();
            }
        }

        /// <summary>Connected, in session-1, at sequence 1.</summary>
        public async Task<TestGateway> ReadyAsync()
        {
            var connection = await Discord.ConnectedAsync();
            await connection.HelloAsync();
            await connection.ReceiveAsync(Identify);
            await connection.ReadyAsync(Discord.Gateway);
            Assert.IsType<GatewayEvent.Ready>(await NextAsync());
            return connection;
        }

        public async ValueTask DisposeAsync()
        {
            await stop.CancelAsync();
            try
            {
                await Running.WaitAsync(Patience.Long);
            }
            catch (Exception e) when (e is OperationCanceledException or DiscordGatewayException)
            {
                // How it ends is for the test to say.
            }
            rest.Dispose();
            await Discord.DisposeAsync();
            stop.Dispose();
        }
    }
}
