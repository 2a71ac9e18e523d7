using Cohorts.Domain;
using Orleans.Placement;

namespace Cohorts.Grains;

/// <summary>Knows of its cohort no more than the run that it works on; what a run was and came to stands in <c>runs</c>.</summary>
/// <remarks>The grain's type stands in the keys of states and reminders: it stays, whatever the class is called.</remarks>
[GrainType("cohort")]
[PreferLocalPlacement]
public sealed partial class CohortGrain(
    [PersistentState("cohort", CohortGrain.Storage)] IPersistentState<CohortGrain.Current> current,
    RunLedger ledger,
    RunStarter starter,
    ILocalSiloDetails silo,
    IClusterMembershipService membership,
    TimeProvider clock,
    ILogger<CohortGrain> log) : Grain, ICohortGrain, IRemindable
{
    public const string Storage = "Cohorts";

    /// <summary>The second net under a run that is cut off: the first is each server's own look every second.</summary>
    private const string GoOnReminder = "go-on";

    /// <summary>Runs the last command again by itself, because it had to leave something for later.</summary>
    private const string AgainReminder = "again";

    /// <summary>Orleans' shortest.</summary>
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private RunningCommand? _running;

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        if (current.State.RunId is { } left && await ledger.EndIfDeadAsync(new RunId(left), IsDead, cancellationToken))
            await current.ClearStateAsync(cancellationToken);
    }

    public async Task<RunOpening> Start(Guid key, ITakesCohortTurn command, string requestedBy, RunOrigin? origin = null)
    {
        if (_running is { Ended.IsCompleted: false } other && other.Request.Key != key)
        {
            // Perhaps the run at work goes on with the one that this command had: its caller watches that.
            if (await ledger.FindByKeyAsync(key, CancellationToken.None) is { } known)
                return new RunOpening(known, null);
            return new RunOpening(null, Busy(RunKinds.Word(other.Request.Command.Kind), other.Request.RequestedBy, other.StartedAt));
        }

        return await OpenAsync(new RunRequest(key, command, requestedBy, Origin: origin));
    }

    public async Task GoOn()
    {
        if (_running is { Ended.IsCompleted: false })
            return;
        if (await ledger.FindLeftAsync(Id, CancellationToken.None) is not [.., var left])
            return;
        var opening = await OpenAsync(new RunRequest(Guid.NewGuid(), left.Command, left.RequestedBy, left.Run));
        if (opening.Run is { } run)
            GoesOn(Id, left.Run, run);
    }

    public async Task ReceiveReminder(string reminderName, TickStatus status)
    {
        if (_running is { Ended.IsCompleted: false })
            return;
        if (reminderName == GoOnReminder)
        {
            await GoOn();
            if (_running is null or { Ended.IsCompleted: true })
                await ForgetAsync(GoOnReminder);
        }
        else if (reminderName == AgainReminder && await ledger.FindLastCommandAsync(Id, CancellationToken.None) is { } last)
        {
            await OpenAsync(new RunRequest(Guid.NewGuid(), last.Repeated(), "Cohorts, by itself"));
        }
    }

    private CohortId Id => new((int)this.GetPrimaryKeyLong());

    /// <exception cref="OrleansException">This process is leaving; the next silo that the grain is placed on opens the run.</exception>
    private async Task<RunOpening> OpenAsync(RunRequest request)
    {
        if (!starter.TryEnter())
            throw new OrleansException($"Cohort {this.GetPrimaryKeyLong()}: this silo is leaving.");
        try
        {
            return await OpenHereAsync(request);
        }
        finally
        {
            starter.Exit();
        }
    }

    private async Task<RunOpening> OpenHereAsync(RunRequest request)
    {
        switch (await ledger.OpenAsync(request, silo.SiloAddress.ToParsableString(), IsDead, CancellationToken.None))
        {
            case RunLedger.Opening.Fresh opened:
                _running = starter.Start(opened.Run, request);
                current.State = new Current { RunId = opened.Run.Value };
                await current.WriteStateAsync();
                if (request.Command.GoesOnAfterCrash)
                    await this.RegisterOrUpdateReminder(GoOnReminder, Minute, Minute);
                _ = StayUntilEndOf(_running);
                return new RunOpening(opened.Run, null);
            case RunLedger.Opening.Known known:
                return new RunOpening(known.Run, null);
            case RunLedger.Opening.InTheWay { Run: var run }:
                return new RunOpening(null, Busy(run.Kind, run.RequestedBy, run.StartedAt.ToDateTimeOffset()));
            default:
                throw new InvalidOperationException($"Cohort {this.GetPrimaryKeyLong()}: a run was neither opened nor known nor refused.");
        }
    }

    public async Task<RunStatus> Status(RunId run)
    {
        if ((_running is { } running && running.Id == run ? running : starter.Find(run)) is { } here)
            return here.Status;
        await ledger.EndIfDeadAsync(run, IsDead, CancellationToken.None);
        // Cut off, and gone on with: whoever waits for the first waits for the last.
        var latest = await ledger.FindLatestAsync(run, CancellationToken.None);
        if (latest != run && starter.Find(latest) is { } goesOn)
            return goesOn.Status;
        return await ledger.StatusAsync(latest, CancellationToken.None)
            ?? throw new InvalidOperationException($"Cohort {this.GetPrimaryKeyLong()} has no run {run}.");
    }

    public async Task Cancel(RunId run)
    {
        if ((starter.Find(run) ?? starter.Find(await ledger.FindLatestAsync(run, CancellationToken.None))) is { } running)
            await running.CancelAsync();
    }

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
        if (!running.Request.Command.GoesOnAfterCrash)
            return;
        // One that its server's end cut off keeps the net under it.
        if (running.Status.State != RunState.Interrupted)
            await ForgetAsync(GoOnReminder);
        if (running.ComesBackAfter is { } pause)
            await this.RegisterOrUpdateReminder(AgainReminder, pause, pause < Minute ? Minute : pause);
        else if (running.Status.State == RunState.Succeeded)
            await ForgetAsync(AgainReminder);
    }

    private async Task ForgetAsync(string reminder)
    {
        if (await this.GetReminder(reminder) is { } known)
            await this.UnregisterReminder(known);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Cohort {Cohort}: run {Left} was cut off; run {Run} goes on with it")]
    private partial void GoesOn(CohortId cohort, RunId left, RunId run);

    private bool IsDead(string owner) =>
        membership.CurrentSnapshot.GetSiloStatus(SiloAddress.FromParsableString(owner)) == SiloStatus.Dead;

    private Refusal Busy(string kind, string who, DateTimeOffset since)
    {
        var doing = kind switch
        {
            "scheduling" => "scheduling this cohort",
            "realizing" => "realizing this cohort's groups",
            // Of a later version, which works on the same database.
            _ => "working on this cohort",
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
