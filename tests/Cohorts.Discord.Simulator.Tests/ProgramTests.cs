using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;

namespace Cohorts.Discord.Simulator.Tests;

/// <summary>The simulator as a program that somebody starts and stops.</summary>
public class ProgramTests
{
    [Theory]
    // While a client keeps a connection open, and with nobody there: one takes longer to stop than the other.
    [InlineData(1)]
    [InlineData(0)]
    public async Task It_says_where_it_is_records_what_is_said_to_it_and_ends_with_130_on_Ctrl_C(int calls)
    {
        var record = Path.Combine(Path.GetTempPath(), $"cohorts-test-{Guid.NewGuid():N}.jsonl");
        string[] arguments = [Path.Combine(AppContext.BaseDirectory, "Cohorts.Discord.Simulator.dll"), "--urls", "http://127.0.0.1:0", "--record", record];
        using var program = Process.Start(new ProcessStartInfo("dotnet", arguments) { RedirectStandardOutput = true, UseShellExecute = false })!;
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(5));
        try
        {
            var said = await program.StandardOutput.ReadLineAsync(patience.Token);
            using var http = new HttpClient { BaseAddress = new Uri(said!.Split("The page: ")[1]) };
            for (var i = 0; i < calls; i++)
            {
                using var body = new StringContent("""{"name": "x", "type": 0}""");
                using var refused = await http.PostAsync(new Uri("api/v10/guilds/1/channels?a=b", UriKind.Relative), body, patience.Token);
            }

            using var interrupt = Process.Start("kill", ["-INT", program.Id.ToString(CultureInfo.InvariantCulture)]);
            await program.WaitForExitAsync(patience.Token);

            Assert.Equal(130, program.ExitCode);
            var recorded = await File.ReadAllLinesAsync(record, patience.Token);
            Assert.Equal(calls, recorded.Length);
            Assert.All(recorded, line =>
            {
                var call = JsonNode.Parse(line)!;
                Assert.Equal(("POST", "/guilds/1/channels", 401), ((string)call["method"]!, (string)call["path"]!, (int)call["status"]!));
                Assert.Equal(("""{"name": "x", "type": 0}""", "b"), ((string)call["request"]!, (string)call["query"]!["a"]!));
            });
        }
        finally
        {
            if (!program.HasExited)
            {
                program.Kill();
            }

            File.Delete(record);
        }
    }
}
