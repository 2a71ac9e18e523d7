using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace Cohorts.Hosting;

/// <summary>What PostgreSQL's <c>postmaster.pid</c> says about the server of a data folder.</summary>
internal sealed class Postmaster
{
    private readonly string _file;

    private Postmaster(string file, int processId, bool isAlive, int? port)
    {
        _file = file;
        ProcessId = processId;
        IsAlive = isAlive;
        Port = port;
    }

    public int ProcessId { get; }

    /// <summary>Whether that process is there and is the server of this folder.</summary>
    public bool IsAlive { get; }

    /// <summary>Null in the first moments of a start.</summary>
    public int? Port { get; }

    /// <summary>Null when no server runs and none has ended by a crash.</summary>
    public static Postmaster? Read(DataFolder folder)
    {
        var file = Path.Combine(folder.Database, "postmaster.pid");
        string[] lines;
        try
        {
            lines = File.ReadAllLines(file);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }

        // Line 1 the process, 2 the data directory, 4 the port. A full disk or a power cut can leave the file empty.
        if (lines.Length == 0 || !int.TryParse(lines[0], CultureInfo.InvariantCulture, out var processId))
            return new Postmaster(file, 0, isAlive: false, null);
        int? port = lines.Length > 3 && int.TryParse(lines[3], CultureInfo.InvariantCulture, out var read) && read > 0 ? read : null;
        return new Postmaster(file, processId, IsServerOf(processId, folder, lines.ElementAtOrDefault(1) ?? ""), port);
    }

    /// <summary>
    /// After a crash of the machine, or in a container that was started anew, the number in the file can belong to any other
    /// process; PostgreSQL would then refuse to start. It deals with a number that nobody has by itself.
    /// </summary>
    public void ForgetIfItsNumberIsTaken()
    {
        if (!IsAlive && (ProcessId == 0 || NameOf(ProcessId) is not null))
            File.Delete(_file);
    }

    private static bool IsServerOf(int processId, DataFolder folder, string directory)
    {
        if (NameOf(processId) is not { } name || !name.StartsWith("postgres", StringComparison.OrdinalIgnoreCase))
            return false;
        // A copy of the folder has the original's file, but not its server. A server works in its data directory; one that was
        // killed and has a parent that never asks about it (a container's first process) works nowhere.
        return OperatingSystem.IsLinux()
            ? string.Equals(WorkingFolderOf(processId), folder.Database, StringComparison.Ordinal)
            : string.Equals(Path.GetFullPath(directory), folder.Database, StringComparison.OrdinalIgnoreCase);
    }

    private static string? WorkingFolderOf(int processId)
    {
        try
        {
            return new DirectoryInfo($"/proc/{processId}/cwd").LinkTarget;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static string? NameOf(int processId)
    {
        try
        {
            using var process = Process.GetProcessById(processId);
            return process.ProcessName;
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException or Win32Exception)
        {
            return null;
        }
    }
}
