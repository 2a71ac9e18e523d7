using Cohorts.Bot;
using Cohorts.Discord;
using Cohorts.Domain;
using Cohorts.Features.ListCohorts;
using MediatR;
using Npgsql;

namespace Cohorts.Features.RealizeGroups;

/// <summary>
/// <c>/realize-groups</c>: makes Discord match the groups of a cohort. How far it is and what it came to is for the organizer alone, until
/// they ask for it to stand in the channel: with the option for progress in numbers, with a button for the numbers of the end.
/// </summary>
public sealed class RealizeModule(NpgsqlDataSource database, DiscordRest discord) : ISlashModule
{
    public SlashCommand Command { get; } = new(RealizeMessage.Module, "Make channels, access, events and a welcome for the groups of a cohort")
    {
        DefaultMemberPermissions = Permissions.Administrator,
        Options =
        [
            SlashOption.Integer("cohort", "The cohort: type a part of its name") with { Required = true, Autocomplete = true, Min = 1, Max = int.MaxValue },
            SlashOption.Boolean("preview", "Only show what would be made, and who would be mentioned (no)"),
            SlashOption.Boolean("public", "Show everybody in this channel how far it is, in numbers (no)"),
        ],
    };

    public MessageFlags Visibility => MessageFlags.Ephemeral;

    /// <summary>The details belong to whoever asks for them, and their message stands in a channel.</summary>
    public ButtonAnswer AnswerOf(string customId) =>
        customId.StartsWith($"{RealizeMessage.Module}:details:", StringComparison.Ordinal) ? ButtonAnswer.ForWhoeverPressed : ButtonAnswer.ChangesTheMessage;

    public async Task<IReadOnlyList<CommandChoice>> ChooseAsync(AutocompleteInteraction typed, IMediator mediator, CancellationToken cancellation) =>
        RealizeMessage.Choices(await mediator.Send(
            new CohortsToRealize.Query(typed.Options.Focused?.Typed ?? "", new GuildId(typed.GuildId!.Value.Value)), cancellation));

    public async Task<OutgoingMessage?> RunAsync(CommandInteraction given, InteractionCall work, CancellationToken cancellation)
    {
        var cohort = new CohortId((int)(given.Options.Integer("cohort") ?? 0));
        return given.Options.Boolean("preview") == true
            ? await PreviewAsync(cohort, work, cancellation)
            : await RealizeAsync(
                cohort, CancelledEvents.Leave, given.Options.Boolean("public") == true ? Audience.Channel : Audience.Organizer, given, work, cancellation);
    }

    public async Task<OutgoingMessage?> PressAsync(ComponentInteraction pressed, InteractionCall work, CancellationToken cancellation)
    {
        if (pressed.CustomId.Split(':') is not [RealizeMessage.Module, var action, var id, .. var rest] || !long.TryParse(id, out var number))
            return null;
        return (action, rest) switch
        {
            ("go", []) => await RealizeAsync(new CohortId((int)number), CancelledEvents.Leave, Audience.Organizer, pressed, work, cancellation),
            ("remake", []) => await RealizeAsync(new CohortId((int)number), CancelledEvents.Remake, Audience.Organizer, pressed, work, cancellation),
            ("details", []) => await ShowAsync(new RunId(number), page: 0, work, cancellation),
            ("share", []) => await ShareAsync(new RunId(number), work, cancellation),
            ("page", [var page]) when int.TryParse(page, out var shown) => await ShowAsync(new RunId(number), shown, work, cancellation),
            _ => null,
        };
    }

    private async Task<OutgoingMessage> PreviewAsync(CohortId id, InteractionCall work, CancellationToken cancellation)
    {
        var cohort = await Cohort.FindInGuildAsync(database, id, work.Guild, cancellation);
        if (cohort.IsRefused)
            return RealizeMessage.Refused(cohort.Refusal);
        var preview = await work.SendAsync(new PreviewRealization.Query(id, work.Guild), cancellation);
        return preview.IsRefused ? RealizeMessage.Refused(preview.Refusal) : RealizeMessage.Render(preview.Result);
    }

    private enum Audience
    {
        Organizer,
        Channel,
    }

    private async Task<OutgoingMessage?> RealizeAsync(
        CohortId id, CancelledEvents cancelled, Audience audience, Interaction asked, InteractionCall work, CancellationToken cancellation)
    {
        var cohort = await Cohort.FindInGuildAsync(database, id, work.Guild, cancellation);
        if (cohort.IsRefused)
            return RealizeMessage.Refused(cohort.Refusal);

        var shown = 0;
        var outcome = await work.SendWatchedAsync(
            new RealizeGroups.Command(id, work.Guild, cancelled),
            RealizeMessage.Progress,
            cancellation,
            audience == Audience.Organizer
                ? null
                : (message, stop) =>
                {
                    Interlocked.Increment(ref shown);
                    return work.ShowInChannelAsync(message, stop);
                });
        if (outcome.IsRefused)
        {
            if (shown > 0)
                await work.ShowInChannelAsync(RealizeMessage.NotDone(outcome.Refusal), cancellation);
            return RealizeMessage.Refused(outcome.Refusal);
        }

        if (shown > 0)
            await work.ShowInChannelAsync(RealizeMessage.Done(outcome.Result), cancellation);
        if (!await work.AnswerAsync(RealizeMessage.Render(outcome.Result, page: 0), cancellation)
            && asked.ChannelId is { } channel && (asked.Member?.User ?? asked.User) is { } organizer)
        {
            await discord.CreateMessageAsync(channel, RealizeMessage.Ended(organizer.Id, outcome.Result), $"e{asked.Id}", cancellation);
        }

        return null;
    }

    private static async Task<OutgoingMessage?> ShareAsync(RunId run, InteractionCall work, CancellationToken cancellation)
    {
        var kept = await work.SendAsync(new KeptRealization.Query(run, work.Guild), cancellation);
        if (kept.IsRefused)
            return RealizeMessage.Refused(kept.Refusal);
        await work.ShowInChannelAsync(RealizeMessage.Done(kept.Result), cancellation);
        return null;
    }

    private static async Task<OutgoingMessage> ShowAsync(RunId run, int page, InteractionCall work, CancellationToken cancellation)
    {
        var kept = await work.SendAsync(new KeptRealization.Query(run, work.Guild), cancellation);
        return kept.IsRefused ? RealizeMessage.Refused(kept.Refusal) : RealizeMessage.Render(kept.Result, page);
    }
}
