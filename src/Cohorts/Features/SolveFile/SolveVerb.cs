using Cohorts.Domain;
using System.CommandLine;
using Cohorts.Hosting;
using Cohorts.Scheduling;

namespace Cohorts.Features.SolveFile;

/// <summary>The algorithm alone: a cohort in a file, its groups in a file; no database.</summary>
public static class SolveVerb
{
    private const int LargestFile = 64 << 20;
    private const int MostIterations = 1_000_000;
    private const int LongestTimeLimitSeconds = 3600;

    public static Command Create()
    {
        var file = new Argument<FileInfo>("FILE") { Description = "The cohort as JSON: meeting length, group sizes, people with their hours in UTC." };
        var output = new Option<FileInfo?>("--out") { Description = "Where to write the groups (standard output)." };
        var iterations = new Option<int>("--iterations") { Description = "Search effort, 1 to 1000000.", DefaultValueFactory = _ => 1000 };
        var timeLimit = new Option<int>("--time-limit") { Description = "Seconds after which the best found so far is taken, 1 to 3600.", DefaultValueFactory = _ => 10 };
        var seed = new Option<int>("--seed") { Description = "The same file and seed give the same groups.", DefaultValueFactory = _ => 1 };
        var json = Verb.Json();
        var command = new Command("solve", "Form groups of a cohort in a JSON file, without a database.") { file, output, iterations, timeLimit, seed, json };
        command.SetAction((parsed, cancellation) => Verb.GuardAsync(
            () => SolveAsync(
                parsed.GetRequiredValue(file),
                parsed.GetValue(output),
                new SearchOptions(parsed.GetValue(iterations), parsed.GetValue(seed)) { TimeLimit = TimeSpan.FromSeconds(parsed.GetValue(timeLimit)) },
                parsed.Format(json),
                cancellation),
            cancellation));
        return command;
    }

    private static async Task<int> SolveAsync(
        FileInfo file, FileInfo? output, SearchOptions options, OutputFormat format, CancellationToken cancellation)
    {
        if (options.Iterations is < 1 or > MostIterations)
            return Verb.Fail($"A search of {options.Iterations} iterations is not possible: give --iterations 1 to {MostIterations}.");
        if (options.TimeLimit.TotalSeconds is < 1 or > LongestTimeLimitSeconds)
            return Verb.Fail($"A time limit of {options.TimeLimit.TotalSeconds:0} seconds is not possible: give --time-limit 1 to {LongestTimeLimitSeconds}.");

        if (!InputFile.TryOpen(file.ToString(), "JSON file", out var stream, out var problem))
            return Verb.Fail(problem!);
        ProblemFile.Reading reading;
        await using (stream)
        {
            try
            {
                using var held = new MemoryStream();
                var buffer = new byte[1 << 16];
                for (int read; (read = await stream!.ReadAsync(buffer, cancellation)) > 0; held.Write(buffer, 0, read))
                {
                    if (held.Length > LargestFile)
                        return Verb.Fail($"{file} is larger than {LargestFile >> 20} MB, which no cohort is. Name the JSON file of a cohort.");
                }

                held.Position = 0;
                reading = ProblemFile.Read(held);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return Verb.Fail($"{file} cannot be read: {e.Message}");
            }
        }

        if (reading.IsRefused)
            return Verb.Fail($"{file}: {reading.Error}");

        var grouping = await Verb.WatchAsync(progress =>
            Task.Run(() => Scheduler.Solve(reading.Problem, options, TimeProvider.System, new Relay(progress), cancellation), cancellation));
        var text = GroupingFile.Write(grouping);
        if (output is null)
        {
            Console.Out.WriteLine(text);
            return 0;
        }

        try
        {
            await File.WriteAllTextAsync(output.FullName, text + "\n", cancellation);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Verb.Fail($"{output} cannot be written: {e.Message}");
        }

        if (format == OutputFormat.Json)
            Console.Out.WriteLine(text);
        else
            Console.Out.WriteLine(Headline(reading.Problem, grouping, output));
        return 0;
    }

    private static string Headline(Problem problem, Grouping grouping, FileInfo output)
    {
        var bound = grouping.Optimal ? "more is not possible" : $"at most {grouping.UpperBound} could be";
        var names = problem.People.ToDictionary(p => p.Id, p => p.Name, StringComparer.Ordinal);
        var groupNames = GroupingFile.GroupNames(grouping);
        var groups = Counted.Of(grouping.Groups.Count, "group");
        return $"{groups}, {grouping.Placed} of {Counted.Of(problem.People.Count, "person", "people")} placed; {bound}. Written to {output}."
            + (grouping.BestFacilitatorHour is { } hour ? $"\n{hour.Tell(Remedy.Utc)}" : "")
            + (grouping.Ungroupable.Count == 0 ? "" : "\nNot placed yet:\n" + string.Join('\n', grouping.Ungroupable.Select(Left)));

        string Left(UngroupablePerson left) =>
            $"  {names[left.Id]}: {left.Detail} {left.Change(Remedy.Utc, i => groupNames[i])}";
    }

    private sealed class Relay(IProgress<Domain.RunProgress> watcher) : IProgress<SearchProgress>
    {
        public void Report(SearchProgress value) =>
            watcher.Report(new Domain.RunProgress($"{value.Placed} of at most {value.UpperBound} people placed", value.Share));
    }
}
