using System.Text.Json;
using System.Text.Json.Serialization;

namespace Cohorts.Discord;

/// <summary>The bot's token. It is shown nowhere: its text is three asterisks.</summary>
public sealed class BotToken
{
    private const string Scheme = "Bot";

    /// <param name="value">As the developer portal shows it, with or without the word "Bot" before it.</param>
    /// <exception cref="ArgumentException">Empty, or with characters that no HTTP header can carry.</exception>
    public BotToken(string value)
    {
        var trimmed = value.Trim();
        if (trimmed.Equals(Scheme, StringComparison.OrdinalIgnoreCase) || trimmed.StartsWith(Scheme + " ", StringComparison.OrdinalIgnoreCase))
            trimmed = trimmed[Scheme.Length..].Trim();
        if (trimmed.Length == 0 || trimmed.Any(c => c is <= ' ' or > '~'))
            throw new ArgumentException("The bot's token is empty or holds a space or a character outside ASCII; copy it again from the developer portal, page Bot.", nameof(value));
        Value = trimmed;
    }

    internal string Value { get; }

    public override string ToString() => "***";
}

/// <summary>
/// What an interaction is answered with, for 15 minutes. Whoever has it can write in the bot's name, so its text is three asterisks;
/// <see cref="Reveal"/> is for keeping it in a database.
/// </summary>
[JsonConverter(typeof(InteractionTokenConverter))]
public readonly struct InteractionToken(string value) : IEquatable<InteractionToken>
{
    private readonly string? value = value;

    public string Reveal() => value ?? "";

    public bool Equals(InteractionToken other) => Reveal() == other.Reveal();

    public override bool Equals(object? obj) => obj is InteractionToken other && Equals(other);

    public override int GetHashCode() => StringComparer.Ordinal.GetHashCode(Reveal());

    public override string ToString() => "***";

    public static bool operator ==(InteractionToken left, InteractionToken right) => left.Equals(right);

    public static bool operator !=(InteractionToken left, InteractionToken right) => !left.Equals(right);
}

internal sealed class InteractionTokenConverter : JsonConverter<InteractionToken>
{
    public override InteractionToken Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        new(reader.GetString() ?? "");

    public override void Write(Utf8JsonWriter writer, InteractionToken value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.Reveal());
}
