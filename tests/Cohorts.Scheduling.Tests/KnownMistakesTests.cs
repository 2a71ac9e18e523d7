using static Cohorts.Scheduling.Tests.Made;

namespace Cohorts.Scheduling.Tests;

/// <summary>Mistakes that systems which do this job have made.</summary>
public class KnownMistakesTests
{
    [Fact]
    public void Balancing_never_moves_a_facilitator_out_of_their_group()
    {
        // Both leaders and everybody else could sit in either meeting, so sizes are evened out with free choice of whom to move.
        var problem = Cohort([Facilitator("a", "M10:00 M12:00"), Facilitator("b", "M10:00 M12:00"), .. Participants(10, "M10:00 M12:00")]);
        for (var seed = 0; seed < 50; seed++)
        {
            var grouping = Solve(problem, seed: seed);
            Assert.Equal([6, 6], grouping.Groups.Select(g => g.Members.Count));
            Assert.All(grouping.Groups, g => Assert.Equal(g.FacilitatorId, Assert.Single(g.Members, m => m.Role == Role.Facilitator).Id));
        }
    }

    [Theory]
    [InlineData("M10:00 M12:30", 90, 1)]
    [InlineData("M10:00 M13:00", 90, 2)]
    [InlineData("U23:00 M01:30", 90, 1)]
    [InlineData("U23:00 M02:00", 90, 2)]
    [InlineData("M00:00 M00:00", 5040, 2)]
    [InlineData("M00:00 M00:00", 5041, 1)]
    public void A_facilitator_of_two_groups_never_leads_them_at_overlapping_times(string hours, int length, int groups)
    {
        var problem = Cohort([Facilitator("lead", hours, maxGroups: 3), .. Participants(14, hours)]) with { MeetingLengthMinutes = length };
        var grouping = Solve(problem);
        Assert.Null(Judge.Fault(problem, grouping));
        Assert.Equal(groups, grouping.Groups.Count);
        Assert.True(grouping.Optimal, $"at most {grouping.UpperBound}, as if two meetings at once could be led");
    }

    [Fact]
    public void A_facilitator_is_not_asked_to_lead_while_another_group_of_theirs_meets()
    {
        var busy = Hours("M10:30 M11:30");
        var problem = Cohort([Facilitator("lead", "M10:00 M12:30") with { Busy = busy, AlreadyPlaced = true }, .. Participants(4, "M10:00 M12:30")]);
        var grouping = Solve(problem);
        Assert.Equal(690, Assert.Single(grouping.Groups).StartMinute);
        Assert.Equal(4, grouping.Placed);
    }

    [Theory]
    [InlineData("")]
    [InlineData("M10")]
    [InlineData("M10:10 M11:00")]
    public void Without_a_usable_facilitator_no_group_is_formed_silently(string hours)
    {
        var problem = Cohort([Facilitator("lead", hours), Facilitator("none", "M10:00 M12:00", maxGroups: 0), .. Participants(8, "M10:00 M12:00")]);
        var grouping = Solve(problem);
        Assert.Empty(grouping.Groups);
        Assert.True(grouping.Led);
        Assert.Equal(0, grouping.UsableFacilitators);
        Assert.Equal(10, grouping.Ungroupable.Count);
        Assert.Null(Judge.Fault(problem, grouping));
        Assert.True(grouping.Optimal);

        var leaderless = Solve(problem with { Led = false });
        Assert.Equal(8, leaderless.Placed);
        Assert.All(leaderless.Groups, g => Assert.Null(g.FacilitatorId));
        Assert.Equal(["lead", "none"], leaderless.Ungroupable.Select(u => u.Id));
    }

    [Fact]
    public void All_facilitators_grouped_before_leaves_nobody_to_lead()
    {
        var grouping = Solve(Cohort(Participants(8, "M10:00 M12:00")) with { Led = true });
        Assert.Empty(grouping.Groups);
        Assert.All(grouping.Ungroupable, u => Assert.Equal(UngroupableReason.NoFacilitatorOverlap, u.Reason));
    }

    [Fact]
    public void A_capacity_that_is_not_given_is_one()
    {
        var read = ProblemFile.Read("""{ "people": [ { "id": "1", "role": "facilitator", "availability": "" } ] }""");
        Assert.Equal(1, Assert.Single(read.Problem!.People).MaxGroups);
    }

    [Fact]
    public void A_facilitator_who_leads_already_takes_what_is_left_and_counts_once()
    {
        var again = Facilitator("again", "M10:00 M14:00", maxGroups: 1) with { AlreadyPlaced = true };
        var problem = Cohort([again, .. Participants(12, "M10:00 M14:00")]) with { MaxPeople = 6 };
        var grouping = Solve(problem);
        Assert.Equal("again", Assert.Single(grouping.Groups).FacilitatorId);
        Assert.Equal(6, grouping.Groups[0].Members.Count);
        Assert.Equal(5, grouping.Placed);
        Assert.True(grouping.Optimal);
        Assert.DoesNotContain(grouping.Ungroupable, u => u.Id == "again");

        var full = Solve(problem with { People = [again with { MaxGroups = -1 }, .. problem.People.Skip(1)] });
        Assert.Empty(full.Groups);
        Assert.Equal(12, full.Ungroupable.Count);
    }

    [Theory]
    [InlineData("M10:00 M10:45", 60, 0)]
    [InlineData("M10:00 M11:00", 60, 4)]
    [InlineData("M10:10 M11:10", 60, 0)]
    [InlineData("M10:10 M11:20", 60, 4)]
    [InlineData("M10:00 M11:29", 90, 0)]
    public void The_whole_meeting_is_free_not_only_its_samples(string hours, int length, int placed) =>
        Assert.Equal(placed, Solve(Cohort(Participants(4, hours)) with { MeetingLengthMinutes = length }).Placed);

    [Fact]
    public void The_week_is_a_circle()
    {
        var problem = Cohort([.. Participants(2, "U23:30 M00:30"), .. Participants(2, "U20:00 U24:00, M00:00 M03:00", "q")]);
        var grouping = Solve(problem);
        Assert.Equal(10050, Assert.Single(grouping.Groups).StartMinute);
        Assert.Equal(4, grouping.Placed);
    }

    [Fact]
    public void One_malformed_record_sets_one_person_aside()
    {
        var problem = Cohort([Participant("bad", "M25:00 M26:00"), .. Participants(2, "M23:00 M24:00"), .. Participants(2, "M23:00 T00:00", "q")]);
        var grouping = Solve(problem);
        Assert.Equal(4, grouping.Placed);
        Assert.Equal("bad", Assert.Single(grouping.Ungroupable).Id);
        Assert.True(grouping.Optimal);
    }

    [Theory]
    [InlineData("M10:00 M10:30, M10:30 M11:00")]
    [InlineData("M10:20 M11:00, M10:00 M10:40")]
    public void Touching_and_overlapping_intervals_are_their_union(string hours) =>
        Assert.Equal(4, Solve(Cohort(Participants(4, hours))).Placed);

    [Fact]
    public void Regular_and_if_needed_hours_together_hold_a_meeting_and_the_seat_is_if_needed()
    {
        var problem = Cohort([Participant("half", "M10:00 M10:30", "M10:30 M11:00"), .. Participants(3, "M10:00 M11:00")]);
        var group = Assert.Single(Solve(problem).Groups);
        Assert.Equal(["half"], group.Members.Where(m => m.IfNeeded).Select(m => m.Id));
        Assert.Empty(Solve(problem with { UseIfNeeded = false }).Groups);
    }

    [Fact]
    public void Everybody_left_over_has_a_reason_and_everybody_is_told_of()
    {
        var problem = Cohort([Participant("bad", "?"), Participant("none", ""), Participant("alone", "F10:00 F12:00"), .. Participants(4, "M10:00 M12:00")]);
        Assert.Equal(
            [("bad", UngroupableReason.InvalidAvailability), ("none", UngroupableReason.NoAvailability), ("alone", UngroupableReason.InsufficientGroupSize)],
            Solve(problem).Ungroupable.Select(u => (u.Id, u.Reason)));
    }

    [Fact]
    public void People_are_told_apart_by_their_id_alone()
    {
        var problem = Cohort(Participants(4, "M10:00 M12:00").Select(p => p with { Name = "Ana" }));
        Assert.Equal(["p1", "p2", "p3", "p4"], Assert.Single(Solve(problem).Groups).Members.Select(m => m.Id));
    }
}
