using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Cohorts.Scheduling;
using Cohorts.Scheduling.Tests;

namespace Cohorts.Benchmarks.Scheduling;

/// <summary>What runs most often: reading hours, finding starts, sets of starts, and the whole of a small cohort.</summary>
[MemoryDiagnoser]
public class HotFunctions
{
    private const string Text = "M16:00 M18:30, T09:00 T12:00, W20:00 R01:00, U23:00 M01:00";
    private readonly Problem _sixty = Families.Make("led", 60, 7);
    private Availability _hours = Availability.None;
    private SlotSet _one;
    private SlotSet _other;

    [GlobalSetup]
    public void Read()
    {
        if (!Availability.TryParse(Text, out _hours, out var problem))
            throw new InvalidOperationException(problem);
        _one = _hours.Starts(60);
        _other = _hours.Starts(90);
    }

    [Benchmark]
    public bool ReadHours() => Availability.TryParse(Text, out _, out _);

    [Benchmark]
    public SlotSet StartsOfHours() => _hours.Starts(60);

    [Benchmark]
    public int CommonStarts() => (_one & _other).Count;

    [Benchmark]
    public bool AnyCommonStart() => _one.Overlaps(_other);

    [Benchmark]
    public int EachStart()
    {
        var sum = 0;
        foreach (var slot in _one)
            sum += slot;
        return sum;
    }

    [Benchmark]
    public Grouping SixtyPeople() => Scheduler.Solve(_sixty, new SearchOptions(), TimeProvider.System);

    /// <summary>In this process: the build that BenchmarkDotNet would make does not know this project's settings.</summary>
    public static bool Run()
    {
        var summary = BenchmarkRunner.Run<HotFunctions>(
            DefaultConfig.Instance.AddJob(Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance)).WithArtifactsPath(Path.GetTempPath()));
        return summary.Reports.Length > 0 && summary.Reports.All(r => r.Success);
    }
}
