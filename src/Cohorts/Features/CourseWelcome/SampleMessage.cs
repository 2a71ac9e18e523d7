using System.Globalization;
using System.Text.RegularExpressions;
using Cohorts.Discord;
using Cohorts.Domain;
using Cohorts.Features.RealizeGroups;
using NodaTime;

namespace Cohorts.Features.CourseWelcome;

/// <summary>A welcome as a made-up member of a made-up group reads it.</summary>
public static partial class SampleMessage
{
    private const string Zone = "Europe/Berlin";

    private static readonly string[] Names = ["Ana", "Tom", "Kofi", "Li Lei"];

    /// <summary>Message and embed as text: mentions by name, times as somebody in Berlin sees them, Markdown as it is written.</summary>
    public static string Read(string courseName, string? template, IDateTimeZoneProvider zones)
    {
        WelcomeMember Member(int i, CohortRole role, string zone, Presence presence = Presence.InTheGuild) =>
            new(Names[i], new Snowflake((ulong)i + 1), presence, role, zone);
        var message = WelcomeMessage.Render(
            new Welcome(
                new GroupId(1), "Group 1", courseName, "January 2027",
                [
                    Member(0, CohortRole.Facilitator, Zone),
                    Member(1, CohortRole.Participant, Zone),
                    Member(2, CohortRole.Participant, "America/New_York"),
                    Member(3, CohortRole.Participant, "Asia/Tokyo", Presence.NotYet),
                ],
                MeetingCalendar.Meetings(new LocalDate(2027, 2, 22), zones[Zone], 2 * 1440 + 15 * 60, 8),
                60, new Uri("https://discord.com/events/1/2"), template),
            zones);
        var embed = message.Embeds![0];
        return Times().Replace(
            Mentions().Replace(
                $"{message.Content}\n\n{embed.Title}\n\n{embed.Description}\n\n{embed.Footer!.Text}",
                m => "@" + Names[int.Parse(m.Groups["id"].Value, CultureInfo.InvariantCulture) - 1]),
            m => Instant.FromUnixTimeSeconds(long.Parse(m.Groups["seconds"].Value, CultureInfo.InvariantCulture)).InZone(zones[Zone])
                .ToString(m.Groups["style"].Value == "F" ? "dddd, d MMMM uuuu HH:mm" : "d MMMM uuuu HH:mm", CultureInfo.InvariantCulture));
    }

    // Only those that the sample has: others may stand in the organizer's own text.
    [GeneratedRegex("<@(?<id>[1-4])>", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Mentions();

    [GeneratedRegex("<t:(?<seconds>[0-9]{1,10}):(?<style>[Ff])>", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Times();
}
