namespace Cohorts.Discord;

/// <summary>Which events Discord sends.</summary>
[Flags]
public enum GatewayIntents
{
    None = 0,
    Guilds = 1 << 0,
    /// <summary>Privileged: switched on in the developer portal.</summary>
    GuildMembers = 1 << 1,
    GuildScheduledEvents = 1 << 16,
}

public sealed record DiscordGatewayOptions
{
    public required GatewayIntents Intents { get; init; }

    /// <summary>To connect, and to be greeted.</summary>
    public TimeSpan HandshakeTimeout { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Between attempts that fail one after another; the pause doubles up to here.</summary>
    public TimeSpan LongestPause { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long an event whose handler throws is tried again before the ones behind it get their turn.</summary>
    public TimeSpan HandlerPatience { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>From 0 to 1; spreads heartbeats and attempts of many clients over time.</summary>
    public Func<double> Jitter { get; init; } = Random.Shared.NextDouble;
}

public enum GatewayState
{
    Disconnected,
    Connecting,
    /// <summary>Events come.</summary>
    Connected,
    /// <summary>Discord does not want this bot as it is; whoever runs it decides whether and when it is tried again.</summary>
    ClosedForGood,
}

/// <summary>Discord closed the connection for a reason that no attempt would change before somebody mends it. The text says why and what to do.</summary>
public sealed class DiscordGatewayException : Exception
{
    internal DiscordGatewayException(int closeCode, string message, Exception? inner = null)
        : base(message, inner) => CloseCode = closeCode;

    /// <summary>4004, 4010 to 4014; 401 when the address of the gateway was refused already.</summary>
    public int CloseCode { get; }

    /// <returns>Null when a new attempt may succeed.</returns>
    internal static DiscordGatewayException? For(int closeCode) => closeCode switch
    {
        4004 => new(closeCode, $"Discord does not accept the bot's token (4004). {DiscordException.HowTokensAreMended}."),
        4010 => new(closeCode, "Discord refused the shard number (4010), although this program asks for none. Check that nothing between it and Discord changes its messages."),
        4011 => new(closeCode, "The bot is in so many servers that Discord asks for several connections (4011), which this program does not make. Run it in fewer servers."),
        4012 => new(closeCode, "Discord no longer speaks version 10 of its gateway (4012). Update this program."),
        4013 => new(closeCode, "Discord does not know an intent that the bot asks for (4013). Update this program."),
        4014 => new(closeCode, "The bot asks for the privileged intent Server Members, which is not switched on (4014). Switch on \"Server Members Intent\" in the developer portal, page Bot; the connection is tried again by itself."),
        _ => null,
    };
}
