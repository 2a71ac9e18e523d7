using Cohorts.Domain;
using Orleans.Placement;

namespace Cohorts.Grains;

/// <summary>Knows of its cohort no more than the run that it works on; what a run was and came to stands in <c>runs</c>.</summary>
[PreferLocalPlacement]
public sealed class CohortGrain(
    [PersistentState("cohort", CohortGrain.Storage)] IPersistentState<CohortGrain.Current> current,
    RunLedger ledger,
    RunStarter starter,
    ILocalSiloDetails silo,
    IClusterMembershipService membership,
    TimeProvider clock) : Grain, ICohortGrain
{
    public const string Storage = "Cohorts";

    private RunningCommand? _running;

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        if (current.State.RunId is { } left && await ledger.EndIfDeadAsync(new RunId(left), IsDead, cancellationToken))
            await current.ClearStateAsync(cancellationToken);
    }

    public async Task<RunOpening> Start(Guid key, ITakesCohortTurn command, string requestedBy)
    {
        var request = new RunRequest(key, command, requestedBy);
        if (_running is { } running && (running.Request.Key == request.Key || !running.Ended.IsCompleted))
        {
            return running.Request.Key == request.Key
                ? new RunOpening(running.Id, null)
                : new RunOpening(null, Busy(running.Request.Command.Kind, running.Request.RequestedBy, running.StartedAt));
        }

        var (opened, inTheWay) = await ledger.OpenAsync(
            request.Command, request.RequestedBy, silo.SiloAddress.ToParsableString(), IsDead, CancellationToken.None);
        if (inTheWay is not null)
            return new RunOpening(null, Busy(Enum.Parse<RunKind>(inTheWay.Kind, ignoreCase: true), inTheWay.RequestedBy, inTheWay.StartedAt.ToDateTimeOffset()));

        var run = opened!.Value;
        _running = starter.Start(run, request);
        current.State = new Current { RunId = run.Value };
        await current.WriteStateAsync();
        _ = StayUntilEndOf(_running);
        return new RunOpening(run, null);
    }

    public async Task<RunStatus> Status(RunId run)
    {
        if (_running is { } running && running.Id == run)
            return running.Status;
        return await ledger.StatusAsync(run, CancellationToken.None)
            ?? throw new InvalidOperationException($"Cohort {this.GetPrimaryKeyLong()} has no run {run}.");
    }

    public Task Cancel(RunId run) => _running is { } running && running.Id == run ? running.CancelAsync() : Task.CompletedTask;

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        if (_running is { } running)
            await running.InterruptAsync().WaitAsync(cancellationToken);
    }

    /// <summary>The work is off this grain's scheduler, so nothing else would keep an activation that nobody calls.</summary>
    private async Task StayUntilEndOf(RunningCommand running)
    {
        DelayDeactivation(Timeout.InfiniteTimeSpan);
        await running.Ended;
        DelayDeactivation(TimeSpan.Zero);
        if (current.State.RunId == running.Id.Value)
            await current.ClearStateAsync();
    }

    private bool IsDead(string owner) =>
        membership.CurrentSnapshot.GetSiloStatus(SiloAddress.FromParsableString(owner)) == SiloStatus.Dead;

    private Refusal Busy(RunKind kind, string who, DateTimeOffset since)
    {
        var doing = kind switch
        {
            RunKind.Scheduling => "scheduling this cohort",
            RunKind.Realizing => "realizing this cohort's groups",
            _ => throw new InvalidOperationException($"Run kind {kind} has no words."),
        };
        var seconds = (int)(clock.GetUtcNow() - since).TotalSeconds;
        var ago = seconds < 90 ? $"{Math.Max(0, seconds)} s" : $"{seconds / 60} min";
        return new Refusal($"{who} has been {doing} since {since:HH:mm:ss} UTC ({ago} ago). Wait until that has ended, then try again.");
    }

    [GenerateSerializer]
    [Alias("Cohorts.CurrentRun")]
    public sealed class Current
    {
        [Id(0)]
        public long? RunId { get; set; }
    }
}
