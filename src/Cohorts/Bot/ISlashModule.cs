using System.Security.Cryptography;
using System.Text;
using Cohorts.Discord;
using Cohorts.Domain;
using Cohorts.Grains;
using MediatR;
using Npgsql;

namespace Cohorts.Bot;

/// <summary>A slice's face in Discord: it parses, sends and renders. The router has acknowledged before it is called.</summary>
public interface ISlashModule
{
    SlashCommand Command { get; }

    /// <summary>Who sees the answer; fixed when it is acknowledged.</summary>
    MessageFlags Visibility { get; }

    /// <summary>At most 25 choices, within two seconds; empty where no option has any.</summary>
    Task<IReadOnlyList<CommandChoice>> ChooseAsync(AutocompleteInteraction typed, IMediator mediator, CancellationToken cancellation);

    /// <summary>
    /// The final answer; null when it has been given. May be called again after its process died: what it does must bear that.
    /// </summary>
    Task<OutgoingMessage?> RunAsync(CommandInteraction given, InteractionCall work, CancellationToken cancellation);

    /// <summary>What the press of a button leads to; by default the message that holds it changes.</summary>
    ButtonAnswer AnswerOf(string customId) => ButtonAnswer.ChangesTheMessage;

    /// <summary>
    /// A button whose id begins with the command's name and a colon. What the message shall be from now on; null leaves it as it is.
    /// </summary>
    Task<OutgoingMessage?> PressAsync(ComponentInteraction pressed, InteractionCall work, CancellationToken cancellation);
}

/// <summary>Fixed when the press is acknowledged.</summary>
public enum ButtonAnswer
{
    ChangesTheMessage,

    /// <summary>A message of its own, for the eyes of whoever pressed.</summary>
    ForWhoeverPressed,
}

/// <summary>One interaction at work: what its module sends, and shows meanwhile.</summary>
/// <param name="show">Edits the answer, which can be done for 15 minutes.</param>
public sealed class InteractionCall(Interaction interaction, IServiceProvider scope, Func<OutgoingMessage, CancellationToken, Task> show)
{

    /// <summary>A run whose process died is begun anew, this many times at most.</summary>
    private const int MostRuns = 5;

    public IServiceProvider Services => scope;

    public GuildId Guild { get; } = new(interaction.GuildId!.Value.Value);

    public Task<T> SendAsync<T>(IRequest<T> request, CancellationToken cancellation) =>
        scope.GetRequiredService<IMediator>().Send(request, cancellation);

    /// <summary>
    /// Sends a command that takes a cohort's turn, under a key made of the interaction's id: begun again after a crash, it finds the run
    /// that it had. A run that its own process left unfinished is begun anew.
    /// </summary>
    /// <param name="render">What the message shows while it runs.</param>
    /// <param name="where">Where that is shown; null: in the answer itself.</param>
    public async Task<Outcome<T>> SendWatchedAsync<T>(
        ITakesCohortTurn<T> command,
        Func<RunProgress, OutgoingMessage> render,
        CancellationToken cancellation,
        Func<OutgoingMessage, CancellationToken, Task>? where = null)
        where T : class
    {
        var caller = scope.GetRequiredService<Caller>();
        caller.Name = interaction.Member is { } member ? DiscordText.Escape(member.Nick ?? member.User?.GlobalName ?? member.User?.Username) : "Somebody";
        await using var shown = new ShownProgress(render, where ?? show, scope.GetRequiredService<TimeProvider>(), cancellation);
        caller.Guild = interaction.GuildId is { } guild ? new GuildId(guild.Value) : null;
        caller.User = interaction.User is { } user ? new DiscordUserId(user.Id.Value) : null;
        caller.Progress = shown;
        for (var run = 1; ; run++)
        {
            caller.RequestKey = KeyOf(interaction.Id, run);
            try
            {
                return await SendAsync(command, cancellation);
            }
            catch (RunEndedException e) when (e.State == RunState.Interrupted && run < MostRuns && !cancellation.IsCancellationRequested)
            {
                // The silo that ran it died; nothing of that run was saved.
            }
        }
    }

    /// <summary>Gives the final answer, as long as Discord takes it: for 15 minutes.</summary>
    /// <returns>False: whoever asked cannot be answered any more.</returns>
    public async Task<bool> AnswerAsync(OutgoingMessage message, CancellationToken cancellation)
    {
        try
        {
            await show(message, cancellation);
            return true;
        }
        catch (DiscordException e) when (e.Failure == DiscordFailure.Refused)
        {
            return false;
        }
    }

    /// <summary>
    /// Shows a message in the channel of the interaction, the same one each time, also after another process has taken the work up. Where
    /// the bot may not write, the answer shows it.
    /// </summary>
    public async Task ShowInChannelAsync(OutgoingMessage message, CancellationToken cancellation)
    {
        var inbox = scope.GetRequiredService<Inbox>();
        var discord = scope.GetRequiredService<DiscordRest>().WaitingForDiscord(InteractionRouter.PatienceWithDiscord);
        if (interaction.ChannelId is not { } channel)
            return;
        try
        {
            if (await inbox.FindChannelMessageAsync(interaction.Id, cancellation) is { } known)
            {
                await discord.EditMessageAsync(channel, known, message, cancellation);
                return;
            }

            // With a nonce, so that a process that died right after it finds the message that it made.
            var made = await discord.CreateMessageAsync(channel, message, $"p{interaction.Id}", cancellation);
            await inbox.SaveChannelMessageAsync(interaction.Id, made.Id, cancellation);
        }
        catch (DiscordException e) when (e.Failure is DiscordFailure.Refused or DiscordFailure.Unauthorized or DiscordFailure.Stopped)
        {
            await AnswerAsync(message, cancellation);
        }
    }

    private static Guid KeyOf(Snowflake interaction, int run) =>
        new(SHA256.HashData(Encoding.UTF8.GetBytes($"interaction {interaction} run {run}")).AsSpan(0, 16));

    /// <summary>Shows the latest progress, at most once a second: Discord limits how often a message may be edited.</summary>
    private sealed class ShownProgress : IProgress<RunProgress>, IAsyncDisposable
    {
        private readonly CancellationTokenSource _stop;
        private readonly Task _showing;
        private RunProgress? _latest;

        public ShownProgress(
            Func<RunProgress, OutgoingMessage> render, Func<OutgoingMessage, CancellationToken, Task> show, TimeProvider clock, CancellationToken cancellation)
        {
            _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            _showing = ShowAsync(render, show, clock, _stop.Token);
        }

        public void Report(RunProgress value) => Volatile.Write(ref _latest, value);

        public async ValueTask DisposeAsync()
        {
            // The answer comes next and takes the progress's place: an edit under way must not land after it.
            await _stop.CancelAsync();
            await _showing;
            _stop.Dispose();
        }

        private async Task ShowAsync(
            Func<RunProgress, OutgoingMessage> render, Func<OutgoingMessage, CancellationToken, Task> show, TimeProvider clock, CancellationToken stop)
        {
            RunProgress? shown = null;
            using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1), clock);
            try
            {
                while (await timer.WaitForNextTickAsync(stop))
                {
                    var latest = Volatile.Read(ref _latest);
                    if (latest is null || latest == shown)
                        continue;
                    try
                    {
                        await show(render(latest), stop);
                        shown = latest;
                    }
                    catch (Exception e) when (e is NpgsqlException or DiscordException { Failure: not (DiscordFailure.Refused or DiscordFailure.Unauthorized) })
                    {
                        // The database or Discord is away, and the run waits for it too: shown at the next look.
                    }
                }
            }
            catch (Exception e) when (e is OperationCanceledException or DiscordException)
            {
                // The end was reached, or the message can no longer be edited: the run does not depend on who watches it.
            }
        }
    }
}
