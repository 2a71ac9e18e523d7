using System.Diagnostics;

namespace Cohorts.SystemTests.Weather;

/// <summary>A data folder on a disk of its own that can be filled: a file system in memory.</summary>
internal sealed class SmallDisk : IAsyncDisposable
{
    private readonly TestDataFolder _folder = new();

    private SmallDisk()
    {
    }

    public string Location => _folder.Location;

    /// <summary>Where files lie that are not on the disk.</summary>
    public string Beside { get; } = Directory.CreateTempSubdirectory("cohorts-test-").FullName;

    private string Filling => Path.Combine(_folder.Parent, "filling");

    /// <returns>Why no disk can be made here; null where one can.</returns>
    public static string? WhyNot()
    {
        if (!OperatingSystem.IsLinux() || Environment.UserName != "root")
            return "Only root on Linux can mount a small disk to fill.";
        var place = Directory.CreateTempSubdirectory("cohorts-test-").FullName;
        try
        {
            if (Run("mount", "-t", "tmpfs", "-o", "size=1m", "cohorts-test", place) is { } refusal)
                return $"No small disk can be mounted here: {refusal}";
            Run("umount", place);
            return null;
        }
        finally
        {
            Directory.Delete(place);
        }
    }

    public static SmallDisk Make()
    {
        var disk = new SmallDisk();
        if (Run("mount", "-t", "tmpfs", "-o", "size=160m,mode=755", "cohorts-test", disk._folder.Parent) is { } refusal)
            throw new InvalidOperationException($"mount: {refusal}");
        return disk;
    }

    public void Fill()
    {
        using var file = new FileStream(Filling, FileMode.Append);
        var block = new byte[64 * 1024];
        try
        {
            while (true)
            {
                file.Write(block);
                file.Flush();
            }
        }
        catch (IOException)
        {
            // No space is left.
        }
    }

    public void MakeRoom() => File.Delete(Filling);

    public async ValueTask DisposeAsync()
    {
        MakeRoom();
        if (_folder.ServerProcess is { } running)
            TestDataFolder.KillAndWait(running);
        // Lazily: a watchdog that looks after the server may still have a file open.
        Run("umount", "--lazy", _folder.Parent);
        Directory.Delete(Beside, recursive: true);
        await _folder.DisposeAsync();
    }

    /// <returns>What it complained about; null where it was done.</returns>
    private static string? Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardError = true })!;
        var complaint = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? null : complaint.Trim();
    }
}

/// <summary>Skipped, with the reason, where no disk can be mounted.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class NeedsSmallDiskAttribute : FactAttribute
{
    public NeedsSmallDiskAttribute() => Skip = SmallDisk.WhyNot();
}
