using Cohorts.Features.ImportCohort;
using Cohorts.Scheduling;
using NodaTime;
using static Cohorts.Features.ImportCohort.ImportCohort;

namespace Cohorts.Tests.Features.ImportCohort;

/// <summary>What an organizer sees before they form groups; each test has people of its own.</summary>
public sealed class SumUpTests(Slices slices) : IClassFixture<Slices>
{
    [Fact]
    public async Task Hours_that_fall_into_peoples_night_ask_whether_local_times_were_meant()
    {
        const string Evenings = "name,email,timezone,availability\nYuki,yuki@example.org,Asia/Tokyo,M18:00 M22:00\nMei,mei@example.org,Asia/Singapore,T19:00 T21:00\n";

        var utc = await slices.ImportedAsync(Files.Import(Evenings, "Night"));
        var local = await slices.ImportedAsync(Files.Import(Evenings, "Evening") with { Times = Times.Local });

        // 18:00 to 22:00 UTC is 03:00 to 07:00 in Tokyo, 19:00 to 21:00 UTC is 03:00 to 05:00 in Singapore.
        Assert.Equal("100 of 100 free hours fall into people's night, 23:00 to 07:00 by their clocks. Did you mean --times local?", Assert.Single(utc.Warnings));
        Assert.Empty(local.Warnings);
    }

    [Fact]
    public async Task A_start_that_is_past_and_ids_that_a_spreadsheet_has_rounded_are_doubted()
    {
        var result = await slices.ImportedAsync(
            Files.Import("name,discord_id,availability\nDee,123456789012345000,\nEli,223456789012346000,\n", "Doubtful") with { Start = new LocalDate(2020, 1, 6) });

        Assert.Collection(
            result.Warnings,
            w => Assert.StartsWith("The cohort starts on 2020-01-06, which is past.", w, StringComparison.Ordinal),
            w => Assert.StartsWith("2 of 2 Discord ids end in 000", w, StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_person_read_back_is_one_whose_clock_shows_how_times_were_read()
    {
        var result = await slices.ImportedAsync(Files.Import(
            "name,timezone,availability\nNoHours,Asia/Tokyo,\nNoZone,,M09:00 M10:00\nLisbon,Europe/Lisbon,M09:00 M10:00\nAna,Europe/Berlin,\"M17:00 M19:30, F08:00 F09:00\"\n",
            "Read back"));

        Assert.Equal(new ReadBack("Ana", "Berlin", "Monday 18:00-20:30", 1), result.ReadBack);
        Assert.Contains("Read back: Ana, Berlin: free Monday 18:00-20:30 their time, and 1 more time a week.", ImportText.Lines(result));
    }

    [Theory]
    [InlineData("M18:00 M20:30", "Monday 18:00-20:30")]
    [InlineData("M18:00 T00:00", "Monday 18:00-24:00")]
    [InlineData("U23:00 M01:00", "Sunday 23:00 to Monday 01:00")]
    [InlineData("W09:00 W09:00", "the whole week")]
    public void A_stretch_is_told_with_its_days(string interval, string told)
    {
        Assert.True(WeekInterval.TryParseList(interval, out var intervals, out _));

        Assert.Equal(told, SumUp.Stretch(Assert.Single(intervals)));
    }

    [Fact]
    public async Task Seats_that_do_not_suffice_are_told_and_so_is_a_cohort_that_nobody_leads()
    {
        var scarce = await slices.ImportedAsync(Files.Import(
            "name,role,availability\nLead,facilitator,M09:00 M10:00\n" + string.Concat(Enumerable.Range(0, 9).Select(i => $"Learner {i},,M09:00 M10:00\n")), "Scarce"));
        var nobody = await slices.ImportedAsync(Files.Import("name,availability\nAlone,M09:00 M10:00\n", "Nobody leads"));

        Assert.Contains(
            "9 participants, and 1 facilitator who can lead 1 group: seats for 7 participants in groups of 8, fewer than there are; "
                + "enrol another facilitator or raise max_groups to seat everybody.",
            ImportText.Lines(scarce));
        Assert.Contains("1 participant and no facilitator: groups will have no leader.", ImportText.Lines(nobody));
    }
}
