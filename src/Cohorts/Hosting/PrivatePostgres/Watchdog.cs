using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Cohorts.Hosting;

/// <summary>
/// The small process that stops the server of a data folder soon after the last process that uses it has ended, however it ended.
/// </summary>
internal sealed class Watchdog(DataFolder folder, IReadOnlyList<string> stopCommand)
{
    private const string Program = "Cohorts.PostgresWatchdog";

    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(20);

    /// <summary>
    /// Returns when one is alive. The caller uses the folder already: a watchdog that is about to end cannot be mistaken for one
    /// that watches, because it ends only while it holds the users' lock alone.
    /// </summary>
    public async Task EnsureAsync(CancellationToken cancellationToken)
    {
        if (IsAlive())
            return;
        Start();
        var waited = Stopwatch.StartNew();
        while (!IsAlive())
        {
            if (waited.Elapsed > StartLimit)
                throw new PrivatePostgresException($"The watchdog of the database server in {folder.Path} did not start: {folder.WatchdogLog} says why.");
            await Task.Delay(10, cancellationToken);
        }
    }

    /// <summary>For a process that lets go: another use may never come to replace a watchdog that was killed.</summary>
    public void Ensure()
    {
        if (!IsAlive())
            Start();
    }

    private bool IsAlive()
    {
        using var free = FolderLock.TryHoldAlone(folder.WatchdogLock);
        return free is null;
    }

    /// <summary>
    /// Run from the build's own folder, the next build would overwrite the program under its feet, or fail because it is in use.
    /// </summary>
    private string CopyOfProgram()
    {
        var original = Path.Combine(AppContext.BaseDirectory, Program);
        var build = Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(original + ".dll")))[..12];
        var copy = Path.Combine(folder.Watchdog, build);
        if (!Directory.Exists(copy))
        {
            var half = copy + ".half";
            Directory.CreateDirectory(half);
            foreach (var part in new[] { ".dll", ".runtimeconfig.json" })
                File.Copy(original + part, Path.Combine(half, Program + part), overwrite: true);
            Directory.Move(half, copy);
        }

        return Path.Combine(copy, Program + ".dll");
    }

    private void Start()
    {
        var dotnet = Path.GetFullPath(Path.Combine(
            RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet"));
        string[] command =
        [
            File.Exists(dotnet) ? dotnet : "dotnet", CopyOfProgram(), folder.UsersLock, folder.WatchdogLock, .. stopCommand,
        ];
        // It must not hold this process's output open, which a reader would wait for, and must not be its child, which whoever
        // ends this process with all its children would end too. Windows: only a start through the shell passes on no handles.
        var start = OperatingSystem.IsWindows()
            ? new ProcessStartInfo(command[0], command[1..]) { UseShellExecute = true, WindowStyle = ProcessWindowStyle.Hidden }
            : new ProcessStartInfo("sh", ["-c", """log=$1; shift; "$@" </dev/null >"$log" 2>&1 &""", "sh", folder.WatchdogLog, .. command]);
        start.WorkingDirectory = folder.Path;
        // A start through the shell of Windows passes the whole environment on, and takes no other.
        if (!OperatingSystem.IsWindows())
            ChildEnvironment.Restrict(start);
        using var started = Process.Start(start)!;
        if (!OperatingSystem.IsWindows())
            started.WaitForExit();
    }
}
