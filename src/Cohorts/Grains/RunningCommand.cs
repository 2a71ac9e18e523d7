using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Cohorts.Domain;
using MediatR;

namespace Cohorts.Grains;

/// <param name="Key">Made once per command by its caller.</param>
/// <param name="RequestedBy">The name that a second caller reads.</param>
/// <param name="Continues">The run whose process died, and with which this one goes on.</param>
/// <param name="Origin">Null for a run that the program begins by itself: its trace is its own.</param>
public sealed record RunRequest(Guid Key, ITakesCohortTurn Command, string RequestedBy, RunId? Continues = null, RunOrigin? Origin = null);

/// <summary>Starts runs in this process, each in a scope of its own, and knows those that have not ended.</summary>
public sealed class RunStarter(IServiceScopeFactory scopes, RunLedger ledger, TimeProvider clock, ILogger<RunningCommand> log)
{
    private readonly ConcurrentDictionary<RunId, RunningCommand> _here = new();
    private volatile bool _isLeaving;
    private int _opening;

    public RunningCommand Start(RunId run, RunRequest request)
    {
        var running = new RunningCommand(run, request, scopes, ledger, clock, log);
        _here[run] = running;
        running.Begin();
        _ = running.Ended.ContinueWith(
            _ => _here.TryRemove(run, out RunningCommand? _), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        return running;
    }

    /// <summary>A run that works in this process, whichever activation of its grain started it.</summary>
    public RunningCommand? Find(RunId run) => _here.GetValueOrDefault(run);

    /// <summary>Whether a run may be opened here; then <see cref="Exit"/> follows, when it was started or not. No, once this process leaves.</summary>
    public bool TryEnter()
    {
        Interlocked.Increment(ref _opening);
        if (!_isLeaving)
            return true;
        Exit();
        return false;
    }

    public void Exit() => Interlocked.Decrement(ref _opening);

    /// <summary>
    /// Ends when no run works in this process, and none can begin any more: a short-lived silo waits for it before it leaves the cluster,
    /// in which others may have come to it with their commands.
    /// </summary>
    public async Task LeaveAsync()
    {
        _isLeaving = true;
        while (Volatile.Read(ref _opening) > 0 || !_here.IsEmpty)
        {
            await Task.WhenAll(_here.Values.Select(r => r.Ended));
            await Task.Delay(TimeSpan.FromMilliseconds(10), clock);
        }
    }
}

/// <summary>
/// A command at work in its run: sent to MediatR again, in a scope that is marked as inside the turn, off the grain's scheduler, while its
/// lease is renewed every second.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "A token source without a timer holds nothing; it may be cancelled after the run has ended.")]
public sealed partial class RunningCommand(
    RunId id, RunRequest request, IServiceScopeFactory scopes, RunLedger ledger, TimeProvider clock, ILogger<RunningCommand> log)
    : IProgress<RunProgress>
{
    private static readonly Func<ILogger, CohortId, GuildId?, RunId, IDisposable?> Scope =
        LoggerMessage.DefineScope<CohortId, GuildId?, RunId>("cohort {Cohort}, guild {Guild}, run {Run}");

    private const string TurnLost = "Another run took this cohort's turn over; nothing of this one was saved.";

    private readonly CancellationTokenSource _stop = new();
    private volatile bool _lostTurn;
    private volatile RunStatus _status = new(RunState.Running, new RunProgress("Starting", 0), null, null);
    private volatile RunState _stoppedAs = RunState.Cancelled;

    public RunId Id { get; } = id;

    public RunRequest Request { get; } = request;

    public DateTimeOffset StartedAt { get; } = clock.GetUtcNow();

    public RunStatus Status => _status;

    /// <summary>When the command is to be run again by itself, as its handler said; null: not.</summary>
    public TimeSpan? ComesBackAfter { get; private set; }

    /// <summary>Ends with the run, never faulted.</summary>
    public Task Ended { get; private set; } = Task.CompletedTask;

    public void Begin() => Ended = Task.Run(WorkAsync, CancellationToken.None);

    public void Report(RunProgress value)
    {
        if (_status is { State: RunState.Running } status)
            _status = status with { Progress = value };
    }

    public Task CancelAsync() => _stop.CancelAsync();

    /// <summary>Stops the run because its silo ends, and waits for it.</summary>
    public async Task InterruptAsync()
    {
        _stoppedAs = RunState.Interrupted;
        await _stop.CancelAsync();
        await Ended;
    }

    private async Task WorkAsync()
    {
        var (kind, cohort) = (RunKinds.Word(Request.Command.Kind), Request.Command.CohortId);
        using var activity = Trace(kind, cohort);
        using var scope = Scope(log, cohort, Request.Origin?.Guild, Id);
        Begun(kind);
        using var leaseStop = new CancellationTokenSource();
        var lease = KeepLeaseAsync(leaseStop.Token);
        var ending = await SendAsync();
        await leaseStop.CancelAsync();
        await lease;
        await RecordAsync(ending);
        var outcome = RunTelemetry.Lower(ending.State);
        var took = clock.GetUtcNow() - StartedAt;
        RunTelemetry.Ended(Request.Command.Kind, outcome, took);
        activity?.SetTag("outcome", outcome).SetStatus(ending.State == RunState.Failed ? ActivityStatusCode.Error : ActivityStatusCode.Unset);
        HasEnded(kind, outcome, took.TotalMilliseconds);
        _status = ending;
    }

    /// <summary>A part of the trace in which somebody asked, also when that was on another machine.</summary>
    private Activity? Trace(string kind, CohortId cohort)
    {
        // What the grain's call left behind is not listened to, and would hide the trace that came with the request.
        Activity.Current = null;
        var asked = ActivityContext.TryParse(Request.Origin?.TraceParent, null, isRemote: true, out var there) ? there : default;
        return RunTelemetry.Source.StartActivity("run " + kind, ActivityKind.Internal, asked)
            ?.SetTag("cohort", cohort.Value).SetTag("run", Id.Value).SetTag("guild", Request.Origin?.Guild?.ToString());
    }

    private async Task<RunStatus> SendAsync()
    {
        try
        {
            await using var scope = scopes.CreateAsyncScope();
            var turn = scope.ServiceProvider.GetRequiredService<Turn>();
            turn.Enter(new CurrentRun(Id, Request.Command.CohortId, Request.RequestedBy, this));
            var response = await Request.Command.SendAsync(scope.ServiceProvider.GetRequiredService<IMediator>(), _stop.Token);
            ComesBackAfter = turn.ComesBackAfter;
            var state = response.IsRefused ? RunState.Refused : RunState.Succeeded;
            var json = JsonSerializer.Serialize(response, response.GetType(), CohortsJson.Options);
            return _status with { State = state, ResultJson = json };
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            return _status with
            {
                State = _stoppedAs,
                Error = (_stoppedAs, _lostTurn) switch
                {
                    (RunState.Cancelled, _) => "Stopped as asked.",
                    (_, true) => TurnLost,
                    _ => "The server was stopped while it worked. Nothing was lost: run the command again.",
                },
            };
        }
        catch (TurnLostException e)
        {
            LostTurn(e, Id, Request.Command.CohortId);
            return _status with { State = RunState.Interrupted, Error = TurnLost };
        }
        catch (Exception e) when (DatabaseTrouble.InWords(e) is not null)
        {
            // Not the command's own fault: whoever waits begins it anew, and what goes on by itself does.
            DatabaseAway(e, Id, Request.Command.CohortId);
            return _status with { State = RunState.Interrupted, Error = DatabaseTrouble.InWords(e) };
        }
#pragma warning disable CA1031 // Whatever a handler throws ends its run, with an id that finds it in the log; it must not end the silo.
        catch (Exception e)
#pragma warning restore CA1031
        {
            var error = $"run-{Id}";
            Failed(e, error, Request.Command.CohortId, Request.Command.Kind);
            return _status with { State = RunState.Failed, Error = $"Something went wrong here, and nothing was half-written (error {error}; the log says more)." };
        }
    }

    private async Task RecordAsync(RunStatus ending)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await ledger.EndAsync(Id, ending.State, ending.ResultJson, ending.Error, CancellationToken.None);
                return;
            }
            catch (Exception e) when (e is Npgsql.NpgsqlException or TimeoutException && attempt < 10)
            {
                NotRecorded(e, Id, attempt);
                await Task.Delay(TimeSpan.FromMilliseconds(200 * attempt), clock, CancellationToken.None);
            }
            catch (Exception e) when (e is Npgsql.NpgsqlException or TimeoutException)
            {
                // The row stays open; its lease ends, and whoever wants the turn then takes it.
                NotRecorded(e, Id, attempt);
                return;
            }
        }
    }

    private async Task KeepLeaseAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1), clock);
        try
        {
            while (await timer.WaitForNextTickAsync(stop))
            {
                try
                {
                    if (!await ledger.RenewAsync(Id, stop))
                    {
                        (_lostTurn, _stoppedAs) = (true, RunState.Interrupted);
                        await _stop.CancelAsync();
                        return;
                    }
                }
                catch (Exception e) when (e is Npgsql.NpgsqlException or TimeoutException)
                {
                    // Every write of the run is fenced, so a database that is away for a moment costs nothing but the lease.
                    NotRenewed(e, Id);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The run has ended.
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Run begun: {Kind}")]
    private partial void Begun(string kind);

    [LoggerMessage(Level = LogLevel.Information, Message = "Run ended: {Kind}, {Outcome}, after {Milliseconds:0} ms")]
    private partial void HasEnded(string kind, string outcome, double milliseconds);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Error}: {Kind} cohort {Cohort} failed")]
    private partial void Failed(Exception exception, string error, CohortId cohort, RunKind kind);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Run {Run} of cohort {Cohort} was cut off by the database")]
    private partial void DatabaseAway(Exception exception, RunId run, CohortId cohort);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Run {Run} lost the turn of cohort {Cohort}")]
    private partial void LostTurn(Exception exception, RunId run, CohortId cohort);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The lease of run {Run} could not be renewed; trying again")]
    private partial void NotRenewed(Exception exception, RunId run);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The end of run {Run} could not be recorded (attempt {Attempt})")]
    private partial void NotRecorded(Exception exception, RunId run, int attempt);
}
