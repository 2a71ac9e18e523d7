using System.Globalization;
using System.Text;

namespace Cohorts.Tests.Features.ImportCohort;

/// <summary>
/// Two hundred files that people and programs have broken in fifty ways, each at four random places: every one is refused with the line and
/// the reason and leaves the database as it was, or is imported as it was meant.
/// </summary>
public sealed class BrokenFilesTests(Slices slices) : IClassFixture<Slices>
{
    private const int Places = 4;
    private const int Rows = 20;

    private static readonly string[] Columns =
        ["name", "email", "discord_id", "discord_username", "role", "timezone", "availability", "if_needed", "max_groups"];

    private static readonly (string Name, Func<Draft, Expected> Do)[] Damages =
    [
        // The whole file.
        ("nothing is wrong", f => f.Fine()),
        ("empty file", _ => Draft.As("", 1, "the file is empty")),
        ("only line ends", _ => Draft.As("\r\n\n\r\n", 1, "the file is empty")),
        ("header only", _ => Draft.As(string.Join(',', Columns) + "\n", 1, "nobody below it")),
        ("column name missing", f => f.WithoutColumn("name", 1, "the column name is missing")),
        ("column availability missing", f => f.WithoutColumn("availability", 1, "the column availability is missing")),
        ("column misspelt", f => f.Header("availability", "availabilty", 1, "is \"availabilty\" meant?")),
        ("column twice", f => f.Header("max_groups", "Email", 1, "the column email is there twice")),
        ("columns in another order", f => f.Shuffled()),
        ("unknown column", f => f.Fine(Header: ("email", "e-post"))),
        ("header in capitals with gaps", f => f.Fine(Header: ("discord_id", " Discord ID "))),
        ("a workbook", _ => Draft.As([(byte)'P', (byte)'K', 3, 4, 20, 0], 1, "this is a workbook")),
        ("a picture", _ => Draft.As([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13], 1, "letters that were lost")),
        ("UTF-8 with mark", f => f.Fine(Encoding: new UTF8Encoding(true))),
        ("UTF-16 little-endian with mark", f => f.Fine(Encoding: new UnicodeEncoding(false, true))),
        ("UTF-16 big-endian with mark", f => f.Fine(Encoding: new UnicodeEncoding(true, true))),
        ("UTF-16 little-endian without mark", f => f.Fine(Encoding: new UnicodeEncoding(false, false))),
        ("UTF-32", f => f.Bytes(new UTF32Encoding(false, true), 1, "UTF-32")),
        ("Windows-1252", f => f.Cell("name", "Zoë", "letters that were lost", Encoding.Latin1)),
        ("CRLF", f => f.Fine(LineEnd: "\r\n")),
        ("CR", f => f.Fine(LineEnd: "\r")),
        ("semicolons", f => f.Fine(Separator: ';')),
        ("semicolons after a hint of the spreadsheet", f => f.Fine(Separator: ';', Before: "sep=;\r\n")),
        ("tabs", f => f.Fine(Separator: '\t')),
        ("no line end at the end", f => f.Fine(AtEnd: "")),
        ("empty lines at the end", f => f.Fine(AtEnd: "\n\n,,,,,,,,\n\n")),

        // One row.
        ("quote never closed", f => f.Raw("max_groups", "\"2", "never closed")),
        ("quote closed by the next cell's", f => f.Raw("name", "\"Ana", "text follows a closing quote")),
        ("text after a closing quote", f => f.Raw("name", "\"Ana\" Maria", "text follows a closing quote")),
        ("quote inside a cell", f => f.Raw("name", "Ana \"Bee\" Maria", "stands inside a cell")),
        ("a cell too many", f => f.Raw("name", "Ana,Maria", "has 10 cells where the header has 9")),
        ("a cell too few", f => f.DropCell("has 8 cells where the header has 9")),
        ("interval's comma outside quotes", f => f.Raw("availability", "M16:00 M18:00, T16:00 T18:00", "must stand in quotes")),
        ("line of 10 MB", f => f.Cell("name", new string('x', 10_000_000), "the line is longer than")),
        ("line of 10 MB of separators", f => f.Raw("name", new string(',', 10_000_000), "the line is longer than")),
        ("cell beyond the limit", f => f.Cell("availability", string.Concat(Enumerable.Repeat("M16:00 M18:00, ", 700)), "longer than 10000")),
        ("NUL", f => f.Cell("name", "An\0a", "NUL")),
        ("control character", f => f.Cell("name", "An\u0007a", "U+0007")),
        ("line break in a name", f => f.Cell("name", "Ana\nMaria", "name holds a line break")),
        ("writing turned around", f => f.Cell("name", "Ana\u202Egpj", "U+202E")),
        ("name empty", f => f.Cell("name", "  ", "the name is empty")),
        ("name too long", f => f.Cell("name", new string('y', 201), "201 characters")),
        ("SQL in a name", f => f.Cell("name", "'; DELETE FROM users; --", null)),
        ("formula in a name", f => f.Cell("name", "=cmd|'/c calc'!A1", null)),
        ("address without a domain", f => f.Cell("email", "ana@", "is not an e-mail address")),
        ("Discord id rounded", f => f.Cell("discord_id", "1.23E+17", "rounded by a spreadsheet")),
        ("Discord id too large", f => f.Cell("discord_id", "99999999999999999999", "17 to 20 digits")),
        ("Discord id twice", f => f.Twice("discord_id", "has the same discord_id as line")),
        ("address twice", f => f.Twice("email", "has the same email as line")),
        ("role unknown", f => f.Cell("role", "teacher", "neither participant nor facilitator")),
        ("zone misspelt", f => f.Cell("timezone", "Europe/Belrin", "is Europe/Berlin meant?")),
        ("interval without an end", f => f.Cell("availability", "M16:00", "is not an interval")),
        ("interval on no day", f => f.Cell("availability", "X16:00 M18:00", "does not begin with a day")),
        ("interval at no hour", f => f.Cell("if_needed", "M16:00 M25:00", "M25:00")),
        ("groups not a number", f => f.Cell("max_groups", "two", "not a whole number")),
    ];

    public static TheoryData<string, int> Files200()
    {
        var cases = new TheoryData<string, int>();
        foreach (var damage in Damages)
        {
            for (var place = 0; place < Places; place++)
                cases.Add(damage.Name, place);
        }

        return cases;
    }

    [Fact]
    public void There_are_at_least_200_of_them() => Assert.True(Damages.Length * Places >= 200, $"{Damages.Length} damages at {Places} places");

    [Theory]
    [MemberData(nameof(Files200))]
    public async Task Is_refused_with_its_line_and_without_a_trace_or_imported_as_meant(string damage, int place)
    {
        var number = Array.FindIndex(Damages, d => d.Name == damage);
        var expected = Damages[number].Do(new Draft(seed: 1000 * number + place));
        var command = Files.Import(expected.Content, $"{damage} {place}");
        var before = await slices.ChecksumAsync();

        if (expected.Line is { } line)
        {
            var refusal = await slices.RefusedAsync(command);

            Assert.Contains(refusal.Details, d => d.StartsWith($"line {line}", StringComparison.Ordinal) && d.Contains(expected.Why!, StringComparison.Ordinal));
            Assert.Equal(before, await slices.ChecksumAsync());
        }
        else
        {
            var result = await slices.ImportedAsync(command);

            Assert.Equal((Rows, Rows), (result.People, result.Created));
            Assert.NotEqual(before, await slices.ChecksumAsync());
        }
    }

    /// <param name="Line">Null: the file is imported.</param>
    private sealed record Expected(byte[] Content, int? Line, string? Why);

    /// <summary>A good file of <see cref="Rows"/> people, and the ways of breaking it.</summary>
    private sealed class Draft
    {
        private readonly List<string[]> _rows = [];
        private readonly string[] _header = [.. Columns];
        private readonly Random _random;
        private readonly int _at;

        public Draft(int seed)
        {
            _random = new Random(seed);
            for (var i = 0; i < Rows; i++)
            {
                var leads = i % 7 == 0;
                _rows.Add(
                [
                    $"Zoë {seed}-{i}",
                    $"person.{seed}.{i}@example.org",
                    (400_000_000_000_000_000UL + (ulong)seed * 1000 + (ulong)i).ToString(CultureInfo.InvariantCulture),
                    $"person.{seed}.{i}",
                    leads ? "facilitator" : "participant",
                    _random.Next(2) == 0 ? "Europe/Berlin" : "America/New_York",
                    $"M{_random.Next(10, 20)}:00 M21:30, U23:00 M01:00",
                    "",
                    leads ? "2" : "",
                ]);
            }

            _at = _random.Next(Rows);
        }

        private int Line => _at + 2;

        public Expected Fine(
            Encoding? Encoding = null,
            string LineEnd = "\n",
            char Separator = ',',
            string? AtEnd = null,
            string Before = "",
            (string From, string To)? Header = null)
        {
            if (Header is { } renamed)
                _header[Array.IndexOf(_header, renamed.From)] = renamed.To;
            var encoding = Encoding ?? new UTF8Encoding(false);
            return new([.. encoding.GetPreamble(), .. encoding.GetBytes(Before + Text(LineEnd, Separator, AtEnd ?? LineEnd))], null, null);
        }

        public static Expected As(string content, int line, string why) => As(Encoding.UTF8.GetBytes(content), line, why);

        public static Expected As(byte[] content, int line, string why) => new(content, line, why);

        public Expected Bytes(Encoding encoding, int line, string why) => new([.. encoding.GetPreamble(), .. encoding.GetBytes(Text())], line, why);

        public Expected WithoutColumn(string column, int line, string why)
        {
            var at = Array.IndexOf(_header, column);
            static string[] Without(string[] cells, int at) => [.. cells[..at], .. cells[(at + 1)..]];
            var text = string.Concat(_rows.Prepend(_header).Select(r => string.Join(',', Without(r, at).Select(c => Quote(c, ','))) + "\n"));
            return As(text, line, why);
        }

        public Expected Header(string column, string instead, int line, string why)
        {
            _header[Array.IndexOf(_header, column)] = instead;
            return As(Text(), line, why);
        }

        public Expected Shuffled()
        {
            var order = Enumerable.Range(0, Columns.Length).ToArray();
            _random.Shuffle(order);
            var text = string.Concat(_rows.Prepend(_header).Select(r => string.Join(',', order.Select(i => Quote(r[i], ','))) + "\n"));
            return new(Encoding.UTF8.GetBytes(text), null, null);
        }

        /// <param name="why">Null: the cell is right, however it looks.</param>
        public Expected Cell(string column, string value, string? why, Encoding? encoding = null)
        {
            if (encoding is null)
            {
                _rows[_at][Array.IndexOf(Columns, column)] = value;
            }
            else
            {
                // Of all names only this one keeps its letter beyond ASCII, in the other encoding.
                foreach (var row in _rows)
                    row[0] = row[0].Replace('ë', 'e');
                _rows[_at][Array.IndexOf(Columns, column)] = value;
            }

            return new((encoding ?? Encoding.UTF8).GetBytes(Text()), why is null ? null : Line, why);
        }

        /// <summary>The cell's text goes into the file as it stands, without the quotes it needs.</summary>
        public Expected Raw(string column, string text, string why)
        {
            const string Mark = "\u0001";
            _rows[_at][Array.IndexOf(Columns, column)] = Mark;
            return As(Text().Replace(Mark, text, StringComparison.Ordinal), Line, why);
        }

        public Expected DropCell(string why)
        {
            _rows[_at] = _rows[_at][..^1];
            return As(Text(), Line, why);
        }

        /// <summary>The cell of one row again in another; the later of the two is told.</summary>
        public Expected Twice(string column, string why)
        {
            var other = (_at + 1 + _random.Next(Rows - 1)) % Rows;
            var at = Array.IndexOf(Columns, column);
            _rows[other][at] = _rows[_at][at].ToUpperInvariant();
            return As(Text(), Math.Max(other, _at) + 2, why);
        }

        private string Text(string lineEnd = "\n", char separator = ',', string? atEnd = null) =>
            string.Join(lineEnd, _rows.Prepend(_header).Select(r => string.Join(separator, r.Select(c => Quote(c, separator))))) + (atEnd ?? lineEnd);

        private static string Quote(string cell, char separator) =>
            cell.AsSpan().IndexOfAny([separator, '"', '\n', '\r']) < 0 ? cell : $"\"{cell.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
    }
}
