using System.CommandLine;
using System.Text;
using Cohorts.Domain;
using Cohorts.Features.RealizeGroups;
using Cohorts.Hosting;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Cohorts.Features.CourseWelcome;

public static class WelcomeVerb
{
    /// <summary>Of a file, in bytes. No template that is accepted comes near it.</summary>
    private const int LongestFile = 64 * 1024;

    public static Command Create()
    {
        var course = new Argument<string>("COURSE") { Description = "The course's id, its name, or a part of it that no other has." };
        var set = new Option<string?>("--set") { Description = "Take the text of a file, in UTF-8, as the course's welcome.", HelpName = "FILE" };
        var reset = new Option<bool>("--reset") { Description = "Take the default text again." };
        var json = Verb.Json();
        var command = new Command("welcome", "Show what groups of a course read first in their channels, with a sample; or change it.")
        {
            course, set, reset, json,
        };
        command.Validators.Add(result =>
        {
            if (result.GetValue(set) is not null && result.GetValue(reset))
                result.AddError("--set takes a new text and --reset the default one: give one of the two.");
        });
        command.SetAction(async (parsed, cancellation) =>
        {
            var change = parsed.GetValue(reset) ? CourseWelcome.Change.Reset : CourseWelcome.Change.None;
            string? text = null;
            if (parsed.GetValue(set) is { } path)
            {
                change = CourseWelcome.Change.Set;
                var read = Read(path);
                if (read.IsRefused)
                    return Verb.Refuse(read.Refusal);
                text = read.Result;
            }

            return await Verb.SendAsync(
                Needs.Database,
                parsed.Format(json),
                (application, stop) => application.SendAsync(
                    new CourseWelcome.Command(parsed.GetRequiredValue(course), change, text), progress: null, stop),
                ToJson,
                Render,
                cancellation);
        });
        return command;
    }

    public static object ToJson(CourseWelcome.Result result) => new
    {
        result.CourseId,
        result.CourseName,
        result.Change,
        IsDefault = result.Origin == CourseWelcome.Origin.Default,
        result.Template,
        result.Sample,
        Placeholders = WelcomeTemplate.Placeholders.Select(p => new { p.Name, p.Becomes }),
    };

    public static IRenderable Render(CourseWelcome.Result result)
    {
        var headline = (result.Change, result.Origin) switch
        {
            (CourseWelcome.Change.Set, _) => $"Saved: groups of {result.CourseName} that are made from now on read this.",
            (CourseWelcome.Change.Reset, _) => $"Saved: groups of {result.CourseName} that are made from now on read the default text again.",
            (_, CourseWelcome.Origin.Default) => $"{result.CourseName} has the default welcome.",
            _ => $"{result.CourseName} has a welcome of its own.",
        };
        var placeholders = string.Join('\n', WelcomeTemplate.Placeholders.Select(p => $"  {p,-16} {p.Becomes}"));
        return new Rows(
            Verb.Plain($"{headline}\n"),
            new Rule("The text") { Justification = Justify.Left },
            Verb.Plain($"{result.Template}\n"),
            new Rule("As somebody in Berlin would read it, in a group of made-up people") { Justification = Justify.Left },
            Verb.Plain($"{result.Sample}\n"),
            new Rule("What there can be in braces") { Justification = Justify.Left },
            Verb.Plain($"{placeholders}\n\nNext: ./cohorts welcome {result.CourseId} --set FILE   (takes another text; --reset the default)"));
    }

    /// <summary>The text of a file, without the mark that some editors put before UTF-8.</summary>
    public static Outcome<string> Read(string path)
    {
        if (!InputFile.TryOpen(path, "text file", out var file, out var problem))
            return new Refusal(problem!);
        using (file)
        {
            try
            {
                return Read(path, file!);
            }
            catch (DecoderFallbackException)
            {
                return new Refusal($"{path} is not a text in UTF-8. Save it as UTF-8 and try again.");
            }
            catch (Exception e) when (e is UnauthorizedAccessException or IOException)
            {
                return new Refusal($"{path} cannot be read: {e.Message}");
            }
        }
    }

    private static Outcome<string> Read(string path, FileStream file)
    {
        var bytes = new byte[LongestFile + 1];
        var length = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        if (length > LongestFile)
            return new Refusal($"{path} is larger than {LongestFile / 1024} KB; a welcome is at most {WelcomeTemplate.Longest} characters. Shorten it.");
        return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes, 0, length).TrimStart('\ufeff');
    }
}
