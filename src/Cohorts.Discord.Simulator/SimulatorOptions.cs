namespace Cohorts.Discord.Simulator;

/// <summary>A REST call and its answer, word for word.</summary>
/// <param name="Path">Below /api/v10, such as /gateway/bot.</param>
/// <param name="Request">The JSON body, of a multipart request its payload; null where there was none, or none that is JSON.</param>
/// <param name="FileParts">Of a multipart request: the names of the parts that are files.</param>
/// <param name="Status">Null where no answer was made, because a fault that was asked for held the call back.</param>
/// <param name="Answer">JSON, or null where nothing was said.</param>
public sealed record RecordedCall(
    string Method, string Path, IReadOnlyDictionary<string, string> Query, string? Request, IReadOnlyList<string> FileParts, int? Status, string? Answer);

/// <summary>How a simulator starts.</summary>
public sealed record SimulatorOptions
{
    public const string DefaultUrl = "http://127.0.0.1:8484";

    /// <summary>Where to listen; port 0 takes a free one.</summary>
    public string Urls { get; init; } = DefaultUrl;

    /// <summary>Requests allowed in each window, multiplied by this. Above 0; 1 is Discord's own pace as far as it is known.</summary>
    public double RateFactor { get; init; } = 1;

    /// <summary>
    /// The three seconds within which a bot must acknowledge, multiplied by this. At least 1, which is Discord's; more for a bot on a machine
    /// that is slow or much else does.
    /// </summary>
    public double PatienceFactor { get; init; } = 1;

    /// <summary>Guilds that stand at the start, at least one.</summary>
    public int Guilds { get; init; } = 1;

    /// <summary>Members of each guild beside its owner, its administrator and the bot.</summary>
    public int Members { get; init; } = 30;

    /// <summary>What Hello names. It is a matter of the connection, and so of the machine's clock, not of the simulated one.</summary>
    public TimeSpan HeartbeatInterval { get; init; } = TimeSpan.FromMilliseconds(41_250);

    /// <summary>Told of every call of the REST interface before its answer is sent, so that tests can hold all of them to Discord's description.</summary>
    public Action<RecordedCall>? OnCall { get; init; }
}
