using CsCheck;
using static Cohorts.Scheduling.Tests.Made;

namespace Cohorts.Scheduling.Tests;

/// <summary>Groups that stand: seats in them, short ones filled, dissolved and merged, pairs, and what is proven of each goal.</summary>
public class StandingTests
{
    private static readonly bool Long = Environment.GetEnvironmentVariable("COHORTS_TEST_LONG") == "1";

    [Fact]
    public void Small_cohorts_with_standing_groups_are_as_good_as_any_grouping_and_no_bound_is_wrong()
    {
        var (cohorts, missed, unproven) = (0, 0, 0);
        AnyStanding.Sample(
            problem =>
            {
                Assert.Null(problem.Validate());
                var grouping = Solve(problem, iterations: 20);
                var worth = StandingExhaustive.Worth(problem, grouping);
                Assert.NotNull(worth);
                var best = StandingExhaustive.Best(problem);
                Assert.Equal(grouping.Proof.Select(p => p.Value), worth);
                Assert.False(StandingExhaustive.IsBetter(worth, best), $"{string.Join(' ', worth)} is better than everything: {string.Join(' ', best)}");
                for (var goal = 0; goal < best.Length; goal++)
                {
                    var bound = grouping.Proof[goal].Bound;
                    Assert.True(goal == 0 ? bound >= best[goal] : bound <= best[goal], $"{grouping.Proof[goal].Goal}: bound {bound}, {best[goal]} is possible");
                    if (worth[goal] != best[goal])
                        break;
                }

                Interlocked.Increment(ref cohorts);
                missed += worth.SequenceEqual(best) ? 0 : 1;
                unproven += grouping.Proof.Take(2).All(p => p.Proven) ? 0 : 1;
            },
            iter: Long ? 100_000 : 40,
            print: Text);
        Assert.True(missed * 50 <= cohorts && unproven * 20 <= cohorts, $"of {cohorts} cohorts {missed} could be better, {unproven} are not proven");
    }

    [Fact]
    public void A_newcomer_gets_the_free_seat_of_a_group_that_stands()
    {
        var problem = Cohort([.. Participants(4, "T10:00 T11:00"), Participant("late", "M10:00 M12:00")]) with
        {
            Standing = [new StandingGroup("s1", "Group 4", 600, 60, null, ["p1", "p2", "p3", "p4"])],
        };
        var group = Assert.Single(Solve(problem).Groups);
        Assert.Equal(("s1", "Group 4", 5), (group.StandingId, group.Name, group.Members.Count));
    }

    /// <summary>Only a move places one more: a bound that is one too low ends the search before it is found.</summary>
    [Fact]
    public void One_move_makes_room_for_one_more()
    {
        var problem = Cohort([
            .. Participants(2, "M10:00 M11:00", "m"), Participant("both", "M10:00 M11:00, T10:00 T11:00"), .. Participants(2, "T10:00 T11:00", "t"), Participant("late", "M10:00 M11:00")]) with
        {
            MinPeople = 2,
            MaxPeople = 3,
            MaxMoves = 1,
            Standing = [new StandingGroup("s1", "Group 1", 600, 60, null, ["m1", "m2", "both"]), new StandingGroup("s2", "Group 2", 2040, 60, null, ["t1", "t2"])],
        };
        var grouping = Solve(problem);
        Assert.Equal([(6L, 6L), (1L, 1L), (0L, 0L), (2L, 2L), (18L, 18L)], grouping.Proof.Select(p => (p.Value, p.Bound)));
        Assert.Equal([6, 0, 0, 2, 18], StandingExhaustive.Worth(problem with { MaxMoves = 1 }, grouping)!.Select((v, i) => i == 1 ? 0 : v));
    }

    [Fact]
    public void People_in_Kathmandu_meet_on_their_full_hour()
    {
        var grouping = Solve(Cohort(Participants(5, "T13:15 T14:15")));
        Assert.Equal(1440 + 13 * 60 + 15, Assert.Single(grouping.Groups).StartMinute);
    }

    private static Gen<Problem> AnyStanding { get; } =
        from led in Gen.Bool
        from learners in Gen.Int[2, 6]
        from leaders in Gen.Int[1, 2]
        from least in Gen.Int[2, 3]
        from more in Gen.Int[0, 2]
        from moves in Gen.OneOf(0, 0, 1, 2, 4)
        from slots in Gen.OneOf(0, 1).Array[16]
        from free in Gen.Int[0, 9].Array[48]
        from homes in Gen.Int[0, 4].Array[6]
        from lead in Gen.Int[-1, 1].Array[2]
        from most in Gen.Int[0, 2].Array[2]
        from starts in Gen.Int[0, 5].Array[2]
        from pairs in Gen.Int[0, 30].Array[4]
        from busy in Gen.Int[0, 40].Array[8]
        select Make(led, learners, leaders, least, more, moves, slots, free, homes, lead, most, starts, pairs, busy);

    private static Problem Make(
        bool led, int learners, int leaders, int least, int more, int moves, int[] slots, int[] free, int[] homes, int[] lead, int[] most, int[] starts, int[] pairs, int[] busy)
    {
        // Three hours of one day and an odd quarter of an hour decide who meets whom.
        string[] hours = ["M10:00 M11:00", "M11:00 M12:00", slots[0] == 0 ? "T10:00 T11:00" : "M11:45 M12:45", "M10:30 M11:30"];
        var people = new List<Person>();
        for (var i = 0; i < learners + (led ? leaders : 0); i++)
        {
            var text = string.Join(", ", hours.Where((_, h) => free[(i * 4 + h) % 48] < 4));
            var ifNeeded = string.Join(", ", hours.Where((_, h) => free[(i * 4 + h) % 48] == 4));
            var person = i < learners ? Participant($"p{i}", text, ifNeeded) : Facilitator($"f{i - learners}", text, most[i - learners], ifNeeded);
            people.Add(busy[i % 8] == 0 ? person with { Busy = Hours("M10:15 M10:45") } : person);
        }

        var standing = new List<StandingGroup>();
        for (var g = 0; g < 2; g++)
        {
            var facilitator = led && lead[g] >= 0 && lead[g] < leaders ? $"f{lead[g]}" : null;
            List<string> members = [.. facilitator is null ? [] : new[] { facilitator }, .. Enumerable.Range(0, learners).Where(i => homes[i] == g).Select(i => $"p{i}")];
            if (members.Count > (facilitator is null ? 0 : 1))
                standing.Add(new StandingGroup($"s{g}", $"Group {g + 1}", 600 + starts[g] * 25, starts[g] == 5 ? 45 : 60, facilitator, members));
        }

        Pair PairOf(int code) => new(people[code % people.Count].Id, people[(code / 7 + code + 1) % people.Count].Id);
        return new Problem
        {
            Name = "standing",
            MinPeople = least,
            MaxPeople = least + more,
            People = people,
            Standing = standing,
            MaxMoves = moves,
            Apart = [.. pairs.Take(2).Where(c => c < 6).Select(PairOf).Where(p => p.One != p.Other)],
            Together = [.. pairs.Skip(2).Where(c => c < 4).Select(PairOf).Where(p => p.One != p.Other)],
        };
    }
}
