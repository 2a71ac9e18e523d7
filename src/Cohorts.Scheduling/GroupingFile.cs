using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Cohorts.Scheduling;

/// <summary>A group as JSON tells it. Not sealed: a command that saves groups adds its own fields.</summary>
/// <param name="Name"><c>Group 1</c> is the earliest in the week.</param>
/// <param name="StartMinute">Minute of the week in UTC, Monday 00:00 is 0.</param>
/// <param name="MeetingTimeUtc">The same in words.</param>
/// <param name="FacilitatorId">Null where nobody leads.</param>
/// <param name="Members">The facilitator first.</param>
public record GroupJson(string Name, int StartMinute, string MeetingTimeUtc, string? FacilitatorId, IReadOnlyList<MemberJson> Members)
{
    public static GroupJson Of(Group group, string name) => new(
        name,
        group.StartMinute,
        MeetingTime.Text(group.StartMinute, group.LengthMinutes),
        group.FacilitatorId,
        [.. group.Members.Select(m => new MemberJson(m.Id, m.Role, m.IfNeeded))])
    {
        StandingId = group.StandingId,
    };

    /// <summary>The standing group that this one continues; absent for a new one.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? StandingId { get; init; }
}

public sealed record MemberJson(string Id, Role Role, bool IfNeeded);

/// <param name="Change">One sentence on what would place the person; times are in UTC.</param>
public sealed record UngroupableJson(string Id, UngroupableReason Reason, string Detail, string Change)
{
    public static UngroupableJson Of(UngroupablePerson person, Func<int, string> group) =>
        new(person.Id, person.Reason, person.Detail, person.Change(Remedy.Utc, group));
}

/// <inheritdoc cref="FacilitatorHour"/>
/// <param name="Sentence">The same in words.</param>
public sealed record FacilitatorHourJson(int StartMinute, int Places, string Sentence);

public sealed record GroupingJson(
    int Placed,
    int UpperBound,
    bool Optimal,
    double ElapsedMs,
    int Seed,
    IReadOnlyList<GroupJson> Groups,
    IReadOnlyList<UngroupableJson> Ungroupable,
    FacilitatorHourJson? BestFacilitatorHour)
{
    /// <summary>Of each goal what is proven; absent where nothing is told of it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<GoalProof>? Proof { get; init; }

    /// <summary>The part of the time in which what is told to those left over was checked; absent where nothing was.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? RemediesMs { get; init; }
}

/// <summary>A grouping as JSON: camelCase, reasons in snake_case.</summary>
public static class GroupingFile
{
    /// <summary>How these records are written; also for results that contain them.</summary>
    public static JsonSerializerOptions Format { get; } = MakeFormat();

    public static string Write(Grouping grouping) => JsonSerializer.Serialize(Json(grouping), Format);

    public static GroupingJson Json(Grouping grouping)
    {
        var names = GroupNames(grouping);
        return new GroupingJson(
            grouping.Placed,
            grouping.UpperBound,
            grouping.Optimal,
            Math.Round(grouping.Elapsed.TotalMilliseconds, 1),
            grouping.Seed,
            [.. grouping.Groups.Select((group, i) => GroupJson.Of(group, names[i]))],
            [.. grouping.Ungroupable.Select(person => UngroupableJson.Of(person, i => names[i]))],
            grouping.BestFacilitatorHour is { } hour ? new FacilitatorHourJson(hour.StartMinute, hour.Places, hour.Tell(Remedy.Utc)) : null)
        {
            Proof = grouping.Proof.Count == 0 ? null : grouping.Proof,
            RemediesMs = grouping.RemediesElapsed == TimeSpan.Zero ? null : Math.Round(grouping.RemediesElapsed.TotalMilliseconds, 1),
        };
    }

    /// <summary>Standing groups keep their names; new ones are counted on, in the order of the week, from the highest <c>Group N</c> there is.</summary>
    public static IReadOnlyList<string> GroupNames(Grouping grouping)
    {
        var last = grouping.Groups.Max(g => g.Name is { } name && name.StartsWith("Group ", StringComparison.Ordinal)
            && int.TryParse(name.AsSpan("Group ".Length), out var number) && number is > 0 and < 1_000_000 ? number : (int?)0) ?? 0;
        return [.. grouping.Groups.Select(g => g.Name ?? $"Group {++last}")];
    }

    private static JsonSerializerOptions MakeFormat()
    {
        var format = new JsonSerializerOptions(JsonSerializerDefaults.Web)
        {
            WriteIndented = true,
            NewLine = "\n",

            // Names and sentences stay readable; this is a file or a terminal, never a part of a page.
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        };
        format.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false));
        format.MakeReadOnly(populateMissingResolver: true);
        return format;
    }
}
