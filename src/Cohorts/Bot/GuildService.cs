using Cohorts.Discord;
using Cohorts.Hosting;

namespace Cohorts.Bot;

/// <summary>
/// Which servers the bot is in and which of them it serves: commands are registered in those, and withdrawn from all others. Called with the
/// gateway's events, one after another.
/// </summary>
public sealed class GuildService(BotGuilds guilds, CommandRegistration commands, DiscordRest discord, DiscordSettings settings)
{
    private bool _isReconciled;

    /// <summary>A new session, which names every server that the bot is in. Each follows with an event of its own.</summary>
    public async Task BeginAsync(Snowflake application, IReadOnlyList<Snowflake> all, CancellationToken cancellation)
    {
        await guilds.ReplaceAsync(application, all, cancellation);
        await WithdrawGlobalAsync(application, cancellation);
        _isReconciled = true;
    }

    /// <summary>
    /// A session that another process began: it names no servers again, while this process may have other commands, or serve another server.
    /// </summary>
    public async Task ResumeAsync(Snowflake application, CancellationToken cancellation)
    {
        if (_isReconciled)
            return;
        var known = await guilds.ListAsync(application, cancellation);
        if (known.Count == 0)
        {
            // The session was begun by a version that did not record them.
            known = [.. (await discord.ListOwnGuildsAsync(cancellation)).Select(g => g.Id)];
            await guilds.ReplaceAsync(application, known, cancellation);
        }

        foreach (var guild in known)
            await ReconcileAsync(application, guild, cancellation);
        await WithdrawGlobalAsync(application, cancellation);
        _isReconciled = true;
    }

    public async Task EnterAsync(Snowflake application, Guild guild, CancellationToken cancellation)
    {
        await guilds.AddAsync(application, guild, cancellation);
        await ReconcileAsync(application, guild.Id, cancellation);
    }

    public async Task LeaveAsync(Snowflake application, Snowflake guild, CancellationToken cancellation)
    {
        await guilds.RemoveAsync(guild, cancellation);
        await commands.ForgetAsync(application, guild, cancellation);
    }

    private Task ReconcileAsync(Snowflake application, Snowflake guild, CancellationToken cancellation) => settings.Serves(guild)
        ? commands.EnsureAsync(application, guild, cancellation)
        : commands.WithdrawAsync(application, guild, cancellation);

    /// <summary>Commands of all servers would be offered in those that are not served.</summary>
    private Task WithdrawGlobalAsync(Snowflake application, CancellationToken cancellation) =>
        settings.OnlyGuild is null ? Task.CompletedTask : commands.WithdrawGlobalAsync(application, cancellation);
}
