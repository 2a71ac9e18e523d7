using System.Text;
using NodaTime;
using NodaTime.TimeZones;

namespace Cohorts.Features.ImportCohort;

/// <summary>
/// Which zones may be meant by a city, a country, an abbreviation, or a name with a wrong letter. A wrong suggestion is worse than none:
/// whoever follows it is an hour off for months.
/// </summary>
public sealed class ZoneSuggestions
{
    private const int MostTold = 3;

    /// <summary>Shorter names are too near to each other: Male, Mahe.</summary>
    private const int ShortestWithTypo = 5;

    /// <summary>From here on two letters may be wrong.</summary>
    private const int LongWithTypos = 9;

    /// <summary>By how people name them; of several zones the one of most people first.</summary>
    private static readonly Dictionary<string, string[]> Names = new(StringComparer.Ordinal)
    {
        ["edt"] = ["America/New_York"], ["et"] = ["America/New_York"], ["eastern"] = ["America/New_York"], ["us eastern"] = ["America/New_York"],
        ["cst"] = ["Asia/Shanghai", "America/Chicago"], ["cdt"] = ["America/Chicago"], ["ct"] = ["America/Chicago"],
        ["central"] = ["America/Chicago"], ["us central"] = ["America/Chicago"],
        ["mdt"] = ["America/Denver"], ["mt"] = ["America/Denver"], ["mountain"] = ["America/Denver"], ["us mountain"] = ["America/Denver"],
        ["pst"] = ["America/Los_Angeles"], ["pdt"] = ["America/Los_Angeles"], ["pt"] = ["America/Los_Angeles"],
        ["pacific"] = ["America/Los_Angeles"], ["us pacific"] = ["America/Los_Angeles"],
        ["akst"] = ["America/Anchorage"], ["akdt"] = ["America/Anchorage"], ["hawaiian"] = ["Pacific/Honolulu"], ["hawaii"] = ["Pacific/Honolulu"],
        ["atlantic"] = ["America/Halifax"], ["ast"] = ["Asia/Riyadh", "America/Halifax"], ["adt"] = ["America/Halifax"],
        ["nst"] = ["America/St_Johns"], ["ndt"] = ["America/St_Johns"],
        ["bst"] = ["Asia/Dhaka", "Europe/London"], ["british"] = ["Europe/London"], ["greenwich mean"] = ["Europe/London"],
        ["ist"] = ["Asia/Kolkata", "Asia/Jerusalem", "Europe/Dublin"], ["indian"] = ["Asia/Kolkata"], ["irish"] = ["Europe/Dublin"],
        ["west"] = ["Europe/Lisbon"], ["western european"] = ["Europe/Lisbon"],
        ["cest"] = ["Europe/Berlin"], ["mez"] = ["Europe/Berlin"], ["mesz"] = ["Europe/Berlin"], ["central european"] = ["Europe/Berlin"],
        ["eest"] = ["Europe/Kyiv", "Europe/Bucharest", "Europe/Athens"], ["eastern european"] = ["Europe/Kyiv", "Europe/Bucharest", "Europe/Athens"],
        ["msk"] = ["Europe/Moscow"], ["trt"] = ["Europe/Istanbul"], ["gst"] = ["Asia/Dubai"], ["irst"] = ["Asia/Tehran"], ["pkt"] = ["Asia/Karachi"],
        ["npt"] = ["Asia/Kathmandu"], ["ict"] = ["Asia/Ho_Chi_Minh", "Asia/Bangkok"], ["wib"] = ["Asia/Jakarta"], ["sgt"] = ["Asia/Singapore"],
        ["hkt"] = ["Asia/Hong_Kong"], ["pht"] = ["Asia/Manila"], ["jst"] = ["Asia/Tokyo"], ["kst"] = ["Asia/Seoul"], ["japan"] = ["Asia/Tokyo"],
        ["aest"] = ["Australia/Sydney"], ["aedt"] = ["Australia/Sydney"], ["acst"] = ["Australia/Adelaide"], ["acdt"] = ["Australia/Adelaide"],
        ["awst"] = ["Australia/Perth"], ["nzst"] = ["Pacific/Auckland"], ["nzdt"] = ["Pacific/Auckland"],
        ["sast"] = ["Africa/Johannesburg"], ["eat"] = ["Africa/Addis_Ababa", "Africa/Nairobi"], ["wat"] = ["Africa/Lagos"], ["cat"] = ["Africa/Maputo"],
        ["brt"] = ["America/Sao_Paulo"], ["art"] = ["America/Argentina/Buenos_Aires"], ["clt"] = ["America/Santiago"], ["cot"] = ["America/Bogota"],
        ["pet"] = ["America/Lima"], ["vet"] = ["America/Caracas"],
        ["nyc"] = ["America/New_York"], ["boston"] = ["America/New_York"], ["miami"] = ["America/New_York"], ["washington dc"] = ["America/New_York"],
        ["atlanta"] = ["America/New_York"], ["philadelphia"] = ["America/New_York"], ["montreal"] = ["America/Toronto"], ["houston"] = ["America/Chicago"],
        ["dallas"] = ["America/Chicago"], ["austin"] = ["America/Chicago"], ["san francisco"] = ["America/Los_Angeles"], ["seattle"] = ["America/Los_Angeles"],
        ["san diego"] = ["America/Los_Angeles"], ["california"] = ["America/Los_Angeles"], ["munich"] = ["Europe/Berlin"], ["hamburg"] = ["Europe/Berlin"],
        ["cologne"] = ["Europe/Berlin"], ["frankfurt"] = ["Europe/Berlin"], ["geneva"] = ["Europe/Zurich"], ["milan"] = ["Europe/Rome"],
        ["barcelona"] = ["Europe/Madrid"], ["manchester"] = ["Europe/London"], ["delhi"] = ["Asia/Kolkata"], ["bangalore"] = ["Asia/Kolkata"],
        ["bengaluru"] = ["Asia/Kolkata"], ["hyderabad"] = ["Asia/Kolkata"], ["lahore"] = ["Asia/Karachi"], ["shenzhen"] = ["Asia/Shanghai"],
        ["rio de janeiro"] = ["America/Sao_Paulo"], ["cape town"] = ["Africa/Johannesburg"], ["tel aviv"] = ["Asia/Jerusalem"], ["abuja"] = ["Africa/Lagos"],
        ["hanoi"] = ["Asia/Ho_Chi_Minh"], ["saigon"] = ["Asia/Ho_Chi_Minh"], ["jakarta"] = ["Asia/Jakarta"], ["ankara"] = ["Europe/Istanbul"],
    };

    /// <summary>What people call countries, where tzdb calls them otherwise.</summary>
    private static readonly Dictionary<string, string> Countries = new(StringComparer.Ordinal)
    {
        ["usa"] = "US", ["us"] = "US", ["united states of america"] = "US", ["uk"] = "GB", ["united kingdom"] = "GB", ["great britain"] = "GB",
        ["england"] = "GB", ["scotland"] = "GB", ["wales"] = "GB", ["south korea"] = "KR", ["korea"] = "KR", ["holland"] = "NL", ["the netherlands"] = "NL",
        ["uae"] = "AE", ["czechia"] = "CZ", ["turkiye"] = "TR", ["vietnam"] = "VN", ["ivory coast"] = "CI",
    };

    private static readonly string[] OldAreas = ["Etc/", "SystemV/", "US/", "Canada/", "Brazil/", "Mexico/", "Chile/"];

    private static readonly string[] WordsForTime = ["time zone", "timezone", "standard time", "daylight time", "summer time", "time", "standard"];

    private readonly IDateTimeZoneProvider _zones;
    private readonly Dictionary<string, string[]> _cities;
    private readonly Dictionary<string, string[]> _countries;

    public ZoneSuggestions(IDateTimeZoneProvider zones)
    {
        _zones = zones;
        _cities = zones.Ids
            .Where(id => id.Contains('/', StringComparison.Ordinal) && !OldAreas.Any(a => id.StartsWith(a, StringComparison.Ordinal)))
            .GroupBy(id => Key(ZoneNames.Place(id)))
            .ToDictionary(g => g.Key, g => g.ToArray(), StringComparer.Ordinal);
        foreach (var (city, windows) in WindowsZones.Cities())
        {
            if (WindowsZones.Find(windows) is { } id && id.Contains('/', StringComparison.Ordinal) && !id.StartsWith("Etc/", StringComparison.Ordinal))
                _cities.TryAdd(Key(city), [id]);
        }

        // In the order of tzdb, which has the zone of most people first where a country's geography lets it.
        var places = TzdbDateTimeZoneSource.Default.ZoneLocations ?? [];
        _countries = places.GroupBy(l => Key(l.CountryName)).ToDictionary(g => g.Key, g => g.Select(l => l.ZoneId).ToArray(), StringComparer.Ordinal);
        foreach (var (name, code) in Countries)
            _countries.TryAdd(name, [.. places.Where(l => l.CountryCode == code).Select(l => l.ZoneId)]);
    }

    /// <summary>At most three, none where nothing is near.</summary>
    public IReadOnlyList<string> Of(string typed)
    {
        var parts = WithoutBrackets(typed).Split([',', ';'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(Exactly).ToList();
        if (parts.Count > 0 && parts.All(p => p.Length > 0))
        {
            // "Berlin, Germany": what all of it says. "London, Canada" says nothing that is known.
            var all = parts[0].Where(zone => parts.All(p => p.Contains(zone))).ToList();
            return [.. all.Take(MostTold)];
        }

        return parts.Count <= 1 ? Misspelt(typed) : [];
    }

    /// <summary>
    /// The place of a name as programs show it, such as <c>Central European Time - Berlin</c> or <c>Rome, Bern</c>: the first that is known
    /// and has this distance from UTC in winter.
    /// </summary>
    public string? FindShown(string shown, Offset? offset) => WithoutBrackets(shown)
        .Split([",", ";", " - ", " – "], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
        .Reverse()
        .SelectMany(Exactly)
        .FirstOrDefault(zone => StandardOffset(zone) == offset);

    private string[] Exactly(string name)
    {
        var key = Key(name);
        foreach (var word in WordsForTime)
        {
            if (key.EndsWith(" " + word, StringComparison.Ordinal))
                key = key[..^(word.Length + 1)];
        }

        return Names.TryGetValue(key, out var named) ? named
            : _cities.TryGetValue(key, out var city) ? city
            : _countries.TryGetValue(key, out var country) ? country
            : [];
    }

    private List<string> Misspelt(string typed)
    {
        var key = Key(typed);
        if (key.Length < ShortestWithTypo)
            return [];
        var most = key.Length >= LongWithTypos ? 2 : 1;
        var nearest = _cities.Select(c => (Name: c.Key, Zones: c.Value))
            .Concat(_zones.Ids.Where(id => id.Contains('/', StringComparison.Ordinal) && !id.StartsWith("Etc/", StringComparison.Ordinal)).Select(id => (Name: Key(id), Zones: new[] { id })))
            .Where(c => c.Name.Length >= ShortestWithTypo && c.Name[0] == key[0])
            .Select(c => (c.Zones, Edits: Wording.Mistypings(key, c.Name)))
            .Where(c => c.Edits <= most)
            .GroupBy(c => c.Edits)
            .OrderBy(g => g.Key)
            .FirstOrDefault();
        return [.. (nearest ?? Enumerable.Empty<(string[] Zones, int)>()).SelectMany(c => c.Zones).Distinct().Take(MostTold)];
    }

    private Offset StandardOffset(string zone)
    {
        var winter = _zones[zone].GetZoneInterval(Instant.FromUtc(2027, 1, 15, 0, 0));
        var summer = _zones[zone].GetZoneInterval(Instant.FromUtc(2027, 7, 15, 0, 0));
        return winter.WallOffset < summer.WallOffset ? winter.WallOffset : summer.WallOffset;
    }

    private static string WithoutBrackets(string text)
    {
        var open = text.LastIndexOf('(');
        return open > 0 ? text[..open] : text;
    }

    /// <summary>In small letters, without accents of Western alphabets, and with one blank for whatever separates.</summary>
    private static string Key(string name)
    {
        var key = new StringBuilder();
        foreach (var c in name.ToLowerInvariant())
        {
            var letter = c switch
            {
                'á' or 'à' or 'â' or 'ã' or 'ä' or 'å' => 'a',
                'é' or 'è' or 'ê' or 'ë' => 'e',
                'í' or 'ì' or 'î' or 'ï' => 'i',
                'ó' or 'ò' or 'ô' or 'õ' or 'ö' or 'ø' => 'o',
                'ú' or 'ù' or 'û' or 'ü' => 'u',
                'ç' => 'c',
                'ñ' => 'n',
                'ı' => 'i',
                _ when c == '/' || char.IsLetterOrDigit(c) => c,
                '\'' or '.' or '&' => '\0',
                _ => ' ',
            };
            if (letter != '\0' && !(letter == ' ' && (key.Length == 0 || key[^1] == ' ')))
                key.Append(letter);
        }

        return key.ToString().TrimEnd();
    }
}
