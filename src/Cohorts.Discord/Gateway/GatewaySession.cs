namespace Cohorts.Discord;

/// <summary>Enough to take up a session where it ended, also in another process.</summary>
/// <param name="Sequence">Of the last event that was handled: Discord replays what came after it.</param>
public sealed record GatewaySession(string SessionId, Uri ResumeUrl, long Sequence)
{
    /// <summary>With the bot's token the id is enough to read along, so it is not shown.</summary>
    public override string ToString() => $"session at {Sequence}";
}

/// <summary>Where sessions are kept between connections and processes.</summary>
public interface IGatewaySessionStore
{
    /// <returns>Null where none was kept.</returns>
    Task<GatewaySession?> LoadAsync(CancellationToken cancellation);

    /// <summary>
    /// Called after an event was handled, and never before. While events come in a row, about once a second, so what is kept may lag
    /// behind: events then come again, none is lost.
    /// </summary>
    Task SaveAsync(GatewaySession session, CancellationToken cancellation);
}
