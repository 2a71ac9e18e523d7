using System.Globalization;

namespace Cohorts.Discord.Simulator.Model;

/// <summary>Discord's id: milliseconds since 2015 in the upper 42 bits, so that ids sort by age.</summary>
internal readonly record struct Snowflake(ulong Value) : IComparable<Snowflake>
{
    public static readonly DateTimeOffset Epoch = new(2015, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public int CompareTo(Snowflake other) => Value.CompareTo(other.Value);

    public static bool operator <(Snowflake left, Snowflake right) => left.Value < right.Value;

    public static bool operator >(Snowflake left, Snowflake right) => left.Value > right.Value;

    public static bool operator <=(Snowflake left, Snowflake right) => left.Value <= right.Value;

    public static bool operator >=(Snowflake left, Snowflake right) => left.Value >= right.Value;

    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);

    public static bool TryParse(string? text, out Snowflake id)
    {
        var read = ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value);
        id = new Snowflake(value);
        return read;
    }
}

/// <summary>Makes ids. Those of the guilds that stand at the start are the same in every run, so that a database that names them stays right.</summary>
internal sealed class Snowflakes(TimeProvider clock)
{
    /// <summary>A fixed moment, 1 January 2024, for what stands at the start.</summary>
    private static readonly ulong Seeded = MillisecondsOf(new DateTimeOffset(2024, 1, 1, 0, 0, 0, TimeSpan.Zero));

    private ulong lastMillisecond;
    private ulong increment;
    private ulong seeded;

    public Snowflake Seed() => new(((Seeded + (++seeded * 60_000)) << 22) | (seeded & 0xFFF));

    public Snowflake Next()
    {
        var now = MillisecondsOf(clock.GetUtcNow());
        if (now > lastMillisecond)
        {
            (lastMillisecond, increment) = (now, 0);
        }
        else if (++increment > 0xFFF)
        {
            (lastMillisecond, increment) = (lastMillisecond + 1, 0);
        }

        return new Snowflake((lastMillisecond << 22) | increment);
    }

    private static ulong MillisecondsOf(DateTimeOffset time) => (ulong)(time - Snowflake.Epoch).TotalMilliseconds;
}
