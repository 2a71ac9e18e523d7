using Cohorts.Domain;
using Orleans.Concurrency;

namespace Cohorts.Grains;

/// <summary>Gives one cohort (the key is its id) one run at a time, on whatever machine the grain lives.</summary>
public interface ICohortGrain : IGrainWithIntegerKey
{
    /// <summary>
    /// Opens a run and returns at once: the run's id, or the refusal that names who runs what since when. A repeated call with the same
    /// <paramref name="key"/> (the first answer was lost) finds the run it opened.
    /// </summary>
    /// <param name="key">Made once per command by its caller.</param>
    /// <param name="requestedBy">The name that a second caller reads.</param>
    /// <param name="origin">Where it was asked: the run goes on with that trace.</param>
    Task<RunOpening> Start(Guid key, ITakesCohortTurn command, string requestedBy, RunOrigin? origin = null);

    /// <summary>Goes on with a run of this cohort that was cut off, if there is one that does so by itself.</summary>
    Task GoOn();

    /// <summary>Answers at once, also while a run works or opens. Callers ask about once a second.</summary>
    [AlwaysInterleave]
    Task<RunStatus> Status(RunId run);

    /// <summary>Asks the run to stop; its status tells when it has. A run that has ended is left as it is.</summary>
    [AlwaysInterleave]
    Task Cancel(RunId run);
}

/// <summary>The run that was opened, or why none was.</summary>
public sealed record RunOpening(RunId? Run, Refusal? Refusal);

public enum RunState
{
    Running,
    Succeeded,
    Refused,
    Failed,
    Interrupted,
    Cancelled,
}

/// <param name="ResultJson">What the handler answered, once it has: the command's response as JSON.</param>
/// <param name="Error">For a person; names the id under which the log has the whole of it.</param>
public sealed record RunStatus(RunState State, RunProgress Progress, string? ResultJson, string? Error);
