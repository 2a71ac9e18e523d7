namespace Cohorts.Discord;

public sealed record DiscordRestOptions
{
    public required BotToken Token { get; init; }

    /// <summary>The token as the settings have it now, looked at once the other was refused; null: it stays as it is.</summary>
    public Func<BotToken>? LatestToken { get; init; }

    /// <summary>With the version, without a slash at the end.</summary>
    public Uri BaseAddress { get; init; } = new("https://discord.com/api/v10");

    /// <summary>Discord wants <c>DiscordBot (address, version)</c> and blocks what is not named so.</summary>
    public string UserAgent { get; init; } = "DiscordBot (Cohorts.Discord, 1.0)";

    /// <summary>For one attempt.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>For one attempt to give an interaction its first answer, for which Discord leaves 3 s in all.</summary>
    public TimeSpan FirstAnswerTimeout { get; init; } = TimeSpan.FromSeconds(1.2);

    /// <summary>Of one request, when Discord fails or is not reached.</summary>
    public int MostAttempts { get; init; } = 5;

    /// <summary>Of one request, when it is refused by 429 each time.</summary>
    public int MostAttemptsWhenLimited { get; init; } = 10;

    /// <summary>A rate limit that lasts longer is reported instead of waited for.</summary>
    public TimeSpan LongestWait { get; init; } = TimeSpan.FromMinutes(11);

    /// <summary>Refused requests within ten minutes at which this client falls silent; at 10,000 Discord bans the address.</summary>
    public int MostInvalidRequests { get; init; } = 8_000;

    /// <summary>From 0 to 1; spreads repeated attempts over time.</summary>
    public Func<double> Jitter { get; init; } = Random.Shared.NextDouble;
}
