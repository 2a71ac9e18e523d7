using Cohorts.Domain;
using Cohorts.Scheduling;
using NodaTime;

namespace Cohorts.Features.ImportCohort;

/// <summary>What an import lets its organizer see before they form groups from it. Pure.</summary>
public static class SumUp
{
    private static readonly string[] Weekdays = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

    public static ImportCohort.Leaders CountLeaders(
        CohortId cohort, IReadOnlyList<Change> changes, IReadOnlyList<KnownPerson> kept, ILookup<UserId, LiveSeat> seats)
    {
        int Elsewhere(UserId user) => seats[user].Count(s => s.CohortId != cohort && s.Role == "facilitator" && s.MeetsMeanwhile);
        var limits = changes.Where(c => c.Role == CohortRole.Facilitator)
            .Select(c => c.MaxGroups - (c.Known is { } known ? Elsewhere(known.UserId) : 0))
            .Concat(kept.Where(k => k.CohortRole == CohortRole.Facilitator).Select(k => (k.MaxGroups ?? 1) - Elsewhere(k.UserId)))
            .ToList();
        return new ImportCohort.Leaders(limits.Count, limits.Sum(l => Math.Max(0, l)), changes.Count + kept.Count - limits.Count);
    }

    /// <summary>Preferably somebody whose clock differs from UTC: only there a wrong reading of the times shows.</summary>
    public static ImportCohort.ReadBack? ReadOneBack(IReadOnlyList<(Change Change, DateTimeZone? Zone)> people, LocalDate start)
    {
        var free = people.Where(p => !p.Change.Entry.Hours.IsEmpty).ToList();
        if (free.Count == 0)
            return null;
        var noon = start.At(LocalTime.Noon).InUtc().ToInstant();
        var chosen = free.Select(p => ((Change Change, DateTimeZone? Zone)?)p)
                .FirstOrDefault(p => p!.Value.Zone is { } z && z.GetUtcOffset(noon) != Offset.Zero)
            ?? free.Select(p => ((Change Change, DateTimeZone? Zone)?)p).FirstOrDefault(p => p!.Value.Zone is not null)
            ?? free[0];
        var stretches = chosen.Change.Entry.Hours.Intervals
            .Select(i => LocalHours.ToLocal(i, chosen.Zone ?? DateTimeZone.Utc, start))
            .OrderBy(i => i.Start)
            .ToList();
        return new ImportCohort.ReadBack(
            chosen.Change.Entry.Name,
            chosen.Zone is null ? null : ZoneNames.Place(chosen.Zone.Id),
            Stretch(stretches[0]),
            stretches.Count - 1);
    }

    /// <summary><c>Monday 18:00-20:30</c>, or with the second day where a stretch ends on another one.</summary>
    public static string Stretch(WeekInterval interval)
    {
        if (interval.Length >= WeekInterval.MinutesPerWeek)
            return "the whole week";
        static string Time(int minute) => $"{minute % WeekInterval.MinutesPerDay / 60:00}:{minute % 60:00}";
        var end = interval.Start + interval.Length;
        var startDay = interval.Start / WeekInterval.MinutesPerDay;
        // Midnight ends the day before, written 24:00.
        var endDay = (end - 1) / WeekInterval.MinutesPerDay;
        var endTime = end % WeekInterval.MinutesPerDay == 0 ? "24:00" : Time(end);
        return startDay == endDay
            ? $"{Weekdays[startDay]} {Time(interval.Start)}-{endTime}"
            : $"{Weekdays[startDay]} {Time(interval.Start)} to {Weekdays[endDay % 7]} {endTime}";
    }

    public static IEnumerable<ImportCohort.MeetingMissed> FindMissedMeetings(
        CohortId cohort, IReadOnlyList<Change> changes, ILookup<UserId, LiveSeat> seats) =>
        from change in changes
        where change.HoursChanged
        from seat in seats[change.Known!.UserId]
        where seat is { StartMinute: not null, IsOver: false }
        let meeting = new WeekInterval(seat.StartMinute!.Value, seat.LengthMinutes)
        where !change.AllHours.Contains(meeting)
        select new ImportCohort.MeetingMissed(
            change.Entry.Name, seat.GroupName, Stretch(meeting), seat.CohortId == cohort ? null : seat.CohortName);

    /// <summary>What was taken as it stands, and is probably not what was meant.</summary>
    public static IEnumerable<string> Doubts(
        ImportCohort.Command request, IReadOnlyList<(Change Change, DateTimeZone? Zone)> people, DateTimeOffset now)
    {
        if (request.Start.ToDateOnly() < DateOnly.FromDateTime(now.UtcDateTime))
            yield return $"The cohort starts on {request.Start.ToString("uuuu-MM-dd", null)}, which is past. Is the year right?";

        var (free, night) = (0L, 0L);
        foreach (var (change, zone) in people)
        {
            if (zone is null)
                continue;
            foreach (var interval in change.Entry.Hours.Intervals)
            {
                free += interval.Length;
                night += LocalHours.NightMinutes(LocalHours.ToLocal(interval, zone, request.Start));
            }
        }

        if (night * 2 > free)
        {
            yield return $"{night * 100 / free} of 100 free hours fall into people's night, 23:00 to 07:00 by their clocks. " +
                (request.Times == Times.Utc ? "Did you mean --times local?" : "Did you mean --times utc?");
        }

        var still = people
            .Select(p => (p.Change.Entry, Zone: p.Change.Entry.ZoneAsTyped as ZoneReading.Fixed))
            .Where(p => p.Zone is not null)
            .GroupBy(p => p.Zone!.Zone.Id, p => p.Entry.Name, StringComparer.Ordinal)
            .Select(g => $"{g.Key}: {Wording.Names([.. g], 5)}")
            .ToList();
        if (still.Count > 0)
        {
            yield return "A timezone that is a distance from UTC knows no summer time. Where somebody's clocks change, give the place, such as Europe/Berlin; "
                + $"taken as it stands for {string.Join("; ", still)}.";
        }

        var ids = people.Select(p => p.Change.Entry.DiscordId).OfType<DiscordUserId>().ToList();
        var rounded = ids.Count(i => i.Value % 1000 == 0);
        if (rounded >= 2 && rounded * 2 >= ids.Count)
        {
            yield return $"{rounded} of {ids.Count} Discord ids end in 000: a spreadsheet has probably rounded them, and they belong to nobody. " +
                "Format that column as text and paste the ids in again.";
        }
    }

    /// <summary>What was done that somebody may not expect.</summary>
    public static IEnumerable<string> Remarks(
        ImportCohort.Command request, Sheet sheet, string cohortStatus, IReadOnlyList<Change> changes)
    {
        if (cohortStatus != "active")
            yield return $"{request.Cohort} is marked {cohortStatus}.";
        if (sheet.IgnoredColumns.Count > 0)
        {
            yield return $"{Counted.Of(sheet.IgnoredColumns.Count, "column was", "columns were")} not used: " +
                $"{Wording.Names(sheet.IgnoredColumns, 8)}.";
        }

        foreach (var mapped in changes.Select(c => c.Entry.ZoneAsTyped).OfType<ZoneReading.Mapped>().GroupBy(z => (z.Typed, z.Zone.Id)))
            yield return $"timezone \"{BadRows.Show(mapped.Key.Typed)}\" was read as {mapped.Key.Id}, for {Counted.Of(mapped.Count(), "person", "people")}.";

        var idle = changes.Where(c => c.Role == CohortRole.Participant && c.Entry.MaxGroups is not null).Select(c => c.Entry.Name).ToList();
        if (idle.Count > 0)
            yield return $"max_groups counts for facilitators alone; it is filled in for {Counted.Of(idle.Count, "participant", "participants")}: {Wording.Names(idle, 5)}.";

        foreach (var (entry, known) in changes.Where(c => c.Known is not null).Select(c => (c.Entry, c.Known!)))
        {
            if (Changes(entry.DiscordId?.ToString(), known.DiscordId))
                yield return $"Line {entry.Line} ({BadRows.Show(entry.Name)}): their discord_id was {BadRows.Show(known.DiscordId!)} and is now {entry.DiscordId}.";
            if (Changes(entry.Email?.ToLowerInvariant(), known.Email?.ToLowerInvariant()))
                yield return $"Line {entry.Line} ({BadRows.Show(entry.Name)}): their email was {BadRows.Show(known.Email!)} and is now {BadRows.Show(entry.Email!)}.";
        }
    }

    private static bool Changes(string? given, string? stored) => given is not null && !string.IsNullOrEmpty(stored) && given != stored;
}
