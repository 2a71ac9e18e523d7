using static Cohorts.Scheduling.Tests.Made;

namespace Cohorts.Scheduling.Tests;

/// <summary>What people type and set, however odd: each is a cohort like any other, and nothing else in it fails.</summary>
public class OrdinaryInputTests
{
    [Theory]
    [InlineData("M10:00 M25:00")]
    [InlineData("M10:00")]
    [InlineData("8 to 9")]
    [InlineData("M18:00 M09:00")]
    [InlineData("U23:00 U22:59")]
    [InlineData("M10:00 M11:00; T10:00 T11:00")]
    public void Hours_that_cannot_be_read_set_their_person_aside_and_nobody_else(string hours)
    {
        var grouping = Solved(Cohort([Participant("bad", hours), .. Participants(4, "M10:00 M11:00")]));
        Assert.Equal(4, grouping.Placed);
        Assert.Equal(("bad", UngroupableReason.InvalidAvailability), (Assert.Single(grouping.Ungroupable).Id, grouping.Ungroupable[0].Reason));
    }

    [Theory]
    [InlineData("M23:00 M24:00", 1380)]
    [InlineData("M23:00 M00:00", 1380)]
    [InlineData("U23:00 U00:00", 10020)]
    [InlineData("M24:00 T01:00", 1440)]
    [InlineData("U23:00 U24:00", 10020)]
    [InlineData("U23:30 M00:30", 10050)]
    [InlineData("M10:00 M10:30, M10:30 M11:00", 600)]
    [InlineData("M10:00 M10:45, M10:20 M11:00", 600)]
    [InlineData("M10:00 M11:00, M10:00 M11:00", 600)]
    [InlineData(" , M10:00  M11:00 ,, ", 600)]
    public void Odd_but_readable_hours_are_what_they_say(string hours, int start)
    {
        var grouping = Solved(Cohort(Participants(4, hours)));
        Assert.Equal(start, Assert.Single(grouping.Groups).StartMinute);
    }

    [Fact]
    public void Free_until_midnight_is_not_free_for_the_rest_of_the_week()
    {
        var grouping = Solved(Cohort([Participant("late", "M22:00 M00:00"), .. Participants(3, "R10:00 R12:00")]));
        Assert.Empty(grouping.Groups);
    }

    [Theory]
    [InlineData("")]
    [InlineData("  ")]
    [InlineData(",")]
    public void Empty_text_is_no_hours(string hours)
    {
        var grouping = Solved(Cohort([Participant("none", hours), .. Participants(4, "M10:00 M11:00")]));
        Assert.Equal(UngroupableReason.NoAvailability, Assert.Single(grouping.Ungroupable).Reason);
    }

    [Fact]
    public void A_meeting_longer_than_a_day() =>
        Assert.Equal(4, Solved(Cohort(Participants(4, "S12:00 M06:00")) with { MeetingLengthMinutes = 42 * 60 }).Placed);

    [Fact]
    public void Fewest_and_most_people_are_the_same() =>
        Assert.Equal([5, 5], Solved(Cohort(Participants(13, "M10:00 M11:00")) with { MinPeople = 5, MaxPeople = 5 }).Groups.Select(g => g.Members.Count));

    [Fact]
    public void More_people_asked_of_a_group_than_there_are()
    {
        var grouping = Solved(Cohort(Participants(3, "M10:00 M11:00")));
        Assert.Equal((0, true), (grouping.Placed, grouping.Optimal));
        Assert.All(grouping.Ungroupable, u => Assert.Equal(UngroupableReason.InsufficientGroupSize, u.Reason));
    }

    [Fact]
    public void A_facilitator_who_may_lead_no_group()
    {
        var grouping = Solved(Cohort([Facilitator("none", "M10:00 M11:00", maxGroups: 0), .. Participants(4, "M10:00 M11:00")]));
        Assert.Empty(grouping.Groups);
        Assert.Equal(UngroupableReason.FacilitatorCapacity, grouping.Ungroupable[0].Reason);
    }

    [Fact]
    public void Ten_thousand_people()
    {
        var problem = Families.Make("scarce", 10_000, 7);
        var grouping = Solve(problem);
        Assert.InRange(grouping.Placed, grouping.UpperBound * 99 / 100, grouping.UpperBound);
        Assert.NotEmpty(grouping.Ungroupable);
        Assert.DoesNotContain(grouping.Ungroupable, u => u.Remedy is null);
        Assert.Equal(7, grouping.BestFacilitatorHour?.Places);
    }

    private static Grouping Solved(Problem problem)
    {
        var grouping = Solve(problem);
        Assert.Null(Judge.Fault(problem, grouping));
        return grouping;
    }
}
