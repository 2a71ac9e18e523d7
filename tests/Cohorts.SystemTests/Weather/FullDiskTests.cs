using System.Globalization;
using System.Text;
using Cohorts.Hosting;
using Cohorts.SystemTests.Bot;
using Dapper;
using Npgsql;

namespace Cohorts.SystemTests.Weather;

/// <summary>The disk of the database becomes full under a server and its commands.</summary>
public sealed class FullDiskTests
{
    private const string Told = "The disk of the database is full";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    [NeedsSmallDisk]
    public async Task Commands_say_so_nothing_is_half_saved_a_realization_waits_and_all_goes_on_when_there_is_room()
    {
        await using var disk = SmallDisk.Make();
        await using var discord = await LocalDiscord.StartAsync();
        await discord.HurryAsync(50);
        var address = new Uri($"http://127.0.0.1:{BotWorld.FreePort()}");
        var settings = new Dictionary<string, string>
        {
            ["ASPNETCORE_URLS"] = address.GetLeftPart(UriPartial.Authority),
            ["Discord__Token"] = "token-of-a-bot",
            ["Discord__ApiBaseUrl"] = discord.ApiBase.ToString(),
            ["Discord__GuildId"] = (await discord.GuildsAsync())[0].Id,
        };
        await using var server = CohortsProgram.Begin(disk.Location, settings, "serve");
        using var readiness = new Readiness(address);
        await Eventually.HoldsAsync("the server listens", Patience, () => server.Told.Contains("Cohorts serves", StringComparison.Ordinal) || server.HasEnded);
        await readiness.IsWellAgainAsync(server);
        await using var database = await OpenAsync(disk);
        var cohort = (await ImportAsync(disk, "small", people: 60)).Json.GetProperty("cohortId").GetInt32().ToString(CultureInfo.InvariantCulture);

        disk.Fill();
        var import = await ImportAsync(disk, "large", people: 20_000);
        Assert.Equal(1, import.ExitCode);
        Assert.StartsWith(Told, import.Errors.Split('\n')[^2], StringComparison.Ordinal);
        Assert.Equal((60, 1), (await AskAsync(database, "SELECT count(*)::int FROM users"), await AskAsync(database, "SELECT count(*)::int FROM cohorts")));
        await readiness.SaysAsync(Told, server);

        disk.MakeRoom();
        await readiness.IsWellAgainAsync(server);
        Assert.True((await CohortsProgram.RunAsync(disk.Location, "schedule", cohort, "--json")).Json.GetProperty("groupsCreated").GetInt32() > 0);
        await using var realization = CohortsProgram.Begin(disk.Location, settings, "realize", cohort, "--json");
        await Eventually.HoldsAsync("something is made", Patience, async () => (await discord.MadeAsync()).Count > 2);
        disk.Fill();
        await EndPostgresAsync(database);
        await readiness.SaysAsync(Told, server);
        disk.MakeRoom();

        await readiness.IsWellAgainAsync(server);
        var realized = await realization.EndAsync();
        Assert.True(realized.ExitCode == 0, $"{realized.Errors}\n{server.Log}");
        var groups = await AskAsync(database, "SELECT count(*)::int FROM groups WHERE status = 'active'");
        Assert.NotEqual(0, groups);
        Assert.Equal(groups, await AskAsync(database, "SELECT count(*)::int FROM groups"));
        var made = await discord.MadeAsync();
        Assert.Equal(made.Distinct(), made);
    }

    /// <summary>Writes to PostgreSQL's log until that has no room: it then ends, as it must.</summary>
    private static async Task EndPostgresAsync(NpgsqlDataSource database)
    {
        await using var connection = await database.OpenConnectionAsync();
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => connection.ExecuteAsync(
            "SELECT pg_logical_emit_message(false, 'test', repeat('x', 1000000)) FROM generate_series(1, 60)"));
    }

    private static async Task<NpgsqlDataSource> OpenAsync(SmallDisk disk)
    {
        // The server of the tested program keeps PostgreSQL running.
        await using var joined = await PrivatePostgres.StartOrJoinAsync(DataFolder.Locate(disk.Location), progress: null, CancellationToken.None);
        return NpgsqlDataSource.Create(joined.ConnectionString("cohorts"));
    }

    private static async Task<int> AskAsync(NpgsqlDataSource database, string sql)
    {
        await using var connection = await database.OpenConnectionAsync();
        return await connection.ExecuteScalarAsync<int>(sql);
    }

    private static async Task<Ending> ImportAsync(SmallDisk disk, string name, int people)
    {
        var csv = new StringBuilder("name,email,role,timezone,availability,max_groups\n");
        for (var i = 0; i < people; i++)
            csv.Append(CultureInfo.InvariantCulture, $"Person {i},p{i}@{name}.example.org,{(i % 12 == 0 ? "facilitator" : "participant")},UTC,\"M08:00 M20:00, T08:00 T20:00\",\n");
        var file = Path.Combine(disk.Beside, name + ".csv");
        await File.WriteAllTextAsync(file, csv.ToString());
        return await CohortsProgram.RunAsync(
            disk.Location, "import", file, "--course", "Rust", "--cohort", name, "--start", "2027-01-11", "--meetings", "2", "--json");
    }
}
