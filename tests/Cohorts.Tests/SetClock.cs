using NodaTime;

namespace Cohorts.Tests;

/// <summary>The day that handlers see; it stands until a test sets another.</summary>
internal sealed class SetClock(Instant now) : IClock
{
    public Instant Now { get; set; } = now;

    public Instant GetCurrentInstant() => Now;
}
