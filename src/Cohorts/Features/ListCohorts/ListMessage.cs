using Cohorts.Domain;
using Cohorts.Discord;

namespace Cohorts.Features.ListCohorts;

/// <summary>The list of cohorts as a message, a page at a time.</summary>
public static class ListMessage
{
    private const int CohortsPerPage = 10;
    private const int LongestName = 60;

    /// <param name="page">From 0; one beyond the last shows the last.</param>
    public static OutgoingMessage Render(ListCohorts.Result result, int page)
    {
        if (result.Cohorts.Count == 0)
        {
            return new OutgoingMessage
            {
                Content = "No cohorts yet. Whoever runs Cohorts imports them from a file of sign-ups: `./cohorts import --help` says how. "
                    + "One that belongs to no server is not shown while the bot is in more than one: `./cohorts assign --help`.",
                Embeds = [],
                Components = [],
            };
        }

        var pages = (result.Cohorts.Count + CohortsPerPage - 1) / CohortsPerPage;
        var shown = Math.Clamp(page, 0, pages - 1);
        var embed = new Embed
        {
            Title = Counted.Of(result.Cohorts.Count, "cohort"),
            Fields = [.. result.Cohorts.Skip(shown * CohortsPerPage).Take(CohortsPerPage).Select(Field)],
            Footer = new EmbedFooter((pages > 1 ? $"Page {shown + 1} of {pages} · " : "") + "Use /schedule to form groups"),
        };
        return new OutgoingMessage
        {
            Content = "",
            Embeds = [embed],
            Components = pages == 1
                ? []
                : [Component.Row(
                    Component.Button($"list-cohorts:page:{shown - 1}", "Previous", disabled: shown == 0),
                    Component.Button($"list-cohorts:page:{shown + 1}", "Next", disabled: shown == pages - 1))],
        };
    }

    private static EmbedField Field(ListCohorts.Row row) => new(
        DiscordText.Escape(row.CohortName, LongestName) is { Length: > 0 } visible ? visible : $"Cohort {row.CohortId}",
        $"{DiscordText.Escape(row.CourseName, LongestName)} · starts {row.StartDate.ToString("uuuu-MM-dd", null)} · id {row.CohortId}\n"
        + $"Pending **{row.PendingUsers}** · grouped **{row.Grouped}** · left over **{row.Ungroupable}** · "
        + $"groups **{row.Groups}**, realized **{row.RealizedGroups}**"
        + row.UnderWay switch
        {
            null => "",
            { NextMeeting: { } next, MeetingsLeft: var left, Meetings: var all } =>
                $"\nNext meeting {DiscordText.Time(next.ToDateTimeOffset())} · {left} of {Counted.Of(all, "meeting")} left",
            _ => "\nAll meetings are over",
        });
}
