using System.Globalization;
using System.Text.Json.Nodes;
using NJsonSchema;

namespace Cohorts.Discord.Contract;

/// <param name="Path">Below <c>/api/v10</c>, without the query.</param>
/// <param name="Json">The JSON body; of a multipart request its <c>payload_json</c>; null where there is none.</param>
/// <param name="FileParts">Of a multipart request: the names of the parts that are files.</param>
public sealed record ApiRequest(
    string Method, string Path, IReadOnlyDictionary<string, string> Query, string? Json, IReadOnlyCollection<string> FileParts);

/// <param name="Path">Below <c>/api/v10</c>, without the query.</param>
/// <param name="Json">Null where nothing was said.</param>
public sealed record ApiAnswer(string Method, string Path, int Status, string? Json);

/// <summary>
/// Discord's own description of its HTTP API as the judge of requests and of answers. It lies beside the repository, not in it; where it
/// is absent, nothing is judged. On requests it is stricter than the description in one way: a field that this does not name is a
/// violation, so that a misspelled one does not pass. One exception: permission overwrites carry <c>allow</c> and <c>deny</c> as decimal
/// strings, as the documentation has them.
/// </summary>
public static class DiscordContract
{
    private static readonly Lazy<JsonObject?> Text = new(Read);
    private static readonly Lazy<IReadOnlyList<Operation>> Requests = new(() => Operations(Direction.Request));
    private static readonly Lazy<IReadOnlyList<Operation>> Answers = new(() => Operations(Direction.Answer));

    private enum Direction
    {
        Request,
        Answer,
    }

    /// <summary>False only where the description is not there, in a copy of this repository alone.</summary>
    public static bool IsPresent => Text.Value is not null;

    /// <returns>What is wrong with it; empty where nothing is, and where there is no description.</returns>
    public static IReadOnlyList<string> Violations(ApiRequest request)
    {
        if (!IsPresent)
            return [];
        return Find(Requests.Value, request.Method, request.Path) is { } operation
            ? [.. operation.Violations(request).Select(v => $"{request.Method} {operation.Path}: {v} in {request.Json}")]
            : [$"{request.Method} {request.Path}: no such route"];
    }

    /// <inheritdoc cref="Violations(ApiRequest)"/>
    public static IReadOnlyList<string> Violations(ApiAnswer answer)
    {
        if (!IsPresent)
            return [];
        if (Find(Answers.Value, answer.Method, answer.Path) is { } operation)
            return [.. operation.Violations(answer).Select(v => $"{answer.Method} {answer.Path} {answer.Status}: {v} in {answer.Json}")];
        return answer.Status is 404 or 405 ? [] : [$"{answer.Method} {answer.Path}: no such route, and it was answered {answer.Status}"];
    }

    /// <summary>Literal segments win over parameters: /members/search is not a member.</summary>
    private static Operation? Find(IReadOnlyList<Operation> operations, string method, string path)
    {
        var parts = path.Split('/');
        return operations
            .Where(o => string.Equals(o.Method, method, StringComparison.OrdinalIgnoreCase) && o.Matches(parts))
            .MinBy(o => o.Path.Count(c => c == '{'));
    }

    private static JsonObject? Read()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var file = Path.Combine(folder.FullName, "shared", "contract", "discord-openapi.json");
            if (File.Exists(file))
                return JsonNode.Parse(File.ReadAllText(file))!.AsObject();
        }

        return null;
    }

    private static List<Operation> Operations(Direction direction)
    {
        var openApi = Text.Value!;
        var schemas = new JsonObject();
        var described = new List<(string Method, string Path, IReadOnlyList<JsonObject> Query, Dictionary<string, string?> Bodies)>();
        foreach (var (path, item) in openApi["paths"]!.AsObject())
        {
            foreach (var (method, operation) in item!.AsObject().Where(o => o.Key is "get" or "put" or "post" or "patch" or "delete"))
            {
                // By what it is the body of: the request, or an answer of that status; null for a body of nothing.
                var bodies = new Dictionary<string, string?>(StringComparer.Ordinal);
                IEnumerable<(string Of, JsonNode? Content)> contents = direction == Direction.Request
                    ? [("request", operation!["requestBody"]?["content"])]
                    : operation!["responses"]!.AsObject().Select(answer => (answer.Key, Resolve(answer.Value!)["content"]));
                foreach (var (of, content) in contents)
                {
                    var schema = content?["application/json"]?["schema"];
                    bodies[of] = schema is null ? null : $"{method} {path} {of}";
                    if (schema is not null)
                        schemas[bodies[of]!] = schema.DeepClone();
                }

                var parameters = (operation["parameters"]?.AsArray() ?? []).Concat(item["parameters"]?.AsArray() ?? []);
                described.Add((method, path, [.. parameters.OfType<JsonObject>().Where(p => (string?)p["in"] == "query")], bodies));
            }
        }

        var root = new JsonObject { ["definitions"] = openApi["components"]!["schemas"]!.DeepClone(), ["properties"] = schemas };
        Rewrite(root, direction, withinAllOf: false);
        var all = JsonSchema.FromJsonAsync(root.ToJsonString()).GetAwaiter().GetResult();
        return [.. described.Select(d => new Operation(
            d.Method, d.Path, d.Query, d.Bodies.ToDictionary(b => b.Key, b => b.Value is { } name ? all.Properties[name].ActualSchema : null, StringComparer.Ordinal)))];

        JsonNode Resolve(JsonNode response) => (string?)response["$ref"] is { } reference
            ? openApi["components"]!["responses"]![reference.Split('/')[^1]]!
            : response;
    }

    /// <summary>Into what NJsonSchema knows, which is draft 4: without it each enumeration of integers would read as "not one of".</summary>
    private static void Rewrite(JsonNode? node, Direction direction, bool withinAllOf)
    {
        if (node is JsonArray array)
        {
            foreach (var item in array)
                Rewrite(item, direction, withinAllOf);
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

        if (direction == Direction.Request && schema["properties"] is JsonObject properties)
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
            Rewrite(value, direction, key == "allOf");
    }

    /// <param name="Bodies">By "request", or the status of the answer (<c>4XX</c>: any of them); null where it has no body.</param>
    private sealed record Operation(string Method, string Path, IReadOnlyList<JsonObject> Query, IReadOnlyDictionary<string, JsonSchema?> Bodies)
    {
        private readonly string[] _parts = Path.Split('/');

        public bool Matches(string[] given) =>
            given.Length == _parts.Length && _parts.Zip(given).All(p => (p.First.StartsWith('{') && p.Second.Length > 0) || p.First == p.Second);

        public IEnumerable<string> Violations(ApiRequest request) =>
            QueryViolations(request.Query).Concat(BodyViolations(Bodies["request"], request.Json)).Concat(FileViolations(request));

        public IEnumerable<string> Violations(ApiAnswer answer)
        {
            if (Bodies.TryGetValue($"{answer.Status}", out var schema) || Bodies.TryGetValue($"{answer.Status / 100}XX", out schema))
                return BodyViolations(schema, answer.Json);
            // 5xx is described nowhere; it is only ever answered on request.
            return answer.Status >= 500 ? [] : ["not a status of this route"];
        }

        private static IEnumerable<string> BodyViolations(JsonSchema? schema, string? json)
        {
            if (schema is null != json is null)
                return [json is null ? "the body is missing" : "a body where none is described"];
            return schema is null ? [] : schema.Validate(json!).Select(error => $"{error.Path}: {error}");
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

        private static IEnumerable<string> FileViolations(ApiRequest request)
        {
            if (request.FileParts.Count == 0)
                return [];
            var whole = request.Json is null ? null : JsonNode.Parse(request.Json) as JsonObject;
            var message = whole?["data"] as JsonObject ?? whole;
            var named = (message?["attachments"] as JsonArray ?? []).Select(a => $"files[{(string)a!["id"]!}]").ToHashSet(StringComparer.Ordinal);
            return request.FileParts.Where(part => !named.Contains(part)).Select(part => $"{part} is sent and no attachment names it");
        }
    }
}
