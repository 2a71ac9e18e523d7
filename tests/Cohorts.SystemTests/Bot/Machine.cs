using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;

namespace Cohorts.SystemTests.Bot;

/// <summary>The machine that the tests run on, which may be slow, and which others may keep busy.</summary>
internal static class Machine
{
    /// <summary>What the work that is measured takes where a promise was tried first, with nothing beside it.</summary>
    private static readonly TimeSpan WorkOfAQuietMachine = TimeSpan.FromMilliseconds(12);

    /// <summary>Tests run several at a time, and begin processes that do: a promise is made for one server on two processors.</summary>
    private const double TestsBeside = 1.5;

    /// <summary>A machine that is slower than this is not waited for.</summary>
    private const double Most = 12;

    private static readonly byte[] Block = new byte[1 << 20];

    /// <summary>A time that is promised of a machine with nothing else to do, on this one as it is now.</summary>
    public static TimeSpan Allows(TimeSpan promised) => promised * Slowness();

    /// <summary>
    /// How many times as long something takes now as on a quiet machine, at least once: by the processes that want to run on each processor,
    /// and by work that is measured, because processors differ and a virtual one may be another's for most of the time.
    /// </summary>
    public static double Slowness() => Math.Clamp(TestsBeside * Math.Max(Waiting() / Environment.ProcessorCount, Measured() / WorkOfAQuietMachine), 1, Most);

    private static double Waiting() => double.Parse(File.ReadAllText("/proc/loadavg").Split(' ')[0], CultureInfo.InvariantCulture);

    private static TimeSpan Measured()
    {
        var began = Stopwatch.GetTimestamp();
        Span<byte> hash = stackalloc byte[SHA512.HashSizeInBytes];
        for (var i = 0; i < 12; i++)
            SHA512.HashData(Block, hash);
        return Stopwatch.GetElapsedTime(began);
    }
}
