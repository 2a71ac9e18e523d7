using Cohorts.Domain;
using Cohorts.Features.ListCohorts;
using Dapper;

namespace Cohorts.Tests.Features.ListCohorts;

/// <summary>What is offered to somebody who types the name of a cohort.</summary>
public sealed class CohortChoicesTests(CohortChoicesTests.FortyCohorts forty) : IClassFixture<CohortChoicesTests.FortyCohorts>
{
    [Fact]
    public async Task Without_a_word_the_25_that_start_first_are_offered()
    {
        var choices = await forty.Slices.SendAsync(new CohortsToSchedule.Query(""));

        Assert.Equal(Enumerable.Range(1, 25).Select(i => $"Cohort number {i:00}"), choices.Select(c => c.CohortName));
        Assert.All(choices, c => Assert.Equal((1, 0), (c.Pending, c.LeftOver)));
    }

    [Theory]
    [InlineData("number 40")]
    [InlineData("NUMBER 40")]
    [InlineData("40 Rust")]
    public async Task The_fortieth_is_found_by_typing_a_part_of_its_name_or_course(string typed)
    {
        var choices = await forty.Slices.SendAsync(new CohortsToSchedule.Query(typed));

        Assert.Equal("Cohort number 40", Assert.Single(choices).CohortName);
    }

    [Theory]
    [InlineData("%")]
    [InlineData("_")]
    [InlineData("\\")]
    [InlineData("'; DROP TABLE cohorts; --")]
    [InlineData("no such cohort")]
    public async Task What_is_typed_is_text_and_never_a_pattern(string typed)
    {
        Assert.Empty(await forty.Slices.SendAsync(new CohortsToSchedule.Query(typed)));
        Assert.Empty(await forty.Slices.SendAsync(new CohortsToRealize.Query(typed)));
    }

    [Fact]
    public async Task People_left_over_count_as_something_to_schedule_and_a_cohort_all_grouped_is_not_offered()
    {
        var grouped = await forty.Slices.AddCohortAsync("Everybody grouped", course: "Other");
        var left = await forty.Slices.AddCohortAsync("Two left over", course: "Other");
        await forty.EnrolAsync(grouped, "grouped", 3);
        await forty.EnrolAsync(left, "grouped", 3);
        await forty.EnrolAsync(left, "ungroupable", 2);
        await forty.EnrolAsync(left, "awaiting_grouping", 1);

        var choice = Assert.Single(await forty.Slices.SendAsync(new CohortsToSchedule.Query("other")));

        Assert.Equal(("Two left over", 1, 2), (choice.CohortName, choice.Pending, choice.LeftOver));
    }

    [Fact]
    public async Task To_realize_those_with_something_left_come_first_and_complete_ones_only_to_who_types()
    {
        var complete = await forty.Slices.AddCohortAsync("Complete", course: "Haskell");
        var half = await forty.Slices.AddCohortAsync("Half done", course: "Haskell");
        var cancelled = await forty.Slices.AddCohortAsync("Only cancelled groups", course: "Haskell");
        await forty.AddGroupsAsync(complete, "active", "active");
        await forty.AddGroupsAsync(half, "active", "forming", "cancelled");
        await forty.AddGroupsAsync(cancelled, "cancelled");

        var offered = await forty.Slices.SendAsync(new CohortsToRealize.Query(""));
        var typed = await forty.Slices.SendAsync(new CohortsToRealize.Query("haskell"));

        Assert.Equal([half], offered.Select(c => c.CohortId));
        Assert.Equal([half, complete], typed.Select(c => c.CohortId));
        Assert.Equal([(2, 1), (2, 0)], typed.Select(c => (c.Groups, c.Left)));
        Assert.Equal([CohortsToRealize.State.SomethingLeft, CohortsToRealize.State.Complete], typed.Select(c => c.State));
    }

    [Theory]
    [InlineData("cohort NUMBER 07")]
    [InlineData("rust / cohort number 07")]
    public async Task A_cohort_is_found_by_its_name_in_any_case_alone_or_with_its_course(string typed)
    {
        var found = await Cohort.FindAsync(forty.Slices.DataSource, typed, CancellationToken.None);

        Assert.Equal("Cohort number 07", found.Result!.Name);
        Assert.Equal(found.Result, (await Cohort.FindAsync(forty.Slices.DataSource, $" {found.Result.Id} ", CancellationToken.None)).Result);
    }

    [Fact]
    public async Task A_name_that_two_cohorts_have_is_refused_with_both()
    {
        await forty.Slices.AddCohortAsync("Twice", course: "Ada");
        await forty.Slices.AddCohortAsync("Twice", course: "Basic");

        var found = await Cohort.FindAsync(forty.Slices.DataSource, "twice", CancellationToken.None);

        Assert.Equal(2, found.Refusal!.Details.Count);
        Assert.Contains(found.Refusal.Details, d => d.EndsWith("Ada / Twice", StringComparison.Ordinal));
    }

    public sealed class FortyCohorts : IAsyncLifetime
    {
        public Slices Slices { get; } = new();

        public async Task InitializeAsync()
        {
            await Slices.InitializeAsync();
            for (var i = 40; i >= 1; i--)
            {
                var cohort = await Slices.AddCohortAsync($"Cohort number {i:00}");
                await using var connection = await Slices.DataSource.OpenConnectionAsync();
                await connection.ExecuteAsync(
                    "UPDATE cohorts SET cohort_start_date = date '2026-01-01' + @i WHERE cohort_id = @cohort", new { i, cohort });
                await EnrolAsync(cohort, "awaiting_grouping", 1);
            }
        }

        public Task DisposeAsync() => Slices.DisposeAsync();

        public async Task EnrolAsync(CohortId cohort, string status, int people)
        {
            for (var i = 0; i < people; i++)
            {
                var user = await Slices.AddPersonAsync(cohort, $"Person {i}", "M10:00 M12:00");
                await using var connection = await Slices.DataSource.OpenConnectionAsync();
                await connection.ExecuteAsync(
                    "UPDATE courses_users SET grouping_status = @status::grouping_status WHERE user_id = @user", new { user, status });
            }
        }

        public async Task AddGroupsAsync(CohortId cohort, params string[] statuses)
        {
            await using var connection = await Slices.DataSource.OpenConnectionAsync();
            for (var i = 0; i < statuses.Length; i++)
            {
                await connection.ExecuteAsync(
                    "INSERT INTO groups (group_name, cohort_id, status) VALUES (@Name, @cohort, @Status::group_status)",
                    new { Name = $"Group {i + 1}", cohort, Status = statuses[i] });
            }
        }
    }
}
