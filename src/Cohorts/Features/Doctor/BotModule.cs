using Cohorts.Discord;
using Cohorts.Hosting;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cohorts.Features.Doctor;

/// <summary>What Discord says of the bot: its token, its intents, and in each guild its permissions.</summary>
public static class BotModule
{
    private const string Portal = "https://discord.com/developers/applications";

    /// <param name="known">Guilds that the database names.</param>
    public static async Task<IReadOnlyList<Finding>> ExamineAsync(DiscordSettings? settings, IReadOnlyList<string> known, CancellationToken cancellation)
    {
        if (settings is null)
            return [new Finding("token", Health.Note, "No bot is configured.", "To have one, set Discord__Token.")];
        using var discord = new DiscordRest(
            new DiscordRestOptions { Token = settings.Token, BaseAddress = settings.ApiBaseUrl }, TimeProvider.System, NullLogger<DiscordRest>.Instance);
        var findings = new List<Finding>();
        try
        {
            var application = await discord.GetApplicationAsync(cancellation);
            var bot = (await discord.GetCurrentUserAsync(cancellation)).Id;
            findings.Add(new Finding("token", Health.Good, $"Discord knows it as application {application.Id}."));
            findings.Add(application.Flags is { } flags && (flags & (ApplicationFlags.GatewayGuildMembers | ApplicationFlags.GatewayGuildMembersLimited)) != ApplicationFlags.None
                ? new Finding("intents", Health.Good, "Server Members is switched on.")
                : new Finding("intents", Health.Bad, "Server Members is switched off.", $"Switch it on: {Portal}/{application.Id}/bot, Privileged Gateway Intents."));
            if (application.BotPublic == true)
            {
                findings.Add(new Finding(
                    "public bot", Health.Note, "Public Bot is switched on: anybody may add the bot to a server of theirs, and is an administrator there.",
                    $"Switch it off: {Portal}/{application.Id}/bot, Public Bot."));
            }

            var guilds = known.Select(Snowflake.Parse).Union(settings.OnlyGuild is { } only ? [only] : []).Where(settings.Serves).ToList();
            if (guilds.Count == 0)
                findings.Add(new Finding("permissions", Health.Note, "No server is known yet.", $"Invite the bot: {DiscordSettings.InviteLink(application.Id)}"));
            foreach (var guild in guilds)
                findings.Add(await ExamineAsync(discord, application.Id, bot, guild, cancellation));
        }
        catch (DiscordException e) when (e.Failure == DiscordFailure.Unauthorized)
        {
            // It may have been accepted a moment ago.
            findings.RemoveAll(f => f.Check == "token");
            findings.Add(new Finding("token", Health.Bad, "Discord does not accept the bot's token.", $"Reset it at {Portal}, page Bot, and set Discord__Token to the new one."));
        }
        catch (DiscordException e)
        {
            findings.Add(new Finding("token", Health.Bad, $"Discord does not answer as it should: {e.Message.TrimEnd('.')}.", "Check the network, and Discord__ApiBaseUrl if it is set."));
        }

        return findings;
    }

    private static async Task<Finding> ExamineAsync(DiscordRest discord, Snowflake application, Snowflake bot, Snowflake id, CancellationToken cancellation)
    {
        try
        {
            var guild = await discord.GetGuildAsync(id, cancellation);
            var member = await discord.FindMemberAsync(id, bot, cancellation);
            var missing = member is null ? DiscordSettings.Needed : DiscordSettings.Needed & ~Held(guild, member);
            return missing == Permissions.None
                ? new Finding("permissions", Health.Good, $"In server {id} the bot has all it needs.")
                : new Finding("permissions", Health.Bad, $"In server {id} the bot lacks {missing}.", $"Give its role these, or invite it again: {DiscordSettings.InviteLink(application)}");
        }
        catch (DiscordException e) when (e.Status is System.Net.HttpStatusCode.NotFound or System.Net.HttpStatusCode.Forbidden)
        {
            return new Finding("permissions", Health.Bad, $"The bot is not in server {id}.", $"Invite it: {DiscordSettings.InviteLink(application)}");
        }
        catch (DiscordException e) when (e.Failure != DiscordFailure.Unauthorized)
        {
            return new Finding("permissions", Health.Bad, $"Server {id} could not be looked at: {e.Message.TrimEnd('.')}.", "Try again in a minute; see https://discordstatus.com.");
        }
    }

    private static Permissions Held(Guild guild, GuildMember member) => MemberPermissions.InGuild(guild, member.User!.Id, member.Roles);
}
