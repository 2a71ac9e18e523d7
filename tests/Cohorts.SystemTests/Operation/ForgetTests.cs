using System.Diagnostics;
using Cohorts.SystemTests.Bot;

namespace Cohorts.SystemTests.Operation;

/// <summary><c>forget</c> as somebody types it.</summary>
public sealed class ForgetTests(BotGround ground) : IClassFixture<BotGround>
{
    private const string Person = "p7@January-2027.example.org";

    [Fact]
    public async Task It_asks_first_erases_once_and_finds_nobody_afterwards()
    {
        await using var world = await BotWorld.StartAsync(ground);
        var before = await EverybodyAsync(world);

        var unasked = await ForgetAsync(world, Person);
        var no = await AnswerAsync(world, Person, "no");
        Assert.Equal(before, await EverybodyAsync(world));
        var yes = await AnswerAsync(world, Person, "yes");
        var again = await ForgetAsync(world, Person, "--yes");

        Assert.Equal(1, unasked.ExitCode);
        Assert.Contains("Person 7", unasked.Errors, StringComparison.Ordinal);
        Assert.Contains("add --yes", unasked.Errors, StringComparison.Ordinal);
        Assert.Contains("Nothing was changed.", no, StringComparison.Ordinal);
        Assert.Matches(@"Erase user \d+, Person 7, .*\? This cannot be undone", yes);
        Assert.Contains("is erased: 1 enrolments, 0 memberships", yes, StringComparison.Ordinal);
        Assert.Equal(1, again.ExitCode);
        Assert.Contains($"Nobody answers to \"{Person}\"", again.Errors, StringComparison.Ordinal);
        Assert.Equal(before.Where(name => name != "Person 7"), await EverybodyAsync(world));
        Assert.Equal(BotGround.People - 1, await world.AskAsync<int>("SELECT count(*)::int FROM courses_users"));
    }

    [Fact]
    public async Task Of_several_people_who_may_be_meant_nobody_is_erased()
    {
        await using var world = await BotWorld.StartAsync(ground);
        await world.AskAsync<object>("UPDATE users SET discord_username = 'twin' WHERE nickname IN ('Person 3', 'Person 4')");

        var several = await ForgetAsync(world, "Twin", "--yes");

        Assert.Equal(1, several.ExitCode);
        Assert.Contains("2 people answer to \"Twin\"", several.Errors, StringComparison.Ordinal);
        Assert.Contains("Person 3", several.Errors, StringComparison.Ordinal);
        Assert.Contains("Person 4", several.Errors, StringComparison.Ordinal);
        Assert.Equal(BotGround.People, (await EverybodyAsync(world)).Count);
        var one = await world.AskAsync<int>("SELECT user_id FROM users WHERE nickname = 'Person 3'");
        Assert.Equal(1, (await ForgetAsync(world, $"{one}", "--yes", "--json")).Json.GetProperty("erased").GetProperty("enrolments").GetInt32());
        Assert.DoesNotContain("Person 3", await EverybodyAsync(world));
    }

    private static Task<IReadOnlyList<string>> EverybodyAsync(BotWorld world) => world.ListAsync<string>("SELECT nickname FROM users ORDER BY user_id");

    private async Task<Ending> ForgetAsync(BotWorld world, params string[] arguments)
    {
        await using var program = CohortsProgram.Begin(
            ground.Folder.Location, new Dictionary<string, string> { ["ConnectionStrings__Cohorts"] = world.ConnectionString }, ["forget", .. arguments]);
        return await program.EndAsync();
    }

    /// <summary>In a terminal, as <c>script</c> makes one.</summary>
    /// <returns>What stood on it.</returns>
    private static async Task<string> AnswerAsync(BotWorld world, string person, string answer)
    {
        var program = Path.Combine(AppContext.BaseDirectory, "Cohorts.dll");
        var start = new ProcessStartInfo("script", ["-qec", $"dotnet '{program}' forget '{person}'", "/dev/null"])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        start.Environment["ConnectionStrings__Cohorts"] = world.ConnectionString;
        using var process = Process.Start(start)!;
        await process.StandardInput.WriteLineAsync(answer);
        await process.StandardInput.FlushAsync();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var said = await process.StandardOutput.ReadToEndAsync(limit.Token);
        await process.WaitForExitAsync(limit.Token);
        return said;
    }
}
