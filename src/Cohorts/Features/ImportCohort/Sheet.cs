using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Unicode;
using Cohorts.Domain;
using CsvHelper;

namespace Cohorts.Features.ImportCohort;

/// <summary>One row: its cells by <see cref="Column"/>, trimmed, empty where the file has no such column.</summary>
/// <param name="Line">Physical line at which the row starts.</param>
public sealed record SheetRow(int Line, IReadOnlyList<string> Cells)
{
    public string this[Column column] => Cells[(int)column];
}

/// <summary>
/// A CSV file of people: comma, semicolon or tab between cells, UTF-8 or UTF-16, any line ends. Bounded in every direction, because the
/// file comes from outside: a row is handed on as soon as it is read, and none is ever held twice.
/// </summary>
public sealed class Sheet
{
    /// <summary>A hundred thousand people with long texts fit; what is larger is no list of people.</summary>
    public const int MaxBytes = 64 << 20;

    public const int MaxRows = 100_000;

    /// <summary>A row of the largest cells fits many times over; the reader's index of a line grows with its separators.</summary>
    public const int MaxLineBytes = 1 << 20;

    public const int MaxCellCharacters = 10_000;

    private static readonly Column[] Columns = Enum.GetValues<Column>();

    private readonly ReadOnlyMemory<byte> _utf8;
    private readonly char _separator;
    private readonly int _headerLine;
    private readonly int _width;
    private readonly Header _header;
    private readonly SortedSet<int> _namelessWithText = [];

    private Sheet(ReadOnlyMemory<byte> utf8, char separator, int headerLine, int width, Header header) =>
        (_utf8, _separator, _headerLine, _width, _header) = (utf8, separator, headerLine, width, header);

    /// <summary>Columns that mean nothing here, by their names in the file; once the rows are read, those without a name that hold text too.</summary>
    public IReadOnlyList<string> IgnoredColumns => [.. _header.Ignored, .. _namelessWithText.Select(at => $"column {at + 1}, which has no name")];

    public bool Has(Column column) => _header.Position(column) is not null;

    /// <summary>Tells columns whose own name says that their hours are written by other clocks.</summary>
    public void TellOtherClocks(Times times, BadRows bad)
    {
        foreach (var column in new[] { Column.Availability, Column.IfNeeded })
        {
            if (_header.ClocksOf(column) == HoursBy.Utc && times == Times.Local)
                bad.Add(_headerLine, null, $"the column {NameOf(column)} says in the file that it is in UTC; leave --times local out, or rename the column to {NameOf(column)}");
            else if (_header.ClocksOf(column) == HoursBy.LocalClocks && times == Times.Utc)
                bad.Add(_headerLine, null, $"the column {NameOf(column)} says in the file that it is in local time; add --times local, or rename the column to {NameOf(column)}");
        }
    }

    public static string NameOf(Column column) => ColumnNames.NameOf(column);

    /// <summary>All bytes of a stream; null when it holds more than <see cref="MaxBytes"/>, of which no more are read then.</summary>
    public static async Task<ReadOnlyMemory<byte>?> LoadAsync(Stream content, CancellationToken cancellation)
    {
        using var held = new MemoryStream();
        var buffer = new byte[1 << 16];
        int read;
        while ((read = await content.ReadAsync(buffer, cancellation)) > 0)
        {
            if (held.Length + read > MaxBytes)
                return null;
            held.Write(buffer, 0, read);
        }

        return held.GetBuffer().AsMemory(0, (int)held.Length);
    }

    /// <summary>Reads the header. False, and at least one bad line told, when the file cannot be a list of people.</summary>
    public static bool TryOpen(ReadOnlyMemory<byte> content, BadRows bad, [NotNullWhen(true)] out Sheet? sheet)
    {
        sheet = null;
        if (!TryDecode(content, bad, out var utf8) || HasEndlessLine(utf8.Span, bad))
            return false;

        var separator = Separator(utf8.Span, out var hinted);
        Reading? reading = null;
        using var reader = Start(utf8, separator, r => reading = r);
        if (hinted)
            reader.Read();
        reading = null;
        if (!reader.Read())
        {
            bad.Add(1, null, $"the file is empty; the first line names the columns: {ColumnNames.List}");
            return false;
        }

        var line = (int)reader.LineNumber;
        if (Damage(reader, reading) is { } damage)
        {
            bad.Add(line, null, damage);
            return false;
        }

        var names = Enumerable.Range(0, reader.FieldCount).Select(i => reader.GetString(i).Trim()).ToArray();
        var header = Header.Read(names, line, bad);
        if (bad.Count > 0)
            return false;
        sheet = new Sheet(utf8, separator, line, names.Length, header);
        return true;
    }

    /// <summary>
    /// The rows in their order. A row that cannot be cut into cells is told and left out; reading ends where a broken quote has swallowed
    /// lines, since nobody can tell what belongs together after it.
    /// </summary>
    public IEnumerable<SheetRow> Rows(BadRows bad)
    {
        Reading? reading = null;
        using var reader = Start(_utf8, _separator, r => reading = r);
        var rows = 0;
        while (true)
        {
            reading = null;
            if (!reader.Read())
                yield break;
            var line = (int)reader.LineNumber;
            if (line <= _headerLine || IsBlank(reader))
                continue;
            if (++rows > MaxRows)
            {
                bad.Add(line, null, $"is beyond {MaxRows} people, the most that one file may hold; split the file");
                yield break;
            }

            if (Damage(reader, reading) is { } damage)
            {
                bad.Add(line, null, damage);
                if (reading is null || !RunsOverLines(reader))
                    continue;
                bad.EndWith($"What follows line {line} could not be read because of its quote.");
                yield break;
            }

            if (Ragged(reader) is { } ragged)
                bad.Add(line, null, ragged);
            else if (Cells(reader, line, bad) is { } cells)
                yield return new SheetRow(line, cells);
        }
    }

    private static CsvReader Start(ReadOnlyMemory<byte> utf8, char separator, Action<Reading> malformed) => CsvReader.Create(
        utf8,
        new CsvReaderOptions
        {
            Separator = separator,
            HasHeader = false,
            TrimWhitespace = true,
            TrackLineNumbers = true,
            DetectSeparatorHint = false,
            OnMalformedRecord = record => malformed(new Reading(record.Reason)),
        });

    private static bool TryDecode(ReadOnlyMemory<byte> content, BadRows bad, out ReadOnlyMemory<byte> utf8)
    {
        utf8 = content;
        var start = content.Span;
        if (start is [0xEF, 0xBB, 0xBF, ..])
        {
            utf8 = content[3..];
        }
        else if (start is [0xFF, 0xFE, 0, 0, ..] or [0, 0, 0xFE, 0xFF, ..])
        {
            bad.Add(1, null, "the file is written in UTF-32; save it as \"CSV UTF-8\"");
            return false;
        }
        else if (start is [0xFF, 0xFE, ..])
        {
            utf8 = FromUtf16(start[2..], bigEndian: false);
        }
        else if (start is [0xFE, 0xFF, ..])
        {
            utf8 = FromUtf16(start[2..], bigEndian: true);
        }
        else if (start is [not 0, 0, not 0, 0, ..])
        {
            utf8 = FromUtf16(start, bigEndian: false);
        }
        else if (start is [0, not 0, 0, not 0, ..])
        {
            utf8 = FromUtf16(start, bigEndian: true);
        }
        else if (start is [(byte)'P', (byte)'K', 3, 4, ..])
        {
            bad.Add(1, null, "this is a workbook or an archive, not a CSV file; in the spreadsheet choose Save as, \"CSV UTF-8\"");
            return false;
        }

        return true;
    }

    /// <summary>Halves of characters become U+FFFD, which is found again in the row where it stands.</summary>
    private static byte[] FromUtf16(ReadOnlySpan<byte> bytes, bool bigEndian) =>
        Encoding.UTF8.GetBytes(new UnicodeEncoding(bigEndian, byteOrderMark: false, throwOnInvalidBytes: false).GetString(bytes));

    private static bool HasEndlessLine(ReadOnlySpan<byte> utf8, BadRows bad)
    {
        for (var line = 1; utf8.Length > 0; line++)
        {
            var end = utf8.IndexOfAny((byte)'\r', (byte)'\n');
            if ((end < 0 ? utf8.Length : end) > MaxLineBytes)
            {
                bad.Add(line, null, $"the line is longer than {MaxLineBytes} bytes, which no row about a person is; is a quote or a line end missing?");
                return true;
            }

            if (end < 0)
                return false;
            utf8 = utf8[(end + (utf8[end..] is [(byte)'\r', (byte)'\n', ..] ? 2 : 1))..];
        }

        return false;
    }

    /// <summary>What separates the names in the header, quotes respected. Spreadsheets may say it in a line of their own: <c>sep=;</c></summary>
    private static char Separator(ReadOnlySpan<byte> utf8, out bool hinted)
    {
        hinted = utf8.Length > 4 && Ascii.EqualsIgnoreCase(utf8[..4], "sep="u8) && utf8[4] is (byte)',' or (byte)';' or (byte)'\t';
        if (hinted)
            return (char)utf8[4];
        var (commas, semicolons, tabs, quoted) = (0, 0, 0, false);
        foreach (var b in utf8.TrimStart("\r\n"u8))
        {
            if (b == '"')
                quoted = !quoted;
            else if (!quoted && b is (byte)'\r' or (byte)'\n')
                break;
            else if (!quoted)
                (commas, semicolons, tabs) = (commas + (b == ',' ? 1 : 0), semicolons + (b == ';' ? 1 : 0), tabs + (b == '\t' ? 1 : 0));
        }

        return semicolons > commas && semicolons >= tabs ? ';' : tabs > commas ? '\t' : ',';
    }

    private static bool IsBlank(CsvReader reader)
    {
        for (var i = 0; i < reader.FieldCount; i++)
        {
            if (reader.GetSpan(i).ContainsAnyExcept(" \t"u8))
                return false;
        }

        return true;
    }

    /// <summary>What makes a whole row unreadable: broken quotes, bytes that are no text.</summary>
    private static string? Damage(CsvReader reader, Reading? reading)
    {
        if (!Utf8.IsValid(reader.RawRecord) || reader.RawRecord.IndexOf("\uFFFD"u8) >= 0)
            return "holds letters that were lost when the file was saved; save it as \"CSV UTF-8\"";
        if (reader.RawRecord.Contains((byte)0))
            return "holds a NUL character; save the file anew as \"CSV UTF-8\"";
        return reading?.Reason switch
        {
            null => null,
            CsvMalformedReason.UnterminatedQuote => "a quote (\") opens here and is never closed",
            // What closed it was the next quote of another row.
            CsvMalformedReason.TextAfterClosingQuote when RunsOverLines(reader) =>
                "a quote (\") opens here and is never closed, or closed in the wrong place",
            CsvMalformedReason.TextAfterClosingQuote => "text follows a closing quote (\"); inside quotes a quote is written twice (\"\")",
            _ => "a quote (\") stands inside a cell that does not begin with one; put the whole cell in quotes and write the inner quote twice (\"\")",
        };
    }

    private static bool RunsOverLines(CsvReader reader) => reader.RawRecord.IndexOfAny((byte)'\r', (byte)'\n') >= 0;

    /// <summary>An empty cell too many is wrong too: it is what is left when an interval's comma has moved all that follows by one.</summary>
    private string? Ragged(CsvReader reader)
    {
        if (reader.FieldCount == _width)
            return null;
        var separator = _separator switch { ';' => "a semicolon", '\t' => "a tab", _ => "a comma" };
        return $"has {Counted.Of(reader.FieldCount, "cell", "cells")} where the header has {_width}" +
            (reader.FieldCount > _width ? $"; a cell that holds {separator} must stand in quotes (\")" : "");
    }

    private string[]? Cells(CsvReader reader, int line, BadRows bad)
    {
        var cells = new string[Columns.Length];
        var name = "";
        foreach (var at in _header.Nameless)
        {
            if (reader.GetSpan(at).ContainsAnyExcept(" \t"u8))
                _namelessWithText.Add(at);
        }

        foreach (var column in Columns)
        {
            if (_header.Position(column) is not { } at)
            {
                cells[(int)column] = "";
                continue;
            }

            var cell = FormulaGuard.TakeOff(reader.GetString(at).Trim()).Trim();
            if (cell.Length > MaxCellCharacters)
                bad.Add(line, name, $"{NameOf(column)} is longer than {MaxCellCharacters} characters");
            cells[(int)column] = cell;
            if (column == Column.Name)
                name = cell;
        }

        return bad.Has(line) ? null : cells;
    }

    private sealed record Reading(CsvMalformedReason Reason);
}
