using CsCheck;
using static Cohorts.Scheduling.Tests.Made;

namespace Cohorts.Scheduling.Tests;

/// <summary>What is told to help does help.</summary>
public class RemedyTests
{
    private static readonly bool Long = Environment.GetEnvironmentVariable("COHORTS_TEST_LONG") == "1";

    [Fact]
    public void Whoever_is_left_over_would_sit_in_a_valid_grouping_if_what_is_told_came_true()
    {
        var (seats, groups) = (0, 0);
        AnyCohort(people: 16).Sample(
            problem =>
            {
                var grouping = Solve(problem, iterations: 1);
                foreach (var left in grouping.Ungroupable)
                {
                    if (left.Remedy is not { } remedy)
                    {
                        var person = problem.People.Single(p => p.Id == left.Id);
                        Assert.True(
                            (person.Role == Role.Facilitator ? !grouping.Led : grouping.Led && problem.MaxPeople < 2)
                                || Availability.From([new WeekInterval(0, 10080)]).Except(person.Busy).Starts(problem.MeetingLengthMinutes).IsEmpty,
                            $"{left.Id} is told that no hour helps");
                        continue;
                    }

                    Assert.Null(Missing(problem, grouping, left.Id, remedy));
                    _ = remedy.Group is null ? Interlocked.Increment(ref groups) : Interlocked.Increment(ref seats);
                }
            },
            iter: Long ? 10_000 : 300,
            print: Text);
        Assert.True(seats > 20 && groups > 20, $"{seats} seats, {groups} groups");
    }

    [Fact]
    public void One_more_facilitator_at_the_hour_told_places_as_many_as_told()
    {
        var told = 0;
        AnyCohort(people: 14).Sample(
            problem =>
            {
                var grouping = Solve(problem);
                if (grouping.BestFacilitatorHour is not { } hour)
                    return;
                var more = problem with { People = [.. problem.People, Facilitator("more", Free(problem, hour.StartMinute))] };
                Assert.InRange(Solve(more).Placed, grouping.Placed + hour.Places + 1, int.MaxValue);
                Interlocked.Increment(ref told);
            },
            iter: Long ? 5_000 : 100,
            print: Text);
        Assert.True(told > 3, $"told in {told} cohorts");
    }

    [Fact]
    public void A_seat_at_another_hour()
    {
        var left = Left(Cohort([.. Participants(4, "M10:00 M11:00"), Participant("odd", "M12:00 M13:00")]), "odd");
        Assert.Equal("Free on Monday 10:00 UTC would be enough: Group 1 has a seat then.", Told(left));
    }

    [Fact]
    public void A_seat_for_whose_hours_cannot_be_read()
    {
        var left = Left(Cohort([.. Participants(4, "M10:00 M11:00"), Participant("odd", "noon")]), "odd");
        Assert.Equal("Hours that can be read and hold Monday 10:00 UTC would be enough: Group 1 has a seat then.", Told(left));
    }

    [Fact]
    public void More_people_for_a_group()
    {
        var left = Left(Cohort([Participant("odd", "T17:00 T18:00"), Participant("other", "T17:00 T18:00")]), "odd");
        Assert.Equal("Two more people free on Tuesday 17:00 UTC would make a group.", Told(left));
    }

    [Fact]
    public void More_people_and_a_facilitator()
    {
        var problem = Cohort([Facilitator("lead", "M10:00 M11:00"), .. Participants(3, "M10:00 M11:00"), .. Participants(3, "M14:00 M15:00", "q")]);
        var left = Left(problem with { MaxPeople = 4 }, "q1");
        Assert.Equal("One more facilitator free on Monday 14:00 UTC would make a group.", Told(left));
        Assert.Equal(
            "One more person and one more facilitator free on Monday 14:00 UTC would make a group.",
            Told(Left(problem with { MaxPeople = 4, People = [.. problem.People.SkipLast(1)] }, "q1")));
    }

    [Fact]
    public void A_facilitator_who_may_lead_none()
    {
        var left = Left(Cohort([Facilitator("none", "M10:00 M11:00", maxGroups: 0), .. Participants(3, "M10:00 M11:00")]), "none");
        Assert.Equal("Leading one group would be enough: a group could meet on Monday 10:00 UTC.", Told(left));
    }

    [Fact]
    public void A_facilitator_where_nobody_leads_is_told_that_no_hour_helps()
    {
        var left = Left(Cohort([Facilitator("lead", "M10:00 M11:00"), .. Participants(4, "M10:00 M11:00")]) with { Led = false }, "lead");
        Assert.Null(left.Remedy);
        Assert.StartsWith("No hour would change this", Told(left), StringComparison.Ordinal);
    }

    [Fact]
    public void The_hour_of_a_facilitator_counts_those_who_move_on_to_let_others_in()
    {
        // A new group on Tuesday has nobody without a group to take; people of Monday's can move there and leave their seats.
        var problem = Cohort(
            [Facilitator("lead", "M10:00 M11:00"), .. Participants(4, "M10:00 M11:00, T10:00 T11:00", "both"), .. Participants(4, "M10:00 M11:00", "monday")])
            with { MinPeople = 4, MaxPeople = 5 };
        var grouping = Solve(problem);
        Assert.Equal(5, grouping.Placed);
        Assert.Equal(4, grouping.BestFacilitatorHour?.Places);
        Assert.Equal("One more facilitator free on Monday 10:00 UTC would place 4 more people.", grouping.BestFacilitatorHour?.Tell(Remedy.Utc));

        // And where Monday is taken from whom the new one could lead, by chains alone.
        var tuesday = problem with { People = [.. problem.People.Select(p => p.Id == "monday1" ? p with { Availability = "" } : p)] };
        Assert.NotNull(Solve(tuesday).BestFacilitatorHour);
    }

    /// <summary>Null if the person could be seated once the remedy came true; else what is still missing. From the texts alone.</summary>
    private static string? Missing(Problem before, Grouping grouping, string id, Remedy remedy)
    {
        var hours = Free(before, remedy.StartMinute);
        var lead = remedy.Needs.HasFlag(RemedyNeeds.ToLead);
        var problem = before with
        {
            People =
            [
                .. before.People.Select(p => p.Id != id ? p : p with
                {
                    Availability = remedy.Needs.HasFlag(RemedyNeeds.ReadableHours) ? hours
                        : remedy.Needs.HasFlag(RemedyNeeds.OwnHour) ? $"{p.Availability}, {hours}"
                        : p.Availability,
                    IfNeeded = remedy.Needs.HasFlag(RemedyNeeds.ReadableHours) ? "" : p.IfNeeded,
                    MaxGroups = lead ? 1 : p.MaxGroups,
                }),
                .. Participants(remedy.MorePeople, hours, "more"),
                .. remedy.Needs.HasFlag(RemedyNeeds.Facilitator) ? new[] { Facilitator("leader", hours) } : [],
            ],
        };
        var (starts, _) = Judge.Starts(problem);
        if (!starts[id].Contains(remedy.StartMinute))
            return "the person is not free";
        var person = problem.People.Single(p => p.Id == id);
        if (remedy.Group is { } g)
        {
            var group = grouping.Groups[g];
            return person.Role != Role.Participant ? "a facilitator takes no seat"
                : group.StartMinute != remedy.StartMinute ? "the group meets at another time"
                : group.Members.Count >= problem.MaxPeople ? "the group is full"
                : null;
        }

        var seated = grouping.Groups.SelectMany(m => m.Members).Select(m => m.Id).ToHashSet();
        var waiting = problem.People.Count(p => p.Role == Role.Participant && !seated.Contains(p.Id) && starts[p.Id].Contains(remedy.StartMinute));
        if (waiting < problem.MinPeople - (grouping.Led ? 1 : 0))
            return $"{waiting} people are too few";
        if (!grouping.Led)
            return person.Role == Role.Participant ? null : "a facilitator sits in no group";
        return problem.People.Any(p => p.Role == Role.Facilitator && (person.Role == Role.Participant || p.Id == id) && CanLead(p)) ? null : "nobody can lead";

        bool CanLead(Person p)
        {
            var led = grouping.Groups.Where(m => m.FacilitatorId == p.Id).ToList();
            return led.Count < p.MaxGroups && starts[p.Id].Contains(remedy.StartMinute)
                && !led.Any(m => Math.Abs(m.StartMinute - remedy.StartMinute) is var apart
                    && Math.Min(apart, 10080 - apart) < problem.MeetingLengthMinutes);
        }
    }

    private static string Free(Problem problem, int start) => new WeekInterval(start, problem.MeetingLengthMinutes).ToString();

    private static string Told(UngroupablePerson person) => person.Change(Remedy.Utc, i => $"Group {i + 1}");

    private static UngroupablePerson Left(Problem problem, string id) => Assert.Single(Solve(problem).Ungroupable, u => u.Id == id);
}
