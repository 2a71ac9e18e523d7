using CsCheck;

namespace Cohorts.Scheduling.Tests;

public class RulesTests
{
    private static readonly bool Long = Environment.GetEnvironmentVariable("COHORTS_TEST_LONG") == "1";

    [Fact]
    public void Every_grouping_of_any_small_cohort_keeps_all_rules_and_tells_the_right_reasons() =>
        Made.AnyCohort(people: 16).Sample(
            problem => Assert.Null(Judge.Fault(problem, Made.Solve(problem, iterations: 1))),
            iter: 2500,
            print: Made.Text);

    [Fact]
    public void Every_grouping_of_any_middling_cohort_keeps_all_rules() =>
        Made.AnyCohort(people: 150).Sample(
            problem => Assert.Null(Judge.Fault(problem, Made.Solve(problem, iterations: 1))),
            iter: 100,
            print: Made.Text);

    /// <summary>Nobody leads, and a start worth nothing by itself was set aside as if a group there took the place of a better one.</summary>
    [Fact]
    public void A_group_that_nobody_leads_takes_the_place_of_no_other_one() =>
        Made.AnyCohort(people: 150).Sample(
            problem => Assert.Null(Judge.Fault(problem, Made.Solve(problem, iterations: 1))),
            seed: "5pC8bwN_qeA2",
            iter: 1,
            print: Made.Text);

    [Fact]
    public void No_search_of_a_cohort_places_more_than_any_other_one_proves_possible() =>
        Made.AnyCohort(people: 60).Sample(
            problem =>
            {
                var groupings = Enumerable.Range(1, 4).Select(seed => Made.Solve(problem, iterations: seed == 4 ? 20 : 1, seed)).ToList();
                Assert.InRange(groupings.Max(g => g.Placed), 0, groupings.Min(g => g.UpperBound));
            },
            iter: Long ? 10_000 : 1000,
            print: Made.Text);

    [Fact]
    public void Small_cohorts_are_grouped_as_well_as_is_possible_and_that_is_proven()
    {
        var (cohorts, missed) = (0, 0);
        Made.AnyCohort(people: 9).Sample(
            any =>
            {
                var problem = Exhaustive.Feasible(any);
                var grouping = Made.Solve(problem, iterations: 5);
                var best = Exhaustive.Best(problem);
                var worth = Judge.Worth(problem, grouping);
                Assert.Equal((best.Placed, best.IfNeeded), (worth.Placed, worth.IfNeeded));
                Assert.Equal(best.Placed, grouping.UpperBound);
                Assert.False(Exhaustive.IsBetter(worth, best), $"{worth} is better than everything: {best}");
                Interlocked.Increment(ref cohorts);
                if (worth != best)
                    Interlocked.Increment(ref missed);
            },
            iter: Long ? 20_000 : 700,
            print: Made.Text);
        Assert.True(missed * 100 <= cohorts, $"{missed} of {cohorts} groupings have more groups or less even sizes than is possible");
    }
}
