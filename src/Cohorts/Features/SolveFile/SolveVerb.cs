using System.CommandLine;
using System.Text.Json;
using Cohorts.Domain;
using Cohorts.Hosting;
using Cohorts.Scheduling;

namespace Cohorts.Features.SolveFile;

/// <summary>The algorithm alone: a cohort in a file, its groups in a file; no database.</summary>
public static class SolveVerb
{
    public static Command Create()
    {
        var file = new Argument<FileInfo>("FILE") { Description = "The cohort as JSON: meeting length, group sizes, people with their hours in UTC." };
        var output = new Option<FileInfo?>("--out") { Description = "Where to write the groups (standard output)." };
        var iterations = new Option<int>("--iterations") { Description = "Search effort.", DefaultValueFactory = _ => 1000 };
        var seed = new Option<int>("--seed") { Description = "The same file and seed give the same groups.", DefaultValueFactory = _ => 1 };
        var json = Verb.Json();
        var command = new Command("solve", "Form groups of a cohort in a JSON file, without a database.") { file, output, iterations, seed, json };
        command.SetAction((parsed, cancellation) => Verb.GuardAsync(
            () => SolveAsync(
                parsed.GetRequiredValue(file),
                parsed.GetValue(output),
                new SearchOptions { Iterations = parsed.GetValue(iterations), Seed = parsed.GetValue(seed) },
                cancellation),
            cancellation));
        return command;
    }

    private static async Task<int> SolveAsync(FileInfo file, FileInfo? output, SearchOptions options, CancellationToken cancellation)
    {
        ProblemFile.Reading reading;
        try
        {
            await using var stream = file.OpenRead();
            reading = ProblemFile.Read(stream);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Verb.Fail($"{file} cannot be read: {e.Message}");
        }

        return 0;
    }
}
