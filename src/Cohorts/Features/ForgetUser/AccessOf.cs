using Cohorts.Discord;
using Cohorts.Domain;
using Npgsql;

namespace Cohorts.Features.ForgetUser;

/// <summary>The verb's way to Discord, where a bot is configured.</summary>
public static class AccessOf
{
    /// <param name="Failure">Why Discord could not be asked; null when it was, or when no bot is configured.</param>
    public sealed record Found(DiscordUserId? Id, IReadOnlyList<string> Names, string? Failure);

    public static bool IsConfigured(IServiceProvider services) => services.GetService<DiscordRest>() is not null;

    public static bool IsDiscordId(string given) => given.Trim().Length > 14 && Snowflake.TryParse(given.Trim(), out _);

    public static async Task<Found> FindAsync(IServiceProvider services, string? discordId, string? username, CancellationToken cancellation)
    {
        Snowflake? id = Snowflake.TryParse(discordId?.Trim(), out var known) ? known : null;
        if (Access(services) is not { } access || (id is null && string.IsNullOrWhiteSpace(username)))
            return new Found(Id(id), [], null);
        try
        {
            var found = await access.FindAsync(id, username, cancellation);
            return new Found(Id(found.Id), found.Names, null);
        }
        catch (DiscordException e)
        {
            return new Found(Id(id), [], e.Message.TrimEnd('.'));
        }
    }

    /// <returns>How many overwrites were taken away, null where there was nothing to try; or why not all.</returns>
    public static async Task<(int? Removed, string? Failure)> TakeAwayAsync(IServiceProvider services, DiscordUserId? person, CancellationToken cancellation)
    {
        if (Access(services) is not { } access || person is not { } id)
            return (null, null);
        try
        {
            return (await access.TakeAwayAsync(new Snowflake(id.Value), cancellation), null);
        }
        catch (DiscordException e)
        {
            return (null, e.Message.TrimEnd('.'));
        }
    }

    private static DiscordUserId? Id(Snowflake? id) => id is { } known ? new DiscordUserId(known.Value) : null;

    private static AccessInDiscord? Access(IServiceProvider services) =>
        services.GetService<DiscordRest>() is { } discord ? new AccessInDiscord(discord, services.GetRequiredService<NpgsqlDataSource>()) : null;
}
