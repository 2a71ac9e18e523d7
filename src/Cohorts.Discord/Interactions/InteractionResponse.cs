using System.Text.Json.Nodes;

namespace Cohorts.Discord;

/// <summary>
/// The first answer to an interaction: posted by <see cref="DiscordRest.RespondAsync"/>, or written as the body of the answer to a signed
/// HTTP request (<see cref="ToJson"/>; without files).
/// </summary>
public sealed record InteractionResponse
{
    private const int PongType = 1;
    private const int MessageType = 4;
    private const int DeferredMessageType = 5;
    private const int DeferredUpdateType = 6;
    private const int UpdateType = 7;
    private const int ChoicesType = 8;

    private readonly int type;
    private readonly Func<JsonObject?> data;

    private InteractionResponse(int type, Func<JsonObject?> data) => (this.type, this.data) = (type, data);

    /// <summary>To a ping.</summary>
    public static InteractionResponse Pong { get; } = new(PongType, () => null);

    /// <summary>To a button: the message stays as it is until it is edited.</summary>
    public static InteractionResponse DeferUpdate { get; } = new(DeferredUpdateType, () => null);

    /// <summary>Whether the answer proper follows by an edit of the original.</summary>
    public bool IsDeferred => type is DeferredMessageType or DeferredUpdateType;

    /// <summary>What goes along as files.</summary>
    public IReadOnlyList<FileUpload> Files { get; private init; } = [];

    /// <summary>A message. <see cref="OutgoingMessage.Flags"/> says whether only the person sees it.</summary>
    public static InteractionResponse Message(OutgoingMessage message) =>
        new(MessageType, () => DiscordRest.MessageBody(message)) { Files = message.Files };

    /// <summary>"Is thinking", until the original answer is edited.</summary>
    /// <param name="flags"><see cref="MessageFlags.Ephemeral"/>, or none; it holds for what is filled in later too.</param>
    public static InteractionResponse Defer(MessageFlags flags = MessageFlags.None) =>
        new(DeferredMessageType, () => flags == MessageFlags.None ? null : new JsonObject { ["flags"] = (int)flags });

    /// <summary>To a button: changes the message that holds it.</summary>
    public static InteractionResponse Update(OutgoingMessage message) =>
        new(UpdateType, () => DiscordRest.MessageBody(message with { Flags = null })) { Files = message.Files };

    /// <summary>To an autocomplete.</summary>
    /// <exception cref="ArgumentException">More than 25.</exception>
    public static InteractionResponse Choices(IReadOnlyList<CommandChoice> choices) => choices.Count <= CommandChoice.Most
        ? new InteractionResponse(ChoicesType, () => new JsonObject
        {
            ["choices"] = new JsonArray([.. choices.Select(c => (JsonNode)new JsonObject { ["name"] = c.Name, ["value"] = JsonValue.Create(c.Value) })]),
        })
        : throw new ArgumentException($"Discord takes at most {CommandChoice.Most} choices, not {choices.Count}.", nameof(choices));

    public JsonObject ToJson()
    {
        var json = new JsonObject { ["type"] = type };
        if (data() is { } content)
            json["data"] = content;
        return json;
    }

    public override string ToString() => $"interaction response of type {type}";
}
