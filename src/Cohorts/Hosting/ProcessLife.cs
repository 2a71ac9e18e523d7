using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace Cohorts.Hosting;

public enum ProcessState
{
    Runs,

    /// <summary>There is no such process, or its id is another's now.</summary>
    Ended,

    /// <summary>The operating system does not tell.</summary>
    Unknown,
}

/// <summary>Processes of this machine by id and start time: an id alone is soon given to another process.</summary>
public static class ProcessLife
{
    /// <summary>When this process started, as the operating system counts it; null where it does not tell.</summary>
    public static string? OwnStart { get; } = OperatingSystem.IsLinux() ? Stat("self")?.Started : Started(Environment.ProcessId);

    public static ProcessState Look(int processId, string started)
    {
        try
        {
            if (!OperatingSystem.IsLinux())
                return Started(processId) is not { } now ? ProcessState.Unknown : now == started ? ProcessState.Runs : ProcessState.Ended;
            if (Stat(processId.ToString(CultureInfo.InvariantCulture)) is { } stat)
                return stat.Started == started && !stat.HasEnded ? ProcessState.Runs : ProcessState.Ended;
            // A file system mounted with hidepid shows no processes of other users.
            using var hidden = Process.GetProcessById(processId);
            return ProcessState.Unknown;
        }
        catch (ArgumentException)
        {
            return ProcessState.Ended;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or Win32Exception or InvalidOperationException)
        {
            return ProcessState.Unknown;
        }
    }

    /// <returns>Null where there is no such file.</returns>
    private static (string Started, bool HasEnded)? Stat(string process)
    {
        string stat;
        try
        {
            stat = File.ReadAllText($"/proc/{process}/stat");
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }

        // proc_pid_stat(5). The second field is a name in parentheses that may hold anything; behind it stand the third and all others.
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        var (state, threads, started) = (fields[3 - 3], fields[20 - 3], fields[22 - 3]);
        // One that nobody waited for keeps its id and has no thread left but the one that ended.
        return (started, state is "Z" or "X" && threads is "0" or "1");
    }

    private static string? Started(int processId)
    {
        using var process = Process.GetProcessById(processId);
        return process.StartTime.ToUniversalTime().Ticks.ToString(CultureInfo.InvariantCulture);
    }
}
