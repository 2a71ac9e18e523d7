namespace Cohorts.Discord;

public sealed partial class DiscordRest
{
    private static readonly Route GetGuildChannels = Route.Get("/guilds/{guild.id}/channels");
    private static readonly Route PostGuildChannel = Route.Post("/guilds/{guild.id}/channels");
    private static readonly Route PatchChannel = Route.Patch("/channels/{channel.id}");
    private static readonly Route PutPermission = Route.Put("/channels/{channel.id}/permissions/{overwrite.id}");
    private static readonly Route DeletePermission = Route.Delete("/channels/{channel.id}/permissions/{overwrite.id}");

    /// <summary>All of the guild, categories included, threads not.</summary>
    public Task<IReadOnlyList<GuildChannel>> ListChannelsAsync(Snowflake guildId, CancellationToken cancellation) =>
        pipeline.SendAsync<IReadOnlyList<GuildChannel>>(new RestCall(GetGuildChannels, guildId.ToString()), cancellation);

    /// <exception cref="DiscordException">
    /// Among others <see cref="DiscordFailure.OutcomeUnknown"/>: list the channels before creating it again.
    /// </exception>
    public Task<GuildChannel> CreateChannelAsync(Snowflake guildId, NewChannel channel, string reason, CancellationToken cancellation) =>
        pipeline.SendAsync<GuildChannel>(new RestCall(PostGuildChannel, guildId.ToString()) { Body = channel, Reason = reason }, cancellation);

    public Task<GuildChannel> EditChannelAsync(Snowflake channelId, ChannelChange change, string reason, CancellationToken cancellation) =>
        pipeline.SendAsync<GuildChannel>(new RestCall(PatchChannel, channelId.ToString()) { Body = change, Reason = reason }, cancellation);

    /// <summary>Makes the overwrite, or replaces what was there for the same role or member.</summary>
    public Task PutOverwriteAsync(Snowflake channelId, PermissionOverwrite overwrite, string reason, CancellationToken cancellation) =>
        pipeline.SendAsync(
            new RestCall(PutPermission, channelId.ToString(), overwrite.Id.ToString())
            {
                Body = new { overwrite.Type, overwrite.Allow, overwrite.Deny },
                Reason = reason,
            },
            cancellation);

    public Task DeleteOverwriteAsync(Snowflake channelId, Snowflake roleOrUserId, string reason, CancellationToken cancellation) =>
        pipeline.SendAsync(new RestCall(DeletePermission, channelId.ToString(), roleOrUserId.ToString()) { Reason = reason }, cancellation);
}
