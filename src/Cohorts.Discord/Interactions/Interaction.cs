using System.Text.Json;
using System.Text.Unicode;

namespace Cohorts.Discord;

/// <summary>
/// Something that a person did with the bot, the same whether it came over the gateway or as a signed HTTP request. Its text names what
/// and who, never the token.
/// </summary>
public abstract record Interaction
{
    private protected Interaction(InteractionBody body)
    {
        Id = body.Id;
        ApplicationId = body.ApplicationId;
        Token = body.Token;
        GuildId = body.GuildId;
        ChannelId = body.ChannelId ?? body.Channel?.Id;
        Member = body.Member;
        User = body.Member?.User ?? body.User;
        AppPermissions = body.AppPermissions;
        Locale = body.Locale;
    }

    /// <summary>Unique: the same interaction that comes twice has the same id.</summary>
    public Snowflake Id { get; }

    public Snowflake ApplicationId { get; }

    public InteractionToken Token { get; }

    /// <summary>Null in a direct message.</summary>
    public Snowflake? GuildId { get; }

    public Snowflake? ChannelId { get; }

    /// <summary>Null in a direct message. <see cref="GuildMember.Permissions"/> is what the person may do in the channel.</summary>
    public GuildMember? Member { get; }

    /// <summary>Who did it. Null only in a ping.</summary>
    public User? User { get; }

    /// <summary>What the bot may do in the channel.</summary>
    public Permissions? AppPermissions { get; }

    /// <summary>
    /// As Discord sent it: what <see cref="Parse(ReadOnlySpan{byte})"/> makes the same interaction of, in another process too. Holds the token.
    /// </summary>
    public string Payload { get; private init; } = "";

    /// <summary>The person's language, e.g. <c>en-GB</c>.</summary>
    public string? Locale { get; }

    /// <summary>
    /// Whether Discord says that the person is an administrator of the guild (it sets every bit for an owner). In a direct message: no.
    /// </summary>
    public bool IsByAdministrator => GuildId is not null && Member?.Permissions is { } p && p.HasFlag(Permissions.Administrator);

    /// <summary>Reads what Discord sends, as an event's data or as the body of a request.</summary>
    /// <exception cref="JsonException">Not an interaction; its text names the place, not the content.</exception>
    public static Interaction Parse(ReadOnlySpan<byte> utf8)
    {
        if (!Utf8.IsValid(utf8))
            throw new JsonException("Bytes that are no UTF-8.");
        var reader = new Utf8JsonReader(utf8);
        using var document = JsonDocument.ParseValue(ref reader);
        return Parse(document.RootElement);
    }

    /// <inheritdoc cref="Parse(ReadOnlySpan{byte})"/>
    public static Interaction Parse(JsonElement json)
    {
        StorableJson.Check(json);
        var body = DiscordJson.Read<InteractionBody>(json);
        Interaction interaction = (body.Type, body.Data) switch
        {
            (1, _) => new PingInteraction(body),
            (2, { Name: { } name } data) => new CommandInteraction(body, name, CommandOptions.Of(data.Options)),
            (3, { CustomId: { } customId } data) => new ComponentInteraction(body, customId, data.Values ?? [], body.Message),
            (4, { Name: { } name } data) => new AutocompleteInteraction(body, name, CommandOptions.Of(data.Options)),
            (2 or 3 or 4, _) => throw new JsonException($"An interaction of type {body.Type} without its data."),
            _ => new UnknownInteraction(body),
        };
        return interaction with { Payload = json.GetRawText() };
    }

    private protected string By() => User is { } user ? $"by {user.Id} in guild {GuildId?.ToString() ?? "none"}" : "";

    public sealed override string ToString() => Describe();

    private protected abstract string Describe();
}

/// <summary>Discord tries whether the address of signed interactions answers. Answered by <see cref="InteractionResponse.Pong"/>.</summary>
public sealed record PingInteraction : Interaction
{
    internal PingInteraction(InteractionBody body)
        : base(body)
    {
    }

    private protected override string Describe() => "ping";
}

/// <summary>A slash command that was run.</summary>
public sealed record CommandInteraction : Interaction
{
    internal CommandInteraction(InteractionBody body, string name, CommandOptions options)
        : base(body) => (Name, Options) = (name, options);

    public string Name { get; }

    public CommandOptions Options { get; }

    private protected override string Describe() => $"/{DiscordText.Plain(Name)} {By()}";
}

/// <summary>A key was pressed in an option of a slash command: choices are wanted, within 3 s; it cannot be deferred.</summary>
public sealed record AutocompleteInteraction : Interaction
{
    internal AutocompleteInteraction(InteractionBody body, string name, CommandOptions options)
        : base(body) => (Name, Options) = (name, options);

    public string Name { get; }

    /// <summary>What is filled in so far; <see cref="CommandOptions.Focused"/> is the one being typed.</summary>
    public CommandOptions Options { get; }

    private protected override string Describe() => $"autocomplete of /{DiscordText.Plain(Name)} {By()}";
}

/// <summary>A button was pressed, or something chosen from a list.</summary>
public sealed record ComponentInteraction : Interaction
{
    internal ComponentInteraction(InteractionBody body, string customId, IReadOnlyList<string> values, Message? message)
        : base(body) => (CustomId, Values, Message) = (customId, values, message);

    /// <summary>As the button was given it.</summary>
    public string CustomId { get; }

    /// <summary>What was chosen from a list; empty for a button.</summary>
    public IReadOnlyList<string> Values { get; }

    /// <summary>In which it was pressed.</summary>
    public Message? Message { get; }

    private protected override string Describe() => $"press of {DiscordText.Plain(CustomId)} {By()}";
}

/// <summary>Of a type that this library does not know.</summary>
public sealed record UnknownInteraction : Interaction
{
    internal UnknownInteraction(InteractionBody body)
        : base(body) => Type = body.Type;

    public int Type { get; }

    private protected override string Describe() => $"interaction of type {Type} {By()}";
}

/// <summary>The options of a command that were given, each read as the type that it was declared with.</summary>
public sealed class CommandOptions
{
    private readonly IReadOnlyDictionary<string, InteractionOption> byName;

    private CommandOptions(IReadOnlyDictionary<string, InteractionOption> given, FocusedOption? focused) =>
        (byName, Focused) = (given, focused);

    /// <summary>The option being typed; in autocompletes only.</summary>
    public FocusedOption? Focused { get; }

    public IEnumerable<string> Names => byName.Keys;

    /// <returns>Null where it was not given.</returns>
    /// <exception cref="FormatException">It is not a whole number: the payload does not fit the declared command.</exception>
    public long? Integer(string name) => Value(name) is { } value
        ? value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) ? number : throw Wrong(name, "a whole number")
        : null;

    /// <inheritdoc cref="Integer"/>
    /// <exception cref="FormatException">It is not a text.</exception>
    public string? Text(string name) => Value(name) is { } value
        ? value.ValueKind == JsonValueKind.String ? value.GetString() : throw Wrong(name, "a text")
        : null;

    /// <inheritdoc cref="Integer"/>
    /// <exception cref="FormatException">It is not true or false.</exception>
    public bool? Boolean(string name) => Value(name) is { } value
        ? value.ValueKind switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            _ => throw Wrong(name, "true or false"),
        }
        : null;

    internal static CommandOptions Of(IReadOnlyList<InteractionOption>? options)
    {
        var given = new Dictionary<string, InteractionOption>(StringComparer.Ordinal);
        FocusedOption? focused = null;
        foreach (var option in options ?? [])
        {
            given[option.Name] = option;
            if (option.Focused == true)
                focused = new FocusedOption(option.Name, Typed(option.Value));
        }
        return new CommandOptions(given, focused);
    }

    /// <summary>While an integer is typed, Discord sends what stands in the field as text, a number or not.</summary>
    private static string Typed(JsonElement? value) => value switch
    {
        { ValueKind: JsonValueKind.String } text => text.GetString() ?? "",
        { ValueKind: JsonValueKind.Number } number => number.GetRawText(),
        _ => "",
    };

    private static FormatException Wrong(string name, string wanted) => new($"The option {name} is not {wanted}.");

    private JsonElement? Value(string name) =>
        byName.TryGetValue(name, out var option) && option.Value is { ValueKind: not JsonValueKind.Null } value ? value : null;
}

/// <param name="Typed">As far as it was typed; may be empty, and for a number may be anything.</param>
public sealed record FocusedOption(string Name, string Typed);

/// <summary>An interaction as it is sent.</summary>
internal sealed record InteractionBody
{
    public required Snowflake Id { get; init; }

    public Snowflake ApplicationId { get; init; }

    public required int Type { get; init; }

    public required InteractionToken Token { get; init; }

    public Snowflake? GuildId { get; init; }

    public Snowflake? ChannelId { get; init; }

    public InteractionChannel? Channel { get; init; }

    public GuildMember? Member { get; init; }

    public User? User { get; init; }

    public Message? Message { get; init; }

    public Permissions? AppPermissions { get; init; }

    public string? Locale { get; init; }

    public InteractionData? Data { get; init; }
}

internal sealed record InteractionChannel(Snowflake Id);

internal sealed record InteractionData
{
    public string? Name { get; init; }

    public IReadOnlyList<InteractionOption>? Options { get; init; }

    public string? CustomId { get; init; }

    public IReadOnlyList<string>? Values { get; init; }
}

internal sealed record InteractionOption
{
    public required string Name { get; init; }

    public int Type { get; init; }

    public JsonElement? Value { get; init; }

    public bool? Focused { get; init; }
}
