using System.Text.Json;
using Cohorts.Domain;
using Cohorts.Features.ExportCohort;
using Dapper;

namespace Cohorts.Tests.Features.ExportCohort;

public sealed class ExportCohortTests(Slices slices) : IClassFixture<Slices>, IDisposable
{
    private readonly string _folder = Path.Combine(Path.GetTempPath(), "export-" + Guid.NewGuid().ToString("N"));

    public void Dispose()
    {
        if (Directory.Exists(_folder))
            Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task The_folder_and_its_files_are_for_their_owner_alone()
    {
        if (OperatingSystem.IsWindows())
            return;
        var cohort = await slices.AddCohortAsync("Private");

        var outcome = await slices.SendAsync(new Cohorts.Features.ExportCohort.ExportCohort.Command(cohort, _folder));

        Assert.False(outcome.IsRefused, outcome.Refusal?.Message);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(_folder));
        foreach (var file in Directory.EnumerateFiles(_folder))
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
    }

    [Fact]
    public async Task Everything_of_the_cohort_and_nothing_of_another_is_written_once_as_CSV_and_once_as_JSON()
    {
        var cohort = await slices.AddCohortAsync("Exported");
        await slices.AddPersonAsync(cohort, "=HYPERLINK(\"http://x.example\")", "M08:00 M12:00", CohortRole.Facilitator, maxGroups: 3);
        foreach (var name in (string[])["Ana", "Ωmega; \"=1+1\"", " \t@SUM(A1)", "two\nlines"])
            await slices.AddPersonAsync(cohort, name, "M08:00 M12:00");
        await slices.AddPersonAsync(await slices.AddCohortAsync("Another"), "Stranger", "M08:00 M12:00");
        await slices.SendInTurnAsync(new Cohorts.Features.ScheduleCohort.ScheduleCohort.Command(cohort));
        await using (var connection = await slices.DataSource.OpenConnectionAsync())
        {
            await connection.ExecuteAsync(
                "UPDATE runs SET request_key = 'aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa', result = '{\"a\": 1}'; INSERT INTO run_steps SELECT run_id, 1, 'welcome', 'posted' FROM runs;"
                + "INSERT INTO meetings (group_id, cohort_id, meeting_number, scheduled_time_utc) SELECT group_id, cohort_id, 1, now() FROM groups");
        }

        var outcome = await slices.SendAsync(new Cohorts.Features.ExportCohort.ExportCohort.Command(cohort, _folder));

        Assert.False(outcome.IsRefused, outcome.Refusal?.Message);
        Assert.Equal(
            [
                ("cohort.csv", 1), ("enrolments.csv", 5), ("groups.csv", 1), ("memberships.csv", 5), ("meetings.csv", 1), ("runs.csv", 1),
                ("run_steps.csv", 1), ($"cohort-{cohort}.json", 15),
            ],
            outcome.Result.Files.Select(f => (f.File, (int)f.Rows)));
        Assert.Equal(outcome.Result.Files.Select(f => f.File).Order(StringComparer.Ordinal), Directory.GetFiles(_folder).Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal));
        var enrolments = await File.ReadAllLinesAsync(Path.Combine(_folder, "enrolments.csv"));
        Assert.Equal(6, enrolments.Length);
        Assert.Contains("\"'=HYPERLINK(\"\"http://x.example\"\")\"", enrolments[1], StringComparison.Ordinal);
        Assert.Contains("\"Ωmega; \"\"=1+1\"\"\"", enrolments[3], StringComparison.Ordinal);
        Assert.Contains("'  @SUM(A1)", enrolments[4], StringComparison.Ordinal);
        Assert.Contains("two lines", enrolments[5], StringComparison.Ordinal);
        using var json = JsonDocument.Parse(await File.ReadAllBytesAsync(Path.Combine(_folder, $"cohort-{cohort}.json")));
        Assert.Equal("two\nlines", json.RootElement.GetProperty("enrolments")[4].GetProperty("nickname").GetString());
        Assert.Equal(3, json.RootElement.GetProperty("enrolments")[0].GetProperty("max_active_groups").GetInt32());
        var all = string.Concat(Directory.GetFiles(_folder).Select(File.ReadAllText));
        Assert.DoesNotContain("aaaaaaaa-aaaa", all, StringComparison.Ordinal);
        Assert.DoesNotContain("Stranger", all, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_that_is_there_and_a_cohort_that_is_not_are_refused_and_nothing_is_left()
    {
        var cohort = await slices.AddCohortAsync("Twice");
        Directory.CreateDirectory(_folder);
        var there = await slices.SendAsync(new Cohorts.Features.ExportCohort.ExportCohort.Command(cohort, _folder));
        var unknown = await slices.SendAsync(new Cohorts.Features.ExportCohort.ExportCohort.Command(new CohortId(999_999), _folder + "-2"));

        Assert.Contains("is there already", there.Refusal!.Message, StringComparison.Ordinal);
        Assert.Equal(RefusalReason.NoSuchCohort, unknown.Refusal!.Reason);
        Assert.Empty(Directory.GetFileSystemEntries(_folder));
        Assert.Single(Directory.GetDirectories(Path.GetTempPath(), Path.GetFileName(_folder) + "*"));
    }

    [Theory]
    [InlineData("=1", "'=1")]
    [InlineData("\t=1", "' =1")]
    [InlineData("＝1", "'＝1")]
    [InlineData("a=1", "a=1")]
    [InlineData("", "")]
    public void No_cell_becomes_a_formula(string text, string cell) => Assert.Equal(cell, CsvFile.Harmless(text));
}
