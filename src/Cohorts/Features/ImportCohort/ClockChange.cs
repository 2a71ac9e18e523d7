using NodaTime;

namespace Cohorts.Features.ImportCohort;

/// <summary>
/// A day within a cohort's weeks from which its meetings fall at another time of the day for some of its people: their clocks changed and
/// those that the meetings follow did not, or the other way round.
/// </summary>
/// <param name="Week">1 for the cohort's first seven days.</param>
/// <param name="Date">By the clocks that change.</param>
/// <param name="MinutesLater">How much later a meeting is by these people's clocks from then on; negative: earlier.</param>
public sealed record ClockChange(int Week, LocalDate Date, int MinutesLater, IReadOnlyList<string> Zones, IReadOnlyList<string> People)
{
    /// <summary>All such days from the start on, in their order; people are named in the order given.</summary>
    /// <param name="meetingZone">The zone whose clocks the meetings follow; UTC where the cohort has none.</param>
    public static IReadOnlyList<ClockChange> Find(
        IEnumerable<(string Name, DateTimeZone Zone)> people, DateTimeZone meetingZone, LocalDate start, int weeks)
    {
        var byZone = people.GroupBy(p => p.Zone.Id, StringComparer.Ordinal);
        // Both clocks may change on one date, some hours apart: to the people of the zone that is one change.
        var changes = byZone.SelectMany(z => Find(z.First().Zone, meetingZone, start, weeks)
            .GroupBy(c => c.Date, c => c.MinutesLater)
            .Select(c => (Date: c.Key, MinutesLater: c.Sum(), Zone: z.Key, People: z.Select(p => p.Name)))
            .Where(c => c.MinutesLater != 0));
        return
        [
            .. changes
                .GroupBy(c => (c.Date, c.MinutesLater))
                .OrderBy(g => g.Key.Date).ThenBy(g => g.Key.MinutesLater)
                .Select(g => new ClockChange(
                    Period.DaysBetween(start, g.Key.Date) / 7 + 1,
                    g.Key.Date,
                    g.Key.MinutesLater,
                    [.. g.Select(c => c.Zone).Order(StringComparer.Ordinal)],
                    [.. g.SelectMany(c => c.People)])),
        ];
    }

    private static IEnumerable<(LocalDate Date, int MinutesLater)> Find(
        DateTimeZone own, DateTimeZone meeting, LocalDate start, int weeks)
    {
        var from = meeting.AtStartOfDay(start).ToInstant();
        var to = meeting.AtStartOfDay(start.PlusDays(7 * weeks)).ToInstant();
        // Two zones may be more than 18 hours apart, which is more than an Offset holds.
        int SecondsAhead(Instant at) => own.GetUtcOffset(at).Seconds - meeting.GetUtcOffset(at).Seconds;

        var before = SecondsAhead(from);
        foreach (var moment in Moments(own, from, to).Concat(Moments(meeting, from, to)).Distinct().Order())
        {
            var after = SecondsAhead(moment);
            if (after == before)
                continue;
            var changed = own.GetUtcOffset(moment - Duration.Epsilon) != own.GetUtcOffset(moment) ? own : meeting;
            yield return (LocalDate.Max(start, moment.InZone(changed).Date), (after - before) / 60);
            before = after;
        }
    }

    private static IEnumerable<Instant> Moments(DateTimeZone zone, Instant from, Instant to) =>
        zone.GetZoneIntervals(from, to).Where(i => i.HasStart && i.Start > from).Select(i => i.Start);
}
