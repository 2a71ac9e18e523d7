using Cohorts.Domain;
using Cohorts.Features.RealizeGroups;
using Cohorts.Grains;
using Cohorts.Hosting;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cohorts.Tests.Grains;

/// <summary>What an earlier version stored is read whatever its classes were called, and what is stored now names no class.</summary>
public sealed class StoredWordsTests : IAsyncLifetime
{
    private TestDatabase _database = null!;

    public async Task InitializeAsync() => _database = await TestDatabase.EmptyAsync();

    public Task DisposeAsync() => _database.DisposeAsync();

    [Fact]
    public async Task Runs_that_the_earlier_version_left_open_are_gone_on_with_after_the_migration()
    {
        var before = Migrations.Scripts.Where(s => string.CompareOrdinal(s.Name, "0023") < 0).ToList();
        await Migrations.MigrateAsync(_database.ConnectionString, before, NullLogger.Instance, CancellationToken.None);
        // As rows of that version were dumped; the class has no such name.
        await _database.ExecuteAsync(
            """
            INSERT INTO courses (course_name) VALUES ('Rust');
            INSERT INTO cohorts (cohort_name, course_id, cohort_start_date, duration_days, number_of_group_meetings)
            SELECT 'Cohort ' || n, course_id, current_date, 56, 8 FROM courses, generate_series(1, 4) AS n;
            INSERT INTO runs (cohort_id, kind, requested_by, options, command_type, seed, state, owner, lease_until, ended_at, result, error, guild_id, interaction_token)
            VALUES
                (1, 'realizing', 'Ana', '{"kind": "realizing", "guild": "42", "cohortId": 1, "cancelled": "remake"}',
                 'Cohorts.Features.RealizeGroups.RealizeGroups+Command', NULL, 'running', 'S127.0.0.1:11111:1', now() - interval '10 seconds', NULL, NULL, NULL, NULL, NULL),
                (2, 'realizing', 'Ben', '{"kind": "realizing", "guild": null, "cohortId": 2, "cancelled": "leave"}',
                 'Cohorts.Before.Realize+Command', NULL, 'interrupted', 'S127.0.0.1:11111:1', now(), now(), NULL, 'The server was stopped.', '42', 'a token'),
                (3, 'realizing', 'Cem', '{"kind": "realizing", "guild": null, "cohortId": 3, "cancelled": "leave"}',
                 'Cohorts.Features.RealizeGroups.RealizeGroups+Command', NULL, 'succeeded', 'S127.0.0.1:11111:1', now(), now(), '{"result": {"groupsMade": 2}}', NULL, NULL, NULL),
                (4, 'scheduling', 'Dan', '{"kind": "scheduling", "seed": null, "cohortId": 4}',
                 NULL, 1, 'running', 'S127.0.0.1:11111:1', now() - interval '10 seconds', NULL, NULL, NULL, NULL, NULL);
            """);

        await Migrations.MigrateAsync(_database.ConnectionString, Migrations.Scripts, NullLogger.Instance, CancellationToken.None);

        await using var database = Database.Open(_database.ConnectionString);
        var ledger = new RunLedger(database);
        var left = await ledger.FindLeftAsync(cohort: null, CancellationToken.None);
        Assert.Equal(["Ana", "Ben"], left.Select(l => l.RequestedBy));
        Assert.Equal(new RealizeGroups.Command(new CohortId(1), new GuildId(42), CancelledEvents.Remake), left[0].Command);
        Assert.Equal(new RealizeGroups.Command(new CohortId(2)), left[1].Command);
        Assert.IsType<RealizeGroups.Command>(await ledger.FindLastCommandAsync(new CohortId(3), CancellationToken.None));
        Assert.Null(await ledger.FindLastCommandAsync(new CohortId(4), CancellationToken.None));
        Assert.Equal(RunState.Succeeded, (await ledger.StatusAsync(new RunId(3), CancellationToken.None))!.State);
    }

    [Fact]
    public void Every_command_of_a_run_has_a_word_of_its_own_and_is_found_by_it()
    {
        var commands = typeof(ITakesCohortTurn).Assembly.GetTypes().Where(t => t is { IsClass: true, IsAbstract: false } && t.IsAssignableTo(typeof(ITakesCohortTurn))).ToList();

        Assert.Equal(2, commands.Count);
        Assert.All(commands, c => Assert.Equal(c, RunKinds.CommandOf(RunKinds.Word(RunKinds.Of(c)))));
        // Rows hold these: they do not change.
        Assert.Equal(["scheduling", "realizing"], Enum.GetValues<RunKind>().Select(RunKinds.Word));
        Assert.Null(RunKinds.CommandOf("of a later version"));
    }

    [Fact]
    public void A_grains_state_names_no_class_and_one_that_Orleans_wrote_with_its_class_is_read()
    {
        var json = new StateAsJson();

        Assert.Equal("""{"runId":12}""", json.Serialize(new CohortGrain.Current { RunId = 12 }).ToString());
        Assert.Equal(12, json.Deserialize<CohortGrain.Current>(json.Serialize(new CohortGrain.Current { RunId = 12 })).RunId);
        Assert.Equal(12, json.Deserialize<CohortGrain.Current>(
            new BinaryData("""{"$id":"1","$type":"Cohorts.Grains.CohortGrain+Former, Cohorts","RunId":12}""")).RunId);
    }

    [Fact]
    public void The_grains_type_stays_what_states_and_reminders_are_kept_under() =>
        Assert.Equal("cohort", typeof(CohortGrain).GetCustomAttributes(inherit: false).OfType<Orleans.GrainTypeAttribute>().Single()
            .GetGrainType(services: null!, typeof(CohortGrain)).ToString());
}
