using System.Text.Json;
using System.Text.Json.Nodes;

namespace Cohorts.Discord;

public sealed partial class DiscordRest
{
    /// <summary>Of a nonce.</summary>
    public const int LongestNonce = 25;

    private static readonly Route GetMessages = Route.Get("/channels/{channel.id}/messages");
    private static readonly Route PostMessage = Route.Post("/channels/{channel.id}/messages");
    private static readonly Route PatchMessage = Route.Patch("/channels/{channel.id}/messages/{message.id}");
    private static readonly Route DeleteMessageRoute = Route.Delete("/channels/{channel.id}/messages/{message.id}");

    /// <param name="nonce">
    /// 1 to 25 units, the same for the same message: Discord then makes it once within a few minutes, however often it is asked, and so it
    /// is repeated when no answer comes. Null: an answer that does not come is <see cref="DiscordFailure.OutcomeUnknown"/>.
    /// </param>
    /// <exception cref="ArgumentException">The nonce is empty or too long.</exception>
    public Task<Message> CreateMessageAsync(
        Snowflake channelId, OutgoingMessage message, string? nonce, CancellationToken cancellation, string? reason = null)
    {
        if (nonce is { Length: 0 or > LongestNonce })
            throw new ArgumentException($"A nonce has 1 to {LongestNonce} UTF-16 units, not {nonce.Length}.", nameof(nonce));
        var body = MessageBody(message);
        if (nonce is not null)
        {
            body["nonce"] = nonce;
            body["enforce_nonce"] = true;
        }
        return pipeline.SendAsync<Message>(
            new RestCall(PostMessage, channelId.ToString())
            {
                Body = body,
                Files = message.Files,
                Reason = reason,
                RepeatInstead = nonce is null ? null : Repeat.Safe,
            },
            cancellation);
    }

    public Task<Message> EditMessageAsync(
        Snowflake channelId, Snowflake messageId, OutgoingMessage message, CancellationToken cancellation, string? reason = null) =>
        pipeline.SendAsync<Message>(
            new RestCall(PatchMessage, channelId.ToString(), messageId.ToString()) { Body = MessageBody(message), Files = message.Files, Reason = reason },
            cancellation);

    /// <summary>The newest first.</summary>
    /// <param name="limit">1 to 100.</param>
    public Task<IReadOnlyList<Message>> ListMessagesAsync(
        Snowflake channelId, CancellationToken cancellation, int limit = 50, Snowflake? before = null, Snowflake? after = null) =>
        pipeline.SendAsync<IReadOnlyList<Message>>(
            new RestCall(GetMessages, channelId.ToString())
            {
                Query = Query(("limit", Number(limit)), ("before", before?.ToString()), ("after", after?.ToString())),
            },
            cancellation);

    public Task DeleteMessageAsync(Snowflake channelId, Snowflake messageId, string reason, CancellationToken cancellation) =>
        pipeline.SendAsync(new RestCall(DeleteMessageRoute, channelId.ToString(), messageId.ToString()) { Reason = reason }, cancellation);

    /// <summary>The message with its attachments: those that stay, and those that come as <c>files[n]</c>, which are called by n.</summary>
    internal static JsonObject MessageBody(OutgoingMessage message)
    {
        var body = JsonSerializer.SerializeToNode(message, DiscordJson.Options)!.AsObject();
        if (message.Files.Count == 0 && message.KeepAttachments is null)
            return body;
        var attachments = new JsonArray();
        foreach (var kept in message.KeepAttachments ?? [])
            attachments.Add(new JsonObject { ["id"] = kept.ToString() });
        for (var i = 0; i < message.Files.Count; i++)
        {
            var added = new JsonObject { ["id"] = Number(i), ["filename"] = message.Files[i].FileName };
            if (message.Files[i].Description is { } description)
                added["description"] = DiscordText.Cut(description, 1024);
            attachments.Add(added);
        }
        body["attachments"] = attachments;
        return body;
    }
}
