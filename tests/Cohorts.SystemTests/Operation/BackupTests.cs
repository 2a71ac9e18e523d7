using System.Diagnostics;
using System.Globalization;
using Cohorts.SystemTests.Bot;
using Dapper;
using Npgsql;

namespace Cohorts.SystemTests.Operation;

/// <summary>A backup as docs/operations.md describes it, made by PostgreSQL's own programs.</summary>
public sealed class BackupTests(ProgramFolder folder) : IClassFixture<ProgramFolder>
{
    private static readonly string[] Tables =
        ["users", "cohorts", "courses_users", "groups", "groups_users", "meetings", "runs", "orleans_reminders", "orleans_grain_states", "schemaversions"];

    [Fact]
    public async Task A_restored_dump_has_the_same_rows_and_the_program_goes_on_with_it()
    {
        var first = await folder.ImportAsync("Backed up", 40);
        var later = await folder.ImportAsync("Scheduled later", 40);
        Assert.Equal(0, (await CohortsProgram.RunAsync(folder.Location, "schedule", $"{first}", "--json")).ExitCode);
        await folder.AskAsync<object>(
            "INSERT INTO orleans_reminders (service_id, grain_id, reminder_name, start_time, period, grain_hash) VALUES ('cohorts', 'cohort/1', 'again', now(), 900000, 7)");
        var original = new NpgsqlConnectionStringBuilder(folder.ConnectionString);
        var restored = new NpgsqlConnectionStringBuilder(folder.ConnectionString) { Database = "restored" };
        var dump = Path.Combine(folder.Location, "..", $"backup-{Guid.NewGuid():N}.dump");
        try
        {
            await PostgresAsync(original, "pg_dump", "--format=custom", "--no-owner", "--file", dump, "cohorts");
            await PostgresAsync(original, "createdb", "restored");
            await PostgresAsync(restored, "pg_restore", "--no-owner", "--exit-on-error", "--dbname=restored", dump);
        }
        finally
        {
            File.Delete(dump);
        }

        await using var there = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(restored.ConnectionString) { Pooling = false });
        foreach (var table in Tables)
            Assert.Equal(await RowsAsync(folder.Database, table), await RowsAsync(there, table));

        var settings = new Dictionary<string, string> { ["ConnectionStrings__Cohorts"] = restored.ConnectionString };
        await using var list = CohortsProgram.Begin(folder.Location, settings, "list", "--json");
        var listed = (await list.EndAsync()).Json;
        Assert.Equal([first, later], listed.EnumerateArray().Select(c => c.GetProperty("cohortId").GetInt32()).Order());
        await using (var discord = await LocalDiscord.StartAsync())
        {
            var guild = (await discord.GuildsAsync())[0].Id;
            settings["Discord__Token"] = "of.a.test";
            settings["Discord__ApiBaseUrl"] = discord.ApiBase.ToString();
            var outlooks = new List<string>();
            foreach (var database in (string[])[folder.ConnectionString, restored.ConnectionString])
            {
                settings["ConnectionStrings__Cohorts"] = database;
                await using var preview = CohortsProgram.Begin(folder.Location, settings, "realize", $"{first}", "--guild", guild, "--dry-run", "--json");
                outlooks.Add((await preview.EndAsync()).Json.GetRawText());
            }

            Assert.Contains("Group 1", outlooks[0], StringComparison.Ordinal);
            Assert.Equal(outlooks[0], outlooks[1]);
        }

        await using var schedule = CohortsProgram.Begin(folder.Location, settings, "schedule", $"{later}", "--json");
        var scheduled = (await schedule.EndAsync()).Json;
        Assert.True(scheduled.GetProperty("groupsCreated").GetInt32() > 0);
        // Ids go on where they were, and the original knows nothing of it.
        Assert.Equal(2, (await RowsAsync(there, "runs")).Count);
        Assert.Single(await RowsAsync(folder.Database, "runs"));
    }

    private static async Task<IReadOnlyList<string>> RowsAsync(NpgsqlDataSource database, string table)
    {
        await using var connection = await database.OpenConnectionAsync();
        return [.. await connection.QueryAsync<string>($"SELECT t::text FROM {table} AS t ORDER BY 1")];
    }

    private static async Task PostgresAsync(NpgsqlConnectionStringBuilder server, string program, params string[] arguments)
    {
        var path = Directory.GetDirectories("/usr/lib/postgresql").Select(v => Path.Combine(v, "bin", program)).Where(File.Exists).Order(StringComparer.Ordinal).LastOrDefault() ?? program;
        var start = new ProcessStartInfo(path, arguments) { UseShellExecute = false, RedirectStandardError = true };
        (start.Environment["PGHOST"], start.Environment["PGPORT"]) = (server.Host, server.Port.ToString(CultureInfo.InvariantCulture));
        (start.Environment["PGUSER"], start.Environment["PGPASSWORD"]) = (server.Username, server.Password);
        using var process = Process.Start(start)!;
        var errors = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, $"{program}: {errors}");
    }
}
