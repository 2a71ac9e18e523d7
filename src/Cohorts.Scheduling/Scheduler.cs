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
        var cohort = new WeeklyCohort(problem, cancel);
        var facts = new CohortFacts(cohort.Slots, cancel);
        var watch = new SearchWatch(clock, options.TimeLimit - clock.GetElapsedTime(started), problem.People.Count, progress, cancel);
        var (best, bounds) = Optimizer.Run(facts, options, watch);

        var formed = InOrder(cohort, best.Groups);
        var seated = formed.SelectMany(g => g.Participants).Concat(formed.Where(g => g.Leader is not null).Select(g => g.Leader!.Value)).ToHashSet();
        var proof = Proof(facts, best, bounds);
        var (placed, upperBound) = ((int)proof[0].Value, (int)proof[0].Bound);
        var (ungroupable, bestHour) = Reasons.Of(cohort, facts, formed, seated, placed == upperBound);
        var grouping = new Grouping
        {
            Groups = Told(cohort, facts, formed),
            Ungroupable = ungroupable,
            BestFacilitatorHour = bestHour,
            Placed = placed,
            UpperBound = upperBound,
            Proof = proof,
            Led = facts.Led,
            UsableFacilitators = facts.UsableFacilitators,
            Elapsed = clock.GetElapsedTime(started),
            Seed = options.Seed,
        };
        RulesCheck.Demand(cohort, grouping);
        watch.ReportEnd(placed);
        return grouping;
    }

    private static List<GoalProof> Proof(CohortFacts facts, Solution best, Bounds bounds)
    {
        // Where even sizes are not asked for they are told all the same, with what counting says of them.
        var squares = facts.Problem.Balance ? best.Score.Squares : Score.SquaresOf(facts, best.Groups);
        return
        [
            .. Enum.GetValues<Goal>().Select(goal => new GoalProof(
                char.ToLowerInvariant(goal.ToString()[0]) + goal.ToString()[1..],
                goal == Goal.Squares ? squares : Bounds.Value(goal, best.Score),
                bounds.Of(goal))),
        ];
    }

    private static List<FormedGroup> InOrder(WeeklyCohort cohort, IReadOnlyList<FormedGroup> formed) =>
    [
        .. formed
            .OrderBy(g => cohort.Meeting(g.Slot).Start)
            .ThenBy(g => g.Leader ?? -1)
            .ThenBy(g => g.Participants.Count == 0 ? -1 : g.Participants.Min())
            .ThenBy(g => g.Standing),
    ];

    private static List<Group> Told(WeeklyCohort cohort, CohortFacts facts, IReadOnlyList<FormedGroup> formed)
    {
        return [.. formed.Select(Tell)];

        Group Tell(FormedGroup group)
        {
            var standing = group.Standing < 0 ? null : cohort.Problem.Standing[group.Standing];
            var members = (group.Leader is { } first ? new[] { first } : []).Concat(group.Participants.Order());
            return new Group(
                cohort.Meeting(group.Slot).Start,
                cohort.Meeting(group.Slot).Length,
                group.Leader is { } leader ? cohort.Problem.People[leader].Id : null,
                [.. members.Select(i => new Member(cohort.Problem.People[i].Id, facts.People[i].Role, IsIfNeeded(i)))])
            {
                StandingId = standing?.Id,
                Name = standing?.Name,
            };

            bool IsIfNeeded(int i) =>
                !facts.People[i].RegularStarts.Contains(group.Slot) && standing?.Members.Contains(cohort.Problem.People[i].Id, StringComparer.Ordinal) != true;
        }
    }
}
