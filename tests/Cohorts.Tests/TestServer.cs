using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Cohorts.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Cohorts.Tests;

/// <summary>
/// The PostgreSQL server of this test run, with the template that every <see cref="TestDatabase"/> is cloned from. Runs of
/// other checkouts may use the server at the same time.
/// </summary>
#pragma warning disable CA1001 // What it holds is held until the process ends, which closes it.
internal sealed class TestServer
#pragma warning restore CA1001
{
    private const string DatabasePrefix = "cohorts_test_";
    private const string TemplatePrefix = "cohorts_template_";

    /// <summary>Names the state that the migrations lead to: 16 hexadecimal digits over their names and contents.</summary>
    private static readonly string Fingerprint = Convert.ToHexStringLower(
        SHA256.HashData(Encoding.UTF8.GetBytes(string.Concat(Migrations.Scripts.Select(script => $"{script.Name}\n{script.Sql}\n")))))[..16];

    private static readonly Lazy<Task<TestServer>> Shared = new(StartAsync);

    // Held for as long as the process lives: a private server stops when nobody uses it.
    private readonly CohortsDatabase postgres;
    // The session that holds this run's locks, for as long.
    private readonly NpgsqlConnection alive;
    private readonly string run = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(6));
    private int databases;

    private TestServer(CohortsDatabase postgres)
    {
        this.postgres = postgres;
        alive = new NpgsqlConnection(MaintenanceConnectionString);
    }

    /// <summary>One per test process.</summary>
    public static Task<TestServer> GetAsync() => Shared.Value;

    /// <summary>The connection to the server's own database <c>postgres</c>, not pooled.</summary>
    public string MaintenanceConnectionString => ConnectionStringOf("postgres", pooling: false);

    public string ConnectionStringOf(string database, bool pooling = true) =>
        new NpgsqlConnectionStringBuilder(postgres.ConnectionString) { Database = database, Pooling = pooling }.ConnectionString;

    /// <summary>A name that no other run uses; a database of this name is removed by a later run if this one is killed.</summary>
    public string NewDatabaseName() =>
        string.Create(CultureInfo.InvariantCulture, $"{DatabasePrefix}{run}_{Interlocked.Increment(ref databases)}");

    /// <summary>A new database as the migrations leave it, without rows.</summary>
    public async Task<string> CloneTemplateAsync()
    {
        var name = NewDatabaseName();
        await ExecuteAsync($"CREATE DATABASE {name} TEMPLATE {TemplatePrefix}{Fingerprint}");
        return name;
    }

    /// <summary>An empty database, in the server's default encoding.</summary>
    public async Task<string> CreateEmptyAsync()
    {
        var name = NewDatabaseName();
        await ExecuteAsync($"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'");
        return name;
    }

    /// <summary>Removes a database whether or not anybody is still connected to it.</summary>
    public async Task DropAsync(string database)
    {
        await using (var pooled = new NpgsqlConnection(ConnectionStringOf(database)))
            NpgsqlConnection.ClearPool(pooled);
        await ExecuteAsync($"DROP DATABASE IF EXISTS {database} WITH (FORCE)");
    }

    /// <summary>Where the tests find PostgreSQL: the one that the environment names, else the program's private one.</summary>
    private static async Task<CohortsDatabase> ReachAsync() => await CohortsDatabase.ReachAsync(
        new ConfigurationBuilder().AddEnvironmentVariables().Build(), CancellationToken.None);

    private static async Task<TestServer> StartAsync()
    {
        var server = new TestServer(await ReachAsync());

        // Two locks that end with this process, however it ends: this run's, so that others leave its databases alone, and a
        // shared one on the template.
        await server.alive.OpenAsync();
        var template = TemplatePrefix + Fingerprint;
        await ExecuteAsync(server.alive, $"SELECT pg_advisory_lock({KeyOf(server.run)})");
        await ExecuteAsync(server.alive, $"SELECT pg_advisory_lock_shared({KeyOf(template)})");

        await SweepAsync(server.alive);
        await MakeTemplateAsync(server, template);
        return server;
    }

    private static async Task MakeTemplateAsync(TestServer server, string template)
    {
        if (await ExistsAsync(server.alive, template))
            return;
        await using var turn = new NpgsqlConnection(server.MaintenanceConnectionString);
        await turn.OpenAsync();
        await ExecuteAsync(turn, $"SELECT pg_advisory_lock({KeyOf("making " + template)})");
        if (await ExistsAsync(turn, template))
            return;

        // Under the final name only when it is complete: a run that is killed meanwhile leaves a name that is swept.
        var unfinished = await server.CreateEmptyAsync();
        await Migrations.MigrateAsync(
            server.ConnectionStringOf(unfinished, pooling: false), NullLogger.Instance, CancellationToken.None);
        await ExecuteAsync(turn, $"ALTER DATABASE {unfinished} RENAME TO {template}");
    }

    /// <summary>Drops what runs have left behind that were killed, and templates of other scripts that nobody uses.</summary>
    private static async Task SweepAsync(NpgsqlConnection connection)
    {
        var leftovers = new List<string>();
        await using (var query = new NpgsqlCommand(
            $"SELECT datname FROM pg_database WHERE datname ~ '^({DatabasePrefix}|{TemplatePrefix})'", connection))
        await using (var rows = await query.ExecuteReaderAsync())
        {
            while (await rows.ReadAsync())
                leftovers.Add(rows.GetString(0));
        }

        foreach (var database in leftovers)
        {
            var owner = database.StartsWith(TemplatePrefix, StringComparison.Ordinal)
                ? database
                : database[DatabasePrefix.Length..].Split('_')[0];
            // A session does not stand in its own way: what this run holds itself is told apart by name.
            if (owner == TemplatePrefix + Fingerprint)
                continue;
            await using var attempt = new NpgsqlCommand($"SELECT pg_try_advisory_lock({KeyOf(owner)})", connection);
            if (!(bool)(await attempt.ExecuteScalarAsync())!)
                continue;
            try
            {
                await ExecuteAsync(connection, $"DROP DATABASE IF EXISTS {database} WITH (FORCE)");
            }
            finally
            {
                await ExecuteAsync(connection, $"SELECT pg_advisory_unlock({KeyOf(owner)})");
            }
        }
    }

    private static long KeyOf(string text) =>
        BitConverter.ToInt64(SHA256.HashData(Encoding.UTF8.GetBytes("cohorts tests " + text)));

    private static async Task<bool> ExistsAsync(NpgsqlConnection connection, string database)
    {
        await using var query = new NpgsqlCommand("SELECT count(*) FROM pg_database WHERE datname = $1", connection)
        {
            Parameters = { new NpgsqlParameter { Value = database } },
        };
        return (long)(await query.ExecuteScalarAsync())! > 0;
    }

    private async Task ExecuteAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(MaintenanceConnectionString);
        await connection.OpenAsync();
        await ExecuteAsync(connection, sql);
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
#pragma warning disable CA2100 // Names and numbers that this class makes itself.
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 60 };
#pragma warning restore CA2100
        await command.ExecuteNonQueryAsync();
    }
}
