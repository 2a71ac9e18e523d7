using System.Net;
using Cohorts.Discord;
using MediatR;
using Npgsql;

namespace Cohorts.Bot;

/// <summary>Somebody joined a server in which the bot is. The same may be told twice.</summary>
public sealed record MemberJoined(Snowflake Guild, GuildMember Member) : INotification;

/// <summary>A connection begins, in which this server is: what happened there before is not told any more.</summary>
/// <param name="Channels">That the bot sees there; null where Discord did not tell.</param>
public sealed record GuildOpened(Snowflake Guild, IReadOnlyList<Snowflake>? Channels = null) : INotification;

/// <summary>A channel of a server was deleted, whoever did it.</summary>
public sealed record ChannelDeleted(Snowflake Guild, Snowflake Channel) : INotification;

/// <summary>Discord did not take what was to be registered when a server was entered or a session began.</summary>
public sealed record RegistrationLeft(Func<CancellationToken, Task> Again) : INotification
{
    public sealed class OnFailure : INotificationHandler<RegistrationLeft>
    {
        public Task Handle(RegistrationLeft notification, CancellationToken cancellationToken) => notification.Again(cancellationToken);
    }
}

/// <summary>
/// Tells the slices what happened in a server, beside the gateway's own work: it may take as long as Discord's limits make it, and is tried
/// again when the database or Discord is away.
/// </summary>
public sealed partial class Happenings(IServiceScopeFactory scopes, TimeProvider clock, ILogger<Happenings> log)
{
    private const int MostAttempts = 12;
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(2);

    public void Tell(INotification what, CancellationToken stop) => _ = TellAsync(what, stop);

    private async Task TellAsync(INotification what, CancellationToken stop)
    {
        var pause = TimeSpan.FromMilliseconds(500);
        for (var attempt = 1; attempt <= MostAttempts && !stop.IsCancellationRequested; attempt++)
        {
            try
            {
                await using var scope = scopes.CreateAsyncScope();
                await scope.ServiceProvider.GetRequiredService<IMediator>().Publish(what, stop);
                return;
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            // A 401 to one request alone is no lasting refusal.
            catch (DiscordException e) when (e.Failure == DiscordFailure.Refused && e.Status != HttpStatusCode.Unauthorized)
            {
                // It would be refused again: the channel is gone, or the person has left. The next run says what is missing.
                NotDone(e, what.GetType().Name, attempt);
                return;
            }
            catch (Exception e) when (e is NpgsqlException or DiscordException or TimeoutException)
            {
                NotDone(e, what.GetType().Name, attempt);
            }

            await Task.Delay(pause, clock, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            pause = TimeSpan.FromTicks(Math.Min(pause.Ticks * 2, LongestPause.Ticks));
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{What} could not be dealt with (attempt {Attempt})")]
    private partial void NotDone(Exception exception, string what, int attempt);
}
