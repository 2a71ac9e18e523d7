using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Cohorts.SystemTests;

/// <summary>What a run of the program printed and ended with.</summary>
internal sealed record Ending(int ExitCode, string Output, string Errors, TimeSpan Took, long PeakBytes)
{
    /// <summary>Standard output as one JSON value and nothing else.</summary>
    public JsonElement Json
    {
        get
        {
            Assert.True(ExitCode == 0, $"Exit code {ExitCode}: {Errors}");
            using var document = JsonDocument.Parse(Output);
            return document.RootElement.Clone();
        }
    }
}

/// <summary>The real program, as a process of its own on a data folder.</summary>
internal sealed class CohortsProgram : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(10);

    private const int MostPlaces = 300;
    private const int PortsOfAPlace = 30;

    /// <summary>By data folder; the tests of another checkout, at the same time, begin elsewhere.</summary>
    private static readonly ConcurrentDictionary<string, int> Places = new(StringComparer.Ordinal);
    private static readonly int FirstPlace = Random.Shared.Next(MostPlaces);
    private static int _placesGiven;

    private readonly Process _process;
    private readonly long _started = Stopwatch.GetTimestamp();
    private readonly Task<string> _output;
    private readonly Task<string> _errors;
    private readonly StringBuilder _told = new();
    private readonly StringBuilder _log = new();
    private long _peak;

    private CohortsProgram(Process process)
    {
        _process = process;
        _output = ReadAsync(process.StandardOutput, _told);
        _errors = ReadAsync(process.StandardError, _log);
    }

    public bool HasEnded => _process.HasExited;

    /// <summary>Memory that it holds now.</summary>
    public long ResidentBytes
    {
        get
        {
            _process.Refresh();
            return _process.WorkingSet64;
        }
    }

    /// <summary>Standard output so far, of a program that may still run.</summary>
    public string Told => SoFar(_told);

    /// <summary>Standard error so far, of a program that may still run.</summary>
    public string Log => SoFar(_log);

    public static CohortsProgram Begin(string dataFolder, IReadOnlyDictionary<string, string> settings, params IEnumerable<string> arguments) =>
        BeginWithin([], dataFolder, settings, arguments);

    /// <param name="prefix">A command that becomes the program, such as <c>ip netns exec NAME</c>.</param>
    public static CohortsProgram BeginWithin(
        IReadOnlyList<string> prefix, string dataFolder, IReadOnlyDictionary<string, string> settings, params IEnumerable<string> arguments)
    {
        string[] line = [.. prefix, "dotnet", Built.Program("Cohorts"), .. arguments];
        var start = new ProcessStartInfo(line[0], line[1..])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // The private server, whatever server the tests of the slices were given.
        start.Environment.Remove("ConnectionStrings__Cohorts");
        start.Environment["COHORTS_DATA"] = dataFolder;
        // A folder's programs come back on the ports that a killed one had, as they do where one database is used on a machine;
        // test classes that run at once stay out of each other's way.
        var place = Places.GetOrAdd(dataFolder, _ => (FirstPlace + Interlocked.Increment(ref _placesGiven)) % MostPlaces) * PortsOfAPlace;
        start.Environment["Orleans__SiloPort"] = (12_000 + place).ToString(CultureInfo.InvariantCulture);
        start.Environment["Orleans__GatewayPort"] = (22_000 + place).ToString(CultureInfo.InvariantCulture);
        foreach (var (name, value) in settings)
            start.Environment[name] = value;
        var process = Process.Start(start)!;
        process.StandardInput.Close();
        return new CohortsProgram(process);
    }

    public static CohortsProgram Begin(string dataFolder, params IEnumerable<string> arguments) =>
        Begin(dataFolder, new Dictionary<string, string>(), arguments);

    public static async Task<Ending> RunAsync(string dataFolder, params IEnumerable<string> arguments)
    {
        await using var program = Begin(dataFolder, arguments);
        return await program.EndAsync();
    }

    public async Task<Ending> EndAsync()
    {
        using var limit = new CancellationTokenSource(Limit);
        var ended = _process.WaitForExitAsync(limit.Token);
        // The system keeps the peak; a look costs a millisecond of the machine that the program needs.
        using var glance = new PeriodicTimer(TimeSpan.FromMilliseconds(200));
        while (!ended.IsCompleted)
        {
            LookAtMemory();
            await Task.WhenAny(ended, glance.WaitForNextTickAsync(limit.Token).AsTask());
        }

        await ended;
        return new Ending(_process.ExitCode, await _output, await _errors, Stopwatch.GetElapsedTime(_started), _peak);
    }

    /// <summary>As kill -9.</summary>
    public void Kill() => _process.Kill();

    /// <summary>What Ctrl-C does.</summary>
    public Task InterruptAsync() => SignalAsync("INT");

    /// <summary>It stands still until <see cref="ContinueAsync"/>, and knows nothing of it.</summary>
    public Task PauseAsync() => SignalAsync("STOP");

    public Task ContinueAsync() => SignalAsync("CONT");

    private async Task SignalAsync(string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", _process.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        await Task.WhenAll(_output, _errors);
        _process.Dispose();
    }

    private static async Task<string> ReadAsync(StreamReader reader, StringBuilder text)
    {
        var buffer = new char[4096];
        while (await reader.ReadAsync(buffer) is > 0 and var read)
        {
            lock (text)
                text.Append(buffer, 0, read);
        }

        return SoFar(text);
    }

    private static string SoFar(StringBuilder text)
    {
        lock (text)
            return text.ToString();
    }

    private void LookAtMemory()
    {
        try
        {
            _process.Refresh();
            _peak = Math.Max(_peak, _process.PeakWorkingSet64);
        }
        catch (InvalidOperationException)
        {
            // It has ended in between.
        }
    }
}
