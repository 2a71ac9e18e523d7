using System.ComponentModel;
using System.Diagnostics;

namespace Cohorts.Hosting;

/// <summary>One command that ran to its end; exit code 127 when there is no such program.</summary>
internal sealed record SystemCommand(int ExitCode, string Output, string Errors)
{
    public bool Succeeded => ExitCode == 0;

    /// <summary>What it complained of last, on one line.</summary>
    public string Complaint =>
        (Errors + "\n" + Output).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) switch
        {
            [] => $"it ended with {ExitCode} and said nothing",
            var lines => lines.FirstOrDefault(l => l.Contains("FATAL", StringComparison.Ordinal)
                || l.Contains("error", StringComparison.OrdinalIgnoreCase)) ?? lines[^1],
        };

    /// <param name="folder">Where it runs.</param>
    /// <param name="command">The program and its arguments; no shell reads them.</param>
    /// <param name="input">What it reads from its standard input.</param>
    /// <param name="more">Which further variables of the environment it gets besides <see cref="ChildEnvironment.Ordinary"/>.</param>
    /// <param name="cancellationToken">Ends the command with all its children.</param>
    public static async Task<SystemCommand> RunAsync(
        string folder, IReadOnlyList<string> command, string input, CancellationToken cancellationToken, Func<string, bool>? more = null)
    {
        var start = new ProcessStartInfo(command[0], command.Skip(1))
        {
            WorkingDirectory = folder,
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            CreateNoWindow = true,
        };
        ChildEnvironment.Restrict(start, more);
        // Messages are read in English.
        start.Environment["LC_ALL"] = "C";

        using var process = new Process { StartInfo = start };
        try
        {
            process.Start();
        }
        catch (Win32Exception e)
        {
            return new SystemCommand(127, "", e.Message);
        }

        try
        {
            var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
            var errors = process.StandardError.ReadToEndAsync(cancellationToken);
            try
            {
                await process.StandardInput.WriteAsync(input.AsMemory(), cancellationToken);
                process.StandardInput.Close();
            }
            catch (IOException)
            {
                // It ended without reading; its exit code tells.
            }

            await process.WaitForExitAsync(cancellationToken);
            return new SystemCommand(process.ExitCode, await output, await errors);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
    }
}
