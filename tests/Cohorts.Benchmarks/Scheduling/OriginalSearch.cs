using System.Diagnostics;
using Cohorts.Scheduling;

namespace Cohorts.Benchmarks.Scheduling;

/// <summary>
/// The original system's way, as a baseline only: form a group at a time that suits many of those who are left, again until nobody is
/// served, all that 1000 times with other random choices, and keep the best. A time is drawn from the three that suit most; people are
/// taken in random order.
/// </summary>
internal static class OriginalSearch
{
    private const int Iterations = 1000;

    public static List<Meeting> Run(Problem problem, TimeSpan limit)
    {
        var from = Stopwatch.GetTimestamp();
        var hours = new Hours(problem);
        var random = new Random(1);
        List<Meeting> best = [];
        var (most, fewestIfNeeded) = (-1, 0);
        for (var i = 0; i < Iterations && Stopwatch.GetElapsedTime(from) < limit; i++)
        {
            var formed = Attempt(problem, hours, random);
            var placed = formed.SelectMany(m => m.Participants.Append(m.Leader ?? -1)).Where(p => p >= 0).Distinct().Count();
            var ifNeeded = formed.Sum(m =>
                m.Participants.Append(m.Leader ?? -1).Count(p => p >= 0 && !hours.Regular[p].Contains(m.Slot)));
            if (placed > most || placed == most && ifNeeded < fewestIfNeeded)
                (best, most, fewestIfNeeded) = (formed, placed, ifNeeded);
        }

        return best;
    }

    private static List<Meeting> Attempt(Problem problem, Hours hours, Random random)
    {
        var led = problem.IsLed;
        var seats = problem.MaxPeople - (led ? 1 : 0);
        var fewest = Math.Max(1, problem.MinPeople - (led ? 1 : 0));
        var order = Enumerable.Range(0, problem.People.Count).ToArray();
        random.Shuffle(order);
        var waiting = order.Where(p => problem.People[p].Role == Role.Participant).ToList();
        var leaders = order.Where(p => led && problem.People[p].Role == Role.Facilitator).ToArray();
        var leads = leaders.ToDictionary(l => l, _ => new List<int>());
        var free = new int[SlotSet.SlotsPerWeek];
        foreach (var person in waiting)
        {
            foreach (var slot in hours.Starts[person])
                free[slot]++;
        }

        var formed = new List<Meeting>();
        while (true)
        {
            var chosen = Enumerable.Range(0, SlotSet.SlotsPerWeek)
                .Where(s => free[s] >= fewest && (!led || Array.Exists(leaders, l => CanLead(l, s))))
                .OrderByDescending(s => Math.Min(free[s], seats) * 1000 + free[s])
                .Take(3)
                .ToArray();
            if (chosen.Length == 0)
                return formed;
            var start = chosen[random.Next(chosen.Length)];
            int? leader = led ? Array.Find(leaders, l => CanLead(l, start)) : null;
            var members = waiting.Where(p => hours.Starts[p].Contains(start)).OrderBy(p => hours.Regular[p].Contains(start) ? 0 : 1).Take(seats).ToHashSet();
            waiting.RemoveAll(members.Contains);
            foreach (var person in members)
            {
                foreach (var slot in hours.Starts[person])
                    free[slot]--;
            }

            if (leader is { } who)
                leads[who].Add(start);
            formed.Add(new Meeting(start, leader, [.. members]));
        }

        bool CanLead(int leader, int slot) =>
            leads[leader].Count < problem.People[leader].MaxGroups && hours.Starts[leader].Contains(slot)
            && !leads[leader].Exists(other => hours.Overlap(other, slot));
    }
}
