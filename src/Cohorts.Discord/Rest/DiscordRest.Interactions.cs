namespace Cohorts.Discord;

public sealed partial class DiscordRest
{
    private static readonly Route PostCallback =
        new(HttpMethod.Post, "/interactions/{interaction.id}/{interaction.token}/callback", Repeat.FirstAnswerOnly)
        {
            Limited = false,
            ByInteractionToken = true,
        };

    private static readonly Route GetOriginal =
        Route.Get("/webhooks/{application.id}/{interaction.token}/messages/@original") with { ByInteractionToken = true };

    private static readonly Route PatchOriginal =
        Route.Patch("/webhooks/{application.id}/{interaction.token}/messages/@original") with { ByInteractionToken = true };

    private static readonly Route PostFollowUp =
        Route.Post("/webhooks/{application.id}/{interaction.token}") with { ByInteractionToken = true };

    /// <summary>
    /// The first answer, within 3 s of the interaction. When no answer comes back, it is given again, and "already acknowledged" then
    /// counts as success.
    /// </summary>
    /// <exception cref="DiscordException">
    /// 10062: too late. 40060: somebody else, or an earlier call, has answered.
    /// </exception>
    public Task RespondAsync(Snowflake interactionId, InteractionToken token, InteractionResponse response, CancellationToken cancellation) =>
        pipeline.SendAsync(
            new RestCall(PostCallback, interactionId.ToString(), token.Reveal()) { Body = response.ToJson(), Files = response.Files },
            cancellation);

    public Task<Message> GetOriginalResponseAsync(Snowflake applicationId, InteractionToken token, CancellationToken cancellation) =>
        pipeline.SendAsync<Message>(new RestCall(GetOriginal, applicationId.ToString(), token.Reveal()), cancellation);

    /// <summary>Also gives a deferred answer its content. Until 15 minutes after the interaction; from then on 50027.</summary>
    public Task<Message> EditOriginalResponseAsync(
        Snowflake applicationId, InteractionToken token, OutgoingMessage message, CancellationToken cancellation) =>
        pipeline.SendAsync<Message>(
            new RestCall(PatchOriginal, applicationId.ToString(), token.Reveal())
            {
                // Who sees it was fixed by the first answer.
                Body = MessageBody(message with { Flags = null }),
                Files = message.Files,
            },
            cancellation);

    /// <summary>A further message after the first answer.</summary>
    /// <exception cref="DiscordException">
    /// Among others <see cref="DiscordFailure.OutcomeUnknown"/>: Discord knows no nonce here, so it is not repeated.
    /// </exception>
    public Task<Message> CreateFollowUpAsync(
        Snowflake applicationId, InteractionToken token, OutgoingMessage message, CancellationToken cancellation) =>
        pipeline.SendAsync<Message>(
            new RestCall(PostFollowUp, applicationId.ToString(), token.Reveal())
            {
                Query = Query(("wait", "true")),
                Body = MessageBody(message),
                Files = message.Files,
            },
            cancellation);
}
