namespace Cohorts.Discord.Simulator;

/// <summary>How a simulator starts.</summary>
public sealed record SimulatorOptions
{
    public const string DefaultUrl = "http://127.0.0.1:8484";

    /// <summary>Where to listen; port 0 takes a free one.</summary>
    public string Urls { get; init; } = DefaultUrl;

    /// <summary>Requests allowed in each window, multiplied by this. Above 0; 1 is Discord's own pace as far as it is known.</summary>
    public double RateFactor { get; init; } = 1;

    /// <summary>Guilds that stand at the start, at least one.</summary>
    public int Guilds { get; init; } = 1;

    /// <summary>Members of each guild beside its owner, its administrator and the bot.</summary>
    public int Members { get; init; } = 30;

    /// <summary>What Hello names. It is a matter of the connection, and so of the machine's clock, not of the simulated one.</summary>
    public TimeSpan HeartbeatInterval { get; init; } = TimeSpan.FromMilliseconds(41_250);
}
