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
    /// <summary>
    /// A run whose lease has ended is taken for dead. Renewed every second, so that a pause of eight is needed to lose it; short enough
    /// for another to go on with the run within ten.
    /// </summary>
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(8);

    /// <summary>Of one command through all its interrupted runs: each was ended by the end of its process, and none by a fault of its own.</summary>
    private const int MostContinuations = 100;

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
                    INSERT INTO runs (request_key, cohort_id, kind, requested_by, options, resumes, seed, state, owner, lease_until,
                                      continues_run_id, continuations, requested_by_user)
                    VALUES (@Key, @Cohort, @Kind, @RequestedBy, @Options::jsonb, @Resumes, @Seed, 'running', @owner, now() + @Lease,
                            @Continues, coalesce((SELECT continuations + 1 FROM runs WHERE run_id = @Continues), 0),
                            coalesce(@User, (SELECT requested_by_user FROM runs WHERE run_id = @Continues)))
                    RETURNING run_id
                    """,
                    new
                    {
                        request.Key,
                        Cohort = command.CohortId.Value,
                        Kind = RunKinds.Word(command.Kind),
                        request.RequestedBy,
                        Options = JsonSerializer.Serialize(command, command.GetType(), CohortsJson.Options),
                        Resumes = command.GoesOnAfterCrash,
                        command.Seed,
                        owner,
                        Lease,
                        Continues = request.Continues?.Value,
                        User = request.Origin?.User?.ToString(),
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

    /// <summary>
    /// Runs that were cut off and go on by themselves: open with an ended lease, or interrupted as their server ended, and the last of
    /// their cohort.
    /// </summary>
    /// <param name="cohort">Null: of all.</param>
    public async Task<IReadOnlyList<LeftRun>> FindLeftAsync(CohortId? cohort, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        return (await connection.QueryAsync<(long Run, int Cohort, string RequestedBy, string Kind, string Options)>(new CommandDefinition(
            """
            SELECT run_id, cohort_id, requested_by, kind, options::text
              FROM runs
             WHERE resumes
               AND (state = 'interrupted' OR (ended_at IS NULL AND lease_until < now()))
               AND (@Cohort::int IS NULL OR cohort_id = @Cohort)
               AND continuations < @MostContinuations
               AND started_at > now() - interval '1 day'
               AND NOT EXISTS (SELECT 1 FROM runs AS later WHERE later.cohort_id = runs.cohort_id AND later.run_id > runs.run_id)
               -- What was begun for one server is not gone on with in another.
               AND NOT EXISTS (SELECT 1 FROM cohorts WHERE cohorts.cohort_id = runs.cohort_id AND assigned_at > started_at)
             ORDER BY run_id
             LIMIT 50
            """,
            new { Cohort = cohort?.Value, MostContinuations },
            cancellationToken: cancellation)))
            .Select(r => ToCommand(r.Kind, r.Options) is { } command ? new LeftRun(new RunId(r.Run), new CohortId(r.Cohort), r.RequestedBy, command) : null)
            .OfType<LeftRun>()
            .ToList();
    }

    /// <summary>The latest command of a cohort that goes on by itself; null where there was none.</summary>
    public async Task<ITakesCohortTurn?> FindLastCommandAsync(CohortId cohort, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        var row = await connection.QueryFirstOrDefaultAsync<(string Kind, string Options)?>(new CommandDefinition(
            """
            SELECT kind,
                   options::text
              FROM runs
              JOIN cohorts USING (cohort_id)
             WHERE cohort_id = @Cohort
               AND resumes
               AND (assigned_at IS NULL OR assigned_at <= started_at)
             ORDER BY run_id DESC
             LIMIT 1
            """,
            new { Cohort = cohort.Value },
            cancellationToken: cancellation));
        return row is var (kind, options) ? ToCommand(kind, options) : null;
    }

    /// <summary>The run that a request opened; null where it has none yet.</summary>
    public async Task<RunId?> FindByKeyAsync(Guid key, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        return await connection.ExecuteScalarAsync<long?>(new CommandDefinition(
            "SELECT run_id FROM runs WHERE request_key = @key", new { key }, cancellationToken: cancellation)) is { } run ? new RunId(run) : null;
    }

    /// <summary>The run that goes on with this one, through however many processes that died; the run itself where none does.</summary>
    public async Task<RunId> FindLatestAsync(RunId run, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        return new RunId(await connection.ExecuteScalarAsync<long>(new CommandDefinition(
            """
            WITH RECURSIVE chain (run_id) AS (
                SELECT @Run
                UNION ALL
                SELECT runs.run_id FROM runs JOIN chain ON runs.continues_run_id = chain.run_id
            )
            SELECT max(run_id) FROM chain
            """,
            new { Run = run.Value },
            cancellationToken: cancellation)));
    }

    /// <summary>Null where this version does not know the kind: it is not gone on with then.</summary>
    private static ITakesCohortTurn? ToCommand(string kind, string options) =>
        RunKinds.CommandOf(kind) is { } known ? (ITakesCohortTurn?)JsonSerializer.Deserialize(options, known, CohortsJson.Options) : null;

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

    /// <summary>
    /// Ends, as interrupted, runs that nobody asks about any more and that do not go on by themselves: their lease ended a minute ago. A
    /// run whose database was away for a moment renews its lease before that.
    /// </summary>
    public async Task EndForgottenAsync(CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        var forgotten = await connection.QueryAsync<long>(new CommandDefinition(
            "SELECT run_id FROM runs WHERE ended_at IS NULL AND NOT resumes AND lease_until < now() - interval '1 minute'",
            cancellationToken: cancellation));
        foreach (var run in forgotten)
            await EndAsync(new RunId(run), RunState.Interrupted, resultJson: null, ProcessEnded, cancellation);
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

    public sealed record LeftRun(RunId Run, CohortId Cohort, string RequestedBy, ITakesCohortTurn Command);

    public sealed record OpenRun(long RunId, string Kind, string RequestedBy, Instant StartedAt, string Owner, bool LeaseHasEnded);
}
