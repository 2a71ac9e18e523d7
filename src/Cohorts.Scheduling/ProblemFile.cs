using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace Cohorts.Scheduling;

/// <summary>
/// A cohort as JSON: camelCase, <c>people</c> with <c>id</c>, <c>role</c> and <c>availability</c> required, everything else
/// optional with the defaults of <see cref="Problem"/>. What it does not know it passes over.
/// </summary>
public static class ProblemFile
{
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };

    /// <summary>What reading came to: a problem that makes sense, or one sentence on what is wrong and where.</summary>
    public sealed record Reading(Problem? Problem, string? Error)
    {
        [MemberNotNullWhen(true, nameof(Error))]
        [MemberNotNullWhen(false, nameof(Problem))]
        public bool IsRefused => Error is not null;
    }

    public static Reading Read(Stream utf8)
    {
        using var bytes = new MemoryStream();
        utf8.CopyTo(bytes);
        var text = bytes.GetBuffer().AsMemory(0, (int)bytes.Length);
        return Utf8.IsValid(text.Span) ? Read(text) : new Reading(null, "The file is not UTF-8 text.");
    }

    public static Reading Read(string json) => Read(Encoding.UTF8.GetBytes(json));

    private static Reading Read(ReadOnlyMemory<byte> utf8)
    {
        if (utf8.Span.StartsWith(Encoding.UTF8.Preamble))
            utf8 = utf8[Encoding.UTF8.Preamble.Length..];
        try
        {
            using var document = JsonDocument.Parse(utf8, Strict);
            return Read(document);
        }
        catch (JsonException broken)
        {
            return NotJson(broken);
        }
        catch (InvalidOperationException)
        {
            // A field name with half a character in it, such as "\ud800": the parser reads it, the comparison of names does not.
            return new Reading(null, "The file has a field whose name is not text of whole characters.");
        }
    }

    private static Reading NotJson(JsonException broken)
    {
        // The parser's own sentence ends with the place in its terms, counted from 0. Of what is no literal it repeats the rest of the file,
        // of a CSV file the names and addresses of people.
        var what = broken.Message.Split(" LineNumber:", 2)[0];
        if (what.Contains("invalid JSON literal", StringComparison.Ordinal))
            what = "A cohort's JSON begins with {; a CSV file is for import.";
        return new Reading(null, broken.LineNumber is { } line
            ? $"Line {line + 1}, byte {broken.BytePositionInLine + 1}: this is not JSON. {what}"
            : $"This is not JSON. {what}");
    }

    private static Reading Read(JsonDocument document)
    {
        try
        {
            var root = new Place(document.RootElement, "");
            var defaults = new Problem { Name = "", People = [] };
            var problem = new Problem
            {
                Name = root.Text("name", ""),
                MeetingLengthMinutes = root.Number("meetingLengthMinutes", defaults.MeetingLengthMinutes),
                MinPeople = root.Number("minPeople", defaults.MinPeople),
                MaxPeople = root.Number("maxPeople", defaults.MaxPeople),
                UseIfNeeded = root.Flag("useIfNeeded", defaults.UseIfNeeded),
                Balance = root.Flag("balance", defaults.Balance),
                MaxMoves = root.Number("maxMoves", defaults.MaxMoves),
                People = [.. root.List("people").Select(PersonAt)],
                Standing = [.. root.List("standing", required: false).Select(place => StandingAt(place, root.Number("meetingLengthMinutes", defaults.MeetingLengthMinutes)))],
                Apart = [.. root.List("apart", required: false).Select(PairAt)],
                Together = [.. root.List("together", required: false).Select(PairAt)],
            };
            return problem.Validate() is { } nonsense ? new Reading(null, nonsense) : new Reading(problem, null);
        }
        catch (UnreadableException unreadable)
        {
            return new Reading(null, unreadable.Message);
        }
    }

    private static Person PersonAt(Place place)
    {
        var id = place.Text("id");
        var groups = place.Number("maxGroups", 1);
        if (groups < 0)
            throw new UnreadableException($"{place.Path}.maxGroups is {groups}; expected 0 or more.");
        return new Person(
            id,
            place.Text("name", id),
            place.Text("role") switch
            {
                "participant" => Role.Participant,
                "facilitator" => Role.Facilitator,
                var other => throw new UnreadableException($"{place.Path}.role is \"{other}\"; expected \"participant\" or \"facilitator\"."),
            },
            place.Text("timeZone", "UTC"),
            place.Text("availability"),
            place.Text("ifNeeded", ""),
            groups)
        {
            Busy = Availability.TryParse(place.Text("busy", ""), out var busy, out var problem)
                ? busy
                : throw new UnreadableException($"{place.Path}.busy cannot be read: {problem}."),
        };
    }

    private static StandingGroup StandingAt(Place place, int usualLength)
    {
        var id = place.Text("id");
        return new StandingGroup(
            id,
            place.Text("name", id),
            place.Number("startMinute"),
            place.Number("lengthMinutes", usualLength),
            place.Text("facilitatorId", "") is { Length: > 0 } facilitator ? facilitator : null,
            [.. place.List("members").Select(member => member.AsText())]);
    }

    private static Pair PairAt(Place place)
    {
        List<string> ids = [.. place.Items().Select(id => id.AsText())];
        return ids.Count == 2 ? new Pair(ids[0], ids[1]) : throw place.Expected("a list of two ids");
    }

    /// <summary>An element and the way to it, such as <c>people[3].role</c>. Null counts as absent.</summary>
    internal readonly record struct Place(JsonElement Element, string Path)
    {
        public string Text(string name, string? otherwise = null)
        {
            if (Find(name, otherwise is null) is not { } found)
                return otherwise!;
            return found.AsText();
        }

        public string AsText()
        {
            if (Element.ValueKind != JsonValueKind.String)
                throw Expected("text in quotes");
            try
            {
                return Element.GetString()!;
            }
            catch (InvalidOperationException)
            {
                // Half of a character, such as "\ud800".
                throw Expected("text of whole characters");
            }
        }

        public int Number(string name, int? otherwise = null) =>
            Find(name, required: otherwise is null) is not { } found ? otherwise!.Value
            : found.Element.ValueKind == JsonValueKind.Number && found.Element.TryGetInt32(out var number) ? number
            : throw found.Expected("a whole number");

        public bool Flag(string name, bool otherwise) =>
            Find(name, required: false) is not { } found ? otherwise
            : found.Element.ValueKind is JsonValueKind.True or JsonValueKind.False ? found.Element.GetBoolean()
            : throw found.Expected("true or false");

        public IEnumerable<Place> List(string name, bool required = true) => Find(name, required)?.Items() ?? [];

        public IEnumerable<Place> Items()
        {
            if (Element.ValueKind != JsonValueKind.Array)
                throw Expected("a list");
            var path = Path;
            return Element.EnumerateArray().Select((element, i) => new Place(element, $"{path}[{i}]"));
        }

        private Place? Find(string name, bool required)
        {
            if (Element.ValueKind != JsonValueKind.Object)
                throw Expected("an object in braces");
            if (Element.TryGetProperty(name, out var element) && element.ValueKind != JsonValueKind.Null)
                return new Place(element, Path.Length == 0 ? name : $"{Path}.{name}");
            return required ? throw new UnreadableException($"{(Path.Length == 0 ? "The file" : Path)} has no \"{name}\".") : null;
        }

        public UnreadableException Expected(string what)
        {
            var raw = Element.GetRawText();
            return new UnreadableException($"{(Path.Length == 0 ? "The file" : Path)} is {(raw.Length <= 40 ? raw : Element.ValueKind.ToString().ToLowerInvariant())}; expected {what}.");
        }
    }

    /// <summary>Never leaves this file: it only carries the sentence out of the nesting.</summary>
    internal sealed class UnreadableException(string message) : Exception(message);
}
