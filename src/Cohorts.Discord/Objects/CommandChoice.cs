using System.Text.Json;
using System.Text.Json.Serialization;

namespace Cohorts.Discord;

/// <summary>One thing to choose: what is shown, and what comes back. Made for a number or for a text.</summary>
public sealed record CommandChoice
{
    public const int LongestName = 100;
    public const int Most = 25;

    [JsonConstructor]
    internal CommandChoice(string name, JsonElement value) => (Name, Value) = (name, value);

    /// <param name="name">1 to 100 UTF-16 units.</param>
    /// <param name="value">Within 53 bits.</param>
    /// <exception cref="ArgumentException">Beyond a limit.</exception>
    public CommandChoice(string name, long value)
        : this(Checked(name), JsonSerializer.SerializeToElement(value))
    {
        if (value is < -SlashOption.LargestInteger or > SlashOption.LargestInteger)
            throw new ArgumentException($"A choice's number lies within 53 bits; {value} does not.", nameof(value));
    }

    /// <param name="value">At most 100 UTF-16 units.</param>
    /// <exception cref="ArgumentException">Beyond a limit.</exception>
    public CommandChoice(string name, string value)
        : this(Checked(name), JsonSerializer.SerializeToElement(value))
    {
        if (value.Length > LongestName)
            throw new ArgumentException($"A choice's text has at most {LongestName} UTF-16 units, not {value.Length}.", nameof(value));
    }

    public string Name { get; }

    public JsonElement Value { get; }

    private static string Checked(string name) => name.Length is > 0 and <= LongestName
        ? name
        : throw new ArgumentException($"A choice's name has 1 to {LongestName} UTF-16 units, not {name.Length}.", nameof(name));
}

/// <summary>
/// Discord's description of its API wants this one as a number when it is sent (its answers hold a text); every service version takes it.
/// </summary>
internal sealed class PermissionsAsNumberConverter : JsonConverter<Permissions?>
{
    private static readonly PermissionsConverter Reader = new();

    public override Permissions? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.Null ? null : Reader.Read(ref reader, typeof(Permissions), options);

    public override void Write(Utf8JsonWriter writer, Permissions? value, JsonSerializerOptions options)
    {
        if (value is { } set)
            writer.WriteNumberValue((ulong)set);
        else
            writer.WriteNullValue();
    }
}
