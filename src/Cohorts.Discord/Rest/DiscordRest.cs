using System.Globalization;
using Microsoft.Extensions.Logging;

namespace Cohorts.Discord;

/// <summary>
/// Discord's REST API, version 10, as far as it is needed here. Every method waits for the rate limits first and repeats what can be
/// repeated; what remains is a <see cref="DiscordException"/>. One instance per bot and process: it holds the counts of the limits.
/// </summary>
/// <remarks>A <c>reason</c> is written into the guild's audit log, at most 512 UTF-16 units of it.</remarks>
public sealed partial class DiscordRest : IDisposable
{
    private readonly RestPipeline pipeline;

    /// <param name="handler">Instead of the network stack that this makes itself; not disposed of.</param>
    public DiscordRest(DiscordRestOptions options, TimeProvider time, ILogger<DiscordRest> log, HttpMessageHandler? handler = null)
    {
        Token = options.Token;
        pipeline = new RestPipeline(options, time, log, handler);
    }

    /// <summary>Answers of 401, 403 and 429 within the last ten minutes; 10,000 would be a ban.</summary>
    public int InvalidRequestsLately => pipeline.InvalidLately;

    internal BotToken Token { get; }

    public void Dispose() => pipeline.Dispose();

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Query(params IReadOnlyList<(string Name, string? Value)> parts) =>
        string.Join('&', parts.Where(p => p.Value is not null).Select(p => $"{p.Name}={Uri.EscapeDataString(p.Value!)}"));
}
