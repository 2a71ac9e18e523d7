using System.Globalization;
using System.Text.Json.Nodes;

namespace Cohorts.Discord.Simulator.Tests;

/// <summary>Makes bodies that follow a schema, and spoils them. The same seed makes the same bodies.</summary>
/// <param name="ids">Ids of things that are there, to refer to.</param>
internal sealed class Fuzzer(int seed, IReadOnlyList<string> ids, DateTimeOffset now)
{
    /// <summary>Written into the text as they stand: no writer of JSON would make some of them.</summary>
    private static readonly string[] Odd =
    [
        "null", "true", "false", "0", "-1", "1.0", "1e2", "1.5", "-0.0", "1e400", "1E-400", "99999999999999999999", "-9223372036854775809", "1e999999999999",
        "\"\"", "\"x\"", "\" \"", "\"1.0\"", "\"-1\"", "\"\\u0000\"", "\"\\ud800\"", "\"\\ud83d\\ude00\"", "\"@everyone <@1> <@&2> <@99999999999999999999>\"",
        "\"0001-01-01T00:00:00Z\"", "\"9999-12-31T23:59:59.999999-14:00\"", "\"data:image/png;base64,AAAA\"", "\"http://\\u0000\"",
        "[]", "{}", "[null]", "[\"x\"]", "[1.5]", "[9]", "[-1]", "[[[[]]]]", "[{}]", "[{},{}]", "{\"\":{}}", "{\"id\":1,\"id\":2}",
    ];

    private readonly Random random = new(seed);

    public int Below(int bound) => random.Next(bound);

    public T Any<T>(IReadOnlyList<T> items) => items[random.Next(items.Count)];

    public string OddText => Any(Odd);

    public JsonNode? Sample(JsonObject schema, int depth = 0)
    {
        var alternatives = OpenApi.Alternatives(schema).ToList();
        if (alternatives.Count == 0)
        {
            return null;
        }

        var chosen = Any(alternatives);
        if (OpenApi.IsEnumeration(chosen))
        {
            return Any(chosen["oneOf"]!.AsArray().ToList())!["const"]!.DeepClone();
        }

        return OpenApi.TypeOf(chosen) switch
        {
            "object" => SampleObject(chosen, depth),
            "array" => new JsonArray([.. Enumerable.Range(0, depth > 5 ? 0 : random.Next(3)).Select(_ => Sample(chosen["items"]!.AsObject(), depth + 1))]),
            "string" => SampleText(chosen),
            "integer" => SampleWhole(chosen),
            "number" => random.NextDouble() * 10,
            "boolean" => random.Next(2) == 0,
            _ => null,
        };
    }

    /// <summary>The sample as text, with a few of its parts replaced, left out or doubled.</summary>
    public string Spoiled(JsonNode? sample)
    {
        if (sample is null || random.Next(12) == 0)
        {
            return OddText;
        }

        var marks = new List<string>();
        for (var i = 0; i <= random.Next(3); i++)
        {
            Spoil(sample, marks);
        }

        var text = sample.ToJsonString();
        foreach (var mark in marks)
        {
            text = text.Replace($"\"{mark}\"", OddText, StringComparison.Ordinal);
        }

        return text;
    }

    private void Spoil(JsonNode node, List<string> marks)
    {
        while (true)
        {
            var mark = $"mark{marks.Count}";
            switch (node)
            {
                case JsonObject { Count: > 0 } json:
                    var name = Any(json.Select(field => field.Key).ToList());
                    if (json[name] is { } inner and (JsonObject { Count: > 0 } or JsonArray { Count: > 0 }) && random.Next(3) > 0)
                    {
                        node = inner;
                        continue;
                    }

                    if (random.Next(5) == 0)
                    {
                        json.Remove(name);
                        return;
                    }

                    json[name] = mark;
                    break;
                case JsonArray { Count: > 0 } list:
                    var at = random.Next(list.Count);
                    if (list[at] is { } item and (JsonObject { Count: > 0 } or JsonArray { Count: > 0 }) && random.Next(4) > 0)
                    {
                        node = item;
                        continue;
                    }

                    if (random.Next(4) == 0)
                    {
                        list.Add(list[at]?.DeepClone());
                        return;
                    }

                    list[at] = mark;
                    break;
                default:
                    return;
            }

            marks.Add(mark);
            return;
        }
    }

    private JsonObject SampleObject(JsonObject schema, int depth)
    {
        var json = new JsonObject();
        var required = (schema["required"] as JsonArray ?? []).Select(name => (string)name!).ToHashSet(StringComparer.Ordinal);
        foreach (var (name, property) in schema["properties"] as JsonObject ?? [])
        {
            if (required.Contains(name) || (depth < 6 && random.Next(3) == 0))
            {
                json[name] = Sample(property!.AsObject(), depth + 1);
            }
        }

        if (schema["additionalProperties"] is JsonObject values)
        {
            json["en-US"] = Sample(values, depth + 1);
        }

        return json;
    }

    private string SampleText(JsonObject schema)
    {
        var format = (string?)schema["format"];
        if (format == "snowflake")
        {
            return Any(ids);
        }

        if (format == "date-time")
        {
            return now.AddMinutes(random.Next(1, 100_000)).ToString("O", CultureInfo.InvariantCulture);
        }

        if (format == "uri")
        {
            return "https://example.org/" + random.Next(100).ToString(CultureInfo.InvariantCulture);
        }

        if ((string?)schema["contentEncoding"] == "base64")
        {
            return "data:image/png;base64,iVBORw0KGgo=";
        }

        var most = Math.Min((int?)schema["maxLength"] ?? 20, 20);
        return new string((char)('a' + random.Next(26)), Math.Max(Math.Min(random.Next(1, 12), most), (int?)schema["minLength"] ?? 0));
    }

    private long SampleWhole(JsonObject schema)
    {
        var least = (long?)schema["minimum"] ?? 0;
        var most = Math.Min((long?)schema["maximum"] ?? least + 100, 1L << 53);
        return random.Next(3) switch
        {
            0 => least,
            1 => most,
            _ => Math.Min(least + random.Next(100), most),
        };
    }
}
