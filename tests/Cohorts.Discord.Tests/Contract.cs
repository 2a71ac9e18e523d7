using System.Globalization;
using System.Text.Json.Nodes;
using NJsonSchema;

namespace Cohorts.Discord.Tests;

/// <summary>
/// Discord's own description of its HTTP API as the judge of a request: route, query, body. Stricter than the description in one way: a
/// field that it does not name is a violation, so that a misspelled one does not pass. One exception: permission overwrites carry
/// <c>allow</c> and <c>deny</c> as decimal strings, as the documentation has them.
/// </summary>
internal static class Contract
{
    private static readonly Lazy<Description?> Loaded = new(Load);

    /// <summary>False only where the description is not there, in a copy of this repository alone.</summary>
    public static bool Present => Loaded.Value is not null;

    public static IEnumerable<string> Violations(SentRequest request)
    {
        var description = Loaded.Value ?? throw new InvalidOperationException("No description of Discord's API here.");
        var operation = description.Find(request.Method, request.Path);
        if (operation is null)
            return [$"{request.Line}: no such route"];
        return operation.Violations(request).Select(v => $"{request.Method} {operation.Path}: {v}");
    }

    private static Description? Load()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var file = Path.Combine(folder.FullName, "shared", "contract", "discord-openapi.json");
            if (File.Exists(file))
                return new Description(JsonNode.Parse(File.ReadAllText(file))!.AsObject());
        }
        return null;
    }

    private sealed class Description
    {
        private static readonly string[] Methods = ["get", "put", "post", "patch", "delete"];

        private readonly List<Operation> operations = [];

        public Description(JsonObject openApi)
        {
            var bodies = new JsonObject();
            var pending = new List<(string Method, string Path, string? Body, IReadOnlyList<JsonObject> Parameters)>();
            foreach (var (path, item) in openApi["paths"]!.AsObject())
            {
                foreach (var (method, operation) in item!.AsObject().Where(o => Methods.Contains(o.Key)))
                {
                    string? key = null;
                    if (operation!["requestBody"]?["content"]?["application/json"]?["schema"] is { } schema)
                    {
                        key = $"{method} {path}";
                        bodies[key] = schema.DeepClone();
                    }
                    var parameters = (operation["parameters"]?.AsArray() ?? []).Concat(item["parameters"]?.AsArray() ?? []);
                    pending.Add((method, path, key, [.. parameters.OfType<JsonObject>().Where(p => (string?)p["in"] == "query")]));
                }
            }
            var root = new JsonObject { ["definitions"] = openApi["components"]!["schemas"]!.DeepClone(), ["properties"] = bodies };
            Rewrite(root, withinAllOf: false);
            var schemas = JsonSchema.FromJsonAsync(root.ToJsonString()).GetAwaiter().GetResult();
            foreach (var (method, path, body, parameters) in pending)
                operations.Add(new Operation(method, path, body is null ? null : schemas.Properties[body].ActualSchema, parameters));
        }

        public Operation? Find(string method, string path)
        {
            var parts = path.Split('/');
            return operations
                .Where(o => string.Equals(o.Method, method, StringComparison.OrdinalIgnoreCase) && o.Matches(parts))
                .OrderBy(o => o.Path.Count(c => c == '{'))
                .FirstOrDefault();
        }

        private static void Rewrite(JsonNode? node, bool withinAllOf)
        {
            if (node is JsonArray array)
            {
                foreach (var item in array)
                    Rewrite(item, withinAllOf);
                return;
            }
            if (node is not JsonObject schema)
                return;

            if (schema["$ref"] is JsonValue reference && reference.TryGetValue<string>(out var target))
                schema["$ref"] = target.Replace("#/components/schemas/", "#/definitions/", StringComparison.Ordinal);
            if (schema.TryGetPropertyValue("const", out var constant) && constant is JsonValue)
            {
                schema.Remove("const");
                schema["enum"] = new JsonArray(constant.DeepClone());
            }
            if (schema["properties"] is JsonObject properties)
            {
                if (!withinAllOf && !schema.ContainsKey("allOf") && !schema.ContainsKey("additionalProperties"))
                    schema["additionalProperties"] = false;
                if (properties.ContainsKey("allow") && properties.ContainsKey("deny"))
                {
                    properties["allow"] = JsonNode.Parse("""{"type":"string","pattern":"^[0-9]+$"}""");
                    properties["deny"] = JsonNode.Parse("""{"type":"string","pattern":"^[0-9]+$"}""");
                }
            }
            foreach (var (key, value) in schema.ToArray())
                Rewrite(value, key == "allOf");
        }
    }

    private sealed record Operation(string Method, string Path, JsonSchema? Body, IReadOnlyList<JsonObject> Query)
    {
        private readonly string[] parts = Path.Split('/');

        public bool Matches(string[] given) =>
            given.Length == parts.Length && parts.Zip(given).All(p => (p.First.StartsWith('{') && p.Second.Length > 0) || p.First == p.Second);

        public IEnumerable<string> Violations(SentRequest request)
        {
            foreach (var violation in QueryViolations(request.Query))
                yield return violation;
            if (request.Json is null != Body is null)
                yield return request.Json is null ? "the body is missing" : "a body where none is described";
            if (request.Json is null || Body is null)
                yield break;
            foreach (var error in Body.Validate(request.Json))
                yield return $"{error.Path}: {error}";
            foreach (var violation in FileViolations(request))
                yield return violation;
        }

        private IEnumerable<string> QueryViolations(IReadOnlyDictionary<string, string> given)
        {
            foreach (var name in given.Keys.Where(name => Query.All(q => (string?)q["name"] != name)))
                yield return $"the query has {name}, which is not described";
            foreach (var parameter in Query)
            {
                var name = (string)parameter["name"]!;
                if (!given.TryGetValue(name, out var value))
                {
                    if ((bool?)parameter["required"] == true)
                        yield return $"the query lacks {name}";
                    continue;
                }
                if ((string?)parameter["schema"]?["type"] == "integer"
                    && (!long.TryParse(value, CultureInfo.InvariantCulture, out var number)
                        || number < ((long?)parameter["schema"]!["minimum"] ?? long.MinValue)
                        || number > ((long?)parameter["schema"]!["maximum"] ?? long.MaxValue)))
                    yield return $"the query's {name} is {value}";
            }
        }

        private static IEnumerable<string> FileViolations(SentRequest request)
        {
            var body = request.Body is JsonObject o && o["data"] is JsonObject data ? data : request.Body as JsonObject;
            var named = (body?["attachments"] as JsonArray ?? []).Select(a => $"files[{(string)a!["id"]!}]").ToHashSet(StringComparer.Ordinal);
            foreach (var file in request.Files.Keys.Where(f => !named.Contains(f)))
                yield return $"{file} is sent and no attachment names it";
        }
    }
}
