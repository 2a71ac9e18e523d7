using System.Text;
using Cohorts.Discord;

namespace Cohorts.Features.RealizeGroups;

/// <summary>What Discord's objects are called, in at most 100 UTF-16 units; by their names they are found again after a crash.</summary>
public static class Naming
{
    private const int Longest = 100;

    /// <param name="number">1 for the first; the further ones hold what it cannot.</param>
    public static string Category(WantedCohort cohort, int number)
    {
        var name = Plain($"{cohort.CourseName} - {cohort.Name}", $"Cohort {cohort.Id}");
        var suffix = number == 1 ? "" : $" ({number})";
        return DiscordText.Cut(name, Longest - suffix.Length) + suffix;
    }

    /// <summary>
    /// As Discord would write it itself: in lower case, with hyphens for whatever is no letter or digit. A name that Discord changed could
    /// not be found again.
    /// </summary>
    public static string TextChannel(WantedGroup group)
    {
        var name = new StringBuilder();
        foreach (var rune in DiscordText.Plain(group.Name).ToLowerInvariant().EnumerateRunes())
        {
            if (Rune.IsLetterOrDigit(rune))
                name.Append(rune.ToString());
            else if (name.Length > 0 && name[^1] != '-')
                name.Append('-');
        }
        var plain = name.ToString().Trim('-');
        if (plain.Length > Longest)
            plain = plain[..(char.IsHighSurrogate(plain[Longest - 1]) ? Longest - 1 : Longest)].TrimEnd('-');
        return plain.Length > 0 ? plain : $"group-{group.Id}";
    }

    public static string VoiceChannel(WantedGroup group)
    {
        const string suffix = " Voice";
        return DiscordText.Cut(Group(group), Longest - suffix.Length) + suffix;
    }

    /// <param name="meeting">1 for the first.</param>
    public static string Event(WantedGroup group, int meeting)
    {
        var suffix = $" - Week {meeting}";
        return DiscordText.Cut(Group(group), Longest - suffix.Length) + suffix;
    }

    private static string Group(WantedGroup group) => Plain(group.Name, $"Group {group.Id}");

    private static string Plain(string name, string ifNothingIsSeen) => DiscordText.Plain(name) is { Length: > 0 } plain ? plain : ifNothingIsSeen;
}
