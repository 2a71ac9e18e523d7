using System.Text.Json;
using Cohorts.Domain;
using Snapshooter.Xunit;
using static Cohorts.Features.ScheduleCohort.ScheduleCohort;

namespace Cohorts.Tests.Features.ScheduleCohort;

/// <summary>A snapshot of rows has ids in it, so this test has a database to itself.</summary>
public sealed class ScheduleCohortRowsTests(Slices slices) : IClassFixture<Slices>
{
    [Fact]
    public async Task Groups_memberships_and_enrolments_are_saved_with_times_in_typed_columns_and_as_the_original_wrote_them()
    {
        var cohort = await slices.AddCohortAsync("January", zone: "Europe/Berlin");
        await slices.AddPersonAsync(cohort, "Lea", "W18:00 W19:00, M09:00 M10:00", CohortRole.Facilitator, maxGroups: 2);
        foreach (var name in new[] { "Ana", "Ben", "Cem" })
            await slices.AddPersonAsync(cohort, name, "W18:00 W20:00");
        foreach (var name in new[] { "Dan", "Eve" })
            await slices.AddPersonAsync(cohort, name, "M08:00 M11:00");
        await slices.AddPersonAsync(cohort, "Fay", "", ifNeeded: "M09:00 M10:00");
        await slices.AddPersonAsync(cohort, "Gus", "Friday afternoon");

        var outcome = await slices.SendInTurnAsync(new Command(cohort));

        Assert.Equal((2, 7, 1), (outcome.Result!.GroupsCreated, outcome.Result.UsersGrouped, outcome.Result.UsersUngroupable));
        Snapshot.Match(JsonSerializer.Serialize(
            new
            {
                Result = outcome.Result with { ElapsedMs = 0 },
                Rows = await slices.Database.RowsAsync("groups", "groups_users", "courses_users"),
            },
            CohortsJson.Indented));
    }
}
