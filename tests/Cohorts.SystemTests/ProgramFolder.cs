using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using Cohorts.Features.ImportCohort;
using Cohorts.Hosting;
using Dapper;
using MediatR;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using NodaTime;
using Npgsql;

namespace Cohorts.SystemTests;

/// <summary>
/// A data folder with a private server that runs as long as the test class, so that each run of the program finds it running, and a
/// look into the program's database.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "xunit disposes of it through IAsyncLifetime.")]
public sealed class ProgramFolder : IAsyncLifetime
{
    private readonly TestDataFolder _folder = new();
    private PrivatePostgres _server = null!;
    private ServiceProvider _services = null!;

    public string Location => _folder.Location;

    public NpgsqlDataSource Database { get; private set; } = null!;

    public string ConnectionString => _server.ConnectionString("cohorts");

    public string DemosConnectionString => _server.ConnectionString("cohorts_demo");

    public async Task InitializeAsync()
    {
        _server = await PrivatePostgres.StartOrJoinAsync(DataFolder.Locate(Location), progress: null, CancellationToken.None);
        Database = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(_server.ConnectionString("cohorts"))
        {
            ApplicationName = "tests",
        });
        // What tests find there is made without a process for each: those cost more than most tests.
        await Migrations.MigrateAsync(ConnectionString, NullLogger.Instance, CancellationToken.None);
        var unpooled = new NpgsqlConnectionStringBuilder(ConnectionString) { ApplicationName = "tests", Pooling = false };
        _services = new ServiceCollection().AddLogging().AddCohorts(unpooled.ConnectionString).BuildServiceProvider();
    }

    public async Task DisposeAsync()
    {
        await _services.DisposeAsync();
        await Database.DisposeAsync();
        await _server.DisposeAsync();
        await _folder.DisposeAsync();
    }

    /// <summary>PostgreSQL is killed as by kill -9.</summary>
    public void KillDatabase() => TestDataFolder.KillAndWait(_folder.ServerProcess!.Value);

    /// <summary>After <see cref="KillDatabase"/>: on the port that it had.</summary>
    public async Task StartDatabaseAsync()
    {
        var killed = _server;
        _server = await PrivatePostgres.StartOrJoinAsync(DataFolder.Locate(Location), progress: null, CancellationToken.None);
        Assert.Equal(killed.Port, _server.Port);
        await killed.DisposeAsync();
    }

    /// <summary>Writes a CSV file of people with a few free evenings each; every twelfth facilitates.</summary>
    public string WriteSignUps(string name, int people)
    {
        var csv = new StringBuilder("name,email,role,timezone,availability,max_groups\n");
        var random = new Random(people);
        for (var i = 0; i < people; i++)
        {
            var hours = string.Join(", ", Enumerable.Range(0, 3).Select(_ =>
            {
                var (day, hour) = ("MTWRFSU"[random.Next(7)], random.Next(8, 20));
                return string.Create(CultureInfo.InvariantCulture, $"{day}{hour:00}:00 {day}{hour + 3:00}:00");
            }));
            csv.Append(CultureInfo.InvariantCulture, $"Person {i},p{i}@{name.Replace(' ', '-')}.example.org,{(i % 12 == 0 ? "facilitator,Europe/Berlin" : "participant,Asia/Tokyo")},\"{hours}\",{(i % 12 == 0 ? "2" : "")}\n");
        }

        var path = Path.Combine(_folder.Parent, name + ".csv");
        File.WriteAllText(path, csv.ToString());
        return path;
    }

    /// <summary>Imports that many made-up people as a cohort.</summary>
    /// <returns>The cohort's id.</returns>
    public async Task<int> ImportAsync(string name, int people)
    {
        await using var file = File.OpenRead(WriteSignUps(name, people));
        await using var scope = _services.CreateAsyncScope();
        var outcome = await scope.ServiceProvider.GetRequiredService<IMediator>().Send(
            new ImportCohort.Command(file, Path.GetFileName(file.Name), "Rust", name, new LocalDate(2027, 1, 11), Meetings: 8));
        Assert.False(outcome.IsRefused, outcome.IsRefused ? outcome.Refusal.Message : null);
        return outcome.Result.CohortId!.Value.Value;
    }

    /// <summary>
    /// Keeps a cohort's people locked, so that a run of it can form groups and not save them: it is at work until this is disposed of.
    /// </summary>
    public Task<IAsyncDisposable> HoldPeopleAsync(int cohort) => HoldPeopleAsync(Database, cohort);

    public static async Task<IAsyncDisposable> HoldPeopleAsync(NpgsqlDataSource database, int cohort)
    {
        var connection = await database.OpenConnectionAsync();
        await connection.ExecuteAsync("BEGIN; SELECT 1 FROM users WHERE user_id IN (SELECT user_id FROM courses_users WHERE cohort_id = @cohort) FOR UPDATE", new { cohort });
        return connection;
    }

    public async Task<T> AskAsync<T>(string sql, object? parameters = null)
    {
        await using var connection = await Database.OpenConnectionAsync();
        return (await connection.ExecuteScalarAsync<T>(sql, parameters))!;
    }
}
