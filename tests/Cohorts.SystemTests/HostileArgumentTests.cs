using System.Diagnostics;

namespace Cohorts.SystemTests;

/// <summary>Arguments and files as somebody gives them by mistake, or to do harm.</summary>
public sealed class HostileArgumentTests(ProgramFolder folder) : IClassFixture<ProgramFolder>
{
    [Theory]
    [InlineData("Nobody answers to \"@ana.p\"", "forget", "@ana.p", "--yes")]
    [InlineData("There is no cohort \"@nowhere\"", "schedule", "@nowhere")]
    [InlineData("The name of the cohort holds a character", "schedule", "a\u001b[31mb\u0007")]
    [InlineData("\uFFFD]0;title", "list", "\u001b]0;title\u0007")]
    [InlineData("There is no verb \"\uFFFD[2J\"", "\u001b[2J", "x")]
    public async Task An_argument_is_taken_as_it_is_and_told_without_escape_sequences(string told, params string[] arguments)
    {
        var ending = await CohortsProgram.RunAsync(folder.Location, arguments);

        Assert.Equal(1, ending.ExitCode);
        Assert.Contains(told, ending.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', ending.Errors + ending.Output);
        Assert.DoesNotContain('\u0007', ending.Errors + ending.Output);
    }

    [Fact]
    public async Task A_CSV_that_is_given_to_solve_and_settings_that_are_no_JSON_are_not_printed()
    {
        var place = Path.GetDirectoryName(folder.WriteSignUps("given", people: 1))!;
        var csv = Path.Combine(place, "people.csv");
        await File.WriteAllTextAsync(csv, "name,email\nAna,ana@example.org");

        var solved = await CohortsProgram.RunAsync(folder.Location, "solve", csv);

        Assert.Equal(1, solved.ExitCode);
        Assert.Contains("this is not JSON", solved.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("Ana", solved.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("email", solved.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_import_from_a_pipe_that_never_begins_ends_at_once()
    {
        if (OperatingSystem.IsWindows())
            return;
        var pipe = Path.Combine(Path.GetDirectoryName(folder.WriteSignUps("piped", people: 1))!, "pipe");
        using (var made = Process.Start("mkfifo", [pipe]))
            await made.WaitForExitAsync();

        var imported = await CohortsProgram.RunAsync(
            folder.Location, "import", pipe, "--course", "Rust", "--cohort", "piped", "--start", "2027-01-11", "--meetings", "8");

        Assert.Equal(1, imported.ExitCode);
        Assert.Contains("is a pipe or a device", imported.Errors, StringComparison.Ordinal);
    }
}
