using Cohorts.Scheduling;

namespace Cohorts.Tests.Features.ImportCohort;

/// <summary>Hours whose end is written at or before their start on the same day: midnight, a mistake, or the whole week.</summary>
public sealed class SameDayEndsTests(Slices slices) : IClassFixture<Slices>
{
    [Fact]
    public async Task Free_until_midnight_is_two_hours_and_seats_nobody_on_another_day()
    {
        var imported = await slices.ImportedAsync(Files.Import(
            """
            name,email,role,timezone,availability
            Mid A,ma@mi.example,facilitator,Europe/Berlin,"R10:00 R12:00"
            Mid B,mb@mi.example,,Europe/Berlin,"R10:00 R12:00"
            Mid C,mc@mi.example,,Europe/Berlin,"R10:00 R12:00"
            Mid D,md@mi.example,,Europe/Berlin,"M22:00 M00:00"
            """,
            "Midnight") with { Times = Cohorts.Features.ImportCohort.Times.Local });
        Assert.Empty(imported.Warnings);
        var result = (await slices.SendInTurnAsync(new Cohorts.Features.ScheduleCohort.ScheduleCohort.Command(imported.CohortId!.Value))).Result!;
        Assert.Empty(result.Groups);
    }

    [Theory]
    [InlineData("M18:00 M09:00")]
    [InlineData("R10:00 R12:00, U23:00 U01:00")]
    public async Task An_end_before_its_start_refuses_the_row_and_saves_nothing(string hours)
    {
        var before = await slices.ChecksumAsync();
        var refusal = await slices.RefusedAsync(Files.Import($"name,availability\nFine,M09:00 M11:00\nWrong,\"{hours}\"\n", "Refused"));
        Assert.Contains("ends before it starts: write the day on which it ends", string.Join("\n", refusal.Details), StringComparison.Ordinal);
        Assert.Equal(before, await slices.ChecksumAsync());
    }

    [Fact]
    public async Task The_whole_week_spelt_out_is_taken_with_a_warning()
    {
        var imported = await slices.ImportedAsync(Files.Import("name,availability\nAlways,M09:00 M09:00\n", "Always"));
        Assert.Contains("\"M09:00 M09:00\" lasts longer than a day", Assert.Single(imported.Warnings, w => w.Contains("Always", StringComparison.Ordinal)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stored_hours_that_end_before_they_start_set_their_person_aside_and_nobody_else()
    {
        var cohort = await slices.AddCohortAsync("Stored");
        for (var i = 0; i < 4; i++)
            await slices.AddPersonAsync(cohort, $"Fine {i}", "R10:00 R12:00");
        var wrong = await slices.AddPersonAsync(cohort, "Wrong", "M18:00 M09:00");
        await slices.AddPersonAsync(cohort, "If needed", "R10:00 R12:00", ifNeeded: "M18:00 M09:00");

        var result = (await slices.SendInTurnAsync(new Cohorts.Features.ScheduleCohort.ScheduleCohort.Command(cohort))).Result!;
        Assert.Equal(4, result.UsersGrouped);
        Assert.All(result.Ungroupable, u => Assert.Equal(UngroupableReason.InvalidAvailability, u.Reason));
        var told = Assert.Single(result.Ungroupable, u => u.Id == wrong);
        Assert.Contains("\"M18:00 M09:00\" ends before it starts", told.Detail, StringComparison.Ordinal);
    }
}
