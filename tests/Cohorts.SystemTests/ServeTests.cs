using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Cohorts.SystemTests;

public sealed class ServeTests(ProgramFolder folder) : IClassFixture<ProgramFolder>
{
    [Fact]
    public async Task The_server_is_healthy_runs_what_the_command_line_asks_for_and_ends_with_130()
    {
        var cohort = (await folder.ImportAsync("served", people: 60)).ToString(CultureInfo.InvariantCulture);
        var url = $"http://127.0.0.1:{FreePort()}";
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

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
