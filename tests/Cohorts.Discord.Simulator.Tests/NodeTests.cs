using System.Diagnostics;
using Xunit.Abstractions;

namespace Cohorts.Discord.Simulator.Tests;

/// <summary>Skipped where Node is missing.</summary>
internal sealed class NodeFactAttribute : FactAttribute
{
    public NodeFactAttribute()
    {
        if (!OnPath("node") || !OnPath("npm"))
        {
            Skip = "Node.js and npm are not installed: discord.js was not tried against the simulator.";
        }
    }

    private static bool OnPath(string program) => (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(Path.PathSeparator).Any(folder => new[] { "", ".exe", ".cmd" }.Any(ending => File.Exists(Path.Combine(folder, program + ending))));
}

public class NodeTests(ITestOutputHelper output)
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "node");

    [NodeFact]
    public async Task An_independent_client_believes_the_simulator()
    {
        await Run("npm", TimeSpan.FromMinutes(5), "ci", "--no-audit", "--no-fund", "--ignore-scripts");
        await using var simulation = await Simulation.Start(rateFactor: 1, running: true);
        var said = await Run("node", TimeSpan.FromMinutes(2), "discord-js.mjs", simulation.Server.Address.AbsoluteUri.TrimEnd('/'));
        Assert.EndsWith("done", said.TrimEnd(), StringComparison.Ordinal);
    }

    [NodeFact]
    public async Task Whatever_a_message_holds_the_page_makes_only_text_and_harmless_elements_of_it()
    {
        await using var simulation = await Simulation.Start();
        var said = await Run("node", TimeSpan.FromMinutes(2), "markdown.mjs", simulation.Server.Address.AbsoluteUri.TrimEnd('/'));
        Assert.EndsWith("done", said.TrimEnd(), StringComparison.Ordinal);
    }

    private async Task<string> Run(string program, TimeSpan patience, params string[] arguments)
    {
        var start = new ProcessStartInfo(program) { WorkingDirectory = Folder, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        using var process = Process.Start(start)!;
        using var ended = new CancellationTokenSource(patience);
        var said = process.StandardOutput.ReadToEndAsync(ended.Token);
        var complained = process.StandardError.ReadToEndAsync(ended.Token);
        try
        {
            await process.WaitForExitAsync(ended.Token);
        }
        catch (OperationCanceledException e)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{program} {string.Join(' ', arguments)} did not end within {patience}.", e);
        }

        output.WriteLine(await said);
        Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}:\n{await said}\n{await complained}");
        return await said;
    }
}
