using System.Text;
using Cohorts.Domain;

namespace Cohorts.Features.ImportCohort;

/// <summary>
/// What is wrong with a file, by line. A person mends a file line by line: a line is told once, with everything that is wrong in it.
/// </summary>
public sealed class BadRows
{
    /// <summary>Beyond so many lines the mistake is one of the whole file, and more lines would only hide the first.</summary>
    public const int LinesShown = 50;

    private readonly SortedDictionary<int, (string? Who, List<string> What)> _lines = [];
    private string? _ending;

    public int Count => _lines.Count;

    public bool Has(int line) => _lines.ContainsKey(line);

    /// <param name="line">Physical line of the file at which the row starts; 1 is the first.</param>
    /// <param name="who">The person's name where it could be read.</param>
    /// <param name="what">What is wrong, without the line and without a full stop.</param>
    public void Add(int line, string? who, string what)
    {
        if (_lines.TryGetValue(line, out var told))
            told.What.Add(what);
        else
            _lines[line] = (who, [what]);
    }

    /// <summary>Said after the lines: why the rest of the file was not looked at.</summary>
    public void EndWith(string sentence) => _ending = sentence;

    /// <summary>The lines in their order, at most <see cref="LinesShown"/>, then how many more there are.</summary>
    public IReadOnlyList<string> Lines()
    {
        var lines = _lines.Take(LinesShown)
            .Select(l => $"line {l.Key}{(l.Value.Who is { Length: > 0 } who ? $" ({Show(who)})" : "")}: {string.Join("; ", l.Value.What)}")
            .ToList();
        if (_lines.Count > LinesShown)
            lines.Add($"and {_lines.Count - LinesShown} more lines");
        if (_ending is not null)
            lines.Add(_ending);
        return lines;
    }

    public Refusal Refuse(string file) => new(
        $"{file} was not imported, and nothing was changed: {Counted.Of(_lines.Count, "line needs", "lines need")} mending. " +
        "Mend the file and give the same command again.",
        Lines());

    /// <summary>What was typed, fit to be shown: at most 40 characters, those that cannot be seen and broken halves replaced.</summary>
    public static string Show(string typed)
    {
        var shown = new StringBuilder();
        foreach (var rune in TypedText.WithUnseenReplaced(typed).EnumerateRunes())
        {
            if (shown.Length >= 40)
                return shown.Append('…').ToString();
            shown.Append(rune);
        }

        return shown.ToString();
    }
}
