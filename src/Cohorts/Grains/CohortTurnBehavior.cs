using System.Diagnostics;
using System.Text.Json;
using Cohorts.Domain;
using MediatR;
using Npgsql;

namespace Cohorts.Grains;

/// <summary>A run ended without an answer; the message is for a person, and says what to do or under which id the log has more.</summary>
public sealed class RunEndedException(RunState state, string message, Exception? inner = null) : Exception(message, inner)
{
    public RunState State { get; } = state;
}

/// <summary>No silo of the cluster answered for longer than a change of silos takes. Whether the command was begun is not known.</summary>
public sealed class ClusterAwayException(Exception inner) : Exception(
    DatabaseTrouble.IsFullDisk(inner) ? DatabaseTrouble.DiskIsFull : "No server that has this cohort answers. Try again in a minute.", inner);

/// <summary>
/// The pipeline step that sends a command which takes a cohort's turn to that cohort's grain, and waits for its end. In the run the same
/// command comes by again, in a scope that is inside the turn, and passes to its handler.
/// </summary>
public sealed class CohortTurnBehavior<TCommand, TResponse>(
    Turn turn, Caller caller, IServiceProvider services, RunLedger ledger, TimeProvider clock)
    : IPipelineBehavior<TCommand, TResponse>
    where TCommand : ITakesCohortTurn, IRequest<TResponse>
    where TResponse : IRefusable<TResponse>
{
    /// <summary>More than the cluster needs to notice a dead silo and place its grains anew.</summary>
    private static readonly TimeSpan PatienceWithCluster = TimeSpan.FromSeconds(15);

    /// <summary>Until another process goes on with a run whose own has died: its lease, and the look for such runs.</summary>
    private static readonly TimeSpan PatienceWithSuccessor = RunLedger.Lease + TimeSpan.FromSeconds(7);

    public async Task<TResponse> Handle(TCommand request, CancellationToken cancellationToken, RequestHandlerDelegate<TResponse> next)
    {
        if (turn.IsTaken)
            return await next();

        var grain = await Reach(() => Task.FromResult(GrainOf(request.CohortId)), cancellationToken);
        var key = caller.RequestKey ?? Guid.NewGuid();
        var origin = new RunOrigin(Activity.Current?.Id, caller.Guild, caller.User);
        var opening = await Reach(() => grain.Start(key, request, caller.Name, origin), cancellationToken);
        return opening.Refusal is { } refusal ? TResponse.Refused(refusal) : await Watch(request, grain, opening.Run!.Value, cancellationToken);
    }

    /// <exception cref="OrleansException">The last silo that this client knew of has left; with it went what the client knew of grains.</exception>
    private ICohortGrain GrainOf(CohortId cohort)
    {
        try
        {
            return services.GetRequiredService<IGrainFactory>().GetGrain<ICohortGrain>(cohort.Value);
        }
        catch (ArgumentException e)
        {
            throw new OrleansException("No silo is known.", e);
        }
    }

    private async Task<TResponse> Watch(TCommand request, ICohortGrain grain, RunId run, CancellationToken cancellation)
    {
        try
        {
            RunProgress? shown = null;
            long? cutOff = null;
            // A small cohort is done within a blink; a long run is asked about once a second.
            for (var wait = TimeSpan.FromMilliseconds(25); ; wait = TimeSpan.FromTicks(Math.Min(wait.Ticks * 2, TimeSpan.TicksPerSecond)))
            {
                await Task.Delay(wait, clock, cancellation);
                var status = await StatusAsync(grain, run, cancellation);
                if (status.Progress != shown)
                    caller.Progress?.Report(shown = status.Progress);
                if (status.State == RunState.Interrupted && request.GoesOnAfterCrash && clock.GetElapsedTime(cutOff ??= clock.GetTimestamp()) < PatienceWithSuccessor)
                    continue;
                if (status.State != RunState.Running)
                    return Answer(run, status);
                cutOff = null;
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            return await StopAsync(grain, run);
        }
    }

    /// <summary>Stops the run, and says that it stopped only when it has: what was saved by then is the answer all the same.</summary>
    private async Task<TResponse> StopAsync(ICohortGrain grain, RunId run)
    {
        await Reach(
            async () =>
            {
                await grain.Cancel(run);
                return true;
            },
            CancellationToken.None);
        RunStatus status;
        do
        {
            await Task.Delay(TimeSpan.FromMilliseconds(50), clock, CancellationToken.None);
            status = await StatusAsync(grain, run, CancellationToken.None);
        }
        while (status.State == RunState.Running);
        return status.State == RunState.Cancelled ? throw new OperationCanceledException($"Run {run} was stopped as asked.") : Answer(run, status);
    }

    private static TResponse Answer(RunId run, RunStatus status) => status.State is RunState.Succeeded or RunState.Refused
        ? JsonSerializer.Deserialize<TResponse>(status.ResultJson ?? "null", CohortsJson.Options)
            ?? throw new InvalidOperationException($"Run {run} {status.State} without a result.")
        : throw new RunEndedException(status.State, status.Error ?? $"Run {run} ended as {status.State}.");

    /// <summary>
    /// From the grain, which knows the progress; where no silo answers, from the table, which is the only truth: the silo may have ended
    /// with the run.
    /// </summary>
    private async Task<RunStatus> StatusAsync(ICohortGrain grain, RunId run, CancellationToken cancellation)
    {
        try
        {
            return await grain.Status(run);
        }
        catch (Exception e) when (e is OrleansException or TimeoutException or OperationCanceledException && !cancellation.IsCancellationRequested)
        {
            await ledger.EndIfDeadAsync(run, _ => false, cancellation);
            return await ledger.StatusAsync(await ledger.FindLatestAsync(run, cancellation), cancellation)
                ?? throw new InvalidOperationException($"There is no run {run}, although it was begun.", e);
        }
    }

    /// <summary>While a silo is taken for dead its grains cannot be reached, for some seconds; the same call goes through afterwards.</summary>
    private async Task<T> Reach<T>(Func<Task<T>> call, CancellationToken cancellation)
    {
        var started = clock.GetTimestamp();
        while (true)
        {
            try
            {
                return await call();
            }
            catch (Exception e) when (e is OrleansException or TimeoutException or NpgsqlException { IsTransient: true }
                or OperationCanceledException && !cancellation.IsCancellationRequested)
            {
                // Nobody makes room within seconds.
                if (DatabaseTrouble.IsFullDisk(e) || clock.GetElapsedTime(started) > PatienceWithCluster)
                    throw new ClusterAwayException(e);
                await Task.Delay(TimeSpan.FromMilliseconds(500), clock, cancellation);
            }
        }
    }
}
