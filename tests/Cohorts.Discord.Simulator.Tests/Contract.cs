using System.Text.Json;
using System.Text.Json.Nodes;
using NJsonSchema;

namespace Cohorts.Discord.Simulator.Tests;

/// <summary>
/// Discord's OpenAPI description as the judge of answers. It lies beside the repository, not in it; where it is absent,
/// answers are not judged.
/// </summary>
internal sealed class Contract
{
    private static readonly Lazy<Contract?> Loaded = new(Load);

    private readonly JsonSchema root;
    private readonly IReadOnlyList<(string Method, string[] Parts, IReadOnlyDictionary<string, string?> Schemas)> routes;

    private Contract(JsonSchema root, IReadOnlyList<(string Method, string[] Parts, IReadOnlyDictionary<string, string?> Schemas)> routes)
    {
        this.root = root;
        this.routes = routes;
    }

    public static Contract? Here => Loaded.Value;

    public static string File
    {
        get
        {
            var folder = new DirectoryInfo(AppContext.BaseDirectory);
            while (folder is not null && !System.IO.File.Exists(Path.Combine(folder.FullName, "Cohorts.sln")))
            {
                folder = folder.Parent;
            }

            return Path.Combine(folder?.Parent?.FullName ?? "", "shared", "contract", "discord-openapi.json");
        }
    }

    /// <summary>What is wrong with an answer; empty where nothing is.</summary>
    public IReadOnlyList<string> Judge(AnsweredCall call)
    {
        var path = call.Path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        // Literal segments win over parameters: /members/search is not a member.
        var route = routes.Where(route => route.Method == call.Method && Matches(route.Parts, path)).OrderBy(route => route.Parts.Count(IsParameter)).FirstOrDefault();
        if (route.Parts is null)
        {
            return call.Status is 404 or 405 ? [] : [$"{call.Method} {call.Path} is not in the description, and was answered {call.Status}."];
        }

        var found = route.Schemas.TryGetValue($"{call.Status}", out var schema) || route.Schemas.TryGetValue($"{call.Status / 100}XX", out schema);
        if (!found)
        {
            // 5xx is described nowhere; it is only ever answered on request.
            return call.Status >= 500 ? [] : [$"{call.Method} {call.Path} may not answer {call.Status}."];
        }

        if (schema is null || call.Body is null)
        {
            return schema is null == call.Body is null ? [] : [$"{call.Method} {call.Path} {call.Status}: {(schema is null ? "a body where there is none" : "no body")}."];
        }

        return [.. root.Definitions[schema].Validate(call.Body).Select(error => $"{call.Method} {call.Path} {call.Status}: {error} in {call.Body}")];
    }

    private static bool Matches(string[] parts, string[] path) =>
        parts.Length == path.Length && parts.Zip(path).All(pair => IsParameter(pair.First) || pair.First == pair.Second);

    private static bool IsParameter(string part) => part.StartsWith('{');

    private static Contract? Load()
    {
        if (!System.IO.File.Exists(File))
        {
            return null;
        }

        var document = JsonNode.Parse(System.IO.File.ReadAllText(File).Replace("#/components/schemas/", "#/definitions/", StringComparison.Ordinal))!;
        ReplaceConstants(document);
        var definitions = document["components"]!["schemas"]!.AsObject();
        var named = document["components"]!["responses"]!.AsObject();
        var known = new List<(string, string[], IReadOnlyDictionary<string, string?>)>();
        foreach (var (path, operations) in document["paths"]!.AsObject())
        {
            foreach (var (method, operation) in operations!.AsObject().Where(item => item.Key is "get" or "put" or "post" or "patch" or "delete"))
            {
                var schemas = new Dictionary<string, string?>(StringComparer.Ordinal);
                foreach (var (status, response) in operation!["responses"]!.AsObject())
                {
                    var reference = response!["$ref"]?.GetValue<string>().Split('/')[^1];
                    var schema = (reference is null ? response : named[reference]!)["content"]?["application/json"]?["schema"];
                    var name = $"{method} {path} {status}";
                    schemas[status] = schema is null ? null : name;
                    if (schema is not null)
                    {
                        definitions[name] = schema.DeepClone();
                    }
                }

                known.Add((method.ToUpperInvariant(), path.Split('/', StringSplitOptions.RemoveEmptyEntries), schemas));
            }
        }

        // NJsonSchema resolves references from a document's root.
        var whole = new JsonObject { ["definitions"] = definitions.DeepClone() };
        return new Contract(JsonSchema.FromJsonAsync(whole.ToJsonString()).GetAwaiter().GetResult(), known);
    }

    /// <summary>NJsonSchema knows no const; without this every enumeration of integers reads as "not one of".</summary>
    private static void ReplaceConstants(JsonNode? node)
    {
        if (node is JsonObject json)
        {
            if (json["const"] is { } constant && constant.GetValueKind() is JsonValueKind.String or JsonValueKind.Number)
            {
                json.Remove("const");
                json["enum"] = new JsonArray(constant.DeepClone());
            }

            foreach (var (_, child) in json.ToList())
            {
                ReplaceConstants(child);
            }
        }
        else if (node is JsonArray array)
        {
            foreach (var child in array)
            {
                ReplaceConstants(child);
            }
        }
    }
}
