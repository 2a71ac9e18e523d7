using Cohorts.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Cohorts.Tests.Hosting;

public sealed class MigrationsTests : IAsyncLifetime
{
    private TestDatabase database = null!;

    public async Task InitializeAsync() => database = await TestDatabase.EmptyAsync();

    public Task DisposeAsync() => database.DisposeAsync();

    [Fact]
    public async Task A_new_database_gets_every_script_once()
    {
        var first = await MigrateAsync(database.ConnectionString);
        var second = await MigrateAsync(database.ConnectionString);

        Assert.Equal(Migrations.Scripts.Select(script => script.Name), first);
        Assert.Empty(second);
    }

    [Fact]
    public async Task A_database_that_is_missing_is_created_by_whoever_comes_first()
    {
        var server = await TestServer.GetAsync();
        var name = server.NewDatabaseName();
        try
        {
            var ran = await AtOnceAsync(server.ConnectionStringOf(name));

            Assert.Equal(Migrations.Scripts.Select(script => script.Name), ran.SelectMany(names => names));
        }
        finally
        {
            await server.DropAsync(name);
        }
    }

    [Fact]
    public async Task Of_several_that_migrate_at_once_one_runs_the_scripts_and_all_succeed()
    {
        var ran = await AtOnceAsync(database.ConnectionString);

        Assert.Single(ran, names => names.Count > 0);
        Assert.Equal(Migrations.Scripts.Select(script => script.Name), ran.SelectMany(names => names));
    }

    [Fact]
    public async Task A_script_that_fails_leaves_nothing_of_itself_and_is_named_with_the_line_and_the_reason()
    {
        MigrationScript[] scripts =
        [
            new("0001-good.sql", "CREATE TABLE kept (id integer)"),
            new("0002-bad.sql",
                """
                -- Two statements; the author's second one is wrong.
                CREATE TABLE lost (id integer, note text DEFAULT 'a;b''c');

                INSERT INTO lost (id)
                SELECT nonsense FROM kept;
                """),
            new("0003-never.sql", "CREATE TABLE never (id integer)"),
        ];

        var error = await Assert.ThrowsAsync<MigrationException>(() => MigrateAsync(database.ConnectionString, scripts));

        Assert.Equal("0002-bad.sql", error.ScriptName);
        Assert.EndsWith(
            "could not be brought up to date. 0002-bad.sql, line 5: column \"nonsense\" does not exist (42703). " +
            "Nothing of this script was kept; those before it were.",
            error.Message,
            StringComparison.Ordinal);
        Assert.Equal(["kept", "schemaversions"], await TablesAsync());

        scripts[1] = scripts[1] with { Sql = "CREATE TABLE lost (id integer)" };
        Assert.Equal(["0002-bad.sql", "0003-never.sql"], await MigrateAsync(database.ConnectionString, scripts));
    }

    [Fact]
    public async Task An_error_in_the_data_names_the_statement_and_what_the_server_says_of_the_rows()
    {
        MigrationScript[] scripts =
        [
            new("0001-data.sql",
                """
                CREATE TABLE people (name text);
                INSERT INTO people VALUES ('Ana'), ('Ana');

                CREATE UNIQUE INDEX one_of_each ON people (name);
                """),
            ];

        var error = await Assert.ThrowsAsync<MigrationException>(() => MigrateAsync(database.ConnectionString, scripts));

        Assert.Contains("0001-data.sql, line 4: could not create unique index \"one_of_each\" (23505).", error.Message, StringComparison.Ordinal);
        Assert.Contains("Key (name)=(Ana) is duplicated.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_database_that_a_newer_program_has_migrated_is_refused_and_left_alone()
    {
        await MigrateAsync(database.ConnectionString);
        await database.ExecuteAsync("INSERT INTO schemaversions (scriptname, applied) VALUES ('0999-from-the-future.sql', now())");

        var error = await Assert.ThrowsAsync<MigrationException>(() => MigrateAsync(database.ConnectionString));

        Assert.Null(error.ScriptName);
        Assert.Contains(
            "was last used by a newer version of this program: it knows 0999-from-the-future.sql, which this version does not.",
            error.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Waiting_for_another_process_can_be_cancelled()
    {
        MigrationScript[] slow = [new("0001-slow.sql", "SELECT pg_advisory_lock(1); CREATE TABLE made (id integer)")];
        await using var obstacle = await database.DataSource.OpenConnectionAsync();
        await ExecuteAsync(obstacle, "SELECT pg_advisory_lock(1)");

        using var patience = new CancellationTokenSource();
        var working = MigrateAsync(database.ConnectionString, slow);
        await UntilWaitingAsync(1);
        var waiting = Migrations.MigrateAsync(database.ConnectionString, slow, NullLogger.Instance, patience.Token);
        await UntilWaitingAsync(2);
        await patience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);

        await ExecuteAsync(obstacle, "SELECT pg_advisory_unlock(1)");
        Assert.Equal(["0001-slow.sql"], await working);
    }

    [Fact]
    public async Task Work_that_is_cancelled_rolls_the_script_back_and_a_later_start_goes_on()
    {
        MigrationScript[] slow = [new("0001-slow.sql", "CREATE TABLE made (id integer); SELECT pg_advisory_xact_lock(1); SELECT 1")];
        await using var obstacle = await database.DataSource.OpenConnectionAsync();
        await ExecuteAsync(obstacle, "SELECT pg_advisory_lock(1)");

        using var patience = new CancellationTokenSource();
        var working = Migrations.MigrateAsync(database.ConnectionString, slow, NullLogger.Instance, patience.Token);
        await UntilWaitingAsync(1);
        await patience.CancelAsync();
        await ExecuteAsync(obstacle, "SELECT pg_advisory_unlock(1)");
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => working);

        Assert.DoesNotContain("made", await TablesAsync());
        Assert.Equal(["0001-slow.sql"], await MigrateAsync(database.ConnectionString, slow));
    }

    [Fact]
    public async Task A_user_who_may_not_create_the_database_is_told_the_command_that_does()
    {
        var server = await TestServer.GetAsync();
        // The program's role may make databases and no roles; a role that it belongs to may make neither.
        var asThatUser = new NpgsqlConnectionStringBuilder(server.ConnectionStringOf(server.NewDatabaseName(), pooling: false))
        {
            Options = "-c role=pg_read_all_settings",
        };

        var error = await Assert.ThrowsAsync<MigrationException>(() => MigrateAsync(asThatUser.ConnectionString));

        Assert.Equal(
            $"The database \"{asThatUser.Database}\" does not exist and could not be created: permission denied to create " +
            "database (42501). Create it as a user who may, with: createdb --encoding=UTF8 --template=template0 " +
            asThatUser.Database,
            error.Message);
    }

    private static Task<IReadOnlyList<string>> MigrateAsync(string connectionString, IReadOnlyList<MigrationScript>? scripts = null) =>
        Migrations.MigrateAsync(connectionString, scripts ?? Migrations.Scripts, NullLogger.Instance, CancellationToken.None);

    private static Task<IReadOnlyList<string>[]> AtOnceAsync(string connectionString) =>
        Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => MigrateAsync(connectionString))));

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
#pragma warning disable CA2100 // Constant texts of this class.
        await using var command = new NpgsqlCommand(sql, connection);
#pragma warning restore CA2100
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>Until so many sessions wait for an advisory lock in this database.</summary>
    private async Task UntilWaitingAsync(int sessions)
    {
        var deadline = DateTime.UtcNow.AddSeconds(20);
        await using var query = database.DataSource.CreateCommand(
            """
            SELECT count(*)
            FROM pg_locks
            WHERE locktype = 'advisory'
                AND NOT granted
                AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
            """);
        while ((long)(await query.ExecuteScalarAsync())! < sessions)
            Assert.True(DateTime.UtcNow < deadline, $"Fewer than {sessions} sessions wait for an advisory lock after 20 s.");
    }

    private async Task<List<string>> TablesAsync()
    {
        var names = new List<string>();
        await using var query = database.DataSource.CreateCommand(
            "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public' ORDER BY 1");
        await using var rows = await query.ExecuteReaderAsync();
        while (await rows.ReadAsync())
            names.Add(rows.GetString(0));
        return names;
    }
}
