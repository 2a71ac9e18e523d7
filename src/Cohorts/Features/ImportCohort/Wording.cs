using Cohorts.Domain;

namespace Cohorts.Features.ImportCohort;

/// <summary>Texts as people type them, and how numbers and names are told.</summary>
public static class Wording
{
    /// <summary>Two texts with the same key are the same to a reader: case, the width of gaps and what cannot be seen do not count.</summary>
    /// <param name="text">With its letters composed.</param>
    public static string Key(string text) =>
        string.Join(' ', TypedText.WithoutUnseen(text).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)).ToLowerInvariant();

    /// <summary>The first names and how many more there are: "Ana, Ben and 12 more".</summary>
    public static string Names(IReadOnlyList<string> names, int atMost) => names.Count <= atMost
        ? string.Join(", ", names.Select(BadRows.Show))
        : $"{string.Join(", ", names.Take(atMost).Select(BadRows.Show))} and {names.Count - atMost} more";

    /// <summary>The candidate that takes the fewest edits to become the text; null without candidates. The earlier one where two are equal.</summary>
    public static T? Nearest<T>(string text, IEnumerable<T> candidates, Func<T, string> name, out int edits)
        where T : class
    {
        var wanted = Key(text);
        edits = int.MaxValue;
        T? nearest = null;
        foreach (var candidate in candidates)
        {
            var distance = Edits(wanted, Key(name(candidate)), edits);
            if (distance >= edits)
                continue;
            edits = distance;
            nearest = candidate;
        }

        return nearest;
    }

    /// <summary>As <see cref="Edits"/>, but two letters in each other's place are one mistake.</summary>
    public static int Mistypings(string left, string right)
    {
        var (before, last, row) = (new int[right.Length + 1], new int[right.Length + 1], new int[right.Length + 1]);
        for (var j = 0; j <= right.Length; j++)
            row[j] = j;
        for (var i = 1; i <= left.Length; i++)
        {
            (before, last, row) = (last, row, before);
            row[0] = i;
            for (var j = 1; j <= right.Length; j++)
            {
                row[j] = Math.Min(last[j - 1] + (left[i - 1] == right[j - 1] ? 0 : 1), 1 + Math.Min(last[j], row[j - 1]));
                if (i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1])
                    row[j] = Math.Min(row[j], before[j - 2] + 1);
            }
        }

        return row[^1];
    }

    /// <summary>Levenshtein's distance, given up as soon as it reaches <paramref name="enough"/>.</summary>
    public static int Edits(string left, string right, int enough = int.MaxValue)
    {
        if (Math.Abs(left.Length - right.Length) >= enough)
            return enough;
        var row = new int[right.Length + 1];
        for (var j = 0; j <= right.Length; j++)
            row[j] = j;
        for (var i = 1; i <= left.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            var best = i;
            for (var j = 1; j <= right.Length; j++)
            {
                var replaced = diagonal + (left[i - 1] == right[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(replaced, 1 + Math.Min(row[j], row[j - 1]));
                best = Math.Min(best, row[j]);
            }

            if (best >= enough)
                return enough;
        }

        return Math.Min(row[^1], enough);
    }
}
