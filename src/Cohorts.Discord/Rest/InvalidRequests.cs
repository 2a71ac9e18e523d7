namespace Cohorts.Discord;

/// <summary>
/// Discord bans an address for a while after 10,000 answers of 401, 403 or 429 within ten minutes (429 of scope <c>shared</c> are not
/// counted). This stops short of it.
/// </summary>
internal sealed class InvalidRequests(TimeProvider time, int most)
{
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(10);

    private readonly Lock gate = new();
    private readonly Queue<DateTimeOffset> lately = new();

    public void Add()
    {
        lock (gate)
        {
            Forget();
            lately.Enqueue(time.GetUtcNow());
        }
    }

    /// <summary>Zero: go on. Otherwise how long nothing may be sent.</summary>
    public TimeSpan StopFor()
    {
        lock (gate)
        {
            Forget();
            return lately.Count < most ? TimeSpan.Zero : lately.Peek() + Window - time.GetUtcNow();
        }
    }

    private void Forget()
    {
        var now = time.GetUtcNow();
        while (lately.TryPeek(out var oldest) && now - oldest >= Window)
            lately.Dequeue();
    }
}
