using System.Text.Json.Nodes;

namespace Cohorts.Discord.Simulator.Tests;

/// <param name="Path">With parameters in braces, such as <c>/guilds/{guild_id}/roles</c>.</param>
/// <param name="Body">The schema of its JSON body; null where it has none.</param>
internal sealed record DescribedRoute(string Method, string Path, JsonObject? Body)
{
    public string Name => $"{Method} {Path}";
}

/// <summary>Discord's OpenAPI description, for tests that go through all of it. It lies beside the repository.</summary>
internal static class OpenApi
{
    private static readonly Lazy<JsonObject> Document = new(() =>
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var file = Path.Combine(folder.FullName, "shared", "contract", "discord-openapi.json");
            if (File.Exists(file))
            {
                return JsonNode.Parse(File.ReadAllText(file))!.AsObject();
            }
        }

        throw new FileNotFoundException("Discord's OpenAPI description does not lie beside the repository.");
    });

    public static IReadOnlyList<DescribedRoute> Routes { get; } =
    [
        .. from path in Document.Value["paths"]!.AsObject()
           from operation in path.Value!.AsObject()
           where operation.Key is "get" or "put" or "post" or "patch" or "delete"
           select new DescribedRoute(
               operation.Key.ToUpperInvariant(), path.Key, operation.Value!["requestBody"]?["content"]?["application/json"]?["schema"]?.AsObject()),
    ];

    public static JsonObject Schema(string name) => Document.Value["components"]!["schemas"]![name]!.AsObject();

    public static JsonObject Resolve(JsonObject schema)
    {
        while ((string?)schema["$ref"] is { } reference)
        {
            schema = Schema(reference.Split('/')[^1]);
        }

        return schema;
    }

    /// <summary>The schemas that a value may follow: those of a union one by one, without null.</summary>
    public static IEnumerable<JsonObject> Alternatives(JsonObject schema)
    {
        schema = Resolve(schema);
        var union = new[] { "oneOf", "anyOf", "allOf" }.Select(kind => schema[kind] as JsonArray).FirstOrDefault(list => list is not null);
        return union is null || IsEnumeration(schema)
            ? IsNull(schema) ? [] : [schema]
            : union.SelectMany(item => Alternatives(item!.AsObject()));
    }

    public static bool IsEnumeration(JsonObject schema) => schema["oneOf"] is JsonArray items && items.Count > 0 && items.All(item => item!.AsObject().ContainsKey("const"));

    public static string TypeOf(JsonObject schema) => schema["type"] switch
    {
        JsonArray types => types.Select(type => (string)type!).First(type => type != "null"),
        JsonValue type => (string)type!,
        _ => schema.ContainsKey("properties") ? "object" : "any",
    };

    private static bool IsNull(JsonObject schema) => schema["type"] is JsonValue type && (string?)type == "null";
}
