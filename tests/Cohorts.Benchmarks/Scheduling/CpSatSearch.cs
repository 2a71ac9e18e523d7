using System.Diagnostics;
using System.Globalization;
using Cohorts.Scheduling;
using Google.OrTools.Sat;

namespace Cohorts.Benchmarks.Scheduling;

/// <summary>
/// The same task as a compact model for CP-SAT: who sits at which start, how many groups meet there or who leads one. Groups at one start
/// are alike, so they are counted and not told apart. First the most people, then, with that many, the fewest if-needed seats.
/// </summary>
internal static class CpSatSearch
{
    public static (List<Meeting> Meetings, int Bound) Run(Problem problem, TimeSpan limit)
    {
        var from = Stopwatch.GetTimestamp();
        var hours = new Hours(problem);
        var model = new CpModel();
        var led = problem.IsLed;
        var (fewest, most) = (problem.MinPeople - (led ? 1 : 0), problem.MaxPeople - (led ? 1 : 0));
        var people = Enumerable.Range(0, problem.People.Count).ToList();
        var leaders = people.Where(p => led && problem.People[p].Role == Role.Facilitator && problem.People[p].MaxGroups > 0).ToList();
        var learners = people.Where(p => problem.People[p].Role == Role.Participant).ToList();
        var slots = Enumerable.Range(0, SlotSet.SlotsPerWeek)
            .Where(s => learners.Count(p => hours.Starts[p].Contains(s)) >= fewest && (!led || leaders.Exists(l => hours.Starts[l].Contains(s))))
            .ToList();

        var sits = new Dictionary<(int Person, int Slot), BoolVar>();
        var leads = new Dictionary<(int Person, int Slot), BoolVar>();
        var groups = new Dictionary<int, IntVar>();
        foreach (var slot in slots)
        {
            var here = learners.Where(p => hours.Starts[p].Contains(slot)).ToList();
            foreach (var person in here)
                sits[(person, slot)] = model.NewBoolVar("");
            foreach (var leader in leaders.Where(l => hours.Starts[l].Contains(slot)))
                leads[(leader, slot)] = model.NewBoolVar("");
            var seated = LinearExpr.Sum(here.Select(p => sits[(p, slot)]));
            LinearExpr count;
            if (led)
            {
                count = LinearExpr.Sum(leaders.Where(l => hours.Starts[l].Contains(slot)).Select(l => leads[(l, slot)]));
            }
            else
            {
                groups[slot] = model.NewIntVar(0, here.Count / Math.Max(1, fewest), "");
                count = groups[slot];
            }

            model.Add(seated >= count * fewest);
            model.Add(seated <= count * most);
        }

        foreach (var seats in sits.GroupBy(s => s.Key.Person))
            model.AddAtMostOne(seats.Select(s => s.Value));
        var placed = sits.Values.Cast<LinearExpr>().ToList();
        foreach (var led1 in leads.GroupBy(l => l.Key.Person))
        {
            var all = led1.ToDictionary(l => l.Key.Slot, l => l.Value);
            model.Add(LinearExpr.Sum(all.Values) <= problem.People[led1.Key].MaxGroups);
            if (problem.People[led1.Key].MaxGroups == 1)
            {
                placed.AddRange(all.Values);
                continue;
            }

            foreach (var (slot, chosen) in all)
            {
                foreach (var (other, too) in all.Where(o => o.Key > slot && hours.Overlap(slot, o.Key)))
                    model.AddAtMostOne([chosen, too]);
            }

            var leadsAny = model.NewBoolVar("");
            model.Add(LinearExpr.Sum(all.Values) >= leadsAny);
            placed.Add(leadsAny);
        }

        if (placed.Count == 0)
            return ([], 0);
        var total = LinearExpr.Sum(placed);
        model.Maximize(total);
        using var first = new CpSolver { StringParameters = Parameters(limit - Stopwatch.GetElapsedTime(from)) };
        var status = first.Solve(model);
        if (status is not (CpSolverStatus.Optimal or CpSolverStatus.Feasible))
            return ([], (int)Math.Floor(first.BestObjectiveBound + 1e-6));
        var bound = (int)Math.Floor(first.BestObjectiveBound + 1e-6);
        var meetings = Meetings(first);
        var left = limit - Stopwatch.GetElapsedTime(from);
        if (left < TimeSpan.FromMilliseconds(10))
            return (meetings, bound);

        model.Add(total >= (long)Math.Round(first.ObjectiveValue));
        foreach (var (_, variable) in sits.Concat(leads))
            model.AddHint(variable, first.BooleanValue(variable));
        foreach (var count in groups.Values)
            model.AddHint(count, first.Value(count));
        model.Minimize(LinearExpr.Sum(sits.Concat(leads).Where(v => !hours.Regular[v.Key.Person].Contains(v.Key.Slot)).Select(v => v.Value)));
        using var second = new CpSolver { StringParameters = Parameters(left) };
        return (second.Solve(model) is CpSolverStatus.Optimal or CpSolverStatus.Feasible ? Meetings(second) : meetings, bound);

        List<Meeting> Meetings(CpSolver solver)
        {
            var formed = new List<Meeting>();
            foreach (var slot in slots)
            {
                var who = learners.Where(p => sits.TryGetValue((p, slot), out var seat) && solver.BooleanValue(seat)).ToList();
                var by = leaders.Where(l => leads.TryGetValue((l, slot), out var lead) && solver.BooleanValue(lead)).ToList();
                var count = led ? by.Count : (int)solver.Value(groups[slot]);
                for (var g = 0; g < count; g++)
                    formed.Add(new Meeting(slot, led ? by[g] : null, [.. who.Where((_, i) => i % count == g)]));
            }

            return formed;
        }
    }

    private static string Parameters(TimeSpan limit) => string.Create(CultureInfo.InvariantCulture,
        $"num_workers:2, max_time_in_seconds:{Math.Max(0.01, limit.TotalSeconds):0.###}, random_seed:1");
}
