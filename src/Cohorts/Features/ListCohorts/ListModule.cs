using Cohorts.Bot;
using Cohorts.Discord;
using MediatR;

namespace Cohorts.Features.ListCohorts;

/// <summary><c>/list-cohorts</c>: the table of <c>list</c>, paged by buttons.</summary>
public sealed class ListModule : ISlashModule
{
    private const string Name = "list-cohorts";

    public SlashCommand Command { get; } = new(Name, "Show all cohorts: who awaits grouping, and what has been formed and realized")
    {
        DefaultMemberPermissions = Permissions.Administrator,
    };

    public MessageFlags Visibility => MessageFlags.Ephemeral;

    public Task<IReadOnlyList<CommandChoice>> ChooseAsync(AutocompleteInteraction typed, IMediator mediator, CancellationToken cancellation) =>
        Task.FromResult<IReadOnlyList<CommandChoice>>([]);

    public async Task<OutgoingMessage?> RunAsync(CommandInteraction given, InteractionCall work, CancellationToken cancellation) =>
        await ShowAsync(work, page: 0, cancellation);

    public async Task<OutgoingMessage?> PressAsync(ComponentInteraction pressed, InteractionCall work, CancellationToken cancellation) =>
        pressed.CustomId.Split(':') is [Name, "page", var number] && int.TryParse(number, out var page)
            ? await ShowAsync(work, page, cancellation)
            : null;

    private static async Task<OutgoingMessage> ShowAsync(InteractionCall work, int page, CancellationToken cancellation)
    {
        var listed = await work.SendAsync(new ListCohorts.Query(work.Guild), cancellation);
        return listed.IsRefused
            ? new OutgoingMessage { Content = DiscordText.Escape(listed.Refusal.Message, 2000) }
            : ListMessage.Render(listed.Result, page);
    }
}
