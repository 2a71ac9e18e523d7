using System.Text.Json;

namespace Cohorts.SystemTests;

/// <summary>Each verb as a script uses it: JSON alone on standard output, exit codes, and errors that say what to do.</summary>
public sealed class VerbTests(ProgramFolder folder) : IClassFixture<ProgramFolder>
{
    [Fact]
    public async Task Import_schedule_and_list_tell_scripts_what_happened()
    {
        var file = folder.WriteSignUps("scripted", people: 40);
        string[] import = ["import", file, "--course", "Rust", "--cohort", "scripted", "--start", "2027-01-11", "--meetings", "8", "--json"];

        var imported = (await CohortsProgram.RunAsync(folder.Location, import)).Json;
        var again = (await CohortsProgram.RunAsync(folder.Location, import)).Json;
        var scheduled = (await CohortsProgram.RunAsync(folder.Location, "schedule", "Rust / scripted", "--seed", "3", "--json")).Json;
        var listed = (await CohortsProgram.RunAsync(folder.Location, "list", "--json")).Json;

        Assert.Equal((40, 40, 0), (Number(imported, "people"), Number(imported, "created"), Number(imported, "updated")));
        Assert.Equal((40, 0, 40), (Number(again, "people"), Number(again, "created"), Number(again, "updated")));
        Assert.Equal(Number(imported, "cohortId"), Number(scheduled, "cohortId"));
        Assert.Equal(3, Number(scheduled, "seed"));
        Assert.Equal(Number(scheduled, "usersUngroupable"), scheduled.GetProperty("ungroupable").GetArrayLength());
        Assert.True(Number(scheduled, "upperBound") >= Number(scheduled, "usersGrouped"));
        var group = scheduled.GetProperty("groups")[0];
        Assert.Equal("Group 1", group.GetProperty("name").GetString());
        Assert.True(Number(group, "groupId") > 0);
        Assert.Equal(JsonValueKind.String, group.GetProperty("facilitatorId").ValueKind);
        Assert.Contains(group.GetProperty("members").EnumerateArray(), m => m.GetProperty("role").GetString() == "facilitator");
        var row = Assert.Single(listed.EnumerateArray(), c => c.GetProperty("cohortName").GetString() == "scripted");
        Assert.Equal("2027-01-11", row.GetProperty("startDate").GetString());
        Assert.Equal(Number(scheduled, "groupsCreated"), Number(row, "groups"));
        Assert.Equal((0, 0), (Number(row, "pendingUsers"), Number(row, "realizedGroups")));
    }

    [Fact]
    public async Task A_cohort_is_exported_by_its_name()
    {
        var cohort = await folder.ImportAsync("exported", people: 5);

        var exported = (await CohortsProgram.RunAsync(
            folder.Location, "export", "EXPORTED", "--out", Path.Combine(folder.Location, "export"), "--json")).Json;

        Assert.Equal(cohort, Number(exported, "cohortId"));
        var files = exported.GetProperty("files").EnumerateArray().ToDictionary(f => f.GetProperty("file").GetString()!, f => Number(f, "rows"));
        Assert.Equal(5, files["enrolments.csv"]);
        Assert.All(files.Keys, f => Assert.True(File.Exists(Path.Combine(folder.Location, "export", f)), f));
    }

    [Theory]
    [InlineData("There is no verb \"shedule\"", "shedule", "nowhere")]
    [InlineData("--json belongs behind the verb", "--json", "list")]
    [InlineData("There is no cohort \"nowhere\"", "schedule", "nowhere")]
    [InlineData("There is no cohort \"nowhere\"", "export", "nowhere")]
    [InlineData("There is no file missing.csv", "import", "missing.csv", "--course", "a", "--cohort", "b", "--start", "2027-01-11", "--meetings", "8")]
    [InlineData("\"tomorrow\" is not a date", "import", "missing.csv", "--course", "a", "--cohort", "b", "--start", "tomorrow", "--meetings", "8")]
    [InlineData("missing.json", "solve", "missing.json")]
    [InlineData("--iterations", "schedule", "nowhere", "--iterations", "many")]
    [InlineData("give --iterations 1 to 1000000", "solve", "missing.json", "--iterations", "1000001")]
    [InlineData("give --time-limit 1 to 3600", "solve", "missing.json", "--time-limit", "3601")]
    public async Task What_cannot_be_done_ends_with_1_and_says_so_on_standard_error(string says, params string[] arguments)
    {
        var ending = await CohortsProgram.RunAsync(folder.Location, arguments);

        Assert.Equal(1, ending.ExitCode);
        Assert.Contains(says, ending.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", ending.Errors, StringComparison.Ordinal);
        Assert.Equal("", ending.Output);
    }

    [Fact]
    public async Task Solve_writes_a_grouping_to_standard_output_or_to_a_file()
    {
        var problem = Path.Combine(Path.GetDirectoryName(folder.WriteSignUps("solve", 1))!, "solve.json");
        await File.WriteAllTextAsync(
            problem,
            """
            { "name": "four", "people": [
              { "id": "1", "name": "A", "role": "participant", "availability": "M10:00 M12:00" },
              { "id": "2", "name": "B", "role": "participant", "availability": "M10:00 M12:00" },
              { "id": "3", "name": "C", "role": "participant", "availability": "M10:30 M12:00" },
              { "id": "4", "name": "D", "role": "participant", "availability": "M10:00 M11:30" } ] }
            """);

        var written = await CohortsProgram.RunAsync(folder.Location, "solve", problem);
        var filed = await CohortsProgram.RunAsync(folder.Location, "solve", problem, "--out", problem + ".out");

        Assert.Equal(630, written.Json.GetProperty("groups")[0].GetProperty("startMinute").GetInt32());
        Assert.Contains("4 of 4 people placed; more is not possible", filed.Output, StringComparison.Ordinal);
        using var grouping = JsonDocument.Parse(await File.ReadAllTextAsync(problem + ".out"));
        Assert.Equal(4, grouping.RootElement.GetProperty("placed").GetInt32());
    }

    [Fact]
    public async Task The_demo_tells_the_main_job_from_sign_ups_to_groups_and_can_be_told_twice()
    {
        await using var said = new SaidToDiscord();
        var first = await CohortsProgram.RunAsync(folder.Location, "demo", "--headless", "--record", said.File);
        var second = await CohortsProgram.RunAsync(folder.Location, "demo", "--headless");

        Assert.True(first.ExitCode == 0, first.Errors);
        Assert.Contains("January 2027 (60 pending)", first.Output, StringComparison.Ordinal);
        Assert.Contains("57 of 60 people placed", first.Output, StringComparison.Ordinal);
        Assert.Contains("the most that could be placed", first.Output, StringComparison.Ordinal);
        Assert.Contains("Group 12", first.Output, StringComparison.Ordinal);
        Assert.All(first.Output.Split('\n'), line => Assert.True(line.Length <= 100, line));
        Assert.Equal(0, second.ExitCode);
    }

    [Fact]
    public async Task The_demo_tells_a_script_what_was_imported_and_shown()
    {
        await using var said = new SaidToDiscord();
        var demo = (await CohortsProgram.RunAsync(folder.Location, "demo", "--json", "--record", said.File)).Json;

        Assert.Equal(60, demo.GetProperty("imported").GetProperty("people").GetInt32());
        Assert.Contains(demo.GetProperty("shown").EnumerateArray(), message => message.GetProperty("embeds").EnumerateArray()
            .Any(embed => embed.TryGetProperty("title", out var title) && title.GetString()!.Contains("57 of 60 people placed", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Two_programs_that_start_at_once_on_a_new_folder_both_find_a_migrated_database()
    {
        await using var data = new TestDataFolder();

        var endings = await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => CohortsProgram.RunAsync(data.Location, "list", "--json")));

        Assert.All(endings, e => Assert.Equal(0, e.Json.GetArrayLength()));
        Assert.Equal(0, (await CohortsProgram.RunAsync(data.Location, "migrate")).ExitCode);
    }

    private static int Number(JsonElement element, string name) => element.GetProperty(name).GetInt32();
}
