using System.CommandLine;
using System.Text.Json.Serialization;
using Cohorts.Domain;
using Cohorts.Hosting;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Cohorts.Features.ListCohorts;

public static class ListVerb
{
    /// <summary>More than somebody reads below a table.</summary>
    private const int Told = 8;

    public static Command Create()
    {
        var json = Verb.Json();
        var command = new Command("list", "Show all cohorts: who awaits grouping, and what has been formed and realized.") { json };
        command.SetAction((parsed, cancellation) => Verb.SendAsync(
            Needs.Database,
            parsed.Format(json),
            (application, stop) => application.SendAsync(new ListCohorts.Query(), progress: null, stop),
            ToJson,
            Render,
            cancellation));
        return command;
    }

    public static object ToJson(ListCohorts.Result result) => result.Cohorts.Select(c => new Listed(
        c.CohortId,
        c.CohortName,
        c.CourseName,
        c.StartDate.ToString("uuuu-MM-dd", null),
        c.PendingUsers,
        c.Grouped,
        c.Ungroupable,
        c.Groups,
        c.RealizedGroups,
        c.Guild)
    {
        NextMeeting = c.UnderWay?.NextMeeting?.ToDateTimeOffset(),
        MeetingsLeft = c.UnderWay?.MeetingsLeft,
    });

    /// <param name="Guild">Left out where the cohort belongs to no server.</param>
    private sealed record Listed(
        CohortId CohortId,
        string CohortName,
        string CourseName,
        string StartDate,
        int PendingUsers,
        int Grouped,
        int Ungroupable,
        int Groups,
        int RealizedGroups,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] GuildId? Guild)
    {
        /// <summary>Left out before the first meeting, and when all are over.</summary>
        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public DateTimeOffset? NextMeeting { get; init; }

        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public int? MeetingsLeft { get; init; }
    }

    public static IRenderable Render(ListCohorts.Result result)
    {
        if (result.Cohorts.Count == 0)
            return Verb.Plain("No cohorts yet. Next: ./cohorts import --help\n");

        var table = Verb.Table("Cohort", "Course", "Start");
        foreach (var figure in (string[])["Pending", "Grouped", "Left over", "Groups", "Realized", "Id"])
            table.AddColumn(Verb.Column(figure).RightAligned());
        var anyUnderWay = result.Cohorts.Any(c => c.UnderWay is not null);
        if (anyUnderWay)
            table.AddColumn(Verb.Column("Next (left)").NoWrap());
        foreach (var cohort in result.Cohorts)
        {
            IRenderable[] underWay = anyUnderWay ? [Verb.Plain(UnderWay(cohort.UnderWay))] : [];
            table.AddRow(
            [
                Verb.Plain(cohort.CohortName),
                Verb.Plain(cohort.CourseName),
                Verb.Plain(cohort.StartDate.ToString("uuuu-MM-dd", null)),
                Verb.Plain($"{cohort.PendingUsers}"),
                Verb.Plain($"{cohort.Grouped}"),
                Verb.Plain($"{cohort.Ungroupable}"),
                Verb.Plain($"{cohort.Groups}"),
                Verb.Plain($"{cohort.RealizedGroups}"),
                Verb.Plain(cohort.CohortId.ToString()),
                .. underWay,
            ]);
        }

        return new Rows([table, .. SeenNowhere(result).Select(Verb.Plain), Verb.Plain(Next(result))]);
    }

    /// <summary>What nobody would find out otherwise: in Discord these cohorts do not exist.</summary>
    private static IEnumerable<string> SeenNowhere(ListCohorts.Result result)
    {
        var cohorts = result.SeenNowhere.ToList();
        if (cohorts.Count == 0)
            yield break;
        yield return $"{(cohorts.Count == 1 ? "1 cohort belongs" : $"{cohorts.Count} cohorts belong")} to no Discord server, and the bot is in "
            + $"{result.BotGuilds.Count}, so {(cohorts.Count == 1 ? "it is" : "they are")} seen in none: {ShortList(cohorts.Select(c => $"{c.CohortName} (id {c.CohortId})"))}.";
        yield return $"Servers of the bot: {ShortList(result.BotGuilds.Select(g => g.ToString()))}.";
        yield return $"To give a cohort to one: ./cohorts assign {cohorts[0].CohortId} --guild ID\n";
    }

    private static string ShortList(IEnumerable<string> items)
    {
        var all = items.ToList();
        return string.Join(", ", all.Take(Told)) + (all.Count > Told ? $" and {all.Count - Told} more" : "");
    }

    private static string UnderWay(MeetingsUnderWay? underWay) => underWay switch
    {
        null => "",
        { NextMeeting: { } next } => $"{next.InUtc().Date.ToString("uuuu-MM-dd", null)} ({underWay.MeetingsLeft})",
        _ => "over",
    };

    private static string Next(ListCohorts.Result result) =>
        result.Cohorts.FirstOrDefault(c => c.PendingUsers > 0) is { } pending
            ? $"Next: ./cohorts schedule {pending.CohortId}   (forms groups of who awaits it: {pending.PendingUsers})"
            : "Everybody is grouped or was tried. Late-comers, changed hours: ./cohorts import --help";
}
