using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Cohorts.Domain;

namespace Cohorts.Features.ForgetUser;

/// <summary>By what a person is told in texts and results that have to stay, and those without it.</summary>
/// <param name="UserId">Of no user where only Discord knows the person: -1.</param>
public sealed record PersonalTraces(int UserId, string? Nickname, string? Username, string? DiscordId, string? Email)
{
    private const string Nobody = "removed person";

    /// <summary>Words of the program, whoever is called like one: what is read back needs them, and no person is told by them.</summary>
    private static readonly HashSet<string> Fixed = new(StringComparer.Ordinal)
    {
        "role", "reason", "leadership", "state", "kind", "type", "mode", "timezone", "meetingTimezone", "meetingTimeUtc", "cohortName", "courseName", "locale",
    };

    private string[]? _words;
    private string[]? _forms;
    private Regex? _regex;

    /// <summary>What the person is called besides: in a Discord server, in a command that they gave.</summary>
    public IReadOnlyList<string> Aliases { get; init; } = [];

    /// <summary>One letter is no name by which somebody could be told.</summary>
    public string[] Words => _words ??=
    [
        .. new[] { Nickname, Username, Username?.Trim().TrimStart('@'), DiscordId, Email }.Concat(Aliases).OfType<string>()
            .Select(w => w.Trim()).Where(w => w.Length > 1).Distinct(StringComparer.Ordinal).OrderByDescending(w => w.Length),
    ];

    /// <summary>The words as they may stand in a text: as they are, as Discord's Markdown or JSON writes them, and composed in another way.</summary>
    public string[] Forms => _forms ??=
    [
        .. Words
            .SelectMany(w => new[] { w, Composed(w, NormalizationForm.FormC), Composed(w, NormalizationForm.FormD) })
            .SelectMany(NameInMessage.Forms)
            .SelectMany(w => new[] { w, InJson(w, JavaScriptEncoder.Default), InJson(w, JavaScriptEncoder.UnsafeRelaxedJsonEscaping) })
            .Where(w => w.Length > 1)
            .Distinct(StringComparer.Ordinal)
            .OrderByDescending(w => w.Length),
    ];

    /// <summary>Where the words stand as words: Ann is not taken out of Annual.</summary>
    public string? RemovedFrom(string? text) => text is null || Forms.Length == 0 ? text : Pattern.Replace(text, Nobody);

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

    /// <summary>What a payload of Discord's calls the person: their names, and their nickname in that server.</summary>
    public IEnumerable<string> NamesIn(string json) => DiscordId is { Length: > 0 } && JsonNode.Parse(json) is { } root ? NamesIn(root) : [];

    private IEnumerable<string> NamesIn(JsonNode node)
    {
        if (node is JsonArray array)
        {
            foreach (var name in array.OfType<JsonNode>().SelectMany(NamesIn))
                yield return name;
        }

        if (node is not JsonObject one)
            yield break;
        if (IdOf(one) == Whose.Theirs)
        {
            foreach (var key in new[] { "username", "global_name" })
            {
                if (Text(one[key]) is { } name)
                    yield return name;
            }
        }

        if (one["user"] is JsonObject user && IdOf(user) == Whose.Theirs && Text(one["nick"]) is { } nick)
            yield return nick;
        foreach (var (key, value) in one)
        {
            // Members that a command names stand under their ids, without the user.
            if (key == DiscordId && value is JsonObject member && Text(member["nick"]) is { } resolved)
                yield return resolved;
            foreach (var name in value is null ? [] : NamesIn(value))
                yield return name;
        }
    }

    private static string? Text(JsonNode? node) => node is JsonValue value && value.TryGetValue<string>(out var text) && text.Trim().Length > 1 ? text : null;

    private Regex Pattern => _regex ??= new Regex(
        $@"(?<![\p{{L}}\p{{N}}])(?:{string.Join('|', Forms.Select(Regex.Escape))})(?![\p{{L}}\p{{N}}])",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant,
        TimeSpan.FromSeconds(5));

    private static string Composed(string word, NormalizationForm form)
    {
        // Half a character is no letter that could be composed.
        return word.EnumerateRunes().Any(r => r == Rune.ReplacementChar) ? word : word.Normalize(form);
    }

    private static string InJson(string word, JavaScriptEncoder encoder) => JsonEncodedText.Encode(word, encoder).ToString();

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
                    if (key == DiscordId)
                    {
                        one.Remove(key);
                        one["0"] = Clean(value);
                    }
                    else if ((person is Whose.Another && key == "name") || (Fixed.Contains(key) && value is JsonValue && person is not Whose.Theirs))
                    {
                        continue;
                    }
                    else if (person is Whose.Theirs && value is JsonValue && key is not "role")
                    {
                        one[key] = InTheirPlace(key, value);
                    }
                    else if (IsIdOfTheirs(key, value))
                    {
                        one[key] = 0;
                    }
                    else
                    {
                        Replace(value, clean => one[key] = clean);
                    }
                }

                return one;
            case JsonValue value when value.TryGetValue<string>(out var text):
                return text == DiscordId ? JsonValue.Create("0") : RemovedFrom(text) is { } clean && clean != text ? JsonValue.Create(clean) : node;
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

    /// <summary>What refers to the person's entry refers to it afterwards too.</summary>
    private bool IsIdOfTheirs(string key, JsonNode? value) =>
        key is "facilitatorId" or "userId" or "user" && value is JsonValue id && id.TryGetValue<int>(out var number) && number == UserId;

    private static JsonNode? InTheirPlace(string key, JsonNode value) => key switch
    {
        "id" when value.GetValueKind() == JsonValueKind.Number => JsonValue.Create(0),
        "id" => JsonValue.Create("0"),
        "name" or "username" or "detail" => JsonValue.Create(Nobody),
        "timezone" or "change" or "global_name" or "globalName" or "avatar" or "banner" or "email" => null,
        _ => value.DeepClone(),
    };
}
