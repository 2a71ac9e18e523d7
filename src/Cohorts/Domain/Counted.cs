using System.Globalization;

namespace Cohorts.Domain;

/// <summary>Numbers before the words that they count.</summary>
public static class Counted
{
    /// <summary>"1 group", "2 groups", "0 groups".</summary>
    /// <param name="number">How many.</param>
    /// <param name="one">The word for one.</param>
    /// <param name="many">The word for any other number, where that is not the first with an s.</param>
    public static string Of(int number, string one, string? many = null) => $"{number.ToString(CultureInfo.InvariantCulture)} {Word(number, one, many)}";

    /// <summary>The word alone, for a number that stands elsewhere: "of 1 group".</summary>
    public static string Word(int number, string one, string? many = null) => number == 1 ? one : many ?? one + "s";

    /// <summary>A full stop, unless the text ends with one: "Noah V." ends its sentence itself.</summary>
    public static string Sentence(string text) => text.EndsWith('.') ? text : text + ".";
}
