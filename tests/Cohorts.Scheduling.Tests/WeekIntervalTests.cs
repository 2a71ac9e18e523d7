using CsCheck;

namespace Cohorts.Scheduling.Tests;

public class WeekIntervalTests
{
    public static readonly Gen<WeekInterval> Any =
        from start in Gen.Int[0, 10079]
        from length in Gen.OneOf(Gen.Int[1, 300], Gen.Int[1, 10080])
        select new WeekInterval(start, length);

    [Theory]
    [InlineData("M16:00 M18:30", 960, 150)]
    [InlineData("  M16:00   M18:30  ", 960, 150)]
    [InlineData("M9:00 M10:00", 540, 60)]
    [InlineData("U23:00 M01:00", 10020, 120)]
    [InlineData("M22:00 M24:00", 1320, 120)]
    [InlineData("U22:00 U24:00", 9960, 120)]
    [InlineData("M22:00 M00:00", 1320, 120)]
    [InlineData("M0:30 M0:00", 30, 1410)]
    [InlineData("U22:00 U00:00", 9960, 120)]
    [InlineData("M22:00 T00:00", 1320, 120)]
    [InlineData("M24:00 M24:00", 1440, 10080)]
    [InlineData("M18:00 U24:00", 1080, 9000)]
    [InlineData("T00:00 M00:00", 1440, 8640)]
    [InlineData("M24:00 T01:00", 1440, 60)]
    [InlineData("U24:00 M01:00", 0, 60)]
    [InlineData("M09:00 M09:00", 540, 10080)]
    [InlineData("M00:00 M00:00", 0, 10080)]
    [InlineData("T10:00 M10:00", 2040, 8640)]
    [InlineData("R12:15 R12:16", 5055, 1)]
    public void An_interval_is_read_as_it_stands(string text, int start, int length)
    {
        Assert.True(WeekInterval.TryParseList(text, out var intervals, out var problem), problem);
        Assert.Equal([new WeekInterval(start, length)], intervals);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("  , ,")]
    public void No_interval_is_no_mistake(string? text)
    {
        Assert.True(WeekInterval.TryParseList(text, out var intervals, out var problem));
        Assert.Empty(intervals);
        Assert.Null(problem);
    }

    [Theory]
    [InlineData("M16:00", "\"M16:00\" is not an interval")]
    [InlineData("M16:00 M17:00 M18:00", "is not an interval")]
    [InlineData("X16:00 M17:00", "\"X16:00\" does not begin with a day")]
    [InlineData("m16:00 m17:00", "\"m16:00\" does not begin with a day")]
    [InlineData("M16:00 T25:00", "\"T25:00\" is not a time from T00:00 to T24:00")]
    [InlineData("M24:01 T02:00", "\"M24:01\" is not a time")]
    [InlineData("M10:60 T02:00", "\"M10:60\" is not a time")]
    [InlineData("M10:5 T02:00", "\"M10:5\" is not a time")]
    [InlineData("M:30 T02:00", "\"M:30\" is not a time")]
    [InlineData("M-1:30 T02:00", "\"M-1:30\" is not a time")]
    [InlineData("M+1:30 T02:00", "\"M+1:30\" is not a time")]
    [InlineData("M１0:00 T02:00", "is not a time")]
    [InlineData("M10:00-M11:00", "is not an interval")]
    [InlineData("U24:00 M00:00", "ends where it starts")]
    [InlineData("M18:00 M09:00", "\"M18:00 M09:00\" ends before it starts: write the day on which it ends")]
    [InlineData("M18:00  M17:59", "ends before it starts")]
    [InlineData("U23:00 U01:00", "ends before it starts")]
    [InlineData("M24:00 M01:00", "ends before it starts")]
    [InlineData("M24:00 M00:00", "ends before it starts")]
    [InlineData("M10:00 M11:00; T10:00 T11:00", "is not an interval")]
    public void What_cannot_be_read_is_named(string text, string expected)
    {
        Assert.False(WeekInterval.TryParseList("W10:00 W11:00, " + text, out var intervals, out var problem));
        Assert.Empty(intervals);
        Assert.Contains(expected, problem, StringComparison.Ordinal);
    }

    [Fact]
    public void What_was_typed_is_shown_short_and_without_control_or_half_characters()
    {
        Assert.False(WeekInterval.TryParseList("\0\u001b[31m" + string.Concat(Enumerable.Repeat("😀", 5_000_000)), out _, out var problem));
        Assert.InRange(problem!.Length, 20, 200);
        Assert.DoesNotContain(problem, char.IsControl);
        Assert.All(Enumerable.Range(0, problem.Length), i => Assert.True(!char.IsSurrogate(problem[i]) || char.IsSurrogatePair(problem, i) || char.IsSurrogatePair(problem, i - 1)));
    }

    [Fact]
    public void Any_interval_is_read_back_from_its_text() =>
        Any.Sample(interval =>
        {
            Assert.True(WeekInterval.TryParseList(interval.ToString(), out var read, out var problem), problem);
            // What ends on its first day a week later takes two intervals, which are one again.
            if (interval.Length <= 6 * WeekInterval.MinutesPerDay)
                Assert.Equal([interval], read);
            Assert.Equal(Availability.From([interval]), Availability.From(read));
        });

    [Fact]
    public void Any_text_is_read_or_refused_with_a_reason() =>
        Gen.OneOf(Gen.String, Gen.String["MTWRFSU0123456789: ,"]).Sample(text =>
            Assert.Equal(WeekInterval.TryParseList(text, out _, out var problem), problem is null));
}
