using System.Diagnostics;
using System.Globalization;
using System.Net;
using Cohorts.Hosting;
using Cohorts.SystemTests.Bot;
using Npgsql;

namespace Cohorts.SystemTests.Operation;

/// <summary>What a server answers to whoever reaches its ports, and as whom it reaches its database.</summary>
public sealed class ServerDoorTests(ProgramFolder folder) : IClassFixture<ProgramFolder>
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task The_dashboard_has_a_listener_of_its_own_and_a_crowd_at_readiness_costs_the_database_nothing()
    {
        var cohort = (await folder.ImportAsync("crowd", people: 20)).ToString(CultureInfo.InvariantCulture);
        var (open, own) = (BotWorld.FreePort(), BotWorld.FreePort());
        await using var server = CohortsProgram.Begin(
            folder.Location,
            new Dictionary<string, string> { ["ASPNETCORE_URLS"] = $"http://127.0.0.1:{open}", ["Orleans__Dashboard"] = own.ToString(CultureInfo.InvariantCulture) },
            "serve");
        using var http = new HttpClient();
        await Eventually.HoldsAsync("the server is ready", Patience, async () =>
            server.Told.Contains("Cohorts serves", StringComparison.Ordinal) && (await http.GetAsync(new Uri($"http://127.0.0.1:{open}/health/ready"))).IsSuccessStatusCode);

        Assert.Equal(HttpStatusCode.OK, await AskAsync(own, "/dashboard", $"localhost:{own}"));
        Assert.Equal(HttpStatusCode.OK, await AskAsync(own, "/dashboard", $"127.0.0.1:{own}"));
        Assert.Equal(HttpStatusCode.MisdirectedRequest, await AskAsync(own, "/dashboard", $"rebound.example:{own}"));
        Assert.Equal(HttpStatusCode.MisdirectedRequest, await AskAsync(own, "/dashboard/DashboardCounters", "rebound.example"));
        Assert.Equal(HttpStatusCode.NotFound, await AskAsync(open, "/dashboard", $"127.0.0.1:{own}"));
        Assert.Equal(HttpStatusCode.NotFound, await AskAsync(open, "/Dashboard/DashboardCounters", $"localhost:{own}"));

        var before = await SpilledAsync();
        var crowd = Enumerable.Range(0, 500).Select(_ => http.GetAsync(new Uri($"http://127.0.0.1:{open}/health/ready"))).ToList();
        var scheduled = await CohortsProgram.RunAsync(folder.Location, "schedule", cohort, "--json");
        var answers = await Task.WhenAll(crowd);

        Assert.All(answers, a => Assert.Equal(HttpStatusCode.OK, a.StatusCode));
        Assert.Equal(JsonOf(cohort), scheduled.Json.GetProperty("cohortId").GetInt32());
        Assert.Equal(before, await SpilledAsync());

        Task<long> SpilledAsync() => folder.AskAsync<long>("SELECT temp_files FROM pg_stat_database WHERE datname = current_database()");

        async Task<HttpStatusCode> AskAsync(int port, string path, string host)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri($"http://127.0.0.1:{port}{path}"));
            request.Headers.Host = host;
            using var answer = await http.SendAsync(request);
            return answer.StatusCode;
        }
    }

    [Fact]
    public async Task The_role_that_compose_makes_brings_its_database_up_to_date_and_is_no_superuser()
    {
        await using var data = new TestDataFolder();
        using (var user = await PostgresUser.StartAsync(data.Location))
            await user.EndAsync();
        await data.ServerAndWatchdogEndAsync();
        var account = await ServerAccount.ChooseAsync(CancellationToken.None);
        var programs = (await PostgresPrograms.FindAsync(data.In("postgres"), [], account, CancellationToken.None))!;
        // The image runs the script as the superuser, before anybody else can reach the server.
        await File.WriteAllTextAsync(data.In("postgres/pg_hba.conf"), "local all postgres trust\nhost all all 127.0.0.1/32 scram-sha-256\n");
        await account.RunAsync(data.In("postgres"), [programs["postgres"], "--single", "-D", ".", "postgres"], CancellationToken.None, "ALTER ROLE cohorts RENAME TO another\n");
        var port = BotWorld.FreePort();
        try
        {
            Assert.True((await account.RunAsync(
                data.In("postgres"),
                [programs["pg_ctl"], "start", "-D", ".", "-l", "log", "-w", "-o", $"-p {port} -h 127.0.0.1 -c unix_socket_directories=."],
                CancellationToken.None)).Succeeded);
            var start = new ProcessStartInfo("sh", [Path.Combine(Built.Repository, "compose", "create-program-role.sh")]);
            foreach (var (name, value) in new Dictionary<string, string>
            {
                ["PGHOST"] = data.In("postgres"),
                ["PGPORT"] = port.ToString(CultureInfo.InvariantCulture),
                ["POSTGRES_USER"] = "postgres",
                ["COHORTS_DB_PASSWORD"] = "it's a secret",
            })
            {
                start.Environment[name] = value;
            }

            using (var script = Process.Start(start)!)
            {
                await script.WaitForExitAsync();
                Assert.Equal(0, script.ExitCode);
            }

            var connection = new NpgsqlConnectionStringBuilder
            {
                Host = "127.0.0.1", Port = port, Username = "cohorts", Password = "it's a secret", Database = "cohorts", Pooling = false,
            }.ConnectionString;
            await Migrations.MigrateAsync(connection, Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance, CancellationToken.None);
            await using var role = new NpgsqlConnection(connection);
            await role.OpenAsync();
            await using var rights = new NpgsqlCommand("SELECT rolsuper OR rolcreaterole OR rolcreatedb FROM pg_roles WHERE rolname = current_user", role);
            Assert.Equal(false, await rights.ExecuteScalarAsync());
        }
        finally
        {
            await account.RunAsync(data.In("postgres"), [programs["pg_ctl"], "stop", "-D", ".", "-m", "immediate"], CancellationToken.None);
        }
    }

    private static int JsonOf(string number) => int.Parse(number, CultureInfo.InvariantCulture);
}
