namespace Cohorts.Discord;

public sealed partial class DiscordRest
{
    private static readonly Route GetEvents = Route.Get("/guilds/{guild.id}/scheduled-events");
    private static readonly Route PostEvent = Route.Post("/guilds/{guild.id}/scheduled-events");
    private static readonly Route PatchEvent = Route.Patch("/guilds/{guild.id}/scheduled-events/{guild_scheduled_event.id}");

    /// <summary>Those that are scheduled or active.</summary>
    public Task<IReadOnlyList<ScheduledEvent>> ListScheduledEventsAsync(Snowflake guildId, CancellationToken cancellation) =>
        pipeline.SendAsync<IReadOnlyList<ScheduledEvent>>(new RestCall(GetEvents, guildId.ToString()), cancellation);

    /// <exception cref="DiscordException">
    /// Among others <see cref="DiscordFailure.OutcomeUnknown"/>: list the events before creating it again.
    /// </exception>
    public Task<ScheduledEvent> CreateScheduledEventAsync(
        Snowflake guildId, NewScheduledEvent scheduledEvent, string reason, CancellationToken cancellation) =>
        pipeline.SendAsync<ScheduledEvent>(new RestCall(PostEvent, guildId.ToString()) { Body = scheduledEvent, Reason = reason }, cancellation);

    public Task<ScheduledEvent> EditScheduledEventAsync(
        Snowflake guildId, Snowflake eventId, ScheduledEventChange change, string reason, CancellationToken cancellation) =>
        pipeline.SendAsync<ScheduledEvent>(
            new RestCall(PatchEvent, guildId.ToString(), eventId.ToString()) { Body = change, Reason = reason }, cancellation);
}
