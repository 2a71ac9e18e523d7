using System.CommandLine;
using Cohorts.Domain;
using Cohorts.Hosting;
using Npgsql;

namespace Cohorts.Features.ScheduleCohort;

public static class ScheduleVerb
{
    public static Command Create()
    {
        var cohort = new Argument<string>("COHORT") { Description = "The cohort's id, or its name (\"Course / Cohort\" where two have one name)." };
        var length = new Option<int?>("--meeting-length") { Description = "Minutes of a weekly meeting, 15 to 600 (the cohort's own, else 60)." };
        var min = new Option<int>("--min-people") { Description = "Fewest people in a group, its facilitator counted; 1 to 100.", DefaultValueFactory = _ => 4 };
        var max = new Option<int>("--max-people") { Description = "Most people in a group, its facilitator counted; 1 to 100.", DefaultValueFactory = _ => 8 };
        var iterations = new Option<int>("--iterations") { Description = "Search effort, 1 to 1000000.", DefaultValueFactory = _ => 1000 };
        var timeLimit = new Option<int>("--time-limit") { Description = "Seconds after which the best found so far is taken, 1 to 3600.", DefaultValueFactory = _ => 10 };
        var noBalance = new Option<bool>("--no-balance") { Description = "Do not mind sizes that differ." };
        var noIfNeeded = new Option<bool>("--no-if-needed") { Description = "Do not use hours given as \"if needed\"." };
        var seed = new Option<int?>("--seed") { Description = "Another seed may find other groups of the same worth; the same seed finds the same." };
        var withoutFacilitators = new Option<bool>("--without-facilitators")
        {
            Description = "Form groups without a leader if none of the enrolled facilitators can lead one now.",
        };
        var json = Verb.Json();
        var command = new Command("schedule", "Form groups of everybody in a cohort who awaits grouping or was left over, and save them.")
        {
            cohort, length, min, max, iterations, timeLimit, noBalance, noIfNeeded, seed, withoutFacilitators, json,
        };
        command.SetAction((parsed, cancellation) => Verb.SendAsync(
            Needs.CohortTurn,
            parsed.Format(json),
            async (application, stop) =>
            {
                var found = await Cohort.FindAsync(
                    application.Services.GetRequiredService<NpgsqlDataSource>(), parsed.GetRequiredValue(cohort), stop);
                if (found.IsRefused)
                    return found.Refusal;
                var outcome = await application.SendWatchedAsync(
                    new ScheduleCohort.Command(
                        found.Result.Id,
                        parsed.GetValue(length),
                        parsed.GetValue(min),
                        parsed.GetValue(max),
                        parsed.GetValue(iterations),
                        parsed.GetValue(timeLimit),
                        Balance: !parsed.GetValue(noBalance),
                        UseIfNeeded: !parsed.GetValue(noIfNeeded),
                        parsed.GetValue(seed),
                        parsed.GetValue(withoutFacilitators)
                            ? ScheduleCohort.WithoutUsableFacilitators.FormGroupsWithoutLeader
                            : ScheduleCohort.WithoutUsableFacilitators.Refuse),
                    stop);
                return outcome.IsRefused ? Advise(outcome.Refusal) : outcome;
            },
            ToJson,
            ScheduleText.Render,
            cancellation));
        return command;
    }

    /// <summary>Groups and people as <c>solve</c> writes them; ids are user ids as text.</summary>
    public static object ToJson(ScheduleCohort.Result result) => new
    {
        result.CohortId,
        result.CohortName,
        result.GroupsCreated,
        result.UsersGrouped,
        result.UsersUngroupable,
        Groups = result.Groups.Select(g => new
        {
            g.GroupId,
            g.Name,
            g.StartMinute,
            g.MeetingTimeUtc,
            FacilitatorId = g.FacilitatorId?.ToString(),
            Members = g.Members.Select(m => new { Id = m.Id.ToString(), m.Name, m.Role, m.IfNeeded }),
        }),
        Ungroupable = result.Ungroupable.Select(u => new { Id = u.Id.ToString(), u.Name, u.Reason, u.Detail }),
        result.UpperBound,
        result.Optimal,
        result.ElapsedMs,
        result.Seed,
        result.ClockChanges,
    };

    public static Refusal Advise(Refusal refusal) => refusal.Reason switch
    {
        RefusalReason.NoSuchCohort => refusal.Advising("`./cohorts list` shows all of them with their ids."),
        RefusalReason.NobodyUsableToLead => refusal.Advising("Or add --without-facilitators to form groups without a leader."),
        _ => refusal,
    };
}
