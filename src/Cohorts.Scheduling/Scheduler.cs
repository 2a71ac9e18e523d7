using Cohorts.Scheduling.Search;

namespace Cohorts.Scheduling;

/// <param name="Iterations">Search effort, 1 or more: local search and proof take steps in proportion, none counted in time.</param>
/// <param name="Seed">The same problem and seed give the same groups on any machine, unless the time limit ends the search.</param>
public sealed record SearchOptions(int Iterations = 1000, int Seed = 0)
{
    /// <summary>When the search ends with the best it has found, done or not. More than zero.</summary>
    public TimeSpan TimeLimit { get; init; } = TimeSpan.FromSeconds(10);
}

/// <summary>How far a search is.</summary>
/// <param name="Placed">People placed by the best grouping so far.</param>
/// <param name="UpperBound">No valid grouping places more.</param>
/// <param name="Share">Part of the search that is done, 0 to 1.</param>
/// <param name="Elapsed">Since the start.</param>
public readonly record struct SearchProgress(int Placed, int UpperBound, double Share, TimeSpan Elapsed);

/// <summary>Forms groups: facts of the input, search, reasons for those left over, and a check of the rules on the result.</summary>
public static class Scheduler
{
    /// <summary>The best grouping found. Computes on the calling thread until it is done.</summary>
    /// <param name="problem">Must be sensible: <see cref="Problem.Validate"/> gives null.</param>
    /// <param name="options">How long to search, and the seed.</param>
    /// <param name="clock">For the time limit and the elapsed time only.</param>
    /// <param name="progress">Told at most ten times a second, and once at the end.</param>
    /// <param name="cancel">Ends the search within a fraction of a second.</param>
    /// <exception cref="ArgumentException">The problem makes no sense as a whole, or the options leave nothing to do.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static Grouping Solve(
        Problem problem,
        SearchOptions options,
        TimeProvider clock,
        IProgress<SearchProgress>? progress = null,
        CancellationToken cancel = default)
    {
        if (problem.Validate() is { } nonsense)
            throw new ArgumentException(nonsense, nameof(problem));
        if (options.Iterations < 1 || options.TimeLimit <= TimeSpan.Zero)
            throw new ArgumentException($"A search of {options.Iterations} iterations in {options.TimeLimit} finds nothing.", nameof(options));

        var started = clock.GetTimestamp();
        var facts = CohortFacts.Of(problem, cancel);
        var watch = new SearchWatch(clock, options.TimeLimit - clock.GetElapsedTime(started), UpperBound.Of(facts), progress, cancel);
        var formed = Optimizer.Run(facts, options, watch);
        var upperBound = watch.UpperBound;

        var ordered = InOrder(formed);
        var groups = Told(facts, ordered);
        var seated = formed.SelectMany(g => g.Participants).Concat(formed.Where(g => g.Leader is not null).Select(g => g.Leader!.Value)).ToHashSet();
        var placed = seated.Count(i => !facts.People[i].Person.AlreadyPlaced);
        var (ungroupable, bestHour) = Reasons.Of(facts, ordered, seated, placed == upperBound);
        var grouping = new Grouping
        {
            Groups = groups,
            Ungroupable = ungroupable,
            BestFacilitatorHour = bestHour,
            Placed = placed,
            UpperBound = upperBound,
            Led = facts.Led,
            UsableFacilitators = facts.UsableFacilitators,
            Elapsed = clock.GetElapsedTime(started),
            Seed = options.Seed,
        };
        RulesCheck.Demand(facts, grouping);
        watch.ReportEnd(placed);
        return grouping;
    }

    private static List<FormedGroup> InOrder(IReadOnlyList<FormedGroup> formed) =>
    [
        .. formed
            .OrderBy(g => g.Slot)
            .ThenBy(g => g.Leader ?? -1)
            .ThenBy(g => g.Participants.Count == 0 ? -1 : g.Participants.Min()),
    ];

    private static List<Group> Told(CohortFacts facts, IReadOnlyList<FormedGroup> formed) =>
    [
        .. formed.Select(g => new Group(
                g.Slot * SlotSet.MinutesPerSlot,
                facts.Problem.MeetingLengthMinutes,
                g.Leader is { } leader ? facts.People[leader].Person.Id : null,
                [
                    .. (g.Leader is { } first ? new[] { first } : []).Concat(g.Participants.Order())
                        .Select(i => facts.People[i])
                        .Select(p => new Member(p.Person.Id, p.Person.Role, !p.RegularStarts.Contains(g.Slot))),
                ])),
    ];
}
