using System.Diagnostics;
using System.Globalization;
using Microsoft.Win32;

namespace Cohorts.Hosting;

/// <summary>
/// Where a process runs. Two processes of one machine, boot and network namespace have the same loopback interface; a container has a
/// network namespace of its own.
/// </summary>
/// <param name="BootId">Null where the operating system does not tell.</param>
/// <param name="NetworkNamespace">Null where the operating system does not tell.</param>
/// <param name="ProcessNamespaces">Those in which a process id and a start time hold; null where the operating system does not tell.</param>
public sealed record HostIdentity(string MachineId, string? BootId, string? NetworkNamespace, string? ProcessNamespaces)
{
    private static readonly Lazy<HostIdentity> Own = new(Read);

    /// <summary>Of this process.</summary>
    public static HostIdentity Current => Own.Value;

    /// <summary>Whether an address of the loopback interface means the same for both.</summary>
    public bool SharesLoopbackWith(HostIdentity other) =>
        (MachineId, BootId, NetworkNamespace) == (other.MachineId, other.BootId, other.NetworkNamespace);

    /// <summary>Whether a process id that one of them recorded names the same process for the other.</summary>
    public bool SharesProcessesWith(HostIdentity other) =>
        SharesLoopbackWith(other) && BootId is not null && NetworkNamespace is not null && ProcessNamespaces is not null
        && ProcessNamespaces == other.ProcessNamespaces;

    private static HostIdentity Read() =>
        OperatingSystem.IsLinux() ? OnLinux()
        : OperatingSystem.IsMacOS() ? OnMacOS()
        : OperatingSystem.IsWindows() ? OnWindows()
        : Unknown("");

    private static HostIdentity OnLinux()
    {
        // Containers often have no machine id, or one that their image carries.
        var machine = Text("/etc/machine-id") ?? Text("/var/lib/dbus/machine-id") ?? "";
        var boot = Text("/proc/sys/kernel/random/boot_id");
        var network = Link("/proc/self/ns/net");
        if (boot is null || network is null)
            return Unknown(machine);
        var processes = Link("/proc/self/ns/pid");
        // /proc may have been mounted outside of this process's pid namespace: its numbers are others then.
        var isOurs = Link("/proc/self") == Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
        return new HostIdentity(machine, boot, network, isOurs && processes is not null ? $"{processes} {Link("/proc/self/ns/time")}" : null);
    }

    private static HostIdentity OnMacOS()
    {
        try
        {
            var start = new ProcessStartInfo("/usr/sbin/sysctl", ["-n", "kern.uuid", "kern.bootsessionuuid"])
            {
                UseShellExecute = false,
                RedirectStandardOutput = true,
            };
            start.Environment.Clear();
            using var sysctl = Process.Start(start)!;
            var lines = sysctl.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            sysctl.WaitForExit();
            return lines is [var machine, var boot] ? new HostIdentity(machine, boot, "", "") : Unknown("");
        }
        catch (Exception e) when (e is System.ComponentModel.Win32Exception or IOException)
        {
            return Unknown("");
        }
    }

    /// <summary>A start time is an instant there, which no process of another boot has: the boot needs no name.</summary>
    [System.Runtime.Versioning.SupportedOSPlatform("windows")]
    private static HostIdentity OnWindows() =>
        Registry.GetValue(@"HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Cryptography", "MachineGuid", null) is string { Length: > 0 } machine
            ? new HostIdentity(machine, "", "", "")
            : Unknown("");

    /// <summary>The machine's name has to do for telling others apart; nobody judges by process ids.</summary>
    private static HostIdentity Unknown(string machine) => new($"{machine} {Environment.MachineName}", null, null, null);

    private static string? Text(string file)
    {
        try
        {
            return File.ReadAllText(file).Trim() is { Length: > 0 } text ? text : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static string? Link(string file)
    {
        try
        {
            return new FileInfo(file).LinkTarget;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
