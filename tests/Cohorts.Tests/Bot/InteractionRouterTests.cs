using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using Cohorts.Bot;
using Cohorts.Discord;
using Cohorts.Hosting;
using MediatR;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Cohorts.Tests.Bot;

/// <summary>A server with more to do than it can at once acknowledges first, and works then.</summary>
public sealed class InteractionRouterTests(Slices slices) : IClassFixture<Slices>
{
    private static readonly Uri Nowhere = new("http://127.0.0.1:1/api/v10");

    [Fact]
    public async Task All_of_many_commands_that_come_at_once_are_acknowledged_before_any_is_carried_out()
    {
        const int Commands = 20;
        await using var bot = new Router(slices, new FakeTimeProvider());
        // The next is there before the one before it is acknowledged.
        var (most, last) = (new TaskCompletionSource(), new TaskCompletionSource());
        for (var i = 0; i < Commands; i++)
            await bot.SendAsync(100 + i, i == Commands - 1 ? last.Task : most.Task);
        most.SetResult();

        await Eventually.TrueAsync(async () => await bot.AcknowledgedRowsAsync(from: 100) == Commands - 1);
        last.SetResult();
        await Eventually.TrueAsync(() => Task.FromResult(bot.Begun.Count == Commands));

        Assert.All(bot.Begun, acknowledged => Assert.Equal(Commands, acknowledged));
    }

    [Fact]
    public async Task An_acknowledgement_that_hangs_holds_up_the_work_on_others_for_three_seconds_at_most()
    {
        var clock = new FakeTimeProvider();
        await using var bot = new Router(slices, clock);
        var never = new TaskCompletionSource();
        await bot.SendAsync(200, never.Task);
        await bot.SendAsync(201, Task.CompletedTask);
        await Eventually.TrueAsync(async () => await bot.AcknowledgedRowsAsync(from: 200) == 1);
        Assert.Empty(bot.Begun);

        var passed = TimeSpan.Zero;
        await Eventually.TrueAsync(() =>
        {
            clock.Advance(TimeSpan.FromMilliseconds(100));
            passed += TimeSpan.FromMilliseconds(100);
            return Task.FromResult(bot.Begun.Count == 1);
        });

        Assert.InRange(passed, AcknowledgementGate.LongestWait, TimeSpan.MaxValue);
        never.SetResult();
        await Eventually.TrueAsync(() => Task.FromResult(bot.Begun.Count == 2));
    }

    private sealed class Router : IAsyncDisposable
    {
        private readonly Slices _slices;
        private readonly ServiceProvider _scopes = new ServiceCollection().BuildServiceProvider();
        private readonly DiscordRest _discord;
        private readonly InteractionRouter _router;
        private int _acknowledged;

        public Router(Slices slices, TimeProvider clock)
        {
            _slices = slices;
            var settings = DiscordSettings.For(new BotToken("test"), Nowhere, "Host=nowhere");
            _discord = new DiscordRest(new DiscordRestOptions { Token = settings.Token, BaseAddress = Nowhere }, clock, NullLogger<DiscordRest>.Instance);
            _router = new InteractionRouter(
                new Inbox(slices.DataSource, settings), [new Module(this)], _discord, settings, _scopes.GetRequiredService<IServiceScopeFactory>(), clock,
                NullLogger<InteractionRouter>.Instance);
        }

        /// <summary>For each command that was carried out, how many had been acknowledged when that began.</summary>
        public ConcurrentQueue<int> Begun { get; } = [];

        /// <param name="arrives">When the acknowledgement has reached Discord.</param>
        public Task SendAsync(int id, Task arrives) => _router.ReceiveAsync(
            Interaction.Parse(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $$"""
                { "id": "{{id}}", "application_id": "8", "type": 2, "token": "t{{id}}", "guild_id": "5", "channel_id": "6",
                  "member": { "user": { "id": "{{id}}", "username": "a" }, "permissions": "8", "roles": [] },
                  "data": { "id": "1", "name": "busy", "type": 1 } }
                """))),
            async (_, _) =>
            {
                await arrives;
                Interlocked.Increment(ref _acknowledged);
            },
            CancellationToken.None);

        public async Task<int> AcknowledgedRowsAsync(int from)
        {
            await using var command = _slices.DataSource.CreateCommand(
                "SELECT count(*)::int FROM interactions WHERE interaction_id::bigint BETWEEN $1 AND $1 + 99 AND acknowledged_at IS NOT NULL");
            command.Parameters.AddWithValue((long)from);
            return (int)(await command.ExecuteScalarAsync())!;
        }

        public async ValueTask DisposeAsync()
        {
            _router.Dispose();
            _discord.Dispose();
            await _scopes.DisposeAsync();
        }

        private sealed class Module(Router router) : ISlashModule
        {
            public SlashCommand Command { get; } = new("busy", "Does something.");

            public MessageFlags Visibility => MessageFlags.Ephemeral;

            public Task<IReadOnlyList<CommandChoice>> ChooseAsync(AutocompleteInteraction typed, IMediator mediator, CancellationToken cancellation) =>
                throw new NotSupportedException();

            public Task<OutgoingMessage?> RunAsync(CommandInteraction given, InteractionCall work, CancellationToken cancellation)
            {
                router.Begun.Enqueue(Volatile.Read(ref router._acknowledged));
                return Task.FromResult<OutgoingMessage?>(null);
            }

            public Task<OutgoingMessage?> PressAsync(ComponentInteraction pressed, InteractionCall work, CancellationToken cancellation) =>
                throw new NotSupportedException();
        }
    }
}
