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
        if (_running is { Ended.IsCompleted: false } other && other.Request.Key != key)
            return new RunOpening(null, Busy(other.Request.Command.Kind, other.Request.RequestedBy, other.StartedAt));

        var request = new RunRequest(key, command, requestedBy);
        switch (await ledger.OpenAsync(request, silo.SiloAddress.ToParsableString(), IsDead, CancellationToken.None))
        {
            case RunLedger.Opening.Fresh opened:
                _running = starter.Start(opened.Run, request);
                current.State = new Current { RunId = opened.Run.Value };
                await current.WriteStateAsync();
                _ = StayUntilEndOf(_running);
                return new RunOpening(opened.Run, null);
            case RunLedger.Opening.Known known:
                return new RunOpening(known.Run, null);
            case RunLedger.Opening.InTheWay { Run: var run }:
                return new RunOpening(null, Busy(Enum.Parse<RunKind>(run.Kind, ignoreCase: true), run.RequestedBy, run.StartedAt.ToDateTimeOffset()));
            default:
                throw new InvalidOperationException($"Cohort {this.GetPrimaryKeyLong()}: a run was neither opened nor known nor refused.");
        }
    }

    public async Task<RunStatus> Status(RunId run)
    {
        if ((_running is { } running && running.Id == run ? running : starter.Find(run)) is { } here)
            return here.Status;
        await ledger.EndIfDeadAsync(run, IsDead, CancellationToken.None);
        return await ledger.StatusAsync(run, CancellationToken.None)
            ?? throw new InvalidOperationException($"Cohort {this.GetPrimaryKeyLong()} has no run {run}.");
    }

    public Task Cancel(RunId run) => starter.Find(run)?.CancelAsync() ?? Task.CompletedTask;

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        // Any other reason leaves the run at work in this process, where the next activation finds it.
        if (reason.ReasonCode == DeactivationReasonCode.ShuttingDown && _running is { } running)
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
