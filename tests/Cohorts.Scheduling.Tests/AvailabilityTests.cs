using CsCheck;

namespace Cohorts.Scheduling.Tests;

/// <summary>Every operation against the plain set of minutes it stands for.</summary>
public class AvailabilityTests
{
    private static readonly Gen<List<WeekInterval>> Lists = WeekIntervalTests.Any.List[0, 6];

    [Fact]
    public void The_union_of_intervals_holds_exactly_their_minutes_in_disjoint_intervals_that_do_not_touch() =>
        Lists.Sample(list =>
        {
            var availability = Availability.From(list);
            var minutes = Minutes(list);
            Assert.Equal(minutes, Minutes(availability.Intervals));
            Assert.Equal(minutes.Count(m => m), availability.TotalMinutes);
            Assert.Equal(availability.TotalMinutes == 0, availability.IsEmpty);
            Assert.Equal(Enumerable.Range(0, 10080).Count(m => minutes[m] && !minutes[(m + 10079) % 10080]), minutes.All(m => m) ? 0 : availability.Intervals.Count);
            Assert.Equal(availability.Intervals.OrderBy(i => i.Start), availability.Intervals);
            Assert.All(availability.Intervals, i => Assert.True(i is { Start: >= 0 and < 10080, Length: >= 1 and <= 10080 }));
        });

    [Fact]
    public void Its_text_is_read_back_to_the_same() =>
        Lists.Sample(list =>
        {
            var availability = Availability.From(list);
            Assert.True(Availability.TryParse(availability.ToString(), out var read, out _));
            Assert.Equal(availability, read);
            Assert.Equal(availability.GetHashCode(), read.GetHashCode());
        });

    [Fact]
    public void Union_and_difference_are_those_of_the_minutes() =>
        Gen.Select(Lists, Lists).Sample((one, other) =>
        {
            var (a, b) = (Minutes(one), Minutes(other));
            Assert.Equal(a.Zip(b, (x, y) => x || y), Minutes(Availability.From(one).Union(Availability.From(other)).Intervals));
            Assert.Equal(a.Zip(b, (x, y) => x && !y), Minutes(Availability.From(one).Except(Availability.From(other)).Intervals));
        });

    [Fact]
    public void Contained_is_what_has_every_minute_free() =>
        Gen.Select(Lists, WeekIntervalTests.Any).Sample((list, meeting) =>
        {
            var minutes = Minutes(list);
            Assert.Equal(Enumerable.Range(meeting.Start, meeting.Length).All(m => minutes[m % 10080]), Availability.From(list).Contains(meeting));
        });

    [Fact]
    public void Starts_are_the_half_hours_from_which_the_whole_meeting_is_free() =>
        Gen.Select(Lists, Gen.OneOf(Gen.Int[1, 200], Gen.Int[1, 10080])).Sample((list, length) =>
        {
            var minutes = Minutes(list);
            var starts = Availability.From(list).Starts(length);
            for (var slot = 0; slot < 336; slot++)
                Assert.Equal(Enumerable.Range(slot * 30, length).All(m => minutes[m % 10080]), starts.Contains(slot));
        });

    [Fact]
    public void Sunday_night_and_Monday_morning_are_one_stretch()
    {
        Assert.True(Availability.TryParse("U23:00 U24:00, M00:00 M01:00", out var availability, out _));
        Assert.Equal([new WeekInterval(10020, 120)], availability.Intervals);
        Assert.Equal([334, 335, 0], [.. Slots(availability.Starts(60)).OrderBy(s => s < 10 ? s + 336 : s)]);
    }

    [Fact]
    public void A_whole_week_has_every_start_whatever_the_length_and_wherever_it_begins()
    {
        Assert.True(Availability.TryParse("W09:10 W09:10", out var availability, out _));
        Assert.Equal([new WeekInterval(0, 10080)], availability.Intervals);
        Assert.Equal(336, availability.Starts(10080).Count);
    }

    [Fact]
    public void A_text_of_ten_megabytes_is_read_in_a_moment()
    {
        var text = string.Join(',', Enumerable.Repeat("M00:00 U24:00", 700_000));
        var started = System.Diagnostics.Stopwatch.GetTimestamp();
        Assert.True(Availability.TryParse(text, out var availability, out _));
        Assert.Equal(10080, availability.TotalMinutes);
        // A moment is a fraction of a second; to look at each interval again for each other would take hours.
        Assert.True(System.Diagnostics.Stopwatch.GetElapsedTime(started) < TimeSpan.FromMinutes(2));
    }

    [Fact]
    public void What_cannot_be_read_is_nothing()
    {
        Assert.False(Availability.TryParse("M10:00 M11:00, whenever", out var availability, out var problem));
        Assert.Same(Availability.None, availability);
        Assert.NotNull(problem);
    }

    private static bool[] Minutes(IEnumerable<WeekInterval> intervals)
    {
        var minutes = new bool[10080];
        foreach (var m in intervals.SelectMany(i => Enumerable.Range(i.Start, i.Length)))
            minutes[m % 10080] = true;
        return minutes;
    }

    private static IEnumerable<int> Slots(SlotSet set)
    {
        foreach (var slot in set)
            yield return slot;
    }
}
