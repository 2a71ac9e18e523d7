using System.CommandLine;
using Cohorts.Hosting;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Cohorts.Features.Doctor;

public static class DoctorVerb
{
    public static Command Create()
    {
        var json = Verb.Json();
        var command = new Command("doctor", "Check configuration, database, bot and cluster, and say what to do. Ends with 1 when something is wrong.") { json };
        command.SetAction((parsed, cancellation) => Verb.GuardAsync(
            async () =>
            {
                var findings = await Doctor.ExamineAsync(cancellation);
                Verb.Write(parsed.Format(json), findings, all => all, Render);
                return findings.Any(f => f.Health == Health.Bad) ? Verb.Failed : 0;
            },
            cancellation));
        return command;
    }

    public static IRenderable Render(IReadOnlyList<Finding> findings)
    {
        var lines = findings.Select(f => $"{f.Health switch { Health.Good => "ok   ", Health.Note => "note ", _ => "WRONG" }} {f.Check,-14} {f.Found}\n"
            + (f.ToDo is null ? "" : $"{"",20} To do: {f.ToDo}\n"));
        var wrong = findings.Count(f => f.Health == Health.Bad);
        return Verb.Plain(string.Concat(lines) + (wrong == 0 ? "\nNothing is wrong.\n" : $"\nWrong: {wrong}. Do what stands beside it, then run ./cohorts doctor again.\n"));
    }
}
