using System.Collections.Concurrent;
using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using Cohorts.Discord;
using Cohorts.Domain;
using Cohorts.Grains;
using Cohorts.Hosting;
using MediatR;
using Npgsql;

namespace Cohorts.Bot;

/// <summary>
/// Where both doors lead, gateway and signed HTTP: what comes in is recorded, then acknowledged, then worked on. Work that a dead process
/// left is found within seconds and begun again.
/// </summary>
public sealed partial class InteractionRouter(
    Inbox inbox, IEnumerable<ISlashModule> modules, DiscordRest discord, DiscordSettings settings, IServiceScopeFactory scopes, TimeProvider clock,
    ILogger<InteractionRouter> log)
    : BackgroundService
{
    /// <summary>Discord waits three seconds for the acknowledgement; recording takes two of them at most.</summary>
    private static readonly TimeSpan PatienceWithDatabase = TimeSpan.FromSeconds(2);

    /// <summary>
    /// Interactions come through the gateway one after another: behind one that used up its patience, the next have waited for it already.
    /// </summary>
    private static readonly TimeSpan PatienceAfterFailure = TimeSpan.FromMilliseconds(100);

    /// <summary>An answer can be given as long as its token lives.</summary>
    public static readonly TimeSpan PatienceWithDiscord = TimeSpan.FromMinutes(15);

    private const string ServedElsewhere = "Cohorts serves another Discord server than this one, so nothing was done.";

    private static readonly TimeSpan PauseBeforeAnew = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Rhythm = TimeSpan.FromSeconds(1);

    private readonly Dictionary<string, ISlashModule> _modules = modules.ToDictionary(m => m.Command.Name);
    private readonly ConcurrentDictionary<Snowflake, byte> _atWork = new();
    private readonly AcknowledgementGate _gate = new(clock);
    private volatile bool _databaseIsAway;

    /// <summary>
    /// Takes an interaction from a door. Returns as soon as it is safe, so that the next can come in: acknowledgement and work go on.
    /// </summary>
    /// <param name="respond">Gives the first answer through the door it came by.</param>
    public async Task ReceiveAsync(Interaction interaction, Func<InteractionResponse, CancellationToken, Task> respond, CancellationToken cancellation)
    {
        switch (interaction)
        {
            case PingInteraction:
                await respond(InteractionResponse.Pong, cancellation);
                break;
            case AutocompleteInteraction typed:
                _ = OfferAsync(typed, respond, cancellation);
                break;
            case not AutocompleteInteraction when IsOfAnotherGuild(interaction):
                _ = RespondAsync(interaction, respond, Only(ServedElsewhere), cancellation);
                break;
            case CommandInteraction or ComponentInteraction when Refusal(interaction) is { } refusal:
                _ = RespondAsync(interaction, respond, Only(refusal), cancellation);
                break;
            case CommandInteraction or ComponentInteraction:
                await AcceptAsync(interaction, respond, cancellation);
                break;
            default:
                _ = RespondAsync(interaction, respond, Only("Cohorts does not know what was asked. Try again after it was updated."), cancellation);
                break;
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Rhythm, clock);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                if (!_atWork.IsEmpty)
                    await inbox.RenewAsync([.. _atWork.Keys], stoppingToken);
                foreach (var waiting in await inbox.TakeUpAsync(stoppingToken))
                    TakeUp(waiting, stoppingToken);
            }
            catch (Exception e) when (e is NpgsqlException or TimeoutException)
            {
                InboxUnreachable(e);
            }

            if (!await timer.WaitForNextTickAsync(stoppingToken))
                break;
        }
    }

    private async Task AcceptAsync(
        Interaction interaction, Func<InteractionResponse, CancellationToken, Task> respond, CancellationToken cancellation)
    {
        using var due = _gate.Due();
        using var limit = new CancellationTokenSource(_databaseIsAway ? PatienceAfterFailure : PatienceWithDatabase, clock);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation, limit.Token);
        try
        {
            var recording = await RecordAsync(interaction, patience.Token);
            _databaseIsAway = false;
            if (recording is Inbox.Recording.TooMany tooMany)
                _ = RespondAsync(interaction, respond, Only(Wait(tooMany)), cancellation);
            if (recording is not Inbox.Recording.Fresh)
                return;
        }
        catch (PostgresException e) when (e.SqlState.StartsWith("22", StringComparison.Ordinal))
        {
            // Class 22, data exceptions: the database is there, and does not take what it was given.
            NotStorable(e, interaction.Id);
            _ = RespondAsync(interaction, respond, Only("This holds characters that cannot be stored, so nothing was begun. Type it anew."), cancellation);
            return;
        }
        catch (Exception e) when (e is NpgsqlException or TimeoutException or OperationCanceledException && !cancellation.IsCancellationRequested)
        {
            _databaseIsAway = true;
            InboxUnreachable(e);
            _ = RespondAsync(
                interaction,
                respond,
                Only(DatabaseTrouble.IsFullDisk(e)
                    ? "The disk of the database is full, so nothing was begun. Whoever runs Cohorts has to make room on it; then try again."
                    : "The database does not answer at the moment, so nothing was begun. Try again in a minute."),
                cancellation);
            return;
        }

        Begin(interaction, () => RespondAsync(interaction, respond, Acknowledgement(interaction), CancellationToken.None));
    }

    /// <summary>A database that restarted has broken the connections that were kept: within the patience it is tried anew.</summary>
    private async Task<Inbox.Recording> RecordAsync(Interaction interaction, CancellationToken patience)
    {
        while (true)
        {
            try
            {
                return await inbox.RecordAsync(interaction, patience);
            }
            catch (NpgsqlException e) when (e.IsTransient && !DatabaseTrouble.IsFullDisk(e) && !patience.IsCancellationRequested)
            {
                await Task.Delay(PauseBeforeAnew, clock, patience);
            }
        }
    }

    /// <returns>Whether Discord took the answer; otherwise the person was told that the command failed, and nobody waits.</returns>
    private async Task<bool> RespondAsync(
        Interaction interaction, Func<InteractionResponse, CancellationToken, Task> respond, InteractionResponse response, CancellationToken cancellation)
    {
        try
        {
            await respond(response, cancellation);
            return true;
        }
        catch (DiscordException e)
        {
            NobodyWaits(e, interaction.Id);
            return false;
        }
    }

    private async Task OfferAsync(
        AutocompleteInteraction typed, Func<InteractionResponse, CancellationToken, Task> respond, CancellationToken cancellation) =>
        await RespondAsync(typed, respond, InteractionResponse.Choices(await ChooseAsync(typed, cancellation)), cancellation);

    /// <summary>Where one server alone is served, nothing is done for another, by whichever door it comes.</summary>
    private bool IsOfAnotherGuild(Interaction interaction) => interaction.GuildId is { } guild && !settings.Serves(guild);

    /// <summary>Hidden commands can be shown by a guild's owner, and payloads forged: who may is looked at here, whatever Discord showed.</summary>
    private string? Refusal(Interaction interaction)
    {
        if (interaction.GuildId is null)
            return "This works in a server only, not in direct messages.";
        if (!interaction.IsByAdministrator)
            return "Only administrators of this server can do this.";
        return ModuleOf(interaction) is null ? "This command is no longer known. Type / to see those that are." : null;
    }

    private ISlashModule? ModuleOf(Interaction interaction) => interaction switch
    {
        CommandInteraction given => _modules.GetValueOrDefault(given.Name),
        ComponentInteraction pressed => _modules.GetValueOrDefault(pressed.CustomId.Split(':')[0]),
        _ => null,
    };

    private InteractionResponse Acknowledgement(Interaction interaction) => (interaction, ModuleOf(interaction)!) switch
    {
        (ComponentInteraction pressed, var module) when module.AnswerOf(pressed.CustomId) == ButtonAnswer.ForWhoeverPressed =>
            InteractionResponse.Defer(MessageFlags.Ephemeral),
        (ComponentInteraction, _) => InteractionResponse.DeferUpdate,
        (_, var module) => InteractionResponse.Defer(module.Visibility),
    };

    private async Task<IReadOnlyList<CommandChoice>> ChooseAsync(AutocompleteInteraction typed, CancellationToken cancellation)
    {
        if (IsOfAnotherGuild(typed) || !typed.IsByAdministrator || !_modules.TryGetValue(typed.Name, out var module))
            return [];
        try
        {
            await using var scope = scopes.CreateAsyncScope();
            return await module.ChooseAsync(typed, scope.ServiceProvider.GetRequiredService<IMediator>(), cancellation);
        }
        catch (Exception e) when (e is NpgsqlException or TimeoutException)
        {
            InboxUnreachable(e);
            return [];
        }
    }

    /// <summary>
    /// Begins what a dead process left. Whether Discord got its acknowledgement is asked where it is not known: without one, the person
    /// was told that the command failed, and nobody waits.
    /// </summary>
    private void TakeUp(Inbox.Waiting waiting, CancellationToken cancellation)
    {
        var interaction = Interaction.Parse(Encoding.UTF8.GetBytes(waiting.Payload));
        TakenUp(interaction.Id, waiting.Attempts);
        Begin(
            interaction,
            () => waiting.IsAcknowledged ? Task.FromResult(true) : WasAcknowledgedAsync(interaction, cancellation),
            // It may have been recorded by a process that served its server, too.
            IsOfAnotherGuild(interaction) ? () => Task.FromResult<OutgoingMessage?>(Plain(ServedElsewhere) with { Embeds = [], Components = [] })
            : waiting.IsGivenUp ? () => GiveUp(interaction, waiting.Attempts) : null);
    }

    private Task<OutgoingMessage?> GiveUp(Interaction interaction, int attempts)
    {
        GivenUp(interaction.Id, attempts - 1);
        return Task.FromResult<OutgoingMessage?>(interaction is ComponentInteraction
            ? null
            : Plain($"This was begun {attempts - 1} times and did not come to its end, so it was given up. What was saved stands: look with /list-cohorts, then give the command again."));
    }

    private async Task<bool> WasAcknowledgedAsync(Interaction interaction, CancellationToken cancellation)
    {
        try
        {
            await discord.GetOriginalResponseAsync(interaction.ApplicationId, interaction.Token, cancellation);
            return true;
        }
        catch (DiscordException e)
        {
            NobodyWaits(e, interaction.Id);
            return false;
        }
    }

    /// <param name="answer">What is answered; null: what the interaction's own work comes to.</param>
    private void Begin(Interaction interaction, Func<Task<bool>> acknowledge, Func<Task<OutgoingMessage?>>? answer = null)
    {
        if (!_atWork.TryAdd(interaction.Id, 0))
            return;
        var due = _gate.Due();
        _ = Task.Run(
            async () =>
            {
                try
                {
                    await WorkAsync(interaction, AcknowledgeAsync, answer ?? (() => AnswerAsync(interaction)));
                }
                finally
                {
                    due.Dispose();
                    _atWork.TryRemove(interaction.Id, out _);
                }
            },
            CancellationToken.None);

        async Task<bool> AcknowledgeAsync()
        {
            using (due)
                return await acknowledge();
        }
    }

    private static readonly Func<ILogger, Snowflake?, Snowflake, IDisposable?> Scope =
        LoggerMessage.DefineScope<Snowflake?, Snowflake>("guild {Guild}, interaction {Interaction}");

    /// <summary>The begin of a trace: its last call to Discord is the answer.</summary>
    private static Activity? Trace(Interaction interaction)
    {
        // An activity of the web server, to which nobody listens, would hide it.
        Activity.Current = null;
        var name = interaction switch
        {
            CommandInteraction given => "/" + given.Name,
            ComponentInteraction pressed => "button " + pressed.CustomId.Split(':')[0],
            _ => "interaction",
        };
        return RunTelemetry.Source.StartActivity(name, ActivityKind.Server)
            ?.SetTag("guild", interaction.GuildId?.ToString()).SetTag("interaction", interaction.Id.ToString());
    }

    private async Task WorkAsync(Interaction interaction, Func<Task<bool>> acknowledge, Func<Task<OutgoingMessage?>> work)
    {
        using var activity = Trace(interaction);
        using var scope = Scope(log, interaction.GuildId, interaction.Id);
        try
        {
            if (await acknowledge())
            {
                await inbox.AcknowledgedAsync(interaction.Id, CancellationToken.None);
                await _gate.PassAsync();
                if (await work() is { } answer)
                    await ShowAsync(interaction, answer, CancellationToken.None);
            }

            await inbox.AnsweredAsync(interaction.Id, CancellationToken.None);
        }
        catch (DiscordException e) when (e.Failure is not (DiscordFailure.Unavailable or DiscordFailure.RateLimited or DiscordFailure.OutcomeUnknown))
        {
            // The token has died, or Discord refuses: whoever waited cannot be reached any more.
            NotAnswered(e, interaction.Id);
            await inbox.AnsweredAsync(interaction.Id, CancellationToken.None);
        }
        catch (Exception e) when (e is NpgsqlException or TimeoutException or DiscordException or ClusterAwayException)
        {
            // Its lease ends, and it is taken up again.
            NotAnswered(e, interaction.Id);
            if (e is DiscordException)
                await NotCountedAsync(interaction.Id);
        }
    }

    private async Task<OutgoingMessage?> AnswerAsync(Interaction interaction)
    {
        try
        {
            await using var scope = scopes.CreateAsyncScope();
            var call = new InteractionCall(interaction, scope.ServiceProvider, (message, stop) => ShowAsync(interaction, message, stop));
            return interaction switch
            {
                CommandInteraction given => await ModuleOf(given)!.RunAsync(given, call, CancellationToken.None),
                ComponentInteraction pressed => await ModuleOf(pressed)!.PressAsync(pressed, call, CancellationToken.None),
                _ => throw new InvalidOperationException($"Interaction {interaction.Id} of type {interaction.GetType()} has no work."),
            };
        }
        catch (RunEndedException e)
        {
            return Plain(e.Message);
        }
        catch (DiscordException e) when (e.Failure is DiscordFailure.Unauthorized or DiscordFailure.Refused or DiscordFailure.Stopped)
        {
            // Of the bot, or of one request: the interaction's own token answers all the same. Where that is what died, nobody is reached.
            NotAnswered(e, interaction.Id);
            return await SayAsync(interaction, e.Failure switch
            {
                DiscordFailure.Unauthorized => "Discord does not accept the bot's token at the moment, so this could not be carried out to its end. Whoever runs Cohorts has to give it another (/health/ready and doctor say how); then try again.",
                DiscordFailure.Stopped => "Discord refused so much lately that it would soon ban the bot, so this could not be carried out to its end. Try again in ten minutes.",
                _ => "Discord refused a part of this, so it could not be carried out to its end. Look whether the bot's role lacks a permission here, then try again.",
            });
        }
        catch (Exception e) when (DatabaseTrouble.IsFullDisk(e))
        {
            return await SayAsync(interaction, DatabaseTrouble.DiskIsFull);
        }
        catch (Exception e) when (e is not (DiscordException or ClusterAwayException or TimeoutException or NpgsqlException { IsTransient: true }))
        {
            var id = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4));
            Failed(e, id, interaction.Id);
            return await SayAsync(
                interaction,
                $"Something went wrong here, and nothing was half-written. Try again; if it stays so, whoever runs Cohorts finds the whole of it in the log as error {id}.");
        }
    }

    /// <summary>A sentence for whoever waits; where a button would change the message that holds it, beside that message.</summary>
    /// <returns>The answer; null where it has been given.</returns>
    private async Task<OutgoingMessage?> SayAsync(Interaction interaction, string sentence)
    {
        if (interaction is not ComponentInteraction pressed || ModuleOf(pressed)!.AnswerOf(pressed.CustomId) == ButtonAnswer.ForWhoeverPressed)
            return Plain(sentence);
        await discord.CreateFollowUpAsync(
            interaction.ApplicationId, interaction.Token, Plain(sentence) with { Flags = MessageFlags.Ephemeral }, CancellationToken.None);
        return null;
    }

    private async Task NotCountedAsync(Snowflake interaction)
    {
        try
        {
            await inbox.NotCountedAsync(interaction, CancellationToken.None);
        }
        catch (Exception e) when (e is NpgsqlException or TimeoutException)
        {
            InboxUnreachable(e);
        }
    }

    private Task ShowAsync(Interaction interaction, OutgoingMessage message, CancellationToken cancellation) =>
        discord.WaitingForDiscord(PatienceWithDiscord).EditOriginalResponseAsync(interaction.ApplicationId, interaction.Token, message, cancellation);

    /// <summary>Discord shows the moment as a time to go, and counts it down.</summary>
    private string Wait(Inbox.Recording.TooMany tooMany)
    {
        var free = (clock.GetUtcNow() + tooMany.FreeIn).AddSeconds(1).ToUnixTimeSeconds();
        var (one, given) = tooMany.Whose == Inbox.CommandsOf.User
            ? ("one person", $"you gave {tooMany.Allowed}")
            : ("one server", $"{tooMany.Allowed} were given here");
        return $"Cohorts takes {tooMany.Allowed} commands a minute from {one}, and {given} within the last. Nothing was begun; try again <t:{free}:R>.";
    }

    private static InteractionResponse Only(string sentence) => InteractionResponse.Message(Plain(sentence) with { Flags = MessageFlags.Ephemeral });

    private static OutgoingMessage Plain(string sentence) => new() { Content = DiscordText.Cut(sentence, 2000) };

    [LoggerMessage(Level = LogLevel.Warning, Message = "The interactions could not be read or written; trying again")]
    private partial void InboxUnreachable(Exception exception);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Interaction {Interaction} holds what the database does not take")]
    private partial void NotStorable(Exception exception, Snowflake interaction);

    [LoggerMessage(Level = LogLevel.Information, Message = "Interaction {Interaction} was left by a process that ended; begun again, attempt {Attempt}")]
    private partial void TakenUp(Snowflake interaction, int attempt);

    [LoggerMessage(Level = LogLevel.Error, Message = "Interaction {Interaction} did not come to its end in {Attempts} attempts; given up")]
    private partial void GivenUp(Snowflake interaction, int attempts);

    [LoggerMessage(Level = LogLevel.Information, Message = "Interaction {Interaction} was never acknowledged; nobody waits for it")]
    private partial void NobodyWaits(Exception exception, Snowflake interaction);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Interaction {Interaction} could not be answered")]
    private partial void NotAnswered(Exception exception, Snowflake interaction);

    [LoggerMessage(Level = LogLevel.Error, Message = "Error {Id}: interaction {Interaction} failed")]
    private partial void Failed(Exception exception, string id, Snowflake interaction);
}
