using Cohorts.Scheduling;
using NodaTime;
using NodaTime.TimeZones;

namespace Cohorts.Features.ImportCohort;

/// <summary>
/// Weekly hours between a person's clock and UTC, at the dates of a cohort: its first seven days stand for all its weeks. What the
/// clocks do later is told apart from this, see <see cref="ClockChange"/>.
/// </summary>
public static class LocalHours
{
    /// <summary>
    /// A local time that the clocks skip becomes the first moment after the gap; of one that comes twice the earlier is meant. The same
    /// for starts and ends, so that what was in order stays in order.
    /// </summary>
    private static readonly ZoneLocalMappingResolver Resolver =
        Resolvers.CreateMappingResolver(Resolvers.ReturnEarlier, Resolvers.ReturnStartOfIntervalAfter);

    /// <summary>The stretch in UTC, as it falls on the first such weekday from <paramref name="firstDay"/> on.</summary>
    public static WeekInterval ToUtc(WeekInterval local, DateTimeZone zone, LocalDate firstDay)
    {
        if (local.Length >= WeekInterval.MinutesPerWeek)
            return local;
        var from = FirstOccurrence(local.Start, firstDay);
        var start = from.InZone(zone, Resolver).ToInstant();
        var end = from.PlusMinutes(local.Length).InZone(zone, Resolver).ToInstant();
        var length = (int)(end - start).TotalMinutes;
        // A stretch that lies in the skipped hour would vanish from all weeks for the sake of one: it keeps its length after the gap.
        return new WeekInterval(MinuteOfWeek(start.InUtc().LocalDateTime), length <= 0 ? local.Length : Math.Min(length, WeekInterval.MinutesPerWeek));
    }

    /// <summary>The stretch by the clocks of a zone, as it falls on the first such weekday (in UTC) from <paramref name="firstDay"/> on.</summary>
    public static WeekInterval ToLocal(WeekInterval utc, DateTimeZone zone, LocalDate firstDay)
    {
        var start = FirstOccurrence(utc.Start, firstDay).InUtc().ToInstant();
        return utc with { Start = MinuteOfWeek(start.InZone(zone).LocalDateTime) };
    }

    /// <summary>How many minutes of a stretch by local clocks lie between 23:00 and 07:00.</summary>
    public static int NightMinutes(WeekInterval local)
    {
        var night = 0;
        var (from, to) = (local.Start, local.Start + local.Length);
        // Nights of two weeks, and the one that runs into Monday: a stretch begins in the first week and may end in the second.
        for (var day = -1; day < 14; day++)
        {
            var evening = day * WeekInterval.MinutesPerDay + 23 * 60;
            night += Math.Max(0, Math.Min(to, evening + 8 * 60) - Math.Max(from, evening));
        }

        return night;
    }

    private static LocalDateTime FirstOccurrence(int minuteOfWeek, LocalDate firstDay)
    {
        var weekday = minuteOfWeek / WeekInterval.MinutesPerDay;
        var daysAhead = (weekday - ((int)firstDay.DayOfWeek - 1) + 7) % 7;
        return firstDay.PlusDays(daysAhead).AtMidnight().PlusMinutes(minuteOfWeek % WeekInterval.MinutesPerDay);
    }

    private static int MinuteOfWeek(LocalDateTime time) =>
        ((int)time.DayOfWeek - 1) * WeekInterval.MinutesPerDay + time.Hour * 60 + time.Minute;
}
