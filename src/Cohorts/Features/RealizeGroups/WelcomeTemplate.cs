using System.Text;
using System.Text.RegularExpressions;
using Cohorts.Domain;

namespace Cohorts.Features.RealizeGroups;

/// <summary>
/// The text of a welcome, with names in braces for what differs from group to group. It is the organizer's: its Markdown stays as it is.
/// Kept in <c>courses.welcome_template</c>; a course without one has <see cref="Default"/>.
/// </summary>
public static partial class WelcomeTemplate
{
    /// <summary>UTF-16 units of the text with what stands in for its braces; Discord's limit of a description.</summary>
    public const int Longest = 4096;

    /// <summary>So much room each list has at least, however full the rest is.</summary>
    private const int RoomOfList = 400;

    public const string Default =
        """
        You are taking **{course}**, {cohort}. This is your group's own room: only the people named here and the organizers can read it.

        **Your group**
        {members}

        **When you meet**
        First meeting: {first_meeting}
        {weekly_times}

        {clock_changes}

        {dates}

        **Your first three steps**
        {first_steps}
        """;

    /// <summary>The same for a group that was formed after its first meeting.</summary>
    public static string DefaultWhenLate { get; } = Default.Replace("First meeting:", "Next meeting:", StringComparison.Ordinal);

    /// <summary>Everything that may stand in braces, with what it becomes and the most units it takes.</summary>
    public static IReadOnlyList<Placeholder> Placeholders { get; } =
    [
        new("course", "the course's name", 100),
        new("cohort", "the cohort's name", 100),
        new("group", "the group's name", 80),
        new("members", "everybody in the group, and who facilitates", RoomOfList),
        new("first_meeting", "when the first meeting is that lies ahead, by the reader's own clock", 40),
        new("length", "how long a meeting is, such as one hour", 40),
        new("weekly_times", "the weekly time where each member lives", RoomOfList),
        new("clock_changes", "what clock changes move, and when; nothing where they move nothing", RoomOfList),
        new("dates", "all meetings that lie ahead, by the reader's own clock", RoomOfList),
        new("first_event", "a link to the first event", 250),
        new("first_steps", "three things to do first", 800),
    ];

    public sealed record Placeholder(string Name, string Becomes, int MostUnits)
    {
        public override string ToString() => $"{{{Name}}}";
    }

    /// <summary>Why a text cannot be a template; null when it can.</summary>
    public static Refusal? Problem(string text)
    {
        if (string.IsNullOrWhiteSpace(text))
            return new Refusal("The template is empty. Write the welcome into the file, or take the default again with --reset.");
        if (Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text)) != text)
            return new Refusal("The template holds half a character. Save the file as UTF-8 and try again.");
        for (var i = 0; i < text.Length; i++)
        {
            if (char.IsControl(text[i]) && text[i] is not ('\n' or '\t' or '\r'))
            {
                var line = text.AsSpan(0, i).Count('\n') + 1;
                return new Refusal($"Line {line} of the template holds a character that cannot be shown (U+{(int)text[i]:X4}). Remove it and try again.");
            }
        }

        var known = Placeholders.ToDictionary(p => p.Name, StringComparer.Ordinal);
        var used = InBraces().Matches(text).Select(m => m.Groups["name"].Value).ToList();
        var unknown = used.Where(name => !known.ContainsKey(name)).Distinct(StringComparer.Ordinal).ToList();
        if (unknown.Count > 0)
        {
            return new Refusal(
                $"The template has {string.Join(", ", unknown.Take(5).Select(name => $"{{{name}}}"))}{(unknown.Count > 5 ? $" and {unknown.Count - 5} more" : "")}, "
                + "which nothing stands for. In braces there can be:",
                [.. Placeholders.Select(p => $"{p,-16} {p.Becomes}")]);
        }

        var units = Longest - RoomForValues(text) + used.Sum(name => known[name].MostUnits);
        return units > Longest
            ? new Refusal(
                $"The template is too long: with names and dates it can come to {units} characters, and Discord shows {Longest}. "
                + $"Shorten it by {units - Longest}; what stands in braces counts with the most it can become, each time.")
            : null;
    }

    /// <summary>The text with everything in braces replaced; what is put in is not looked at again.</summary>
    /// <param name="value">By the placeholder's name, for those that there are.</param>
    internal static string Fill(string template, Func<string, string> value)
    {
        var filled = InBraces().Replace(Lines(template), match => value(match.Groups["name"].Value));
        // What has nothing to say leaves no gap.
        return Gaps().Replace(filled, "\n\n").Trim();
    }

    /// <summary>The names in braces, in their order.</summary>
    internal static IEnumerable<string> Names(string template) => InBraces().Matches(template).Select(m => m.Groups["name"].Value);

    /// <summary>What the words of a template leave of a description for what stands in braces.</summary>
    internal static int RoomForValues(string template) => Longest - InBraces().Replace(Lines(template), "").Length;

    private static string Lines(string text) => text.ReplaceLineEndings("\n");

    [GeneratedRegex(@"\{(?<name>[^{}\r\n]{1,40})\}", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex InBraces();

    [GeneratedRegex(@"\n(?:[ \t]*\n){2,}", RegexOptions.None, 1000)]
    private static partial Regex Gaps();
}
