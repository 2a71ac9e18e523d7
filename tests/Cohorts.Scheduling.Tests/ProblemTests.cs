using static Cohorts.Scheduling.Tests.Made;

namespace Cohorts.Scheduling.Tests;

public class ProblemTests
{
    private static readonly Problem Sensible = Cohort(Participants(4, "M10:00 M12:00"));

    public static TheoryData<string, string> Nonsense() => new()
    {
        { "length 0", "A meeting of 0 minutes is not possible: give 1 to 10080 minutes (a week)." },
        { "length 10081", "A meeting of 10081 minutes is not possible: give 1 to 10080 minutes (a week)." },
        { "least 0", "A group of at least 0 people is not possible: the fewest people in a group are 1 or more." },
        { "least 9", "A group cannot have at least 9 and at most 8 people: the most must not be less than the fewest." },
        { "same id", "The id p1 is given to two people; each person needs an id of their own." },
        { "no id", "A person (Name of ) has no id." },
        { "placed", "Name of p9 (p9) is a participant with a group already; only a facilitator takes part again." },
    };

    [Theory]
    [MemberData(nameof(Nonsense))]
    public void What_makes_no_sense_as_a_whole_is_one_clear_sentence(string kind, string sentence)
    {
        var problem = kind switch
        {
            "length 0" => Sensible with { MeetingLengthMinutes = 0 },
            "length 10081" => Sensible with { MeetingLengthMinutes = 10081 },
            "least 0" => Sensible with { MinPeople = 0 },
            "least 9" => Sensible with { MinPeople = 9 },
            "same id" => Sensible with { People = [.. Sensible.People, Facilitator("p1", "")] },
            "no id" => Sensible with { People = [Participant("", "")] },
            _ => Sensible with { People = [Participant("p9", "") with { AlreadyPlaced = true }] },
        };
        Assert.Equal(sentence, problem.Validate());
        Assert.StartsWith(sentence, Assert.Throws<ArgumentException>(() => Solve(problem)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_makes_sense_has_no_fault()
    {
        Assert.Null(Sensible.Validate());
        Assert.Null(Cohort().Validate());
        Assert.Null((Sensible with { MeetingLengthMinutes = 10080, MinPeople = 1, MaxPeople = 1 }).Validate());
    }

    [Fact]
    public void A_search_that_has_no_step_or_no_time_is_refused()
    {
        Assert.Throws<ArgumentException>(() => Solve(Sensible, iterations: 0));
        Assert.Throws<ArgumentException>(() => Scheduler.Solve(Sensible, new SearchOptions { TimeLimit = TimeSpan.Zero }, TimeProvider.System));
    }

    [Theory]
    [InlineData(null, false, false)]
    [InlineData(null, true, true)]
    [InlineData(true, false, true)]
    [InlineData(false, true, false)]
    public void A_cohort_is_led_where_it_says_so_and_else_where_somebody_facilitates(bool? told, bool facilitator, bool led) =>
        Assert.Equal(led, (Cohort(facilitator ? [Facilitator("f", "")] : []) with { Led = told }).IsLed);
}
