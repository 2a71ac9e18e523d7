using System.Text.Json;
using Cohorts.Domain;
using Dapper;
using Npgsql;

namespace Cohorts.Features.RealizeGroups;

/// <summary>
/// What a realization writes: each id with the step that led to it, in one transaction which demands that the run still has its turn.
/// A database that is away for a moment is waited for, because what Discord has done is done.
/// </summary>
public sealed class Journal(NpgsqlDataSource database, CurrentRun run, TimeProvider clock)
{
    /// <summary>Longer than a restart of PostgreSQL takes. Afterwards the run ends, and the next one finds what was made.</summary>
    private static readonly TimeSpan PatienceWithDatabase = TimeSpan.FromMinutes(2);

    private int _steps;

    /// <summary>The look before each call to Discord.</summary>
    /// <exception cref="TurnLostException">Another run has taken the turn over.</exception>
    public Task LookAsync(CancellationToken cancellation) =>
        PatientlyAsync(() => database.LookForTurnAsync(run, cancellation), cancellation);

    /// <param name="step">What was done: "make text channel".</param>
    /// <param name="outcome">What it came to: "made", "found", "failed".</param>
    /// <param name="sql">What else to write; null: only the step.</param>
    /// <exception cref="TurnLostException">Nothing was written: another run has taken the turn over.</exception>
    public Task SaveAsync(string step, string outcome, object? detail, string? sql = null, object? parameters = null)
    {
        var number = Interlocked.Increment(ref _steps);
        // Discord's part is done: whether somebody stops the run now must not leave open what it came to.
        return PatientlyAsync(() => WriteAsync(number, step, outcome, detail, sql, parameters), CancellationToken.None);
    }

    private async Task WriteAsync(int number, string step, string outcome, object? detail, string? sql, object? parameters)
    {
        await using var connection = await database.OpenConnectionAsync(CancellationToken.None);
        await using var transaction = await connection.BeginTransactionAsync(CancellationToken.None);
        await transaction.HoldTurnAsync(run, CancellationToken.None);
        if (sql is not null)
            await connection.ExecuteAsync(new CommandDefinition(sql, parameters, transaction));
        await connection.ExecuteAsync(new CommandDefinition(
            """
            INSERT INTO run_steps (run_id, step_number, name, outcome, detail)
            VALUES (@Run, @number, @step, @outcome, @Detail::jsonb)
            ON CONFLICT DO NOTHING
            """,
            new { Run = run.Id.Value, number, step, outcome, Detail = detail is null ? null : JsonSerializer.Serialize(detail, CohortsJson.Options) },
            transaction));
        await transaction.CommitAsync(CancellationToken.None);
    }

    private async Task PatientlyAsync(Func<Task> work, CancellationToken cancellation)
    {
        var started = clock.GetTimestamp();
        for (var wait = TimeSpan.FromMilliseconds(250); ; wait = TimeSpan.FromTicks(Math.Min(wait.Ticks * 2, 5 * TimeSpan.TicksPerSecond)))
        {
            try
            {
                await work();
                return;
            }
            catch (NpgsqlException e) when ((e.IsTransient || e is not PostgresException) && clock.GetElapsedTime(started) < PatienceWithDatabase)
            {
                await Task.Delay(wait, clock, cancellation);
            }
        }
    }
}
