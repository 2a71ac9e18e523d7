using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Cohorts.Domain;

namespace Cohorts.Features.ForgetUser;

/// <summary>By what a person is told in texts and results that have to stay, and those without it.</summary>
public sealed record PersonalTraces(int UserId, string? Nickname, string? Username, string? DiscordId, string? Email)
{
    private const string Nobody = "removed person";

    /// <summary>One letter is no name by which somebody could be told.</summary>
    public string[] Words { get; } =
        [.. new[] { Nickname, Username, DiscordId, Email }.OfType<string>().Select(w => w.Trim()).Where(w => w.Length > 1).OrderByDescending(w => w.Length)];

    /// <summary>Where the words stand as words: Ann is not taken out of Annual.</summary>
    public string? RemovedFrom(string? text) => text is null
        ? null
        : Words.Aggregate(text, (left, word) => Regex.Replace(
            left,
            $@"(?<![\p{{L}}\p{{N}}]){Regex.Escape(word)}(?![\p{{L}}\p{{N}}])",
            Nobody,
            RegexOptions.IgnoreCase | RegexOptions.CultureInvariant,
            TimeSpan.FromSeconds(5)));

    /// <summary>
    /// The same for all that stands in it. An entry of the person loses what it says of them; that of another person keeps its name, also
    /// where it is the same.
    /// </summary>
    /// <returns>The text as it was given where nothing is of the person.</returns>
    public string? RemovedFromJson(string? json)
    {
        if (json is null || JsonNode.Parse(json) is not { } root)
            return json;
        var before = root.ToJsonString();
        var clean = Clean(root)?.ToJsonString(CohortsJson.Options);
        return JsonNode.Parse(clean ?? "null")?.ToJsonString() == before ? json : clean;
    }

    private JsonNode? Clean(JsonNode? node)
    {
        switch (node)
        {
            case JsonArray array:
                for (var i = 0; i < array.Count; i++)
                    Replace(array[i], clean => array[i] = clean);
                return array;
            case JsonObject one:
                var person = IdOf(one);
                foreach (var (key, value) in one.ToList())
                {
                    if (person is Whose.Another && key == "name")
                        continue;
                    if (person is Whose.Theirs && value is JsonValue && key is not "role")
                        one[key] = InTheirPlace(key, value);
                    else
                        Replace(value, clean => one[key] = clean);
                }

                return one;
            case JsonValue value when value.TryGetValue<string>(out var text):
                return RemovedFrom(text) is { } clean && clean != text ? JsonValue.Create(clean) : node;
            default:
                return node;
        }
    }

    private void Replace(JsonNode? node, Action<JsonNode?> set)
    {
        var clean = Clean(node);
        if (!ReferenceEquals(clean, node))
            set(clean);
    }

    private enum Whose
    {
        Nobodys,
        Theirs,
        Another,
    }

    /// <summary>A person of a result has this program's id as a number and a name; one of an interaction has Discord's, as text.</summary>
    private Whose IdOf(JsonObject one) => one["id"] is not JsonValue id ? Whose.Nobodys
        : id.TryGetValue<int>(out var number) && one.ContainsKey("name") ? number == UserId ? Whose.Theirs : Whose.Another
        : id.TryGetValue<string>(out var text) && text == DiscordId && one.ContainsKey("username") ? Whose.Theirs
        : Whose.Nobodys;

    private static JsonNode? InTheirPlace(string key, JsonNode value) => key switch
    {
        "id" when value.GetValueKind() == System.Text.Json.JsonValueKind.Number => JsonValue.Create(0),
        "id" => JsonValue.Create("0"),
        "name" or "username" or "detail" => JsonValue.Create(Nobody),
        "timezone" or "global_name" or "globalName" or "avatar" => null,
        _ => value.DeepClone(),
    };
}
