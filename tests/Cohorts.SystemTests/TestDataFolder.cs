using System.Diagnostics;
using System.Globalization;

namespace Cohorts.SystemTests;

/// <summary>A data folder for one test, in a place that every user of the machine can enter; not made yet.</summary>
internal sealed class TestDataFolder : IAsyncDisposable
{
    public TestDataFolder(string name = "data")
    {
        Parent = Path.Combine(Path.GetTempPath(), "cohorts-test-" + Guid.NewGuid().ToString("N")[..12]);
        Directory.CreateDirectory(Parent);
        Location = Path.Combine(Parent, name);
    }

    public string Parent { get; }

    public string Location { get; }

    /// <summary>The process that the server's own file names; null when there is no such file.</summary>
    public int? ServerProcess
    {
        get
        {
            try
            {
                return File.ReadLines(In("postgres/postmaster.pid")).FirstOrDefault() is { Length: > 0 } number
                    ? int.Parse(number, CultureInfo.InvariantCulture) : null;
            }
            catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
            {
                return null;
            }
        }
    }

    public string In(string name) => Path.Combine(Location, name);

    /// <summary>Where the watchdog of this folder runs; empty when there is none.</summary>
    public async Task<IReadOnlyList<int>> WatchdogsAsync()
    {
        using var ps = Process.Start(new ProcessStartInfo("ps", ["-A", "-o", "pid=", "-o", "args="])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
        })!;
        var processes = await ps.StandardOutput.ReadToEndAsync();
        await ps.WaitForExitAsync();
        return
        [
            .. processes.Split('\n')
                .Where(line => line.Contains("Cohorts.PostgresWatchdog.dll " + In("users.lock"), StringComparison.Ordinal))
                .Select(line => int.Parse(line.Trim().Split(' ')[0], CultureInfo.InvariantCulture)),
        ];
    }

    /// <summary>Within the two seconds of grace and the time a busy machine takes to stop a server.</summary>
    public Task ServerAndWatchdogEndAsync() => Eventually.HoldsAsync(
        "server stopped, watchdog ended",
        TimeSpan.FromSeconds(20),
        async () => ServerProcess is null && (await WatchdogsAsync()).Count == 0);

    /// <summary>Ends the server at once; its watchdog ends when the folder is gone.</summary>
    public async ValueTask DisposeAsync()
    {
        if (ServerProcess is { } running)
            await StopAsync(running);
        await Eventually.HoldsAsync("the server's children have ended and the folder is removed", TimeSpan.FromSeconds(20), () =>
        {
            try
            {
                Directory.Delete(Parent, recursive: true);
                return true;
            }
            catch (IOException)
            {
                return false;
            }
        });
    }

    /// <summary>SIGQUIT: at once, but unlike a killed one it takes its shared memory with it, a megabyte of the machine's for each server.</summary>
    private static async Task StopAsync(int server)
    {
        using (var quit = Process.Start("kill", ["-QUIT", server.ToString(CultureInfo.InvariantCulture)]))
            await quit.WaitForExitAsync();
        try
        {
            using var process = Process.GetProcessById(server);
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(15));
            await process.WaitForExitAsync(limit.Token);
        }
        catch (ArgumentException)
        {
            // It has ended already.
        }
        catch (OperationCanceledException)
        {
            KillAndWait(server);
        }
    }

    public static void KillAndWait(int processId)
    {
        try
        {
            using var process = Process.GetProcessById(processId);
            process.Kill();
            process.WaitForExit();
        }
        catch (ArgumentException)
        {
            // It has ended already.
        }
    }
}
