namespace Cohorts.Scheduling.Tests;

/// <summary>The best worth of any valid grouping of a handful of people, by trying all of them.</summary>
internal static class Exhaustive
{
    public static bool IsBetter((int Placed, int IfNeeded, int Groups, int Squares) one, (int Placed, int IfNeeded, int Groups, int Squares) other) =>
        (one.Placed, -one.IfNeeded, -one.Groups, -one.Squares).CompareTo((other.Placed, -other.IfNeeded, -other.Groups, -other.Squares)) > 0;

    /// <summary>The same cohort, with leaders of one group only where several groups each would take too long to try.</summary>
    public static Problem Feasible(Problem problem) =>
        Judge.Starts(problem).Starts.Values.SelectMany(s => s).Distinct().Count() <= 12
            ? problem
            : problem with { People = [.. problem.People.Select(p => p with { MaxGroups = Math.Min(p.MaxGroups, 1) })] };

    public static (int Placed, int IfNeeded, int Groups, int Squares) Best(Problem problem)
    {
        var (starts, isIfNeeded) = Judge.Starts(problem);
        var led = problem.Led ?? problem.People.Any(p => p.Role == Role.Facilitator);
        var learners = problem.People.Where(p => p.Role == Role.Participant).ToList();
        var leaders = problem.People.Where(p => p.Role == Role.Facilitator && led).ToList();
        var meetings = leaders.ToDictionary(l => l.Id, _ => new List<int>());

        // Starts at which the same people come in the same way differ only where somebody leads twice: without that, one of each is enough.
        var candidates = starts.Values.SelectMany(s => s).Distinct().Order().ToList();
        if (leaders.All(l => l.MaxGroups <= 1))
        {
            candidates = [.. candidates.DistinctBy(s => string.Join(' ', problem.People.Where(p => starts[p.Id].Contains(s)).Select(p => $"{p.Id}{isIfNeeded(p.Id, s)}")))];
        }

        // Who could still be seated at a candidate or a later one: without this, a cohort in which somebody can never sit takes minutes.
        var within = new int[candidates.Count + 1];
        for (var i = candidates.Count - 1; i >= 0; i--)
        {
            var here = Coming(candidates[i]);
            var leads = led && leaders.Exists(l => starts[l.Id].Contains(candidates[i]));
            within[i] = within[i + 1] | (led == leads && int.PopCount(here) + (leads ? 1 : 0) >= problem.MinPeople ? here : 0);
        }

        var best = (Placed: 0, IfNeeded: 0, Groups: 0, Squares: 0);
        Try(0, (1 << learners.Count) - 1, (0, 0, 0, 0));
        return best;

        void Try(int from, int free, (int Placed, int IfNeeded, int Groups, int Squares) worth)
        {
            if (IsBetter(worth, best))
                best = worth;

            // Nothing that is better can follow where all who can still sit, seated without reserve in one more group, would not be better.
            var hopes = worth.Placed + int.PopCount(free & within[from]) + leaders.Count(l => !l.AlreadyPlaced && meetings[l.Id].Count == 0);
            if (!IsBetter((hopes, worth.IfNeeded, worth.Groups + 1, worth.Squares), best))
                return;
            for (var i = from; i < candidates.Count; i++)
            {
                var start = candidates[i];
                var here = Coming(start) & free;
                if (!led)
                {
                    Seat(i, here, free, worth, null);
                    continue;
                }

                foreach (var leader in leaders.Where(l => starts[l.Id].Contains(start) && meetings[l.Id].Count < l.MaxGroups && !meetings[l.Id].Exists(m => Overlap(m, start))))
                    Seat(i, here, free, worth, leader);
            }
        }

        void Seat(int at, int here, int free, (int Placed, int IfNeeded, int Groups, int Squares) worth, Person? leader)
        {
            var start = candidates[at];
            for (var set = here; ; set = (set - 1) & here)
            {
                var size = int.PopCount(set) + (leader is null ? 0 : 1);
                if (size > 0 && size >= problem.MinPeople && size <= problem.MaxPeople)
                {
                    var placed = int.PopCount(set) + (leader is { AlreadyPlaced: false } && meetings[leader.Id].Count == 0 ? 1 : 0);
                    var reserve = Enumerable.Range(0, learners.Count).Count(l => (set >> l & 1) != 0 && isIfNeeded(learners[l].Id, start))
                        + (leader is not null && isIfNeeded(leader.Id, start) ? 1 : 0);
                    if (leader is not null)
                        meetings[leader.Id].Add(start);

                    // A group that places nobody new makes a grouping no better: leaders alone need not be tried again and again.
                    if (placed > 0)
                        Try(at, free & ~set, (worth.Placed + placed, worth.IfNeeded + reserve, worth.Groups + 1, worth.Squares + (problem.Balance ? size * size : 0)));
                    if (leader is not null)
                        meetings[leader.Id].RemoveAt(meetings[leader.Id].Count - 1);
                }

                if (set == 0)
                    return;
            }
        }

        int Coming(int start) =>
            Enumerable.Range(0, learners.Count).Where(l => starts[learners[l].Id].Contains(start)).Aggregate(0, (set, l) => set | 1 << l);

        bool Overlap(int one, int other)
        {
            var (after, before) = ((other - one + 10080) % 10080, (one - other + 10080) % 10080);
            return after < problem.MeetingLengthMinutes || before < problem.MeetingLengthMinutes;
        }
    }
}
