using Cohorts.Discord;
using Cohorts.Hosting;
using Npgsql;

namespace Cohorts.Bot;

/// <summary>
/// The bot's one connection to the gateway: of all processes on this database, whichever holds an advisory lock has it; when that one
/// ends, another gets the lock and resumes.
/// </summary>
public sealed partial class GatewayKeeper(
    NpgsqlDataSource database,
    DiscordRest discord,
    DiscordSettings settings,
    InteractionRouter router,
    CommandRegistration commands,
    Happenings happenings,
    TimeProvider clock,
    ILoggerFactory logs) : BackgroundService
{
    private static readonly TimeSpan Rhythm = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan PauseAfterFailure = TimeSpan.FromSeconds(5);

    private readonly ILogger<GatewayKeeper> _log = logs.CreateLogger<GatewayKeeper>();

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                var application = (await discord.GetApplicationAsync(stoppingToken)).Id;
                var link = DiscordSettings.InviteLink(application);
                Invite(link);
                await using var connection = await HoldLockAsync(application, stoppingToken);
                await ConnectAsync(application, connection, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (DiscordGatewayException e)
            {
                // No further attempt would change it; the rest of the program goes on, and its readiness says so.
                ClosedForGood(e.Message);
                return;
            }
            catch (DiscordException e) when (e.Failure == DiscordFailure.Unauthorized)
            {
                ClosedForGood("Discord does not accept the bot's token. Reset it in the developer portal, page Bot, and start again with the new one.");
                return;
            }
            catch (Exception e) when (e is DiscordException or NpgsqlException or TimeoutException or IOException)
            {
                Lost(e);
                await Task.Delay(PauseAfterFailure, clock, stoppingToken);
            }
        }
    }

    private async Task ConnectAsync(Snowflake application, NpgsqlConnection lockHolder, CancellationToken stop)
    {
        using var here = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var gateway = new DiscordGateway(
            discord,
            new DiscordGatewayOptions { Intents = GatewayIntents.Guilds | GatewayIntents.GuildMembers },
            new GatewaySessions(database, application),
            (happened, cancellation) => HandleAsync(application, happened, stop, cancellation),
            clock,
            logs.CreateLogger<DiscordGateway>());
        var connected = gateway.RunAsync(here.Token);
        try
        {
            // The lock is gone with its connection: somebody else may hold the gateway by now.
            using var timer = new PeriodicTimer(Rhythm, clock);
            while (!connected.IsCompleted && await timer.WaitForNextTickAsync(stop))
            {
                await using var alive = new NpgsqlCommand("SELECT 1", lockHolder);
                await alive.ExecuteScalarAsync(stop);
            }
        }
        finally
        {
            await here.CancelAsync();
            try
            {
                await connected;
            }
            catch (OperationCanceledException) when (here.IsCancellationRequested)
            {
                // As asked; the session stays open for whoever resumes it.
            }
        }
    }

    private async Task HandleAsync(Snowflake application, GatewayEvent happened, CancellationToken stop, CancellationToken cancellation)
    {
        switch (happened)
        {
            case GatewayEvent.InteractionCreate { Interaction: var interaction }:
                await router.ReceiveAsync(
                    interaction,
                    (response, stop) => discord.RespondAsync(interaction.Id, interaction.Token, response, stop),
                    CancellationToken.None);
                break;
            case GatewayEvent.GuildCreate { Guild.Id: var guild } when settings.Serves(guild):
                await commands.EnsureAsync(application, guild, cancellation);
                happenings.Tell(new GuildOpened(guild), stop);
                break;
            case GatewayEvent.GuildMemberAdd joined when settings.Serves(joined.GuildId):
                happenings.Tell(new MemberJoined(joined.GuildId, joined.Member), stop);
                break;
            case GatewayEvent.GuildDelete { Unavailable: false } left:
                await commands.ForgetAsync(application, left.GuildId, cancellation);
                break;
        }
    }

    private async Task<NpgsqlConnection> HoldLockAsync(Snowflake application, CancellationToken stop)
    {
        // Of its own and not pooled: the lock ends with the session, however this process ends.
        var connection = new NpgsqlConnection(settings.LockConnectionString);
        try
        {
            await connection.OpenAsync(stop);
            using var timer = new PeriodicTimer(Rhythm, clock);
            do
            {
                await using var attempt = new NpgsqlCommand("SELECT pg_try_advisory_lock($1)", connection)
                {
                    Parameters = { new NpgsqlParameter<long> { TypedValue = (long)application.Value } },
                };
                if ((bool)(await attempt.ExecuteScalarAsync(stop))!)
                    return connection;
            }
            while (await timer.WaitForNextTickAsync(stop));
            throw new OperationCanceledException(stop);
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "To invite the bot to a server: {Link}")]
    private partial void Invite(Uri link);

    [LoggerMessage(Level = LogLevel.Error, Message = "No connection to Discord: {Why}")]
    private partial void ClosedForGood(string why);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The connection to Discord was lost; trying again")]
    private partial void Lost(Exception exception);
}
