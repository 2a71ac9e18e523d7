using System.Globalization;
using System.Net;

namespace Cohorts.SystemTests;

public sealed class ServeTests(ProgramFolder folder) : IClassFixture<ProgramFolder>
{
    [Fact]
    public async Task The_server_is_healthy_runs_what_the_command_line_asks_for_and_ends_with_130()
    {
        var cohort = (await folder.ImportAsync("served", people: 60)).ToString(CultureInfo.InvariantCulture);
        var url = $"http://127.0.0.1:{Bot.BotWorld.FreePort()}";
        await using var server = CohortsProgram.Begin(folder.Location, new Dictionary<string, string> { ["ASPNETCORE_URLS"] = url }, "serve");
        using var http = new HttpClient { BaseAddress = new Uri(url) };
        await Eventually.HoldsAsync("the server is ready", TimeSpan.FromSeconds(60), () => AnswersAsync(http, "/health/ready"));
        Assert.True(await AnswersAsync(http, "/health/live"));
        var silos = await folder.AskAsync<int>("SELECT count(*)::int FROM orleans_members WHERE status = 3");

        var scheduled = await CohortsProgram.RunAsync(folder.Location, "schedule", cohort, "--json");

        Assert.True(scheduled.Json.GetProperty("groupsCreated").GetInt32() > 0);
        Assert.Equal(1, silos);
        // The command line came as a client: no second silo ever stood in the table.
        Assert.Equal(1, await folder.AskAsync<int>("SELECT count(*)::int FROM orleans_members WHERE status = 3"));
        Assert.Equal(
            await folder.AskAsync<string>("SELECT owner FROM runs ORDER BY run_id DESC LIMIT 1"),
            await folder.AskAsync<string>("SELECT address || ':' || port || '@' || generation FROM orleans_members WHERE status = 3"));

        await server.InterruptAsync();
        Assert.Equal(130, (await server.EndAsync()).ExitCode);
    }

    [Fact]
    public async Task A_server_that_is_stopped_in_the_middle_of_a_run_leaves_a_sentence_and_a_cohort_that_can_be_scheduled()
    {
        var cohort = (await folder.ImportAsync("stopped", people: 60)).ToString(CultureInfo.InvariantCulture);
        var url = $"http://127.0.0.1:{Bot.BotWorld.FreePort()}";
        await using var server = CohortsProgram.Begin(folder.Location, new Dictionary<string, string> { ["ASPNETCORE_URLS"] = url }, "serve");
        using var http = new HttpClient { BaseAddress = new Uri(url) };
        await Eventually.HoldsAsync("the server is ready", TimeSpan.FromSeconds(60), () => AnswersAsync(http, "/health/ready"));
        var held = await folder.HoldPeopleAsync(int.Parse(cohort, CultureInfo.InvariantCulture));
        await using var caller = CohortsProgram.Begin(folder.Location, "schedule", cohort);
        await Eventually.HoldsAsync("the run is open", TimeSpan.FromSeconds(30), async () =>
            await folder.AskAsync<int>("SELECT count(*)::int FROM runs WHERE ended_at IS NULL") == 1);

        await server.InterruptAsync();
        var told = await caller.EndAsync();
        await held.DisposeAsync();
        var next = await CohortsProgram.RunAsync(folder.Location, "schedule", cohort, "--json");

        Assert.Equal(1, told.ExitCode);
        Assert.Contains("run the command again", told.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", told.Errors, StringComparison.Ordinal);
        Assert.True(next.Json.GetProperty("groupsCreated").GetInt32() > 0);
    }

    [Theory]
    [InlineData("ConnectionStrings__Cohorts", "mysql://secret@nowhere/db")]
    [InlineData("ConnectionStrings__Cohorts", "Hots=nowhere;Password=secret")]
    [InlineData("Orleans__SiloPort", "70000")]
    [InlineData("Orleans__AdvertisedAddress", "my host")]
    [InlineData("ASPNETCORE_URLS", "nonsense")]
    [InlineData("Discord__GuildId", "my server")]
    [InlineData("Discord__CommandsPerUser", "0")]
    public async Task A_setting_that_is_wrong_is_named_and_its_secrets_are_not(string name, string value)
    {
        var settings = new Dictionary<string, string> { [name] = value, ["Discord__Token"] = "secret", ["Discord__ApiBaseUrl"] = "http://127.0.0.1:1/api/v10" };
        await using var program = CohortsProgram.Begin(folder.Location, settings, "serve");

        var ending = await program.EndAsync();

        Assert.Equal(1, ending.ExitCode);
        Assert.Contains(name, ending.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", ending.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", ending.Errors, StringComparison.Ordinal);
    }

    private static async Task<bool> AnswersAsync(HttpClient http, string path)
    {
        try
        {
            using var answer = await http.GetAsync(new Uri(path, UriKind.Relative));
            return answer.StatusCode == HttpStatusCode.OK;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
