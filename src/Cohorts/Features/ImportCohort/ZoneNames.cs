using NodaTime;

namespace Cohorts.Features.ImportCohort;

/// <summary>Time zones by their IANA names, as people type them.</summary>
public sealed class ZoneNames(IDateTimeZoneProvider zones)
{
    private readonly Dictionary<string, string> _ids = zones.Ids.ToDictionary(id => id, StringComparer.OrdinalIgnoreCase);

    /// <summary>The zone of that name in any case; null when there is none.</summary>
    public DateTimeZone? Find(string name) => _ids.TryGetValue(name, out var id) ? zones[id] : null;

    /// <summary>A half sentence with the zone that may be meant: by the city alone, or by few wrong letters.</summary>
    public string Suggest(string typed)
    {
        var text = typed.Replace(' ', '_');
        var places = zones.Ids.Where(id => id.Contains('/', StringComparison.Ordinal) && !id.StartsWith("Etc/", StringComparison.Ordinal));
        var byName = Wording.Nearest(text, places, id => id, out var nameEdits);
        var byCity = Wording.Nearest(text, places, City, out var cityEdits);
        var (nearest, edits) = cityEdits < nameEdits ? (byCity, cityEdits) : (byName, nameEdits);
        return nearest is not null && edits * 3 <= typed.Length
            ? $"is {nearest} meant?"
            : "it is the name of a place, such as Europe/Berlin or America/New_York";
    }

    /// <summary>The place that the zone is named for, as it is said: "New York".</summary>
    public static string Place(string zone) => City(zone).Replace('_', ' ');

    private static string City(string zone) => zone[(zone.LastIndexOf('/') + 1)..];
}
