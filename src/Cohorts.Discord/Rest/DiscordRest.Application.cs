namespace Cohorts.Discord;

/// <param name="Url">Of the gateway, without its query.</param>
public sealed record GatewayInfo(Uri Url, int Shards, SessionStartLimit SessionStartLimit);

/// <param name="Remaining">Identifications that are left.</param>
/// <param name="ResetAfter">Milliseconds until there are <paramref name="Total"/> again.</param>
public sealed record SessionStartLimit(int Total, int Remaining, int ResetAfter);

public sealed partial class DiscordRest
{
    private static readonly Route GetGatewayBot = Route.Get("/gateway/bot");
    private static readonly Route GetApplication = Route.Get("/applications/@me");
    private static readonly Route GetGlobalCommands = Route.Get("/applications/{application.id}/commands");
    private static readonly Route PutGlobalCommands = Route.Put("/applications/{application.id}/commands");
    private static readonly Route PutGuildCommands = Route.Put("/applications/{application.id}/guilds/{guild.id}/commands");
    private static readonly Route GetGuildCommands = Route.Get("/applications/{application.id}/guilds/{guild.id}/commands");

    public Task<GatewayInfo> GetGatewayAsync(CancellationToken cancellation) =>
        pipeline.SendAsync<GatewayInfo>(new RestCall(GetGatewayBot), cancellation);

    public Task<Application> GetApplicationAsync(CancellationToken cancellation) =>
        pipeline.SendAsync<Application>(new RestCall(GetApplication), cancellation);

    /// <summary>The bot itself.</summary>
    public Task<User> GetCurrentUserAsync(CancellationToken cancellation) => pipeline.SendAsync<User>(new RestCall(TokenStanding.WhoAmI), cancellation);

    /// <summary>Replaces all commands of the application in one guild; they are there at once.</summary>
    public Task<IReadOnlyList<ApplicationCommand>> OverwriteGuildCommandsAsync(
        Snowflake applicationId, Snowflake guildId, IReadOnlyList<SlashCommand> commands, CancellationToken cancellation) =>
        pipeline.SendAsync<IReadOnlyList<ApplicationCommand>>(
            new RestCall(PutGuildCommands, applicationId.ToString(), guildId.ToString()) { Body = SlashCommand.ToApi(commands) },
            cancellation);

    /// <summary>Replaces the commands that the application has in all guilds.</summary>
    public Task<IReadOnlyList<ApplicationCommand>> OverwriteGlobalCommandsAsync(
        Snowflake applicationId, IReadOnlyList<SlashCommand> commands, CancellationToken cancellation) =>
        pipeline.SendAsync<IReadOnlyList<ApplicationCommand>>(
            new RestCall(PutGlobalCommands, applicationId.ToString()) { Body = SlashCommand.ToApi(commands) },
            cancellation);

    public Task<IReadOnlyList<ApplicationCommand>> GetGlobalCommandsAsync(Snowflake applicationId, CancellationToken cancellation) =>
        pipeline.SendAsync<IReadOnlyList<ApplicationCommand>>(new RestCall(GetGlobalCommands, applicationId.ToString()), cancellation);

    public Task<IReadOnlyList<ApplicationCommand>> GetGuildCommandsAsync(
        Snowflake applicationId, Snowflake guildId, CancellationToken cancellation) =>
        pipeline.SendAsync<IReadOnlyList<ApplicationCommand>>(
            new RestCall(GetGuildCommands, applicationId.ToString(), guildId.ToString()), cancellation);
}
