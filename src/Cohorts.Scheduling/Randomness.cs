namespace Cohorts.Scheduling;

/// <summary>
/// SplitMix64 (Steele, Lea, Flood 2014). Written out here, because the sequence of <see cref="Random"/> for a seed is not
/// promised to stay the same, and a stored seed must give the same groups later and elsewhere.
/// </summary>
internal sealed class Randomness(int seed)
{
    private ulong _state = (ulong)seed;

    /// <summary>0 to <paramref name="limit"/> − 1; the limit is 1 or more.</summary>
    public int Below(int limit)
    {
        var z = _state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        z ^= z >> 31;
        return (int)((z >> 32) * (ulong)limit >> 32);
    }
}
