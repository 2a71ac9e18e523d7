using CsCheck;

namespace Cohorts.Scheduling.Tests;

public class RulesTests
{
    [Fact]
    public void Every_grouping_of_any_small_cohort_keeps_all_rules_and_tells_the_right_reasons() =>
        Made.AnyCohort(people: 16).Sample(
            problem => Assert.Null(Judge.Fault(problem, Made.Solve(problem, iterations: 1))),
            iter: 3000,
            print: Made.Text);

    [Fact]
    public void Every_grouping_of_any_middling_cohort_keeps_all_rules() =>
        Made.AnyCohort(people: 150).Sample(
            problem => Assert.Null(Judge.Fault(problem, Made.Solve(problem, iterations: 1))),
            iter: 100,
            print: Made.Text);

    [Fact]
    public void The_bound_holds_and_small_cohorts_are_grouped_as_well_as_is_possible()
    {
        var (cohorts, missed) = (0, 0);
        Made.AnyCohort(people: 7).Sample(
            any =>
            {
                var problem = Exhaustive.Feasible(any);
                var grouping = Made.Solve(problem, iterations: 5);
                var best = Exhaustive.Best(problem);
                Assert.True(best.Placed <= grouping.UpperBound, $"{best.Placed} can be placed, the bound says {grouping.UpperBound}");
                var worth = Judge.Worth(problem, grouping);
                Assert.False(Exhaustive.IsBetter(worth, best), $"{worth} is better than everything: {best}");
                Interlocked.Increment(ref cohorts);
                if (worth != best)
                    Interlocked.Increment(ref missed);
            },
            iter: 1500,
            print: Made.Text);
        Assert.True(missed * 100 <= cohorts, $"{missed} of {cohorts} groupings are not the best there is");
    }
}
