using System.Diagnostics;
using Dapper;

namespace Cohorts.SystemTests.Operation;

/// <summary><c>forget</c> as somebody types it.</summary>
public sealed class ForgetTests(ProgramFolder folder) : IClassFixture<ProgramFolder>
{
    [Fact]
    public async Task It_asks_first_erases_once_and_finds_nobody_afterwards()
    {
        var cohort = await folder.ImportAsync("Asked", 12);
        const string Person = "p7@Asked.example.org";
        var before = await EverybodyAsync(cohort);

        var unasked = await ForgetAsync(Person);
        var no = await AnswerAsync(Person, "no");
        Assert.Equal(before, await EverybodyAsync(cohort));
        var yes = await AnswerAsync(Person, "yes");
        var again = await ForgetAsync(Person, "--yes");

        Assert.Equal(1, unasked.ExitCode);
        Assert.Contains("Person 7", unasked.Errors, StringComparison.Ordinal);
        Assert.Contains("add --yes", unasked.Errors, StringComparison.Ordinal);
        Assert.Contains("Nothing was changed.", no, StringComparison.Ordinal);
        Assert.Matches(@"Erase user \d+, Person 7, .*\? This cannot be undone", yes);
        Assert.Contains("is erased: 1 enrolment, 0 memberships", yes, StringComparison.Ordinal);
        Assert.Equal(1, again.ExitCode);
        Assert.Contains($"Nobody answers to \"{Person}\"", again.Errors, StringComparison.Ordinal);
        Assert.Equal(before.Where(name => name != "Person 7"), await EverybodyAsync(cohort));
        Assert.Equal(0, await folder.AskAsync<int>("SELECT count(*)::int FROM users WHERE email = @Person", new { Person }));
    }

    [Fact]
    public async Task Of_several_people_who_may_be_meant_nobody_is_erased()
    {
        var cohort = await folder.ImportAsync("Twins", 12);
        await folder.AskAsync<object>(
            "UPDATE users SET discord_username = 'twin' WHERE email IN ('p3@twins.example.org', 'p4@twins.example.org', 'p3@Twins.example.org', 'p4@Twins.example.org')");

        var several = await ForgetAsync("Twin", "--yes");

        Assert.Equal(1, several.ExitCode);
        Assert.Contains("2 people answer to \"Twin\"", several.Errors, StringComparison.Ordinal);
        Assert.Contains("Person 3", several.Errors, StringComparison.Ordinal);
        Assert.Contains("Person 4", several.Errors, StringComparison.Ordinal);
        Assert.Equal(12, (await EverybodyAsync(cohort)).Count);
        var one = await folder.AskAsync<int>("SELECT min(user_id) FROM users WHERE discord_username = 'twin'");
        Assert.Equal(1, (await ForgetAsync($"{one}", "--yes", "--json")).Json.GetProperty("erased").GetProperty("enrolments").GetInt32());
        Assert.DoesNotContain("Person 3", await EverybodyAsync(cohort));
    }

    private async Task<IReadOnlyList<string>> EverybodyAsync(int cohort)
    {
        await using var connection = await folder.Database.OpenConnectionAsync();
        return [.. await connection.QueryAsync<string>("SELECT nickname FROM users JOIN courses_users USING (user_id) WHERE cohort_id = @cohort ORDER BY user_id", new { cohort })];
    }

    private Task<Ending> ForgetAsync(params string[] arguments) => CohortsProgram.RunAsync(folder.Location, ["forget", .. arguments]);

    /// <summary>In a terminal, as <c>script</c> makes one.</summary>
    /// <returns>What stood on it.</returns>
    private async Task<string> AnswerAsync(string person, string answer)
    {
        var program = Built.Program("Cohorts");
        var start = new ProcessStartInfo("script", ["-qec", $"dotnet '{program}' forget '{person}'", "/dev/null"])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        start.Environment["ConnectionStrings__Cohorts"] = folder.ConnectionString;
        using var process = Process.Start(start)!;
        await process.StandardInput.WriteLineAsync(answer);
        await process.StandardInput.FlushAsync();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var said = await process.StandardOutput.ReadToEndAsync(limit.Token);
        await process.WaitForExitAsync(limit.Token);
        return said;
    }
}
