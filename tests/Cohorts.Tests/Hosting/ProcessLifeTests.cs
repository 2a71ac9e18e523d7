using System.Diagnostics;
using System.Globalization;
using Cohorts.Hosting;

namespace Cohorts.Tests.Hosting;

/// <summary>Whether a process that was recorded still runs.</summary>
public sealed class ProcessLifeTests
{
    [Fact]
    public void This_process_runs() =>
        Assert.Equal(ProcessState.Runs, ProcessLife.Look(Environment.ProcessId, ProcessLife.OwnStart!));

    [Fact]
    public void One_with_the_same_id_and_another_start_is_another() =>
        Assert.Equal(ProcessState.Ended, ProcessLife.Look(Environment.ProcessId, "1"));

    [Fact]
    public void One_that_is_not_there_has_ended()
    {
        using var program = Process.Start("true")!;
        program.WaitForExit();
        Assert.Equal(ProcessState.Ended, ProcessLife.Look(program.Id, "1"));
    }

    [Fact]
    public async Task One_that_nobody_waited_for_has_ended()
    {
        if (!OperatingSystem.IsLinux())
            return;
        // The shell becomes another program, which waits for no child.
        using var parent = Process.Start(new ProcessStartInfo("sh", ["-c", "sleep 0.01 & echo $!; exec sleep 60"]) { UseShellExecute = false, RedirectStandardOutput = true })!;
        var child = int.Parse((await parent.StandardOutput.ReadLineAsync())!, CultureInfo.InvariantCulture);
        var started = File.ReadAllText($"/proc/{child}/stat").Split(' ')[21];
        try
        {
            await Eventually.TrueAsync(() => Task.FromResult(ProcessLife.Look(child, started) == ProcessState.Ended));
            Assert.True(File.Exists($"/proc/{child}/stat"));
        }
        finally
        {
            parent.Kill();
        }
    }

    [Fact]
    public void Only_processes_of_the_same_machine_boot_and_namespaces_are_judged()
    {
        var here = HostIdentity.Current;
        Assert.Equal(here, here with { });
        Assert.True(here.SharesLoopbackWith(here with { ProcessNamespaces = "pid:[1] time:[1]" }));
        HostIdentity[] others =
        [
            here with { MachineId = "another" }, here with { BootId = "another" }, here with { NetworkNamespace = "net:[1]" },
        ];
        Assert.All(others, other => Assert.False(other.SharesLoopbackWith(here)));
        Assert.All(
            others.Append(here with { ProcessNamespaces = "pid:[1] time:[1]" }).Append(here with { ProcessNamespaces = null }),
            other => Assert.False(other.SharesProcessesWith(here)));
        // What neither knows is no sign that they are the same.
        var unknown = here with { BootId = null };
        Assert.False(unknown.SharesProcessesWith(unknown));
    }
}
