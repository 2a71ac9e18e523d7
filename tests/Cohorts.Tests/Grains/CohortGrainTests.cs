using System.Net.Http.Json;
using System.Text.Json;
using Cohorts.Discord.Simulator;
using Cohorts.Domain;
using Cohorts.Features.ScheduleCohort;
using Cohorts.Grains;
using Cohorts.Hosting;
using Dapper;
using MediatR;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Cohorts.Tests.Grains;

/// <summary>Real silos in one cluster on a real database.</summary>
public sealed class CohortGrainTests(CohortGrainTests.TwoSilos cluster) : IClassFixture<CohortGrainTests.TwoSilos>
{
    [Fact]
    public async Task Of_32_callers_at_once_one_runs_and_the_others_are_told_who_does_since_when()
    {
        var cohort = await cluster.AddCohortAsync("Crowded", people: 60);

        // Its people are locked, so that the one run cannot end before the last of them has called.
        var held = await cluster.HoldPeopleAsync(cohort);
        var calls = Enumerable.Range(0, 32).Select(i => cluster.SendAsync(i % 2, $"Caller {i}", new ScheduleCohort.Command(cohort))).ToList();
        await Eventually.TrueAsync(() => Task.FromResult(calls.Count(c => c.IsCompleted) == 31));
        await held.DisposeAsync();
        var outcomes = await Task.WhenAll(calls);

        var winner = Assert.Single(outcomes, o => !o.IsRefused);
        Assert.True(winner.Result!.GroupsCreated > 0);
        Assert.All(outcomes.Where(o => o.IsRefused), o =>
            Assert.Matches(@"^Caller \d+ has been scheduling this cohort since \d\d:\d\d:\d\d UTC", o.Refusal!.Message));
        Assert.Equal(1, await cluster.CountAsync("runs", cohort));
        Assert.Equal(winner.Result.GroupsCreated, await cluster.CountAsync("groups", cohort));
    }

    [Fact]
    public async Task Progress_reaches_the_caller_and_ends_with_the_last_state()
    {
        var cohort = await cluster.AddCohortAsync("Watched", people: 60);
        var seen = new Recorder();

        var outcome = await cluster.SendAsync(1, "Watcher", new ScheduleCohort.Command(cohort, Iterations: 5000), seen);

        Assert.False(outcome.IsRefused);
        Assert.Equal(1, seen.Last!.Share);
        Assert.StartsWith($"{outcome.Result.UsersGrouped} of at most ", seen.Last.Doing, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_caller_who_gives_up_stops_the_run_and_the_cohort_is_free_again()
    {
        var cohort = await cluster.AddCohortAsync("Given up", people: 200);
        await using var held = await cluster.HoldPeopleAsync(cohort);
        using var stop = new CancellationTokenSource();
        var begun = new Recorder { OnFirst = stop.Cancel };

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cluster.SendAsync(
            0, "Hasty", new ScheduleCohort.Command(cohort), begun, stop.Token));

        await Eventually.TrueAsync(async () => await cluster.StateOfLastRunAsync(cohort) == "cancelled");
        Assert.Equal(0, await cluster.CountAsync("groups", cohort));
        await held.DisposeAsync();
        Assert.False((await cluster.SendAsync(1, "Patient", new ScheduleCohort.Command(cohort, Iterations: 1))).IsRefused);
    }

    [Theory]
    [InlineData("its lease has ended")]
    [InlineData("its server was stopped")]
    public async Task A_run_that_was_cut_off_is_gone_on_with_once_and_whoever_asks_for_it_is_told_of_the_next(string how)
    {
        var cohort = await cluster.AddCohortAsync($"Left, because {how}", people: 4);
        var left = await cluster.LeaveRunAsync(cohort, isOpen: how == "its lease has ended");

        // Each server looks every second; here all look at once.
        await Task.WhenAll(Enumerable.Range(0, 8).Select(i => cluster.Grain(cohort, i % 2).GoOn()));

        await Eventually.TrueAsync(async () => (await cluster.Grain(cohort, 1).Status(left)).State == RunState.Refused);
        Assert.Contains("has no groups yet", (await cluster.Grain(cohort, 0).Status(left)).ResultJson, StringComparison.Ordinal);
        Assert.Equal(2, await cluster.CountAsync("runs", cohort));
        Assert.Equal(1, await cluster.AskAsync<int>("SELECT count(*)::int FROM runs WHERE continues_run_id = @Left AND requested_by = 'Somebody'", new { Left = left.Value }));
    }

    [Fact]
    public async Task The_reminder_finds_a_run_that_nobody_looked_for()
    {
        var cohort = await cluster.AddCohortAsync("Reminded", people: 4);
        var left = await cluster.LeaveRunAsync(cohort, isOpen: true);

        await cluster.Grain(cohort, 0).AsReference<IRemindable>().ReceiveReminder("go-on", default);

        Assert.Equal(1, await cluster.AskAsync<int>("SELECT count(*)::int FROM runs WHERE continues_run_id = @Left", new { Left = left.Value }));
    }

    [Fact]
    public async Task Where_something_had_to_wait_a_reminder_runs_the_command_again_until_nothing_does()
    {
        var cohort = await cluster.AddCohortAsync("Too many events", people: 0);
        await cluster.AskAsync<object>(
            """
            UPDATE cohorts SET discord_guild_id = @Guild, cohort_start_date = current_date + 10, number_of_group_meetings = 51 WHERE cohort_id = @cohort;
            INSERT INTO groups (group_name, cohort_id, meeting_start_minute) SELECT 'Group ' || n, @cohort, n * 100 FROM generate_series(1, 2) AS n;
            """,
            new { cohort, Guild = await cluster.GuildAsync() });

        var first = await cluster.SendAsync(0, "Somebody", new Cohorts.Features.RealizeGroups.RealizeGroups.Command(cohort));

        Assert.Equal((100, 2), (first.Result!.EventsMade, first.Result.EventsLater));
        const string Reminders = "SELECT count(*)::int FROM orleans_reminders WHERE reminder_name = 'again'";
        await Eventually.TrueAsync(async () => await cluster.AskAsync<int>(Reminders, new { }) == 1);
        // Two meetings are over.
        await cluster.DeleteEventsAsync(2);
        await cluster.Grain(cohort, 1).AsReference<IRemindable>().ReceiveReminder("again", default);
        await Eventually.TrueAsync(async () => await cluster.AskAsync<int>(
            "SELECT count(*)::int FROM meetings WHERE cohort_id = @cohort AND discord_event_id IS NULL", new { cohort }) == 0);
        await Eventually.TrueAsync(async () => await cluster.AskAsync<int>(Reminders, new { }) == 0);
        Assert.Equal(1, await cluster.AskAsync<int>("SELECT count(*)::int FROM runs WHERE cohort_id = @cohort AND requested_by = 'Cohorts, by itself'", new { cohort }));
    }

    [Fact]
    public async Task A_run_that_ended_otherwise_is_left_alone()
    {
        var cohort = await cluster.AddCohortAsync("Ended", people: 4);
        await cluster.SendAsync(0, "Somebody", new Cohorts.Features.RealizeGroups.RealizeGroups.Command(cohort));

        await cluster.Grain(cohort, 0).GoOn();

        Assert.Equal(1, await cluster.CountAsync("runs", cohort));
    }

    [Fact]
    public async Task A_refusal_of_the_handler_comes_back_as_it_is()
    {
        var cohort = await cluster.AddCohortAsync("Refused", people: 4);

        var outcome = await cluster.SendAsync(0, "Somebody", new ScheduleCohort.Command(cohort, MinPeople: 9, MaxPeople: 8));

        Assert.Contains("must not be less", outcome.Refusal!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_database_refuses_a_second_open_run_whoever_believes_to_own_the_grain()
    {
        var cohort = await cluster.AddCohortAsync("Two owners", people: 0);

        var openings = await Task.WhenAll(Enumerable.Range(0, 16).Select(i => OpenAsync(cohort, $"silo-{i}")));

        var opened = Assert.Single(openings.OfType<RunLedger.Opening.Fresh>());
        Assert.Equal(15, openings.OfType<RunLedger.Opening.InTheWay>().Count(o => o.Run.RunId == opened.Run.Value));
    }

    [Fact]
    public async Task A_run_of_a_dead_silo_is_ended_and_its_late_writes_are_refused()
    {
        var cohort = await cluster.AddCohortAsync("Dead owner", people: 0);
        var dead = Assert.IsType<RunLedger.Opening.Fresh>(await OpenAsync(cohort, "dead")).Run;

        var next = await OpenAsync(cohort, "alive", isDead: owner => owner == "dead");

        Assert.IsType<RunLedger.Opening.Fresh>(next);
        Assert.False(await cluster.Ledger.RenewAsync(dead, CancellationToken.None));
        Assert.False(await cluster.Ledger.EndAsync(dead, RunState.Succeeded, "{}", null, CancellationToken.None));
        Assert.Equal(RunState.Interrupted, (await cluster.Ledger.StatusAsync(dead, CancellationToken.None))!.State);
    }

    [Fact]
    public async Task A_run_whose_lease_has_ended_is_taken_for_dead()
    {
        var cohort = await cluster.AddCohortAsync("Lease", people: 0);
        var frozen = Assert.IsType<RunLedger.Opening.Fresh>(await OpenAsync(cohort, "frozen")).Run;
        await cluster.ExecuteAsync("UPDATE runs SET lease_until = now() - interval '1 second' WHERE run_id = @Run", new { Run = frozen.Value });

        var next = Assert.IsType<RunLedger.Opening.Fresh>(await OpenAsync(cohort, "alive")).Run;

        Assert.True(next.Value > frozen.Value, "run ids ascend: they fence");
    }

    [Fact]
    public async Task A_request_sent_again_because_its_answer_was_lost_finds_its_run_and_starts_no_other()
    {
        var cohort = await cluster.AddCohortAsync("Lost answer", people: 60);
        var command = new ScheduleCohort.Command(cohort, Iterations: 1_000_000, TimeLimitSeconds: 3);
        var key = Guid.NewGuid();

        var openings = new List<RunOpening>();
        for (var i = 0; i < 3; i++)
            openings.Add(await cluster.Grain(cohort, silo: i % 2).Start(key, command, "Insistent"));
        await Eventually.TrueAsync(async () => await cluster.StateOfLastRunAsync(cohort) == "succeeded");
        openings.Add(await cluster.Grain(cohort, silo: 0).Start(key, command, "Insistent"));

        Assert.Single(openings.Select(o => o.Run).Distinct());
        Assert.Equal(1, await cluster.CountAsync("runs", cohort));
        Assert.Equal(RunState.Succeeded, (await cluster.Grain(cohort, silo: 1).Status(openings[0].Run!.Value)).State);
    }

    private Task<RunLedger.Opening> OpenAsync(CohortId cohort, string owner, Func<string, bool>? isDead = null) => cluster.Ledger.OpenAsync(
        new RunRequest(Guid.NewGuid(), new ScheduleCohort.Command(cohort), owner), owner, isDead ?? (_ => false), CancellationToken.None);

    private sealed class Recorder : IProgress<RunProgress>
    {
        public RunProgress? Last { get; private set; }

        public Action? OnFirst { get; init; }

        public void Report(RunProgress value)
        {
            if (Last is null)
                OnFirst?.Invoke();
            Last = value;
        }
    }

    public sealed class TwoSilos : IAsyncLifetime
    {
        private readonly Slices _slices = new();
        private readonly List<IHost> _hosts = [];

        private SimulatorServer _discord = null!;

        public RunLedger Ledger => _hosts[0].Services.GetRequiredService<RunLedger>();

        public async Task InitializeAsync()
        {
            await _slices.InitializeAsync();
            _discord = await SimulatorServer.StartAsync(new SimulatorOptions { Urls = "http://127.0.0.1:0", Members = 4, RateFactor = 1000 });
            var certificates = await ClusterCertificates.ReadOrMakeAsync(_slices.DataSource, _slices.Database.ConnectionString, TimeProvider.System, CancellationToken.None);
            for (var i = 0; i < 2; i++)
            {
                var builder = Host.CreateApplicationBuilder();
                builder.Logging.ToStandardError(Microsoft.Extensions.Logging.LogLevel.Error);
                builder.Services.AddCohorts(_slices.Database.ConnectionString);
                builder.Services.AddDiscord(DiscordSettings.For(new Cohorts.Discord.BotToken("test"), new Uri(_discord.Address, "api/v10"), _slices.Database.ConnectionString));
                builder.AddSilo(
                    _slices.Database.ConnectionString,
                    await Cluster.NameAsync(_slices.DataSource, CancellationToken.None),
                    certificates,
                    SiloEndpoints.Choose(builder.Configuration));
                var host = builder.Build();
                await host.StartAsync();
                _hosts.Add(host);
            }
        }

        public async Task DisposeAsync()
        {
            foreach (var host in _hosts)
            {
                await host.StopAsync();
                await ((IAsyncDisposable)host).DisposeAsync();
            }

            await _discord.DisposeAsync();
            await _slices.DisposeAsync();
        }

        public async Task<string> GuildAsync()
        {
            using var http = new HttpClient { BaseAddress = _discord.Address };
            return (await http.GetFromJsonAsync<JsonElement>("simulator/guilds"))[0].GetProperty("id").GetString()!;
        }

        public async Task DeleteEventsAsync(int count)
        {
            using var http = new HttpClient { BaseAddress = _discord.Address };
            http.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", "Bot test");
            var guild = await GuildAsync();
            var events = await http.GetFromJsonAsync<JsonElement>($"api/v10/guilds/{guild}/scheduled-events");
            foreach (var over in events.EnumerateArray().OrderBy(e => e.GetProperty("scheduled_start_time").GetDateTimeOffset()).Take(count))
                (await http.DeleteAsync(new Uri($"api/v10/guilds/{guild}/scheduled-events/{over.GetProperty("id").GetString()}", UriKind.Relative))).EnsureSuccessStatusCode();
        }

        public async Task<Outcome<T>> SendAsync<T>(
            int silo, string caller, IRequest<Outcome<T>> command, IProgress<RunProgress>? progress = null, CancellationToken stop = default)
            where T : class
        {
            await using var scope = _hosts[silo].Services.CreateAsyncScope();
            var who = scope.ServiceProvider.GetRequiredService<Caller>();
            (who.Name, who.Progress) = (caller, progress);
            return await scope.ServiceProvider.GetRequiredService<IMediator>().Send(command, stop);
        }

        /// <summary>A run of the cohort can form groups and not save them until this is disposed of.</summary>
        public async Task<IAsyncDisposable> HoldPeopleAsync(CohortId cohort)
        {
            var connection = await _slices.DataSource.OpenConnectionAsync();
            await connection.ExecuteAsync(
                "BEGIN; SELECT 1 FROM users WHERE user_id IN (SELECT user_id FROM courses_users WHERE cohort_id = @cohort) FOR UPDATE", new { cohort });
            return connection;
        }

        /// <summary>A realization as a process that died leaves it, or one that was stopped in order.</summary>
        public async Task<RunId> LeaveRunAsync(CohortId cohort, bool isOpen) => new(await AskAsync<long>(
            """
            INSERT INTO runs (cohort_id, kind, requested_by, options, resumes, state, owner, lease_until, ended_at)
            VALUES (@Cohort, 'realizing', 'Somebody', @Options::jsonb, true, CASE WHEN @isOpen THEN 'running' ELSE 'interrupted' END,
                    'S127.0.0.1:1:1', now() - interval '1 second', CASE WHEN @isOpen THEN NULL ELSE now() END)
            RETURNING run_id
            """,
            new
            {
                Cohort = cohort.Value,
                isOpen,
                Options = System.Text.Json.JsonSerializer.Serialize(new Cohorts.Features.RealizeGroups.RealizeGroups.Command(cohort), CohortsJson.Options),
            }));

        public async Task<T> AskAsync<T>(string sql, object parameters)
        {
            await using var connection = await _slices.DataSource.OpenConnectionAsync();
            return (await connection.ExecuteScalarAsync<T>(sql, parameters))!;
        }

        public ICohortGrain Grain(CohortId cohort, int silo) =>
            _hosts[silo].Services.GetRequiredService<IGrainFactory>().GetGrain<ICohortGrain>(cohort.Value);

        public async Task<CohortId> AddCohortAsync(string name, int people)
        {
            var cohort = await _slices.AddCohortAsync(name);
            await ExecuteAsync(
                """
                WITH added AS (
                    INSERT INTO users (nickname, availability_utc)
                    SELECT 'Person ' || i, 'M' || lpad((i % 20)::text, 2, '0') || ':00 M23:00, W18:00 W20:00'
                      FROM generate_series(1, @people) AS i
                    RETURNING user_id)
                INSERT INTO courses_users (user_id, course_id, cohort_id, cohort_role)
                SELECT user_id, course_id, cohort_id, 'participant' FROM added CROSS JOIN cohorts WHERE cohort_id = @cohort
                """,
                new { people, cohort });
            return cohort;
        }

        public async Task<int> CountAsync(string table, CohortId cohort)
        {
            await using var connection = await _slices.DataSource.OpenConnectionAsync();
            return await connection.ExecuteScalarAsync<int>($"SELECT count(*) FROM {table} WHERE cohort_id = @cohort", new { cohort });
        }

        public async Task<string?> StateOfLastRunAsync(CohortId cohort)
        {
            await using var connection = await _slices.DataSource.OpenConnectionAsync();
            return await connection.ExecuteScalarAsync<string>(
                "SELECT state FROM runs WHERE cohort_id = @cohort ORDER BY run_id DESC LIMIT 1", new { cohort });
        }

        public async Task ExecuteAsync(string sql, object parameters)
        {
            await using var connection = await _slices.DataSource.OpenConnectionAsync();
            await connection.ExecuteAsync(sql, parameters);
        }
    }
}
