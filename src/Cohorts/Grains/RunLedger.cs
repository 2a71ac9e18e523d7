using System.Text.Json;
using Cohorts.Domain;
using Dapper;
using NodaTime;
using Npgsql;

namespace Cohorts.Grains;

/// <summary>
/// The table <c>runs</c>, the only truth about runs. Its unique open row per cohort refuses a second run even where two silos each
/// believe that they own the cohort's grain.
/// </summary>
public sealed class RunLedger(NpgsqlDataSource database)
{
    /// <summary>A run whose lease has ended is taken for dead. Renewed every second, so that a pause of ten is needed to lose it.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(10);

    private const string ProcessEnded = "The process that ran it ended before the run did. Run the command again.";

    /// <summary>
    /// Opens a run, ending an open one first whose lease has run out or whose owner is known to be dead. A request that has a run already
    /// (its first answer was lost) gets that one.
    /// </summary>
    /// <param name="owner">The silo that will run it.</param>
    /// <param name="isDead">Whether a silo, by the name it gave as owner, is known to have ended.</param>
    public async Task<Opening> OpenAsync(
        RunRequest request, string owner, Func<string, bool> isDead, CancellationToken cancellation)
    {
        var command = request.Command;
        await using var connection = await database.OpenConnectionAsync(cancellation);
        for (; ; )
        {
            if (await connection.ExecuteScalarAsync<long?>(new CommandDefinition(
                "SELECT run_id FROM runs WHERE request_key = @Key", new { request.Key }, cancellationToken: cancellation)) is { } known)
            {
                return new Opening.Known(new RunId(known));
            }

            var open = await connection.QuerySingleOrDefaultAsync<OpenRun>(new CommandDefinition(
                """
                SELECT run_id AS RunId,
                       kind AS Kind,
                       requested_by AS RequestedBy,
                       started_at AS StartedAt,
                       owner AS Owner,
                       lease_until < now() AS LeaseHasEnded
                  FROM runs
                 WHERE cohort_id = @Cohort
                   AND ended_at IS NULL
                """,
                new { Cohort = command.CohortId.Value },
                cancellationToken: cancellation));

            if (open is not null)
            {
                if (!open.LeaseHasEnded && !isDead(open.Owner))
                    return new Opening.InTheWay(open);
                await EndAsync(new RunId(open.RunId), RunState.Interrupted, resultJson: null, ProcessEnded, cancellation);
            }

            try
            {
                var opened = await connection.ExecuteScalarAsync<long>(new CommandDefinition(
                    """
                    INSERT INTO runs (request_key, cohort_id, kind, requested_by, options, seed, state, owner, lease_until)
                    VALUES (@Key, @Cohort, @Kind, @RequestedBy, @Options::jsonb, @Seed, 'running', @owner, now() + @Lease)
                    RETURNING run_id
                    """,
                    new
                    {
                        request.Key,
                        Cohort = command.CohortId.Value,
                        Kind = Name(command.Kind),
                        request.RequestedBy,
                        Options = JsonSerializer.Serialize(command, command.GetType(), CohortsJson.Options),
                        command.Seed,
                        owner,
                        Lease,
                    },
                    cancellationToken: cancellation));
                return new Opening.Fresh(new RunId(opened));
            }
            catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.UniqueViolation)
            {
                // Another silo opened one between the look and the insert: look again, and find it.
            }
        }
    }

    /// <summary>Ends the run as interrupted if it is open and its owner is known to be dead or its lease has run out.</summary>
    /// <returns>Whether the run is ended now, by this or before.</returns>
    public async Task<bool> EndIfDeadAsync(RunId run, Func<string, bool> isDead, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        var open = await connection.QuerySingleOrDefaultAsync<(string Owner, bool LeaseHasEnded)?>(new CommandDefinition(
            "SELECT owner, lease_until < now() FROM runs WHERE run_id = @Run AND ended_at IS NULL",
            new { Run = run.Value },
            cancellationToken: cancellation));
        if (open is not var (owner, leaseHasEnded))
            return true;
        if (!leaseHasEnded && !isDead(owner))
            return false;
        await EndAsync(run, RunState.Interrupted, resultJson: null, ProcessEnded, cancellation);
        return true;
    }

    /// <returns>False when the run no longer holds its cohort's open row: it has lost its turn.</returns>
    public async Task<bool> RenewAsync(RunId run, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        return await connection.ExecuteAsync(new CommandDefinition(
            "UPDATE runs SET lease_until = now() + @Lease WHERE run_id = @Run AND ended_at IS NULL",
            new { Run = run.Value, Lease },
            cancellationToken: cancellation)) == 1;
    }

    /// <summary>A run whose work is saved has succeeded, whatever became of its process: the work's transaction kept its result here.</summary>
    /// <returns>False when the run had been ended already; that ending stands.</returns>
    public async Task<bool> EndAsync(RunId run, RunState state, string? resultJson, string? error, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        return await connection.ExecuteAsync(new CommandDefinition(
            """
            UPDATE runs
               SET state = CASE WHEN result IS NOT NULL THEN 'succeeded' ELSE @State END,
                   result = coalesce(@resultJson::jsonb, result),
                   error = CASE WHEN result IS NOT NULL THEN NULL ELSE @error END,
                   ended_at = now()
             WHERE run_id = @Run
               AND ended_at IS NULL
            """,
            new { Run = run.Value, State = Name(state), resultJson, error },
            cancellationToken: cancellation)) == 1;
    }

    /// <returns>Null when there is no such run.</returns>
    public async Task<RunStatus?> StatusAsync(RunId run, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        var row = await connection.QuerySingleOrDefaultAsync<(string State, string? Result, string? Error)?>(new CommandDefinition(
            "SELECT state, result::text, error FROM runs WHERE run_id = @Run",
            new { Run = run.Value },
            cancellationToken: cancellation));
        return row is not var (state, result, error)
            ? null
            : new RunStatus(Enum.Parse<RunState>(state, ignoreCase: true), new RunProgress("", 0), result, error);
    }

    private static string Name<T>(T value)
        where T : struct, Enum => value.ToString().ToLowerInvariant();

    /// <summary>What became of the wish to open a run.</summary>
    public abstract record Opening
    {
        private Opening()
        {
        }

        public sealed record Fresh(RunId Run) : Opening;

        /// <summary>The request has this run already; it is open or has ended, here or elsewhere.</summary>
        public sealed record Known(RunId Run) : Opening;

        public sealed record InTheWay(OpenRun Run) : Opening;
    }

    public sealed record OpenRun(long RunId, string Kind, string RequestedBy, Instant StartedAt, string Owner, bool LeaseHasEnded);
}
