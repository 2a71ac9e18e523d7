using Cohorts.Benchmarks;
using Cohorts.Hosting;
using MediatR;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

// How long somebody who types a cohort's name waits for the choices: this program's query beside the original's, in one run, on one
// database. docs/benchmarks.md names the command and explains the table. Exit code 1 when the limit is not kept.
const string name = "cohorts_benchmark";
using var stopping = new CancellationTokenSource();
Console.CancelKeyPress += (_, pressed) =>
{
    pressed.Cancel = true;
    stopping.Cancel();
};
var stop = stopping.Token;

var configuration = new ConfigurationBuilder().AddEnvironmentVariables().Build();
await using var server = await CohortsDatabase.MakeAnewAsync(configuration, name, stop);
await server.MigrateAsync(NullLogger.Instance, stop);
await using var services = new ServiceCollection().AddLogging().AddCohorts(server.ConnectionString).BuildServiceProvider();
var database = services.GetRequiredService<NpgsqlDataSource>();
var ok = true;
try
{
    await LargeDatabase.FillAsync(database, Console.Error, stop);
    Console.WriteLine(await Machine.DescribeAsync(database, stop));
    foreach (var shape in Enum.GetValues<Shape>())
    {
        await LargeDatabase.ShapeAsync(database, shape, Console.Error, stop);
        await using var scope = services.CreateAsyncScope();
        ok &= await AutocompleteBenchmark.RunAsync(
            database, scope.ServiceProvider.GetRequiredService<IMediator>(), shape, Console.Out, stop);
    }
}
catch (OperationCanceledException) when (stop.IsCancellationRequested)
{
    return 130;
}
finally
{
    await LargeDatabase.DropAsync(server.ConnectionString, name);
}

return ok ? 0 : 1;
