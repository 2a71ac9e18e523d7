using System.Globalization;
using Cohorts.Benchmarks;
using Cohorts.Benchmarks.Scheduling;
using Cohorts.Benchmarks.Serving;
using Cohorts.Hosting;
using MediatR;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

// The benchmarks whose names are given; without one, all. docs/benchmarks.md names the commands and explains the tables. Exit code 1 when
// a limit is not kept.
if (args is [OneRun.Verb, var way, var cohort, var seconds])
    return OneRun.Run(Enum.Parse<Way>(way), cohort, double.Parse(seconds, CultureInfo.InvariantCulture));

var benchmarks = new SortedDictionary<string, Func<CancellationToken, Task<bool>>>(StringComparer.Ordinal)
{
    ["autocomplete"] = AutocompleteAsync,
    ["growth"] = stop => SchedulingBenchmark.GrowthAsync(Path.GetFullPath("docs/images/scheduling-growth.svg"), Console.Out, stop),
    ["hot"] = _ => Task.FromResult(HotFunctions.Run()),
    ["memory"] = stop => ServingBenchmark.MemoryAsync(runs: 10_000, Console.Out, stop),
    ["scheduling"] = SchedulingAsync,
    ["throughput"] = stop => ServingBenchmark.ThroughputAsync(Console.Out, stop),
};
var unknown = args.Where(name => !benchmarks.ContainsKey(name)).ToList();
if (unknown.Count > 0)
{
    Console.Error.WriteLine($"There is no benchmark {string.Join(", ", unknown)}. There are: {string.Join(", ", benchmarks.Keys)}.");
    return 1;
}

using var stopping = new CancellationTokenSource();
Console.CancelKeyPress += (_, pressed) =>
{
    pressed.Cancel = true;
    stopping.Cancel();
};
var ok = true;
try
{
    foreach (var name in args.Length > 0 ? args : [.. benchmarks.Keys.Where(k => k != "growth")])
        ok &= await benchmarks[name](stopping.Token);
}
catch (OperationCanceledException) when (stopping.IsCancellationRequested)
{
    return 130;
}

return ok ? 0 : 1;

// Three ways to form groups on the same cohorts, then how the cost grows; run from the repository's root, where the plot belongs.
static async Task<bool> SchedulingAsync(CancellationToken stop) =>
    await SchedulingBenchmark.RunAsync(Console.Out, stop)
    & await SchedulingBenchmark.GrowthAsync(Path.GetFullPath("docs/images/scheduling-growth.svg"), Console.Out, stop);

// How long somebody who types a cohort's name waits for the choices: this program's query beside the original's, in one run, on one
// database.
static async Task<bool> AutocompleteAsync(CancellationToken stop)
{
    const string name = "cohorts_benchmark";
    var configuration = new ConfigurationBuilder().AddEnvironmentVariables().Build();
    await using var server = await CohortsDatabase.MakeAnewAsync(configuration, name, stop);
    try
    {
        await server.MigrateAsync(NullLogger.Instance, stop);
        await using var services = new ServiceCollection().AddLogging().AddCohorts(server.ConnectionString).BuildServiceProvider();
        var database = services.GetRequiredService<NpgsqlDataSource>();
        await LargeDatabase.FillAsync(database, Console.Error, stop);
        Console.WriteLine(await Machine.DescribeAsync(database, stop));
        var ok = true;
        foreach (var shape in Enum.GetValues<Shape>())
        {
            await LargeDatabase.ShapeAsync(database, shape, Console.Error, stop);
            await using var scope = services.CreateAsyncScope();
            ok &= await AutocompleteBenchmark.RunAsync(
                database, scope.ServiceProvider.GetRequiredService<IMediator>(), shape, Console.Out, stop);
        }

        return ok;
    }
    finally
    {
        await LargeDatabase.DropAsync(server.ConnectionString, name);
    }
}
