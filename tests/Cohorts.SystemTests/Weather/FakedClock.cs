using System.Globalization;

namespace Cohorts.SystemTests.Weather;

/// <summary>A clock of a process's own, by libfaketime: it can be set while the process runs. Waits go by the true one, as on a machine whose clock is set.</summary>
internal sealed class FakedClock : IDisposable
{
    private static readonly string? Library = new[] { "/usr/lib", "/usr/lib64", "/usr/local/lib" }
        .Where(Directory.Exists)
        .SelectMany(folder => new[] { folder }.Concat(Directory.EnumerateDirectories(folder, "*linux-gnu*")))
        .Select(folder => Path.Combine(folder, "faketime", "libfaketimeMT.so.1"))
        .FirstOrDefault(File.Exists);

    private readonly string _file = Path.Combine(Path.GetTempPath(), $"cohorts-test-clock-{Guid.NewGuid():N}");

    public FakedClock() => Set(TimeSpan.Zero);

    /// <summary>What a process is started with to go by it.</summary>
    public IReadOnlyDictionary<string, string> Settings => new Dictionary<string, string>
    {
        ["LD_PRELOAD"] = Library!,
        ["FAKETIME_TIMESTAMP_FILE"] = _file,
        ["FAKETIME_CACHE_DURATION"] = "1",
        ["FAKETIME_DONT_FAKE_MONOTONIC"] = "1",
        // Else each wait with a limit ends at once: threads spin, and a read of a row's rest fails.
        ["FAKETIME_FORCE_MONOTONIC_FIX"] = "0",
    };

    /// <returns>Why no clock can be faked here; null where one can.</returns>
    public static string? WhyNot() => Library is null ? "libfaketime, of the package faketime, is not installed." : null;

    /// <param name="ahead">Of the true time.</param>
    public void Set(TimeSpan ahead)
    {
        var writing = _file + ".writing";
        File.WriteAllText(writing, ahead.TotalSeconds.ToString("+0;-0", CultureInfo.InvariantCulture));
        File.Move(writing, _file, overwrite: true);
    }

    public void Dispose() => File.Delete(_file);
}

/// <summary>Skipped, with the reason, where libfaketime is not installed.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class NeedsFakedClockAttribute : FactAttribute
{
    public NeedsFakedClockAttribute() => Skip = FakedClock.WhyNot();
}
