using Cohorts.Features.ImportCohort;

namespace Cohorts.Tests.Features.ImportCohort;

public sealed class ImportVerbTests
{
    [Theory]
    [InlineData("--start", "2027-13-11", "--start \"2027-13-11\" is not a date. Write year, month and day: 2027-01-11")]
    [InlineData("--start", "11.01.2027", "--start \"11.01.2027\" is not a date. Write year, month and day: 2027-01-11")]
    [InlineData("--start", "2027-02-29", "--start \"2027-02-29\" is not a date. Write year, month and day: 2027-01-11")]
    [InlineData("--meetings", "eight", "--meetings \"eight\" is not a whole number.")]
    [InlineData("--meeting-length", "1h", "--meeting-length \"1h\" is not a whole number.")]
    [InlineData("--meeting-timezone", "Berlin", "--meeting-timezone \"Berlin\" is not known; is Europe/Berlin meant?")]
    [InlineData("--times", "gmt", "--times is utc or local, not \"gmt\".")]
    public void An_option_that_cannot_be_read_is_told_with_what_to_write(string option, string value, string told)
    {
        string[] good = ["people.csv", "--course", "Rust", "--cohort", "January", "--start", "2027-01-11", "--meetings", "8"];
        var at = Array.IndexOf(good, option);
        string[] args = at < 0 ? [.. good, option, value] : [.. good[..at], option, value, .. good[(at + 2)..]];

        Assert.Equal(told, Assert.Single(ImportVerb.Create().Parse(args).Errors).Message);
        Assert.Empty(ImportVerb.Create().Parse(good).Errors);
    }
}
