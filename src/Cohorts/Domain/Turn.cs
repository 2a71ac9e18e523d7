using System.Text.Json.Serialization;
using MediatR;

namespace Cohorts.Domain;

/// <summary>
/// The mark of a command that takes a cohort's turn: it runs in that cohort's grain, one at a time over all processes and machines,
/// as a row in <c>runs</c>. Its properties travel as JSON and are kept with the run.
/// </summary>
public interface ITakesCohortTurn
{
    CohortId CohortId { get; }

    [JsonIgnore]
    RunKind Kind => RunKinds.Of(GetType());

    /// <summary>What the run's random choices grow from, kept with the run; null for a run that makes none.</summary>
    int? Seed { get; }

    /// <summary>
    /// Whether a run that was cut off is gone on with by itself, on whatever machine: begun again, it finds what it did and does the rest.
    /// </summary>
    [JsonIgnore]
    bool GoesOnAfterCrash => false;

    /// <summary>The command as it is run again later by itself; what somebody asked for once is not asked for again.</summary>
    ITakesCohortTurn Repeated() => this;

    /// <summary>Sends the command to its handler; what comes back is its response, whatever type that is.</summary>
    Task<IRefusable> SendAsync(IMediator mediator, CancellationToken cancellation);
}

/// <summary>The mark, with the result that the command has when it is not refused.</summary>
public interface ITakesCohortTurn<TResult> : ITakesCohortTurn, IRequest<Outcome<TResult>>
    where TResult : class
{
    async Task<IRefusable> ITakesCohortTurn.SendAsync(IMediator mediator, CancellationToken cancellation) =>
        await mediator.Send(this, cancellation);
}

/// <summary>How far a run is, for a person who watches.</summary>
/// <param name="Doing">What it is doing, with its figures: "52 of at most 56 people placed".</param>
/// <param name="Share">Share of the work that is done, 0 to 1.</param>
public sealed record RunProgress(string Doing, double Share);

/// <summary>Who asks in this scope, and who is told how far the run is.</summary>
public sealed class Caller
{
    /// <summary>The name that a second caller reads in the refusal.</summary>
    public string Name { get; set; } = Environment.UserName;

    /// <summary>The Discord server in which it was asked; null on the command line.</summary>
    public GuildId? Guild { get; set; }

    /// <summary>Null on the command line.</summary>
    public DiscordUserId? User { get; set; }

    public IProgress<RunProgress>? Progress { get; set; }

    /// <summary>Names the command across repetitions by processes that died; null for one that is sent once.</summary>
    public Guid? RequestKey { get; set; }
}

/// <summary>
/// The turn that the current scope is inside of, if any. A handler of a command that takes a turn finds its run here; the pipeline step
/// that routes such commands to their grain lets them pass.
/// </summary>
public sealed class Turn
{
    private CurrentRun? _run;

    public bool IsTaken => _run is not null;

    public CurrentRun Run => _run ?? throw new InvalidOperationException("This scope is not inside a cohort's turn.");

    /// <summary>When the command is to be run again by itself, because something could not be done yet; null: never.</summary>
    public TimeSpan? ComesBackAfter { get; set; }

    public void Enter(CurrentRun run)
    {
        if (_run is not null)
            throw new InvalidOperationException($"This scope is inside run {_run.Id} already and cannot enter run {run.Id}.");
        _run = run;
    }
}

/// <param name="Id">Also the fencing token: every write of the run demands that this run still holds the cohort's open row.</param>
/// <param name="RequestedBy">A person's name, for Discord's audit log among others.</param>
public sealed record CurrentRun(RunId Id, CohortId CohortId, string RequestedBy, IProgress<RunProgress> Progress);

/// <summary>The run no longer holds its cohort's open row: another took the turn over, or it was ended. Nothing of it may be saved.</summary>
public sealed class TurnLostException(RunId run, CohortId cohort)
    : Exception($"Run {run} no longer holds the turn of cohort {cohort}; nothing of it was saved.");
