using Cohorts.Domain;
using Cohorts.Scheduling;
using Dapper;
using static Cohorts.Features.ScheduleCohort.ScheduleCohort;

namespace Cohorts.Tests.Features.ScheduleCohort;

/// <summary>Each test has cohorts of its own in the class's database; what a cohort's run may see of another is what some of them test.</summary>
public sealed class ScheduleCohortTests(Slices slices) : IClassFixture<Slices>
{
    private const string WednesdayEvening = "W18:00 W20:00";

    [Fact]
    public async Task A_later_run_takes_late_comers_and_those_left_over_and_goes_on_counting_names()
    {
        var cohort = await FullGroupAsync("Later");
        await slices.SendInTurnAsync(new Command(cohort, MaxPeople: 4));
        foreach (var name in new[] { "Late 1", "Late 2", "Late 3" })
            await slices.AddPersonAsync(cohort, name, WednesdayEvening);

        var again = await slices.SendInTurnAsync(new Command(cohort, MinPeople: 3, MaxPeople: 4));

        Assert.Equal(["Group 2"], again.Result!.Groups.Select(g => g.Name));
        Assert.Equal(3, again.Result.UsersGrouped);
    }

    [Theory]
    [InlineData(null, 8, "")]
    [InlineData(null, 16, "From 28 March on, 1 group (4 people) meets an hour later by their own clocks.")]
    [InlineData("Europe/Berlin", 16, "")]
    [InlineData("Asia/Tokyo", 16, "From 28 March on, 1 group (4 people) meets an hour later by their own clocks.")]
    [InlineData("no such zone", -1, "")]
    [InlineData(null, int.MaxValue, "Clocks change on 5 more occasions later.")]
    public async Task What_clock_changes_move_within_the_weeks_of_the_cohort_is_told(string? zone, int meetings, string told)
    {
        var cohort = await slices.AddCohortAsync($"Clocks of {zone}, {meetings} weeks", zone: zone);
        await using (var connection = await slices.DataSource.OpenConnectionAsync())
            await connection.ExecuteAsync("UPDATE cohorts SET number_of_group_meetings = @meetings WHERE cohort_id = @cohort", new { meetings, cohort });
        await AddLearnersAsync(cohort, 4, WednesdayEvening);

        var outcome = await slices.SendInTurnAsync(new Command(cohort));

        Assert.Equal(told, ClockChanges.Tell(outcome.Result!.ClockChanges).LastOrDefault(""));
    }

    [Fact]
    public async Task Nobody_to_group_is_an_empty_result_and_not_an_error()
    {
        var cohort = await FullGroupAsync("Nobody left");
        await slices.SendInTurnAsync(new Command(cohort));

        var again = await slices.SendInTurnAsync(new Command(cohort));

        Assert.Equal((0, 0, 0), (again.Result!.GroupsCreated, again.Result.UsersGrouped, again.Result.UsersUngroupable));
    }

    [Fact]
    public async Task Hours_at_which_a_person_meets_with_a_group_of_another_cohort_are_not_free()
    {
        var first = await FullGroupAsync("First of two");
        await slices.SendInTurnAsync(new Command(first));
        var second = await slices.AddCohortAsync("Second of two");
        await using (var connection = await slices.DataSource.OpenConnectionAsync())
        {
            await connection.ExecuteAsync(
                """
                INSERT INTO courses_users (user_id, course_id, cohort_id, cohort_role)
                SELECT user_id, course_id, @second, 'participant' FROM courses_users WHERE cohort_id = @first
                """,
                new { first, second });
        }

        var outcome = await slices.SendInTurnAsync(new Command(second));

        // Free on Wednesday from 18:00 to 20:00, and meeting at one of 18:00, 18:30 and 19:00 already.
        var taken = (await GroupsAsync(first)).Single().Start;
        Assert.All(outcome.Result!.Groups, g => Assert.True(Math.Abs(g.StartMinute - taken) >= 60, $"{g.StartMinute} overlaps {taken}"));
    }

    [Fact]
    public async Task A_facilitator_leads_no_more_groups_than_allowed_counted_over_all_cohorts()
    {
        var first = await slices.AddCohortAsync("Capacity 1");
        var leader = await slices.AddPersonAsync(first, "Lou", "W18:00 W20:00, R18:00 R20:00", CohortRole.Facilitator, maxGroups: 1);
        await AddLearnersAsync(first, 3, WednesdayEvening);
        await slices.SendInTurnAsync(new Command(first));
        var second = await slices.AddCohortAsync("Capacity 2");
        await slices.EnrolAsync(second, leader, CohortRole.Facilitator);
        await AddLearnersAsync(second, 3, "R18:00 R20:00");

        var outcome = await slices.SendInTurnAsync(new Command(second));

        Assert.Contains("none of them can lead a group now", outcome.Refusal!.Message, StringComparison.Ordinal);
        Assert.Equal(RefusalReason.NobodyUsableToLead, outcome.Refusal.Reason);
        Assert.DoesNotContain("--", outcome.Refusal.Message, StringComparison.Ordinal);
        Assert.StartsWith("Lou: ", Assert.Single(outcome.Refusal.Details), StringComparison.Ordinal);
        Assert.Empty(await GroupsAsync(second));
    }

    [Fact]
    public async Task Without_a_row_that_says_otherwise_a_facilitator_leads_one_group()
    {
        var cohort = await slices.AddCohortAsync("No row");
        await slices.AddPersonAsync(cohort, "Max", "W18:00 W20:00, R18:00 R20:00", CohortRole.Facilitator);
        await AddLearnersAsync(cohort, 3, WednesdayEvening);
        await AddLearnersAsync(cohort, 3, "R18:00 R20:00");

        var outcome = await slices.SendInTurnAsync(new Command(cohort));

        Assert.Equal((1, 4), (outcome.Result!.GroupsCreated, outcome.Result.UsersGrouped));
    }

    [Fact]
    public async Task A_facilitator_who_leads_here_already_takes_part_again_and_is_not_counted_anew()
    {
        var cohort = await slices.AddCohortAsync("Leads again");
        var leader = await slices.AddPersonAsync(cohort, "Nia", "W18:00 W20:00, R18:00 R20:00", CohortRole.Facilitator, maxGroups: 2);
        await AddLearnersAsync(cohort, 3, WednesdayEvening);
        await slices.SendInTurnAsync(new Command(cohort));
        await AddLearnersAsync(cohort, 3, "R18:00 R20:00");

        var outcome = await slices.SendInTurnAsync(new Command(cohort));

        Assert.Equal(leader, Assert.Single(outcome.Result!.Groups).FacilitatorId);
        Assert.Equal((3, 0), (outcome.Result.UsersGrouped, outcome.Result.UsersUngroupable));
    }

    [Fact]
    public async Task Without_facilitators_forms_groups_without_leader_only_when_it_is_asked_for()
    {
        var cohort = await slices.AddCohortAsync("No usable leader");
        await slices.AddPersonAsync(cohort, "Ola", "", CohortRole.Facilitator);
        await AddLearnersAsync(cohort, 4, WednesdayEvening);

        var refused = await slices.SendInTurnAsync(new Command(cohort));
        var formed = await slices.SendInTurnAsync(
            new Command(cohort, WithoutFacilitators: WithoutUsableFacilitators.FormGroupsWithoutLeader));

        Assert.True(refused.IsRefused);
        Assert.Equal((Leadership.NobodyUsableToLead, 1, 4), (formed.Result!.Leadership, formed.Result.GroupsCreated, formed.Result.UsersGrouped));
        Assert.Equal(UngroupableReason.NoAvailability, Assert.Single(formed.Result.Ungroupable).Reason);
    }

    [Fact]
    public async Task A_cohort_without_any_facilitator_says_that_its_groups_have_no_leader()
    {
        var cohort = await slices.AddCohortAsync("Leaderless");
        await AddLearnersAsync(cohort, 4, WednesdayEvening);

        var outcome = await slices.SendInTurnAsync(new Command(cohort));

        Assert.Equal(Leadership.NobodyEnrolledToLead, outcome.Result!.Leadership);
        Assert.Null(Assert.Single(outcome.Result.Groups).FacilitatorId);
    }

    [Fact]
    public async Task Enrolments_that_change_while_groups_are_formed_are_taken_in_and_nothing_stale_is_saved()
    {
        var cohort = await FullGroupAsync("Changing");
        var added = 0;

        var outcome = await slices.SendInTurnAsync(new Command(cohort), async _ =>
        {
            if (Interlocked.Increment(ref added) == 1)
                await slices.AddPersonAsync(cohort, "Just in time", WednesdayEvening);
        });

        Assert.Contains(outcome.Result!.Groups.Single().Members, m => m.Name == "Just in time");
        Assert.Single(await GroupsAsync(cohort));
    }

    [Fact]
    public async Task While_groups_are_formed_no_transaction_is_open()
    {
        var cohort = await slices.AddCohortAsync("Off the loop");
        for (var i = 0; i < 12; i++)
            await slices.AddPersonAsync(cohort, $"Person {i}", $"W1{i % 4}:00 W20:00, F09:00 F1{i % 3}:00");
        var open = new List<int>();

        await slices.SendInTurnAsync(new Command(cohort), async _ =>
        {
            await using var connection = await slices.DataSource.OpenConnectionAsync();
            open.Add(await connection.ExecuteScalarAsync<int>(
                "SELECT count(*)::int FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start IS NOT NULL AND state <> 'active'"));
        });

        Assert.NotEmpty(open);
        Assert.All(open, count => Assert.Equal(0, count));
    }

    [Fact]
    public async Task Enrolments_that_never_stop_changing_end_the_run_with_a_sentence_and_nothing_saved()
    {
        var cohort = await FullGroupAsync("Restless");

        var outcome = await slices.SendInTurnAsync(new Command(cohort), _ => slices.AddPersonAsync(cohort, "Another", WednesdayEvening));

        Assert.Contains("changed 5 times", outcome.Refusal!.Message, StringComparison.Ordinal);
        Assert.Empty(await GroupsAsync(cohort));
    }

    [Fact]
    public async Task A_run_that_lost_its_turn_saves_nothing()
    {
        var cohort = await FullGroupAsync("Lost turn");

        await Assert.ThrowsAsync<TurnLostException>(() => slices.SendInTurnAsync(new Command(cohort), async run =>
        {
            await using var connection = await slices.DataSource.OpenConnectionAsync();
            await connection.ExecuteAsync("UPDATE runs SET ended_at = now(), state = 'interrupted' WHERE run_id = @run", new { run });
        }));

        Assert.Empty(await GroupsAsync(cohort));
    }

    [Theory]
    [InlineData(5, 4, 1000, 60, "the most must not be less than the fewest")]
    [InlineData(0, 8, 1000, 60, "A group of at least 0 people is not possible: give 1 to 100.")]
    [InlineData(101, 200, 1000, 60, "A group of at least 101 people is not possible: give 1 to 100.")]
    [InlineData(4, 101, 1000, 60, "A group of at most 101 people is not possible: give 1 to 100.")]
    [InlineData(4, 8, 0, 60, "A search of 0 iterations is not possible: give 1 to 1000000.")]
    [InlineData(4, 8, 1_000_001, 60, "A search of 1000001 iterations is not possible: give 1 to 1000000.")]
    [InlineData(4, 8, 1000, 14, "A meeting of 14 minutes is not possible: give 15 to 600.")]
    [InlineData(4, 8, 1000, 601, "A meeting of 601 minutes is not possible: give 15 to 600.")]
    [InlineData(4, 8, 1000, 60, "A time limit of 0 seconds is not possible: give 1 to 3600.", 0)]
    [InlineData(4, 8, 1000, 60, "A time limit of 3601 seconds is not possible: give 1 to 3600.", 3601)]
    public async Task Options_that_make_no_sense_are_refused(int min, int max, int iterations, int length, string because, int seconds = 10)
    {
        var cohort = await FullGroupAsync($"Nonsense {min} {max} {iterations} {length} {seconds}");

        var outcome = await slices.SendInTurnAsync(new Command(cohort, length, min, max, iterations, seconds));

        Assert.Contains(because, outcome.Refusal!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_result_is_kept_with_the_run_in_the_same_transaction()
    {
        var cohort = await FullGroupAsync("Kept");

        await slices.SendInTurnAsync(new Command(cohort, Seed: 7));

        await using var connection = await slices.DataSource.OpenConnectionAsync();
        var (seed, grouped) = await connection.QuerySingleAsync<(int, int)>(
            "SELECT seed, (result->'result'->>'usersGrouped')::int FROM runs WHERE cohort_id = @cohort", new { cohort });
        Assert.Equal((7, 4), (seed, grouped));
    }

    private async Task<CohortId> FullGroupAsync(string name)
    {
        var cohort = await slices.AddCohortAsync(name);
        await slices.AddPersonAsync(cohort, "Lea", WednesdayEvening, CohortRole.Facilitator, maxGroups: 2);
        await AddLearnersAsync(cohort, 3, WednesdayEvening);
        return cohort;
    }

    private async Task AddLearnersAsync(CohortId cohort, int count, string availability)
    {
        for (var i = 1; i <= count; i++)
            await slices.AddPersonAsync(cohort, $"Learner {i}", availability);
    }

    private async Task<IReadOnlyList<(string Name, int Start)>> GroupsAsync(CohortId cohort)
    {
        await using var connection = await slices.DataSource.OpenConnectionAsync();
        return [.. await connection.QueryAsync<(string, int)>(
            "SELECT group_name, meeting_start_minute::int FROM groups WHERE cohort_id = @cohort ORDER BY group_id", new { cohort })];
    }
}
