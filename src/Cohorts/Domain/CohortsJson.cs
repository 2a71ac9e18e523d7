using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Cohorts.Domain;

/// <summary>How requests, results and the output for scripts are written: camelCase, ids as numbers, enums by name.</summary>
public static class CohortsJson
{
    public static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        Converters =
        {
            new IdConverter<CohortId>(v => new((int)v), id => id.Value),
            new IdConverter<UserId>(v => new((int)v), id => id.Value),
            new IdConverter<GroupId>(v => new((int)v), id => id.Value),
            new IdConverter<RunId>(v => new(v), id => id.Value),
            new GuildIdConverter(),
            new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower),
        },
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>The same, indented for the reader of a terminal.</summary>
    public static readonly JsonSerializerOptions Indented = new(Options) { WriteIndented = true };

    private sealed class IdConverter<T>(Func<long, T> create, Func<T, long> value) : JsonConverter<T>
    {
        public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => create(reader.GetInt64());

        public override void Write(Utf8JsonWriter writer, T id, JsonSerializerOptions options) => writer.WriteNumberValue(value(id));
    }

    /// <summary>As text, because a script's numbers do not hold 64 bits.</summary>
    private sealed class GuildIdConverter : JsonConverter<GuildId>
    {
        public override GuildId Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            new(ulong.Parse(reader.GetString() ?? "", NumberStyles.None, CultureInfo.InvariantCulture));

        public override void Write(Utf8JsonWriter writer, GuildId id, JsonSerializerOptions options) => writer.WriteStringValue(id.ToString());
    }
}
