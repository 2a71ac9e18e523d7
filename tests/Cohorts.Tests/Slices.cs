using Cohorts.Domain;
using Cohorts.Grains;
using Cohorts.Hosting;
using Dapper;
using MediatR;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Cohorts.Tests;

/// <summary>
/// The way into the slices: requests through MediatR, on a database of the test class's own. A command that takes a cohort's turn gets
/// a run as its grain would open it.
/// </summary>
public sealed class Slices : IAsyncLifetime
{
    private readonly TestDatabase _database = new();
    private ServiceProvider _services = null!;

    public TestDatabase Database => _database;

    public NpgsqlDataSource DataSource => _services.GetRequiredService<NpgsqlDataSource>();

    public async Task InitializeAsync()
    {
        await _database.InitializeAsync();
        var services = new ServiceCollection().AddLogging().AddCohorts(_database.ConnectionString);
        Configure?.Invoke(services);
        _services = services.BuildServiceProvider();
    }

    /// <summary>What the handlers get besides; set before it is initialized.</summary>
    public Action<IServiceCollection>? Configure { get; init; }

    public async Task PublishAsync(INotification what)
    {
        await using var scope = _services.CreateAsyncScope();
        await scope.ServiceProvider.GetRequiredService<IMediator>().Publish(what);
    }

    public async Task DisposeAsync()
    {
        await _services.DisposeAsync();
        await _database.DisposeAsync();
    }

    public async Task<T> SendAsync<T>(IRequest<T> request)
    {
        await using var scope = _services.CreateAsyncScope();
        return await scope.ServiceProvider.GetRequiredService<IMediator>().Send(request);
    }

    public async Task<Outcome<T>> SendInTurnAsync<T>(ITakesCohortTurn<T> command, Func<RunId, Task>? meanwhile = null)
        where T : class
    {
        var ledger = _services.GetRequiredService<RunLedger>();
        var run = Assert.IsType<RunLedger.Opening.Fresh>(await ledger.OpenAsync(
            new RunRequest(Guid.NewGuid(), command, "the test"), "a silo", _ => false, CancellationToken.None)).Run;
        try
        {
            await using var scope = _services.CreateAsyncScope();
            scope.ServiceProvider.GetRequiredService<Turn>()
                .Enter(new CurrentRun(run, command.CohortId, "the test", new OnReport(() => meanwhile?.Invoke(run) ?? Task.CompletedTask)));
            return await scope.ServiceProvider.GetRequiredService<IMediator>().Send(command);
        }
        finally
        {
            await ledger.EndAsync(run, RunState.Succeeded, resultJson: null, error: null, CancellationToken.None);
        }
    }

    /// <summary>A course with one cohort that starts on Monday 2027-01-11.</summary>
    public async Task<CohortId> AddCohortAsync(string name, string course = "Rust", string? zone = null)
    {
        await using var connection = await DataSource.OpenConnectionAsync();
        return await connection.QuerySingleAsync<CohortId>(
            """
            WITH found AS (SELECT course_id FROM courses WHERE course_name = @course),
                 added AS (INSERT INTO courses (course_name) SELECT @course WHERE NOT EXISTS (SELECT 1 FROM found) RETURNING course_id)
            INSERT INTO cohorts (cohort_name, course_id, cohort_start_date, duration_days, number_of_group_meetings, meeting_timezone)
            SELECT @name, course_id, '2027-01-11', 56, 8, @zone FROM (SELECT * FROM found UNION ALL SELECT * FROM added) AS course
            RETURNING cohort_id
            """,
            new { name, course, zone });
    }

    public async Task<UserId> AddPersonAsync(
        CohortId cohort, string name, string availability, CohortRole role = CohortRole.Participant, string? ifNeeded = null, int? maxGroups = null)
    {
        await using var connection = await DataSource.OpenConnectionAsync();
        var user = await connection.QuerySingleAsync<UserId>(
            """
            INSERT INTO users (nickname, timezone, availability_utc, if_needed_availability_utc)
            VALUES (@name, 'Europe/Berlin', @availability, @ifNeeded)
            RETURNING user_id
            """,
            new { name, availability, ifNeeded });
        if (maxGroups is not null)
            await connection.ExecuteAsync("INSERT INTO facilitators (user_id, max_active_groups) VALUES (@user, @maxGroups)", new { user, maxGroups });
        await EnrolAsync(cohort, user, role);
        return user;
    }

    public async Task EnrolAsync(CohortId cohort, UserId user, CohortRole role = CohortRole.Participant)
    {
        await using var connection = await DataSource.OpenConnectionAsync();
        await connection.ExecuteAsync(
            """
            INSERT INTO courses_users (user_id, course_id, cohort_id, cohort_role)
            SELECT @user, course_id, cohort_id, @Role::cohort_role FROM cohorts WHERE cohort_id = @cohort
            """,
            new { user, cohort, Role = role.ToString().ToLowerInvariant() });
    }

    private sealed class OnReport(Func<Task> act) : IProgress<RunProgress>
    {
        public void Report(RunProgress value) => act().GetAwaiter().GetResult();
    }
}
