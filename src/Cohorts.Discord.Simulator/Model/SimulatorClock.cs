namespace Cohorts.Discord.Simulator.Model;

/// <summary>
/// The simulator's own time: rates, interaction deadlines, token lifetimes, scheduled events and snowflakes all read it.
/// It runs with the machine's clock until it is stopped, and is moved forward by hand; it never goes back.
/// </summary>
public sealed class SimulatorClock : TimeProvider
{
    /// <summary>Milliseconds since 2015 in 42 bits, which ids begin with, end in 2154.</summary>
    public static readonly DateTimeOffset Last = new(2150, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly Lock gate = new();
    private DateTimeOffset shownAtAnchor;
    private long anchor;
    private bool running = true;

    public SimulatorClock()
    {
        shownAtAnchor = System.GetUtcNow();
        anchor = System.GetTimestamp();
    }

    /// <summary>False while the clock stands still and moves by <see cref="Advance"/> only.</summary>
    public bool Running
    {
        get
        {
            lock (gate)
            {
                return running;
            }
        }
        set
        {
            lock (gate)
            {
                shownAtAnchor = Shown();
                anchor = System.GetTimestamp();
                running = value;
            }
        }
    }

    public override DateTimeOffset GetUtcNow()
    {
        lock (gate)
        {
            return Shown();
        }
    }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => GetUtcNow().UtcTicks;

    /// <param name="by">Not negative.</param>
    public void Advance(TimeSpan by)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(by, TimeSpan.Zero);
        lock (gate)
        {
            shownAtAnchor += by;
        }
    }

    private DateTimeOffset Shown() => running ? shownAtAnchor + System.GetElapsedTime(anchor) : shownAtAnchor;
}
