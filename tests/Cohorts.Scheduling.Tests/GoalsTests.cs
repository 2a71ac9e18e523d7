using static Cohorts.Scheduling.Tests.Made;

namespace Cohorts.Scheduling.Tests;

/// <summary>What is better than what, each goal where the one before does not decide.</summary>
public class GoalsTests
{
    [Fact]
    public void More_people_come_before_fewer_if_needed_seats()
    {
        var grouping = Solve(Cohort([.. Participants(4, "M10:00 M11:00"), Participant("fifth", "", "M10:00 M11:00")]));
        Assert.Equal(5, grouping.Placed);
    }

    [Fact]
    public void Fewer_if_needed_seats_come_before_fewer_groups()
    {
        var monday = Enumerable.Range(0, 4).Select(i => Participant($"m{i}", "M10:00 M11:00"));
        var tuesday = Enumerable.Range(0, 4).Select(i => Participant($"t{i}", "T10:00 T11:00", "M10:00 M11:00"));
        var grouping = Solve(Cohort([.. monday, .. tuesday]));
        Assert.Equal([600, 2040], grouping.Groups.Select(g => g.StartMinute));
        Assert.DoesNotContain(grouping.Groups.SelectMany(g => g.Members), m => m.IfNeeded);
    }

    [Fact]
    public void Fewer_groups_come_before_even_sizes() =>
        Assert.Single(Solve(Cohort(Participants(8, "M10:00 M18:00"))).Groups);

    [Fact]
    public void Sizes_are_even_where_balance_is_asked_for()
    {
        var people = Cohort([.. Participants(10, "M10:00 M11:00"), .. Participants(1, "M10:00 M12:00", "q")]) with { MinPeople = 3, MaxPeople = 9 };
        Assert.Equal([5, 6], Solve(people).Groups.Select(g => g.Members.Count).Order());
    }

    [Theory]
    [InlineData(4, 4, 11, 8)]
    [InlineData(5, 5, 24, 20)]
    [InlineData(9, 9, 8, 0)]
    [InlineData(1, 1, 3, 3)]
    [InlineData(1, 1000000, 40, 40)]
    public void Sizes_that_leave_no_choice(int least, int most, int people, int placed)
    {
        var grouping = Solve(Cohort(Participants(people, "M10:00 M18:00")) with { MinPeople = least, MaxPeople = most });
        Assert.Equal(placed, grouping.Placed);
        Assert.True(grouping.Optimal);
    }

    [Fact]
    public void A_facilitator_alone_is_a_group_where_one_person_is_enough()
    {
        var problem = Cohort([Facilitator("a", "M10:00 M12:00", 5), Facilitator("b", "M10:00 M12:00", 5)]) with { MinPeople = 1 };
        Assert.Equal([1, 1], Solve(problem).Groups.Select(g => g.Members.Count));
    }

    [Fact]
    public void Nobody_to_group_is_an_empty_grouping()
    {
        var grouping = Solve(Cohort());
        Assert.Empty(grouping.Groups);
        Assert.Empty(grouping.Ungroupable);
        Assert.Equal(0, grouping.UpperBound);
        Assert.False(grouping.Led);
    }
}
