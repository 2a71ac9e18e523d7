using static Cohorts.Scheduling.Tests.Made;

namespace Cohorts.Scheduling.Tests;

public class ReasonTests
{
    [Theory]
    [InlineData("whenever you like", "", "The free hours cannot be read: \"whenever you like\" is not an interval")]
    [InlineData("M10:00 M12:00", "T10:00", "The if-needed hours cannot be read: \"T10:00\" is not an interval")]
    public void Hours_that_cannot_be_read(string availability, string ifNeeded, string detail)
    {
        var left = Left(Cohort([Participant("odd", availability, ifNeeded), .. Participants(4, "M10:00 M12:00")]), "odd");
        Assert.Equal(UngroupableReason.InvalidAvailability, left.Reason);
        Assert.StartsWith(detail, left.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void If_needed_hours_that_are_not_used_are_not_read()
    {
        var problem = Cohort([Participant("odd", "M10:00 M12:00", "nonsense"), .. Participants(3, "M10:00 M12:00")]) with { UseIfNeeded = false };
        Assert.Equal(4, Solve(problem).Placed);
    }

    [Theory]
    [InlineData("", "No free hours are given.")]
    [InlineData("M10:10 M11:10", "No free stretch holds a meeting of 60 minutes that starts on a quarter of an hour (UTC).")]
    public void No_possible_start(string availability, string detail)
    {
        var left = Left(Cohort([Participant("odd", availability), .. Participants(4, "M10:00 M12:00")]), "odd");
        Assert.Equal(UngroupableReason.NoAvailability, left.Reason);
        Assert.Equal(detail, left.Detail);
    }

    [Fact]
    public void All_hours_taken_by_meetings_of_other_groups()
    {
        var busy = Hours("M09:00 M13:00");
        var left = Left(Cohort([Participant("odd", "M10:00 M12:00") with { Busy = busy }, .. Participants(4, "M10:00 M12:00")]), "odd");
        Assert.Equal(UngroupableReason.NoAvailability, left.Reason);
        Assert.StartsWith("All free hours are taken", left.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void No_facilitator_is_free_when_the_learner_is()
    {
        var left = Left(Cohort([Facilitator("lead", "M10:00 M12:00"), Participant("odd", "T10:00 T12:00"), .. Participants(4, "M10:00 M12:00"), .. Participants(4, "T10:00 T12:00", "t")]), "odd");
        Assert.Equal(UngroupableReason.NoFacilitatorOverlap, left.Reason);
        Assert.Equal("No facilitator has 60 minutes free at the same time as this person.", left.Detail);
    }

    [Fact]
    public void Too_few_people_at_every_start()
    {
        var left = Left(Cohort([Participant("odd", "T10:00 T12:00"), Participant("other", "T11:00 T12:00"), .. Participants(4, "M10:00 M12:00")]), "odd");
        Assert.Equal(UngroupableReason.InsufficientGroupSize, left.Reason);
        Assert.Equal("At best 2 people are free at one time with this person counted; a group needs 4.", left.Detail);
    }

    [Fact]
    public void The_only_facilitator_at_these_hours_may_lead_none()
    {
        var problem = Cohort([Facilitator("none", "M10:00 M12:00", maxGroups: 0), Facilitator("lead", "T10:00 T12:00"), .. Participants(4, "M10:00 M12:00"), .. Participants(4, "T10:00 T12:00", "t")]);
        var left = Left(problem, "p1");
        Assert.Equal(UngroupableReason.InsufficientGroupSize, left.Reason);
        Assert.Equal("No facilitator who may lead a group is free at the same time as this person.", left.Detail);
        Assert.Equal(UngroupableReason.FacilitatorCapacity, Left(problem, "none").Reason);
    }

    [Fact]
    public void Every_facilitator_who_overlaps_leads_as_many_groups_as_they_may()
    {
        var problem = Cohort([Facilitator("lead", "M10:00 M13:00"), .. Participants(12, "M10:00 M13:00")]) with { MaxPeople = 5 };
        var grouping = Solve(problem);
        Assert.Equal(5, grouping.Placed);
        Assert.Equal(8, grouping.Ungroupable.Count);
        Assert.All(grouping.Ungroupable, left => Assert.Equal(UngroupableReason.FacilitatorCapacity, left.Reason));
    }

    [Fact]
    public void Could_sit_in_a_group_but_only_in_place_of_others()
    {
        var problem = Cohort(Participants(5, "M10:00 M12:00")) with { MaxPeople = 4 };
        var grouping = Solve(problem);
        Assert.True(grouping.Optimal);
        Assert.Equal(UngroupableReason.NotInBestGrouping, Assert.Single(grouping.Ungroupable).Reason);
        Assert.Equal("Could sit in a group, but only in place of others: it is proven that no grouping seats more people.", grouping.Ungroupable[0].Detail);
    }

    [Fact]
    public void The_reasons_are_in_the_order_of_the_rule() =>
        Assert.Equal(
            ["InvalidAvailability", "NoAvailability", "NoFacilitatorOverlap", "InsufficientGroupSize", "FacilitatorCapacity", "GroupFull", "NotInBestGrouping"],
            Enum.GetValues<UngroupableReason>().Order().Select(r => r.ToString()));

    private static UngroupablePerson Left(Problem problem, string id)
    {
        var grouping = Solve(problem);
        Assert.Null(Judge.Fault(problem, grouping));
        return Assert.Single(grouping.Ungroupable, u => u.Id == id);
    }
}
