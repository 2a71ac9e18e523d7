using System.Globalization;

namespace Cohorts.SystemTests.Bot;

/// <summary>The machine that the tests run on, which others may keep busy.</summary>
internal static class Machine
{
    /// <summary>A time that is promised of a machine with nothing else to do, on this one as it is: twice as many processes as cores, twice the time.</summary>
    public static TimeSpan Allows(TimeSpan promised) => promised * Math.Max(1, Load() / Environment.ProcessorCount);

    private static double Load() => double.Parse(File.ReadAllText("/proc/loadavg").Split(' ')[0], CultureInfo.InvariantCulture);
}
