namespace Cohorts.Hosting;

/// <summary>
/// What waits, limits and leases are measured by: it goes on steadily from where it was when the machine's clock is set back. Orleans
/// (10.4.2) makes no grain any more on a clock that was set back by more than its collection age, and a rate limit would last as long as
/// the clock was wrong. The time of day is NodaTime's clock.
/// </summary>
public sealed class SteadyClock : TimeProvider
{
    private readonly Lock _lock = new();
    private readonly TimeProvider _machine;
    private DateTimeOffset _time;
    private long _at;

    public SteadyClock(TimeProvider machine)
    {
        _machine = machine;
        (_time, _at) = (machine.GetUtcNow(), machine.GetTimestamp());
    }

    public override TimeZoneInfo LocalTimeZone => _machine.LocalTimeZone;

    public override long TimestampFrequency => _machine.TimestampFrequency;

    public override DateTimeOffset GetUtcNow()
    {
        lock (_lock)
        {
            var (shown, at) = (_machine.GetUtcNow(), _machine.GetTimestamp());
            var steady = _time + _machine.GetElapsedTime(_at, at);
            (_time, _at) = (shown > steady ? shown : steady, at);
            return _time;
        }
    }

    public override long GetTimestamp() => _machine.GetTimestamp();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        _machine.CreateTimer(callback, state, dueTime, period);
}
