using Cohorts.Bot;
using Cohorts.Discord;
using Cohorts.Domain;
using Cohorts.Features.ListCohorts;
using MediatR;
using Npgsql;

namespace Cohorts.Features.ScheduleCohort;

/// <summary><c>/schedule</c>: forms the groups of a cohort. The answer names who was not placed, so only the organizer sees it.</summary>
public sealed class ScheduleModule(NpgsqlDataSource database, DiscordRest discord) : ISlashModule
{
    private const string Name = "schedule";

    public SlashCommand Command { get; } = new(Name, "Form groups of everybody in a cohort who awaits grouping or was left over")
    {
        DefaultMemberPermissions = Permissions.Administrator,
        Options =
        [
            SlashOption.Integer("cohort", "The cohort: type a part of its name") with { Required = true, Autocomplete = true, Min = 1, Max = int.MaxValue },
            SlashOption.Integer("meeting_length", "Minutes of a weekly meeting (the cohort's own, else 60)") with
            {
                Min = ScheduleCohort.Command.ShortestMeetingMinutes, Max = ScheduleCohort.Command.LongestMeetingMinutes,
            },
            SlashOption.Integer("min_people", "Fewest people in a group, its facilitator counted (4)") with { Min = 1, Max = ScheduleCohort.Command.MostPeople },
            SlashOption.Integer("max_people", "Most people in a group, its facilitator counted (8)") with { Min = 1, Max = ScheduleCohort.Command.MostPeople },
            SlashOption.Integer("iterations", "Search effort (1000)") with { Min = 1, Max = ScheduleCohort.Command.MostIterations },
            SlashOption.Boolean("balance", "Whether groups shall be of like size (yes)"),
            SlashOption.Boolean("use_if_needed", "Whether hours given as \"if needed\" may be used (yes)"),
            SlashOption.Boolean(ScheduleMessage.WithoutFacilitators, "Form groups without a leader if no facilitator can lead one now (no)"),
        ],
    };

    public MessageFlags Visibility => MessageFlags.Ephemeral;

    public async Task<IReadOnlyList<CommandChoice>> ChooseAsync(AutocompleteInteraction typed, IMediator mediator, CancellationToken cancellation)
    {
        var cohorts = await mediator.Send(
            new CohortsToSchedule.Query(typed.Options.Focused?.Typed ?? "", new GuildId(typed.GuildId!.Value.Value)), cancellation);
        return ScheduleMessage.Choices(cohorts);
    }

    public async Task<OutgoingMessage?> RunAsync(CommandInteraction given, InteractionCall work, CancellationToken cancellation)
    {
        var id = new CohortId((int)(given.Options.Integer("cohort") ?? 0));
        var cohort = await Cohort.FindInGuildAsync(database, id, work.Guild, cancellation);
        if (cohort.IsRefused)
            return ScheduleMessage.Refused(cohort.Refusal);

        var outcome = await work.SendWatchedAsync(
            new ScheduleCohort.Command(
                id,
                (int?)given.Options.Integer("meeting_length"),
                (int)(given.Options.Integer("min_people") ?? 4),
                (int)(given.Options.Integer("max_people") ?? 8),
                (int)(given.Options.Integer("iterations") ?? 1000),
                Balance: given.Options.Boolean("balance") ?? true,
                UseIfNeeded: given.Options.Boolean("use_if_needed") ?? true,
                WithoutFacilitators: given.Options.Boolean(ScheduleMessage.WithoutFacilitators) ?? false
                    ? ScheduleCohort.WithoutUsableFacilitators.FormGroupsWithoutLeader
                    : ScheduleCohort.WithoutUsableFacilitators.Refuse,
                Guild: work.Guild),
            progress => ScheduleMessage.Progress(cohort.Result.Name, progress),
            cancellation);
        return outcome.IsRefused ? ScheduleMessage.Refused(outcome.Refusal) : ScheduleMessage.Render(outcome.Result, page: 0);
    }

    public async Task<OutgoingMessage?> PressAsync(ComponentInteraction pressed, InteractionCall work, CancellationToken cancellation)
    {
        if (pressed.CustomId.Split(':') is not [Name, var action, var run, .. var rest] || !long.TryParse(run, out var runId))
            return null;
        var kept = await work.SendAsync(new KeptResult.Query(new RunId(runId), work.Guild), cancellation);
        if (kept.IsRefused)
            return ScheduleMessage.Refused(kept.Refusal);
        if (action == "page" && rest is [var number] && int.TryParse(number, out var page))
            return ScheduleMessage.Render(kept.Result, page) with { Files = [] };
        if (action != "share" || pressed.ChannelId is not { } channel)
            return null;

        // Each with a nonce of its own: shared twice within minutes, or begun again after a crash, it stands there once.
        var pages = ScheduleMessage.Shared(kept.Result);
        for (var i = 0; i < pages.Count; i++)
            await discord.CreateMessageAsync(channel, pages[i], $"{Name}-{runId}-{i}", cancellation);
        return ScheduleMessage.Render(kept.Result, page: 0) with { Files = [] };
    }
}
