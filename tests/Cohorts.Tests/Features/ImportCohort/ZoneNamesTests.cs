using Cohorts.Features.ImportCohort;
using NodaTime;
using NodaTime.TimeZones;

namespace Cohorts.Tests.Features.ImportCohort;

/// <summary>
/// Time zones as people write them. Cases: IANA names in any writing; names that stand still all year and are meant otherwise; distances
/// from UTC; Windows' names and what Outlook shows; cities, countries and abbreviations, which are asked about; mistypings; nonsense.
/// </summary>
public sealed class ZoneNamesTests
{
    private static readonly ZoneNames Zones = new(DateTimeZoneProviders.Tzdb);

    [Theory]
    [InlineData("Europe/Berlin", "Europe/Berlin")]
    [InlineData("europe/berlin", "Europe/Berlin")]
    [InlineData("America/New York", "America/New_York")]
    [InlineData("America / New_York", "America/New_York")]
    [InlineData("America\u00A0/\u00A0New York", "America/New_York")]
    [InlineData("Europe/Kiev", "Europe/Kiev")]
    [InlineData("Asia/Calcutta", "Asia/Calcutta")]
    [InlineData("US/Pacific", "US/Pacific")]
    [InlineData("CET", "CET")]
    [InlineData("PST8PDT", "PST8PDT")]
    [InlineData("est5edt", "EST5EDT")]
    [InlineData("UTC", "UTC")]
    public void Is_taken_as_it_stands(string typed, string zone) => Assert.Equal(zone, Assert.IsType<ZoneReading.Known>(Zones.Read(typed)).Zone.Id);

    [Theory]
    [InlineData("EST", "America/New_York", "UTC-05")]
    [InlineData("est", "America/New_York", "UTC-05")]
    [InlineData("MST", "America/Denver", "UTC-07")]
    [InlineData("HST", "Pacific/Honolulu", "UTC-10")]
    [InlineData("Etc/GMT+5", "UTC-05", "UTC+05")]
    [InlineData("Etc/GMT-1", "UTC+01", "UTC-01")]
    [InlineData("etc/gmt-12", "UTC+12", "UTC-12")]
    public void Is_asked_about_because_it_hardly_means_what_it_says(string typed, string meant, string orElse)
    {
        var question = Assert.IsType<ZoneReading.Asked>(Zones.Read(typed)).Question;

        Assert.Contains(meant, question, StringComparison.Ordinal);
        Assert.Contains(orElse, question, StringComparison.Ordinal);
        Assert.Contains("summer time", question, StringComparison.Ordinal);
        // What it says to write is taken then.
        Assert.IsType<ZoneReading.Fixed>(Zones.Read(orElse));
    }

    [Theory]
    [InlineData("UTC-5", "UTC-05")]
    [InlineData("UTC-05", "UTC-05")]
    [InlineData("UTC+5:30", "UTC+05:30")]
    [InlineData("utc +2", "UTC+02")]
    [InlineData("GMT+5", "UTC+05")]
    [InlineData("GMT\u22123", "UTC-03")]
    [InlineData("+0545", "UTC+05:45")]
    [InlineData("GMT", "GMT")]
    [InlineData("Etc/Greenwich", "Etc/Greenwich")]
    public void Is_a_distance_from_UTC_and_told(string typed, string zone) => Assert.Equal(zone, Assert.IsType<ZoneReading.Fixed>(Zones.Read(typed)).Zone.Id);

    [Theory]
    [InlineData("Eastern Standard Time", "America/New_York")]
    [InlineData("eastern standard time", "America/New_York")]
    [InlineData("Eastern Daylight Time", "America/New_York")]
    [InlineData("W. Europe Standard Time", "Europe/Berlin")]
    [InlineData("W. Europe Daylight Time", "Europe/Berlin")]
    [InlineData("Romance Standard Time", "Europe/Paris")]
    [InlineData("GMT Standard Time", "Europe/London")]
    [InlineData("US Mountain Standard Time", "America/Phoenix")]
    [InlineData("(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna", "Europe/Berlin")]
    [InlineData("(GMT+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna", "Europe/Berlin")]
    [InlineData("(UTC-05:00) Eastern Time (US & Canada)", "America/New_York")]
    [InlineData("(UTC-08:00) Pacific Time (US & Canada)", "America/Los_Angeles")]
    [InlineData("(UTC+00:00) Dublin, Edinburgh, Lisbon, London", "Europe/London")]
    [InlineData("(UTC+05:30) Chennai, Kolkata, Mumbai, New Delhi", "Asia/Kolkata")]
    [InlineData("(UTC-07:00) Arizona", "America/Phoenix")]
    [InlineData("(UTC) Coordinated Universal Time", "Etc/UTC")]
    [InlineData("(UTC-12:00) International Date Line West", "UTC-12")]
    [InlineData("(UTC+01:00) Rome, Vienna", "Europe/Vienna")]
    [InlineData("(GMT+01:00) Central European Time - Berlin", "Europe/Berlin")]
    public void Is_a_name_of_Windows_or_another_program_and_told(string typed, string zone)
    {
        var read = Assert.IsType<ZoneReading.Mapped>(Zones.Read(typed)).Zone;
        // Which of two names of one zone CLDR has, changes.
        Assert.Equal(Clock(DateTimeZoneProviders.Tzdb.GetZoneOrNull(zone)!), Clock(read));
    }

    [Fact]
    public void Every_zone_of_Windows_is_found_by_its_name_and_what_is_taken_for_it_is_taken_again()
    {
        foreach (var windows in TzdbDateTimeZoneSource.Default.WindowsMapping.PrimaryMapping.Keys)
        {
            var zone = Zones.Read(windows) switch
            {
                ZoneReading.Mapped mapped => mapped.Zone,
                ZoneReading.Fixed still => still.Zone,
                ZoneReading.Known known => known.Zone,
                _ => null,
            };
            Assert.True(zone is not null, windows);
            Assert.True(Zones.Read(zone.Id) is ZoneReading.Known or ZoneReading.Fixed, $"{windows}: {zone.Id}");
        }
    }

    /// <summary>A name that Windows shows and that is in no list any more would be asked about, and nobody would know why.</summary>
    [Fact]
    public void Every_city_that_Windows_shows_leads_to_a_zone() => Assert.All(WindowsZones.Cities(), c => Assert.NotNull(WindowsZones.Find(c.Windows)));

    [Theory]
    [InlineData("Pacific Time", "is America/Los_Angeles meant?")]
    [InlineData("Pacific", "is America/Los_Angeles meant?")]
    [InlineData("Pacific Time (US & Canada)", "is America/Los_Angeles meant?")]
    [InlineData("Eastern Time", "is America/New_York meant?")]
    [InlineData("Central Time", "is America/Chicago meant?")]
    [InlineData("Mountain Time", "is America/Denver meant?")]
    [InlineData("Central European Time", "is Europe/Berlin meant?")]
    [InlineData("Berlin", "is Europe/Berlin meant?")]
    [InlineData("Berlin time", "is Europe/Berlin meant?")]
    [InlineData("Berlin, Germany", "is Europe/Berlin meant?")]
    [InlineData("new york", "is America/New_York meant?")]
    [InlineData("New-York", "is America/New_York meant?")]
    [InlineData("São Paulo", "is America/Sao_Paulo meant?")]
    [InlineData("Mumbai", "is Asia/Kolkata meant?")]
    [InlineData("IST", "is Asia/Kolkata or Asia/Jerusalem or Europe/Dublin meant?")]
    [InlineData("CST", "is Asia/Shanghai or America/Chicago meant?")]
    [InlineData("PST", "is America/Los_Angeles meant?")]
    [InlineData("CEST", "is Europe/Berlin meant?")]
    [InlineData("Germany", "is Europe/Berlin or Europe/Busingen meant?")]
    [InlineData("India", "is Asia/Kolkata meant?")]
    [InlineData("Spain", "is Europe/Madrid or Africa/Ceuta or Atlantic/Canary meant?")]
    [InlineData("Europe/Belrin", "is Europe/Berlin meant?")]
    [InlineData("Europe/Berln", "is Europe/Berlin meant?")]
    [InlineData("Amerika/New_York", "is America/New_York meant?")]
    public void Is_not_known_and_the_place_is_asked_for(string typed, string question)
    {
        Assert.IsNotType<ZoneReading.Known>(Zones.Read(typed));
        Assert.Equal(question, Zones.Suggest(typed));
    }

    /// <summary>What is suggested for these would be wrong by hours.</summary>
    [Theory]
    [InlineData("Pacific/Nowhere")]
    [InlineData("Moon")]
    [InlineData("Mahee")]
    [InlineData("London, Ontario")]
    [InlineData("London, Canada")]
    [InlineData("Paris, Texas")]
    [InlineData("(UTC+09:00) London")]
    [InlineData("Factory")]
    [InlineData("UTC+25")]
    [InlineData("Time")]
    [InlineData("")]
    [InlineData("()")]
    [InlineData("🦀")]
    public void Is_not_known_and_nothing_is_suggested(string typed)
    {
        Assert.IsType<ZoneReading.Unknown>(Zones.Read(typed));
        Assert.StartsWith("it is the name of a place", Zones.Suggest(typed), StringComparison.Ordinal);
    }

    private static string Clock(DateTimeZone zone) => string.Join(
        ' ', Enumerable.Range(1, 12).Select(month => zone.GetUtcOffset(Instant.FromUtc(2027, month, 15, 12, 0))));
}
