namespace Cohorts.Features.ImportCohort;

/// <summary>The first line of a file: which of its columns is which.</summary>
public sealed class Header
{
    private readonly Dictionary<Column, Place> _places = [];
    private readonly List<string> _ignored = [];
    private readonly List<int> _nameless = [];

    private Header()
    {
    }

    private sealed record Place(int At, string Typed, HoursBy Clocks);

    /// <summary>Names of columns that mean nothing here, as they stand in the file.</summary>
    public IReadOnlyList<string> Ignored => _ignored;

    /// <summary>Places of columns without a name, from 0.</summary>
    public IReadOnlyList<int> Nameless => _nameless;

    /// <summary>From 0; null where the file has no such column.</summary>
    public int? Position(Column column) => _places.TryGetValue(column, out var place) ? place.At : null;

    public HoursBy ClocksOf(Column column) => _places.TryGetValue(column, out var place) ? place.Clocks : HoursBy.NotSaid;

    /// <summary>
    /// What looks like one of our columns and is none stops the import, because to drop it would lose what somebody filled in; but not where
    /// the column that it is like is there besides. The rest is listed.
    /// </summary>
    public static Header Read(IReadOnlyList<string> names, int line, BadRows bad)
    {
        var header = new Header();
        var readings = names.Select(ColumnNames.Read).ToList();
        for (var i = 0; i < names.Count; i++)
        {
            if (names[i].Length == 0)
                header._nameless.Add(i);
            else if (readings[i] is ColumnReading.Known known)
                header.Take(known.Column, new Place(i, names[i], known.HoursBy), line, bad);
        }

        for (var i = 0; i < names.Count; i++)
        {
            if (readings[i] is ColumnReading.InNeed inNeed && !header._places.ContainsKey(inNeed.Column))
                header.Take(inNeed.Column, new Place(i, names[i], HoursBy.NotSaid), line, bad);
            else if (readings[i] is ColumnReading.InNeed)
                header._ignored.Add(names[i]);
        }

        Column[] needed = [.. new[] { Column.Name, Column.Availability }.Where(c => !header._places.ContainsKey(c))];
        var asked = new List<(string Name, IReadOnlyList<Column> Columns)>();
        for (var i = 0; i < names.Count; i++)
        {
            if (readings[i] is ColumnReading.Near near && near.Columns.Where(c => !header._places.ContainsKey(c)).ToList() is { Count: > 0 } meant)
                asked.Add((names[i], meant));
            else if (names[i].Length > 0 && readings[i] is ColumnReading.Near or ColumnReading.Unknown)
                header._ignored.Add(names[i]);
        }

        foreach (var column in needed)
            bad.Add(line, null, Missing(column, [.. asked.Where(a => a.Columns.Contains(column)).Select(a => a.Name)], names));
        foreach (var (name, columns) in asked.Where(a => !a.Columns.Any(needed.Contains)))
        {
            var first = ColumnNames.NameOf(columns[0]);
            bad.Add(
                line,
                null,
                $"the column \"{BadRows.Show(name)}\" is not one of ours; is {string.Join(" or ", columns.Select(ColumnNames.NameOf))} meant? "
                + $"Rename it to {first}, or, if it is something else, leave it out or give it a name that is not like {first}");
        }

        return header;
    }

    private void Take(Column column, Place place, int line, BadRows bad)
    {
        if (_places.TryAdd(column, place))
            return;
        var first = _places[column];
        bad.Add(
            line,
            null,
            $"the column {ColumnNames.NameOf(column)} is there twice, as \"{BadRows.Show(first.Typed)}\" (number {first.At + 1}) and "
            + $"\"{BadRows.Show(place.Typed)}\" (number {place.At + 1}); keep one of them");
    }

    private static string Missing(Column column, IReadOnlyList<string> near, IReadOnlyList<string> names)
    {
        var missing = $"the column {ColumnNames.NameOf(column)} is missing";
        if (near.Count > 0)
            return $"{missing}; is {string.Join(" or ", near.Select(n => $"\"{BadRows.Show(n)}\""))} meant? Rename it to {ColumnNames.NameOf(column)}";
        var oneCell = names.Count == 1 ? " (is this a CSV file with commas or semicolons?)" : "";
        return $"{missing}; the file has: {Wording.Names(names, 12)}{oneCell}";
    }
}
