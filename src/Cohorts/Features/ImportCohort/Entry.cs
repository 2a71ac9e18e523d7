using System.Globalization;
using Cohorts.Domain;
using Cohorts.Scheduling;
using NodaTime;

namespace Cohorts.Features.ImportCohort;

/// <summary>A person as a row of the file describes them. What is null was left empty: a stored value stays then.</summary>
/// <param name="Hours">Free hours in UTC; none when the cell is empty, which replaces what is stored.</param>
/// <param name="IfNeeded">The same for hours that do if needed; null only when the file has no such column.</param>
/// <param name="ZoneAsTyped">How the zone was taken, where one was given.</param>
/// <param name="MaxGroups">How many groups a facilitator may lead at a time, 0 to <see cref="MostGroups"/>.</param>
public sealed record Entry(
    int Line,
    string Name,
    string? Email,
    DiscordUserId? DiscordId,
    string? DiscordUsername,
    CohortRole? Role,
    DateTimeZone? Zone,
    Availability Hours,
    Availability? IfNeeded,
    int? MaxGroups,
    ZoneReading? ZoneAsTyped = null)
{
    public const int LongestName = 200;
    public const int MostGroups = 100;

    /// <summary>Availability of more than a day at a stretch is readable, and hardly ever what was meant.</summary>
    private const int LongStretchMinutes = WeekInterval.MinutesPerDay;

    /// <summary>How a file is to be read: what its times mean, and which week stands for all.</summary>
    public sealed record Rules(Times Times, LocalDate Start, ZoneNames Zones, Sheet Sheet);

    /// <summary>Null, and everything that is wrong with the row told, when any of its cells cannot be taken as it is.</summary>
    public static Entry? Read(SheetRow row, Rules rules, BadRows bad, List<string> warnings)
    {
        var name = TypedText.WithPlainBlanks(row[Column.Name]);
        var before = bad.Count;
        void Wrong(string what) => bad.Add(row.Line, name, what);

        foreach (var column in Enum.GetValues<Column>())
            CheckCharacters(column, row[column], Wrong);
        if (name.Length == 0)
            Wrong("the name is empty");
        else if (name.Length > LongestName)
            Wrong($"the name has {name.Length} characters; the most is {LongestName}");

        var email = Filled(row[Column.Email]);
        if (email is not null && !LooksLikeEmail(email))
            Wrong($"email \"{BadRows.Show(email)}\" is not an e-mail address");
        var discordId = ReadDiscordId(row[Column.DiscordId], Wrong);
        var username = ReadUsername(row[Column.DiscordUsername]);
        var role = ReadRole(row[Column.Role], Wrong);
        var maxGroups = ReadMaxGroups(row[Column.MaxGroups], Wrong);
        var asTyped = ReadZone(row[Column.Timezone], rules.Zones, bad, Wrong);
        var zone = asTyped switch
        {
            ZoneReading.Known known => known.Zone,
            ZoneReading.Mapped mapped => mapped.Zone,
            ZoneReading.Fixed still => still.Zone,
            _ => null,
        };
        if (zone is null && row[Column.Timezone].Length == 0 && rules.Times == Times.Local)
            Wrong("timezone is empty; times that are written locally need it, such as Europe/Berlin");
        var hours = ReadHours(Column.Availability);
        var ifNeeded = rules.Sheet.Has(Column.IfNeeded) ? ReadHours(Column.IfNeeded) : null;

        return bad.Count > before
            ? null
            : new Entry(row.Line, name, email, discordId, username, role, zone, hours, ifNeeded, maxGroups, asTyped);

        Availability ReadHours(Column column)
        {
            if (!WeekInterval.TryParseList(row[column], out var intervals, out var problem))
            {
                Wrong($"{Sheet.NameOf(column)}: {problem}");
                return Availability.None;
            }

            foreach (var interval in intervals.Where(i => i.Length > LongStretchMinutes))
            {
                warnings.Add(
                    $"Line {row.Line} ({BadRows.Show(name)}): {Sheet.NameOf(column)} \"{interval}\" lasts longer than a day. " +
                    "Is its end on the right day?");
            }

            return rules.Times == Times.Local && zone is not null
                ? Availability.From(intervals.Select(i => LocalHours.ToUtc(i, zone, rules.Start)))
                : Availability.From(intervals);
        }
    }

    private static string? Filled(string cell) => cell.Length == 0 ? null : cell;

    /// <summary>Line breaks are at home between intervals, where a spreadsheet's cell may have several lines.</summary>
    private static void CheckCharacters(Column column, string cell, Action<string> wrong)
    {
        var oneLine = column is Column.Availability or Column.IfNeeded ? cell.Replace('\r', ' ').Replace('\n', ' ').Replace('\t', ' ') : cell;
        if (TypedText.FirstUnseen(oneLine) is not { } unseen)
            return;
        wrong(unseen.Value is '\r' or '\n'
            ? $"{Sheet.NameOf(column)} holds a line break"
            : $"{Sheet.NameOf(column)} holds a character that cannot be seen (U+{unseen.Value:X4}); type it anew");
    }

    /// <summary>One @ between something and a domain of at least two parts; 254 is the longest that mail can be sent to (RFC 3696).</summary>
    private static bool LooksLikeEmail(string text)
    {
        var at = text.IndexOf('@', StringComparison.Ordinal);
        var domain = text[(at + 1)..];
        return at > 0 && text.Length <= 254 && !text.Any(char.IsWhiteSpace)
            && domain.Contains('.', StringComparison.Ordinal) && !domain.Contains('@', StringComparison.Ordinal) && !domain.Split('.').Contains("");
    }

    private static DiscordUserId? ReadDiscordId(string cell, Action<string> wrong)
    {
        // Spreadsheets keep a number as text behind an apostrophe, and some write the apostrophe out.
        var digits = cell.TrimStart('\'');
        if (digits.Length == 0)
            return null;
        if (digits.Length is >= 17 and <= 20 && digits[0] != '0'
            && ulong.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var id))
        {
            return new DiscordUserId(id);
        }

        wrong(IsRounded(digits)
            ? $"discord_id \"{BadRows.Show(cell)}\" was rounded by a spreadsheet, and the id is lost; " +
                "format that column as text and paste the ids in again"
            : $"discord_id \"{BadRows.Show(cell)}\" is not a Discord id, a number of 17 to 20 digits");
        return null;
    }

    /// <summary>
    /// As Discord writes it; what no account can be called stays as it was typed and is told, because the person can be grouped without it.
    /// </summary>
    private static string? ReadUsername(string cell) =>
        Domain.DiscordUsername.Of(cell) is not { } username ? null : username.Impossible is null ? username.Value : cell;

    private static CohortRole? ReadRole(string cell, Action<string> wrong)
    {
        switch (cell.ToLowerInvariant())
        {
            case "": return null;
            case "participant": return CohortRole.Participant;
            case "facilitator": return CohortRole.Facilitator;
            default:
                wrong($"role \"{BadRows.Show(cell)}\" is neither participant nor facilitator");
                return null;
        }
    }

    private static int? ReadMaxGroups(string cell, Action<string> wrong)
    {
        if (cell.Length == 0)
            return null;
        if (int.TryParse(cell, NumberStyles.None, CultureInfo.InvariantCulture, out var groups) && groups <= MostGroups)
            return groups;
        wrong($"max_groups \"{BadRows.Show(cell)}\" is not a whole number from 0 to {MostGroups}");
        return null;
    }

    private static ZoneReading? ReadZone(string cell, ZoneNames zones, BadRows bad, Action<string> wrong)
    {
        if (cell.Length == 0)
            return null;
        var reading = zones.Read(cell);
        if (reading is ZoneReading.Asked asked)
        {
            wrong($"timezone \"{BadRows.Show(cell)}\" {asked.Question}");
        }
        else if (reading is ZoneReading.Unknown)
        {
            // To look for the zone that is meant takes a while, and of many bad lines only the first are told.
            var meant = bad.Count < BadRows.LinesShown ? $"; {zones.Suggest(cell)}" : "";
            wrong($"timezone \"{BadRows.Show(cell)}\" is not known{meant}");
        }

        return reading;
    }

    /// <summary>As spreadsheets write a number of more than fifteen digits: 1.23E+17, or with decimals.</summary>
    private static bool IsRounded(string digits) =>
        digits.IndexOfAny(['e', 'E', '.', ',']) > 0
        && double.TryParse(digits.Replace(',', '.'), NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
        && number >= 1e16;
}
