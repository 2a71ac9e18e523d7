using System.Globalization;
using System.Text.RegularExpressions;
using Cohorts.Domain;
using NodaTime;

namespace Cohorts.Features.ImportCohort;

/// <summary>What somebody's way of writing a time zone comes to.</summary>
public abstract record ZoneReading
{
    private ZoneReading()
    {
    }

    /// <summary>An IANA name that means what it says.</summary>
    public sealed record Known(DateTimeZone Zone) : ZoneReading;

    /// <summary>A name of Windows or Outlook, for which CLDR names the place.</summary>
    public sealed record Mapped(DateTimeZone Zone, string Typed) : ZoneReading;

    /// <summary>A distance from UTC: clear, and yet wrong for half a year where the clocks change.</summary>
    public sealed record Fixed(DateTimeZone Zone, string Typed) : ZoneReading;

    /// <summary>Not taken, because it hardly means what it says.</summary>
    /// <param name="Question">What follows on what was typed: "is UTC-05 all year …; is America/New_York meant?"</param>
    public sealed record Asked(string Question) : ZoneReading;

    public sealed record Unknown : ZoneReading;
}

/// <summary>Time zones as people write them: by IANA name, by Windows' or Outlook's name, by distance from UTC.</summary>
public sealed partial class ZoneNames(IDateTimeZoneProvider zones)
{
    /// <summary>IANA names that stand still all year, and are mostly written for a place where the clocks change.</summary>
    private static readonly Dictionary<string, (string Offset, string Place)> Abbreviations = new(StringComparer.OrdinalIgnoreCase)
    {
        ["EST"] = ("UTC-05", "America/New_York"),
        ["MST"] = ("UTC-07", "America/Denver"),
        ["HST"] = ("UTC-10", "Pacific/Honolulu"),
    };

    /// <summary>Names of Greenwich Mean Time, which London has in winter only.</summary>
    private static readonly HashSet<string> Greenwich = new(StringComparer.OrdinalIgnoreCase)
    {
        "GMT", "GMT0", "GMT+0", "GMT-0", "Greenwich", "Etc/GMT", "Etc/GMT0", "Etc/GMT+0", "Etc/GMT-0", "Etc/Greenwich",
    };

    private readonly Dictionary<string, string> _ids = zones.Ids
        .Where(id => id != "Factory")
        .ToDictionary(id => id, StringComparer.OrdinalIgnoreCase);

    private readonly Lazy<ZoneSuggestions> _suggestions = new(() => new ZoneSuggestions(zones));

    /// <summary>The zone of a name as it is stored, in any case; null when there is none.</summary>
    public DateTimeZone? Find(string name) => _ids.TryGetValue(name, out var id) ? zones[id] : zones.GetZoneOrNull(name);

    public ZoneReading Read(string typed)
    {
        var text = string.Join(' ', TypedText.WithPlainBlanks(typed).Split(' ', StringSplitOptions.RemoveEmptyEntries));
        if (Abbreviations.TryGetValue(text, out var still))
        {
            return new ZoneReading.Asked(
                $"is {still.Offset} all year, without summer time; is {still.Place} meant? If it is really {still.Offset} all year, write {still.Offset}");
        }

        if (TurnedAround().Match(text) is { Success: true } etc && int.Parse(etc.Groups["hours"].Value, CultureInfo.InvariantCulture) is > 0 and <= 14 and var hours)
        {
            var (means, looks) = etc.Groups["sign"].Value == "+" ? ('-', '+') : ('+', '-');
            var other = ReadOffset($"UTC{looks}{hours:00}") is null ? "" : $" or UTC{looks}{hours:00}";
            return new ZoneReading.Asked(
                $"means UTC{means}{hours:00}, the other way round than it looks, and has no summer time; write UTC{means}{hours:00}{other}, "
                + "or better the place, such as Europe/Berlin");
        }

        if (FindAsTyped(text) is { } known)
            return Greenwich.Contains(known.Id) ? new ZoneReading.Fixed(known, typed) : new ZoneReading.Known(known);
        if (ReadOffset(text) is { } offset)
            return new ZoneReading.Fixed(offset, typed);
        if (WindowsZones.Find(text) is { } windows && FindMapped(windows) is { } mapped)
            return new ZoneReading.Mapped(mapped, typed);
        if (DisplayName().Match(text) is { Success: true } shown && _suggestions.Value.FindShown(shown.Groups["places"].Value, OffsetOf(shown.Groups["offset"].Value)) is { } place)
            return new ZoneReading.Mapped(zones[place], typed);
        return new ZoneReading.Unknown();
    }

    /// <summary>The place that the zone is named for, as it is said: "New York".</summary>
    public static string Place(string zone) => zone[(zone.LastIndexOf('/') + 1)..].Replace('_', ' ');

    /// <summary>A half sentence with the zones that may be meant, the one of most people first.</summary>
    public string Suggest(string typed) => _suggestions.Value.Of(TypedText.WithPlainBlanks(typed)) is { Count: > 0 } meant
        ? $"is {string.Join(" or ", meant)} meant?"
        : "it is the name of a place, such as Europe/Berlin or America/New_York";

    private DateTimeZone? FindAsTyped(string text)
    {
        var id = Slashes().Replace(text, "/").Replace(' ', '_');
        return _ids.TryGetValue(text, out var exact) ? zones[exact] : _ids.TryGetValue(id, out var spaced) ? zones[spaced] : null;
    }

    /// <summary>CLDR has names of the kind Etc/GMT+12 for what is nowhere; here they are written as a distance.</summary>
    private DateTimeZone? FindMapped(string id) =>
        TurnedAround().Match(id) is { Success: true } etc
            ? ReadOffset($"UTC{(etc.Groups["sign"].Value == "+" ? '-' : '+')}{etc.Groups["hours"].Value}")
            : Find(id);

    private static DateTimeZone? ReadOffset(string text) =>
        Distance().Match(text) is { Success: true } distance && OffsetOf(distance.Groups["offset"].Value) is { } offset ? DateTimeZone.ForOffset(offset) : null;

    /// <summary>From <c>+5</c>, <c>-05:30</c> or <c>+0545</c>; zero where nothing stands, null for what no clock has.</summary>
    private static Offset? OffsetOf(string text)
    {
        if (text.Length == 0)
            return Offset.Zero;
        var digits = text[1..].Replace(":", "", StringComparison.Ordinal).Trim();
        var (hours, minutes) = digits.Length <= 2
            ? (int.Parse(digits, CultureInfo.InvariantCulture), 0)
            : (int.Parse(digits[..^2], CultureInfo.InvariantCulture), int.Parse(digits[^2..], CultureInfo.InvariantCulture));
        var total = (hours * 60 + minutes) * (text[0] == '+' ? 1 : -1);
        return minutes < 60 && total is >= -12 * 60 and <= 14 * 60 ? Offset.FromSeconds(total * 60) : null;
    }

    [GeneratedRegex(@"^Etc/GMT(?<sign>[+-])(?<hours>\d{1,2})$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex TurnedAround();

    [GeneratedRegex(@"\s*[/\\]\s*", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Slashes();

    [GeneratedRegex(@"^(?:UTC|GMT)?\s*(?<offset>[+\-−–]\s*\d{1,2}(?::?[0-5]\d)?)\s*(?:h|hours?)?$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Distance();

    [GeneratedRegex(@"^\((?:UTC|GMT)\s*(?<offset>[+\-−–]\d{1,2}:?[0-5]\d)?\)\s*(?<places>.+)$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex DisplayName();
}
