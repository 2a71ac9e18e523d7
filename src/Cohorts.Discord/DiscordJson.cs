using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Cohorts.Discord;

/// <summary>
/// How Discord writes JSON: snake_case, enumerations as numbers (a number that this library has no name for keeps its value), what is
/// not there is left out. Fields that this library does not know are ignored.
/// </summary>
public static class DiscordJson
{
    public static JsonSerializerOptions Options { get; } = Make();

    public static T Read<T>(ReadOnlySpan<byte> utf8) =>
        JsonSerializer.Deserialize<T>(utf8, Options) ?? throw new JsonException($"null where a {typeof(T).Name} was expected.");

    public static T Read<T>(JsonElement element) =>
        element.Deserialize<T>(Options) ?? throw new JsonException($"null where a {typeof(T).Name} was expected.");

    private static JsonSerializerOptions Make()
    {
        var options = new JsonSerializerOptions
        {
            PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
            // A null where Discord promises a value is an error here, not a crash later on.
            RespectNullableAnnotations = true,
            DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
            // Never put into HTML: escaping beyond JSON's own would only make non-English names six times longer.
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        };
        options.MakeReadOnly(populateMissingResolver: true);
        return options;
    }
}
