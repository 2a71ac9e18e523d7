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
    private readonly Sender pipeline;

    /// <param name="handler">Instead of the network stack that this makes itself; not disposed of.</param>
    public DiscordRest(DiscordRestOptions options, TimeProvider time, ILogger<DiscordRest> log, HttpMessageHandler? handler = null)
    {
        pipeline = new Sender(new RestPipeline(options, time, log, handler), Look: null, Patience: TimeSpan.Zero);
    }

    private DiscordRest(Sender pipeline) => this.pipeline = pipeline;

    /// <summary>
    /// For how long Discord has answered no attempt, or each with a failure of its own; null where it answered the last, or was not called
    /// lately.
    /// </summary>
    public TimeSpan? SilentFor => pipeline.Pipeline.SilentFor;

    /// <summary>
    /// Whether Discord does not accept the bot's token. It is asked again whenever something is to be sent, once a minute at most after the
    /// first minutes; what an interaction's own token authorizes is sent all the same.
    /// </summary>
    public bool IsTokenRefused => pipeline.Pipeline.IsTokenRefused;

    internal BotToken Token => pipeline.Pipeline.Token;

    /// <summary>
    /// The same way to Discord, with its limits; but each attempt at a call is preceded, after the waits for limits and between repeated
    /// attempts, by a look whether it may still be made.
    /// </summary>
    /// <param name="look">What it throws comes through, and nothing is sent.</param>
    public DiscordRest LookingBeforeEachCall(Func<CancellationToken, Task> look) => new(pipeline with { Look = look });

    /// <summary>
    /// The same way to Discord, with its limits; but while Discord fails or is not reached, a call goes on being repeated for that long
    /// before it fails. A creation that may have been carried out is not: Discord knows a nonce for a few minutes only.
    /// </summary>
    public DiscordRest WaitingForDiscord(TimeSpan patience) => new(pipeline with { Patience = patience });

    public void Dispose() => pipeline.Pipeline.Dispose();

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Query(params IReadOnlyList<(string Name, string? Value)> parts) =>
        string.Join('&', parts.Where(p => p.Value is not null).Select(p => $"{p.Name}={Uri.EscapeDataString(p.Value!)}"));

    private sealed record Sender(RestPipeline Pipeline, Func<CancellationToken, Task>? Look, TimeSpan Patience)
    {
        public Task<T> SendAsync<T>(RestCall call, CancellationToken cancellation) =>
            Pipeline.SendAsync<T>(call with { Look = Look, Patience = Patience }, cancellation);

        public Task SendAsync(RestCall call, CancellationToken cancellation) =>
            Pipeline.SendAsync(call with { Look = Look, Patience = Patience }, cancellation);
    }
}
