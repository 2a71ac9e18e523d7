namespace Cohorts.Scheduling.Tests;

public class MeetingTimeTests
{
    [Theory]
    [InlineData(0, 60, "Monday 00:00-01:00")]
    [InlineData(3780, 60, "Wednesday 15:00-16:00")]
    [InlineData(3810, 45, "Wednesday 15:30-16:15")]
    [InlineData(1380, 60, "Monday 23:00-00:00")]
    [InlineData(1410, 90, "Monday 23:30-01:00")]
    [InlineData(10050, 60, "Sunday 23:30-00:30")]
    [InlineData(8640, 30, "Sunday 00:00-00:30")]
    [InlineData(7200, 1500, "Saturday 00:00-01:00")]
    public void A_weekly_time_is_written_as_the_original_writes_it(int start, int length, string text) =>
        Assert.Equal(text, MeetingTime.Text(start, length));

    [Theory]
    [InlineData(-1, 60)]
    [InlineData(10080, 60)]
    [InlineData(0, 0)]
    [InlineData(0, 10081)]
    public void A_time_outside_the_week_is_a_fault_of_the_caller(int start, int length) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => MeetingTime.Text(start, length));
}
