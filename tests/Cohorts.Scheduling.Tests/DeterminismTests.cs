using CsCheck;
using Microsoft.Extensions.Time.Testing;

namespace Cohorts.Scheduling.Tests;

public class DeterminismTests
{
    [Fact]
    public void The_same_problem_and_seed_give_the_same_grouping_whatever_the_clock_says() =>
        Gen.Select(Made.AnyCohort(people: 40), Gen.Int).Sample(
            (problem, seed) =>
            {
                var options = new SearchOptions(3, seed) { TimeLimit = TimeSpan.FromDays(1) };
                var slow = new FakeTimeProvider { AutoAdvanceAmount = TimeSpan.FromMilliseconds(3) };
                Assert.Equal(
                    Told(Scheduler.Solve(problem, options, TimeProvider.System)),
                    Told(Scheduler.Solve(problem, options, slow, new Listener())));
            },
            iter: 100);

    /// <summary>Written down from a run: another machine, runtime or day must give the same. Changes with the search only.</summary>
    [Fact]
    public void A_stored_seed_gives_these_groups_on_any_machine()
    {
        var problem = Made.Cohort([
            Made.Facilitator("f1", "M10:00 M14:00, W18:00 W21:00", 2), Made.Facilitator("f2", "W19:00 W22:00"),
            .. Enumerable.Range(0, 14).Select(i => Made.Participant($"p{i:00}", $"M1{i % 4}:00 M1{i % 4 + 1}:30, W{18 + i % 3}:00 W{20 + i % 3}:30", i % 5 == 0 ? "W18:00 W22:00" : ""))]);
        Assert.Equal(
            [
                "Wednesday 19:00-20:00: f1 p00 p03 p06 p09 p10 p12 p13",
                "Wednesday 20:30-21:30: f2 p01 p02 p04 p05 p07 p08 p11",
            ],
            Made.Solve(problem, iterations: 10, seed: 20270111).Groups
                .Select(g => $"{MeetingTime.Text(g.StartMinute, 60)}: {string.Join(' ', g.Members.Select(m => m.Id))}"));
    }

    private static string Told(Grouping grouping) => GroupingFile.Write(grouping with { Elapsed = TimeSpan.Zero });

    private sealed class Listener : IProgress<SearchProgress>
    {
        public void Report(SearchProgress value)
        {
        }
    }
}
