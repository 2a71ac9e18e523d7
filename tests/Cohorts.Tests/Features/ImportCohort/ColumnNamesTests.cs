using Cohorts.Features.ImportCohort;

namespace Cohorts.Tests.Features.ImportCohort;

/// <summary>Names of columns as people and sign-up forms write them: those that are taken, those that are asked about, those that mean nothing here.</summary>
public sealed class ColumnNamesTests
{
    [Theory]
    [InlineData(Column.Name, "name", "Name", "NAME", "Names", "Full name", "full_name", "FullName", "Your name", "Name *", "Name (first and last)", "\uFEFFName", "Participant's name")]
    [InlineData(Column.Email, "email", "E-Mail", "e-mail", "E_mail", "Emails", "mail", "Email address", "E-mail Address", "Your e-mail address", "Mail address", "EmailAddress", "Email:", "Email\u00A0Address")]
    [InlineData(Column.DiscordId, "discord_id", "Discord ID", "Discord Id", "discordId", "Discord user ID", "discord-user-id", "Discord (ID)")]
    [InlineData(Column.DiscordUsername, "discord_username", "Discord", "Discord handle", "Discord username", "Discord user name", "discordUsername", "Discord name", "Your Discord", "DISCORD TAG", "Discord handle (e.g. ana.p)", "Discord\u200B", "Username on Discord")]
    [InlineData(Column.Role, "role", "Roles", "ROLE", "cohort_role", "Your role", "Role in course")]
    [InlineData(Column.Timezone, "timezone", "Time zone", "time-zone", "Timezone", "TimeZone", "tz", "TZ", "Time zones", "Your time zone", "Time zone (e.g. Europe/Berlin)", "Local time zone")]
    [InlineData(Column.Availability, "availability", "Available hours", "Available times", "Availabilities", "Free hours", "Your availability", "Weekly availability", "Hours available")]
    [InlineData(Column.IfNeeded, "if_needed", "If needed", "If-needed", "If-needed hours", "if needed times", "Hours if needed", "IfNeeded", "If need be")]
    [InlineData(Column.MaxGroups, "max_groups", "Max groups", "max-groups", "Maximum groups", "Max number of groups", "max_active_groups")]
    public void Is_taken(Column column, params string[] headers) =>
        Assert.All(headers, header => Assert.Equal(new ColumnReading.Known(column, HoursBy.NotSaid), ColumnNames.Read(header)));

    [Theory]
    [InlineData(Column.Availability, HoursBy.Utc, "availability_utc", "Availability (UTC)", "Available hours in UTC", "availability-UTC", "Free hours (GMT)")]
    [InlineData(Column.IfNeeded, HoursBy.Utc, "if_needed_availability_utc", "If-needed hours (UTC)")]
    [InlineData(Column.Availability, HoursBy.LocalClocks, "Availability (local time)", "Available hours (your local time)")]
    public void Is_taken_and_says_by_which_clocks(Column column, HoursBy clocks, params string[] headers) =>
        Assert.All(headers, header => Assert.Equal(new ColumnReading.Known(column, clocks), ColumnNames.Read(header)));

    [Theory]
    [InlineData(Column.Email, "Emial", "e-mial", "Which e-mail do you read?", "Mailbox")]
    [InlineData(Column.DiscordUsername, "Discrod", "Discort", "Discord display name", "Are you on Discord?", "Username")]
    [InlineData(Column.Role, "Rolle", "Rol", "Role you would like", "Facilitator", "Do you facilitate?")]
    [InlineData(Column.Timezone, "Timezon", "Tiem zone", "UTC offset", "Which time zone are you in")]
    [InlineData(Column.Availability, "Availabilty", "availibility", "Hours", "When are you free?", "My free slots")]
    [InlineData(Column.IfNeeded, "if neded", "Only if needed")]
    [InlineData(Column.MaxGroups, "max grops", "How many groups could you lead", "Number of groups at most")]
    [InlineData(Column.Name, "First name", "Nmae", "Username", "Surname")]
    public void Is_asked_about(Column column, params string[] headers) =>
        Assert.All(headers, header => Assert.Contains(column, Assert.IsType<ColumnReading.Near>(ColumnNames.Read(header)).Columns));

    [Theory]
    [InlineData("Favourite colour", "Notes", "Country", "City", "Phone", "e-post", "Timestamp", "user_id", "grouping_status", "created_at", "source", "", "\uFEFF", "🦀", "???", "(", "Code", "Date")]
    public void Means_nothing_here(params string[] headers) => Assert.All(headers, header => Assert.IsType<ColumnReading.Unknown>(ColumnNames.Read(header)));
}
