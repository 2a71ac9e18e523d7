using System.Diagnostics;
using Microsoft.Extensions.Time.Testing;

namespace Cohorts.Scheduling.Tests;

public class SearchTests
{
    [Fact]
    public void A_time_limit_that_has_passed_before_the_search_begins_still_gives_a_first_grouping()
    {
        var problem = Made.Cohort(Made.Participants(40, "M10:00 M12:00"));

        var grouping = Scheduler.Solve(problem, new SearchOptions(1000) { TimeLimit = TimeSpan.FromTicks(1) }, TimeProvider.System);

        Assert.Equal(40, grouping.Placed);
    }

    [Fact]
    public void Progress_is_told_at_most_ten_times_a_second_and_at_the_end()
    {
        var clock = new FakeTimeProvider { AutoAdvanceAmount = TimeSpan.FromMilliseconds(1) };
        var told = new Told();
        var grouping = Scheduler.Solve(
            Families.Make("led", people: 60, seed: 3),
            new SearchOptions(50) { TimeLimit = TimeSpan.FromHours(1) },
            clock,
            told);

        Assert.True(told.States.Count > 3);
        var last = told.States[^1];
        Assert.Equal((grouping.Placed, grouping.UpperBound, 1.0), (last.Placed, last.UpperBound, last.Share));
        foreach (var (before, after) in told.States.Zip(told.States.Skip(1)))
        {
            Assert.True(after.Placed >= before.Placed && after.Share >= before.Share && after.Elapsed >= before.Elapsed);
            Assert.True(after.UpperBound <= before.UpperBound);
            if (after != last)
                Assert.True(after.Elapsed - before.Elapsed >= TimeSpan.FromMilliseconds(100));
        }

        Assert.All(told.States, s => Assert.InRange(s.Share, 0, 1));
    }

    [Fact]
    public void Progress_is_told_while_one_linear_program_is_solved()
    {
        // It moves when it is asked, which a linear program does every few pivots.
        var clock = new FakeTimeProvider { AutoAdvanceAmount = TimeSpan.FromMilliseconds(60) };
        var told = new Told();

        Scheduler.Solve(Families.Make("mixed", people: 500, seed: 1), new SearchOptions(100) { TimeLimit = TimeSpan.FromDays(1) }, clock, told);

        foreach (var (before, after) in told.States.Zip(told.States.Skip(1)))
            Assert.InRange(after.Elapsed - before.Elapsed, TimeSpan.Zero, TimeSpan.FromMilliseconds(200));
    }

    [Fact]
    public void The_bound_falls_while_it_is_watched()
    {
        var told = new Told();
        var clock = new FakeTimeProvider { AutoAdvanceAmount = TimeSpan.FromMilliseconds(50) };
        var grouping = Scheduler.Solve(
            Families.Make("tight", people: 60, seed: 1), new SearchOptions(20) { TimeLimit = TimeSpan.FromDays(1) }, clock, told);
        Assert.True(grouping.Optimal);
        Assert.True(told.States[0].UpperBound > grouping.UpperBound, "counting alone proved it: another cohort must be taken");
        Assert.Equal(grouping.UpperBound, told.States[^1].UpperBound);
    }

    [Fact]
    public void The_end_is_told_even_where_nothing_is_searched()
    {
        var told = new Told();
        Scheduler.Solve(Made.Cohort(), new SearchOptions(), TimeProvider.System, told);
        Assert.Equal(1, Assert.Single(told.States).Share);
    }

    [Fact]
    public void The_time_limit_ends_the_search_with_a_valid_grouping()
    {
        var problem = Families.Make("shared", people: 200, seed: 5);
        foreach (var calls in new[] { 3, 20, 100, 1000 })
        {
            // The clock is asked before each step, so the limit strikes in the middle of one.
            var clock = new FakeTimeProvider { AutoAdvanceAmount = TimeSpan.FromSeconds(1) };
            var grouping = Scheduler.Solve(problem, new SearchOptions(int.MaxValue) { TimeLimit = TimeSpan.FromSeconds(calls) }, clock);
            Assert.Null(Judge.Fault(problem, grouping));
        }
    }

    [Theory]
    [InlineData("led", 1000, 300)]
    [InlineData("global", 3000, 300)]
    [InlineData("tight", 300, 300)]
    [InlineData("tight", 120, 1500)]
    [InlineData("mixed", 500, 1500)]
    public void Cancelled_from_elsewhere_the_search_ends_at_once(string family, int people, int milliseconds)
    {
        var problem = Families.Make(family, people, seed: 1);
        // A machine that has ended the search by then is caught earlier in it.
        for (var moment = TimeSpan.FromMilliseconds(milliseconds); ; moment /= 2)
        {
            Assert.True(moment > TimeSpan.FromMilliseconds(1), "The search was over before it could be cancelled: another cohort must be taken.");
            using var cancel = new CancellationTokenSource();
            var cancelled = 0L;
            using var noted = cancel.Token.Register(() => cancelled = Stopwatch.GetTimestamp());
            cancel.CancelAfter(moment);
            try
            {
                Scheduler.Solve(problem, new SearchOptions(int.MaxValue) { TimeLimit = TimeSpan.FromMinutes(10) }, TimeProvider.System, cancel: cancel.Token);
            }
            catch (OperationCanceledException)
            {
                // The search may end before the note is made.
                Assert.True(SpinWait.SpinUntil(() => Volatile.Read(ref cancelled) != 0, TimeSpan.FromMinutes(1)));
                Assert.InRange(Stopwatch.GetElapsedTime(Volatile.Read(ref cancelled)), TimeSpan.Zero, SystemTests.Bot.Machine.Allows(TimeSpan.FromSeconds(1)));
                return;
            }
        }
    }

    [Fact]
    public void A_search_that_is_cancelled_before_it_begins_does_nothing()
    {
        using var cancel = new CancellationTokenSource();
        cancel.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(() =>
            Scheduler.Solve(Families.Make("led", people: 30, seed: 1), new SearchOptions(), TimeProvider.System, cancel: cancel.Token));
    }

    [Theory]
    [InlineData("led")]
    [InlineData("global")]
    [InlineData("tight")]
    public void Ten_thousand_people_are_grouped_within_the_time_limit(string family)
    {
        var problem = Families.Make(family, people: 10_000, seed: 1);
        var options = new SearchOptions(Iterations: 1_000_000) { TimeLimit = TimeSpan.FromSeconds(3) };

        var grouping = Scheduler.Solve(problem, options, TimeProvider.System);

        // A million iterations would take hours; how soon after the limit it ends is a matter of the machine.
        Assert.InRange(grouping.Elapsed, TimeSpan.Zero, TimeSpan.FromMinutes(1));
        Assert.True(grouping.Placed > 8_000, $"{grouping.Placed} of at most {grouping.UpperBound} placed");
    }

    [Fact]
    public void Searching_longer_takes_no_memory()
    {
        var problem = Families.Make("shared", people: 120, seed: 9);
        long Allocated(int iterations)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            Scheduler.Solve(problem, new SearchOptions(iterations), TimeProvider.System);
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }

        Allocated(1);
        Assert.InRange(Allocated(40) - Allocated(1), -100_000, 100_000);
    }

    private sealed class Told(Action<SearchProgress>? then = null) : IProgress<SearchProgress>
    {
        public List<SearchProgress> States { get; } = [];

        public void Report(SearchProgress value)
        {
            States.Add(value);
            then?.Invoke(value);
        }
    }
}
