using Cohorts.Discord;
using Npgsql;

namespace Cohorts.Features.ForgetUser;

/// <summary>The verb's way to Discord, where a bot is configured.</summary>
public static class AccessOf
{
    public static bool IsDiscordId(string given) => given.Trim().Length > 14 && Snowflake.TryParse(given.Trim(), out _);

    /// <returns>How many overwrites were taken away, null where there was nothing to try; or why not all, as a sentence.</returns>
    public static async Task<(int? Removed, string? Failure)> TakeAwayAsync(IServiceProvider services, string? discordId, CancellationToken cancellation)
    {
        if (services.GetService<DiscordRest>() is not { } discord || !Snowflake.TryParse(discordId?.Trim(), out var person))
            return (null, null);
        try
        {
            return (await new AccessInDiscord(discord, services.GetRequiredService<NpgsqlDataSource>()).TakeAwayAsync(person, cancellation), null);
        }
        catch (DiscordException e)
        {
            return (null, $"The person's rows are erased, but not all access in Discord: {e.Message.TrimEnd('.')}. Run it again: ./cohorts forget {person}");
        }
    }
}
