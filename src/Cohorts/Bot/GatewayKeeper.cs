using Cohorts.Discord;
using Cohorts.Hosting;
using Npgsql;

namespace Cohorts.Bot;

/// <summary>
/// The bot's one connection to the gateway: of all processes on this database, whichever holds an advisory lock has it; when that one
/// ends, or is paused, another gets the lock and resumes. While the database is away nobody can get the lock: the connection stays, so
/// that people are told, until another may have it.
/// </summary>
public sealed partial class GatewayKeeper(
    NpgsqlDataSource database,
    DiscordRest discord,
    DiscordSettings settings,
    InteractionRouter router,
    GuildService guilds,
    Happenings happenings,
    TimeProvider clock,
    ILoggerFactory logs) : BackgroundService
{
    private static readonly TimeSpan Rhythm = TimeSpan.FromSeconds(1);

    /// <summary>
    /// A holder that is paused keeps its session with the database, and with it the lock, without end: after this long without a word from
    /// it, the database ends the session. A holder that lives speaks every second.
    /// </summary>
    private const string LongestSilence = "10s";

    private static readonly TimeSpan PauseAfterFailure = TimeSpan.FromSeconds(5);

    /// <summary>
    /// After Discord closed the connection for good (token, intent); doubled each time up to the longest: of the 1000 sessions that a bot may
    /// begin within a day, that leaves most.
    /// </summary>
    private static readonly TimeSpan FirstPauseWhenClosed = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LongestPauseWhenClosed = TimeSpan.FromMinutes(10);

    /// <summary>Discord ends connections now and then; to resume takes less.</summary>
    private static readonly TimeSpan Ordinary = TimeSpan.FromSeconds(5);

    private volatile Away? _away;
    private volatile string? _closed;
    private TimeSpan _pauseWhenClosed = FirstPauseWhenClosed;

    private readonly ILogger<GatewayKeeper> _log = logs.CreateLogger<GatewayKeeper>();

    /// <summary>Why no commands come over the gateway or are carried out, and what to do; null where all goes well, here or in another process.</summary>
    public string? Wrong =>
        discord.IsTokenRefused ? DiscordSettings.TokenIsRefused
        : _closed is { } why ? why
        : _away is { } away && clock.GetElapsedTime(away.Since) > Ordinary
            ? "Discord's gateway cannot be reached, so no commands come. It is tried again by itself; see https://discordstatus.com, and whether this machine reaches Discord."
            : null;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                var application = (await discord.GetApplicationAsync(stoppingToken)).Id;
                var link = DiscordSettings.InviteLink(application);
                Invite(link);
                _away = null;
                await using var held = await HoldLockAsync(application, stoppingToken);
                await ConnectAsync(application, held, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (DiscordGatewayException e)
            {
                // Until somebody mends it; the rest of the program goes on, and its readiness says so.
                _closed = e.Message;
                ClosedForGood(e.Message, _pauseWhenClosed.TotalSeconds);
                await Task.Delay(_pauseWhenClosed, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                _pauseWhenClosed = TimeSpan.FromTicks(Math.Min(_pauseWhenClosed.Ticks * 2, LongestPauseWhenClosed.Ticks));
            }
            catch (DiscordException e) when (e.Failure == DiscordFailure.Unauthorized)
            {
                // The way to Discord itself looks after how often it asks; once it may go on, a session may begin at once.
                if (_closed is null)
                    TokenRefused(e);
                (_closed, _pauseWhenClosed) = (DiscordSettings.TokenIsRefused, FirstPauseWhenClosed);
                await Task.Delay(PauseAfterFailure, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (Exception e) when (e is DiscordException or NpgsqlException or TimeoutException or IOException)
            {
                Lost(e);
                if (e is DiscordException)
                    _away ??= new Away(clock.GetTimestamp());
                await Task.Delay(PauseAfterFailure, clock, stoppingToken);
            }
        }
    }

    private async Task ConnectAsync(Snowflake application, HeldLock held, CancellationToken stop)
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
            using var timer = new PeriodicTimer(Rhythm, clock);
            while (!connected.IsCompleted && await timer.WaitForNextTickAsync(stop))
            {
                if (gateway.State == GatewayState.Connected)
                    (_away, _closed, _pauseWhenClosed) = (null, null, FirstPauseWhenClosed);
                else
                    _away ??= new Away(clock.GetTimestamp());
                var state = await held.LookAsync(stop);
                // Another that reaches the database resumes the session, which ends this connection.
                if (state == LockState.Taken || (state == LockState.NotKnown && gateway.State != GatewayState.Connected))
                {
                    LetGo();
                    return;
                }
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
            case GatewayEvent.Ready begun:
                await BesideAsync(c => guilds.BeginAsync(application, begun.GuildIds, c), stop, cancellation);
                break;
            case GatewayEvent.Resumed:
                await BesideAsync(c => guilds.ResumeAsync(application, c), stop, cancellation);
                break;
            case GatewayEvent.GuildCreate { Guild: var guild }:
                await BesideAsync(c => guilds.EnterAsync(application, guild, c), stop, cancellation);
                if (settings.Serves(guild.Id))
                    happenings.Tell(new GuildOpened(guild.Id, guild.Channels?.Select(c => c.Id).ToList()), stop);
                break;
            case GatewayEvent.ChannelDelete deleted when settings.Serves(deleted.GuildId):
                happenings.Tell(new ChannelDeleted(deleted.GuildId, deleted.ChannelId), stop);
                break;
            case GatewayEvent.GuildMemberAdd joined when settings.Serves(joined.GuildId):
                happenings.Tell(new MemberJoined(joined.GuildId, joined.Member), stop);
                break;
            case GatewayEvent.GuildDelete { Unavailable: false } left:
                await guilds.LeaveAsync(application, left.GuildId, cancellation);
                break;
        }
    }

    /// <summary>A registration that Discord refuses, or does not answer, is tried again beside the events: commands do not wait behind it.</summary>
    private async Task BesideAsync(Func<CancellationToken, Task> register, CancellationToken stop, CancellationToken cancellation)
    {
        try
        {
            await register(cancellation);
        }
        catch (DiscordException e)
        {
            NotRegistered(e);
            happenings.Tell(new RegistrationLeft(register), stop);
        }
    }

    private async Task<HeldLock> HoldLockAsync(Snowflake application, CancellationToken stop)
    {
        var held = new HeldLock(settings.LockConnectionString, (long)application.Value);
        try
        {
            using var timer = new PeriodicTimer(Rhythm, clock);
            do
            {
                if (await held.LookAsync(stop) == LockState.Held)
                    return held;
            }
            while (await timer.WaitForNextTickAsync(stop));
            throw new OperationCanceledException(stop);
        }
        catch
        {
            await held.DisposeAsync();
            throw;
        }
    }

    private sealed record Away(long Since);

    private enum LockState
    {
        Held,

        /// <summary>By another process.</summary>
        Taken,

        /// <summary>The database does not answer.</summary>
        NotKnown,
    }

    /// <summary>The advisory lock, which ends with its session, however this process ends.</summary>
    /// <param name="connectionString">Not pooled.</param>
    private sealed class HeldLock(string connectionString, long key) : IAsyncDisposable
    {
        private NpgsqlConnection? _session;
        private bool _isHeld;

        /// <summary>Takes the lock where it is free, and looks whether its session still lives where it is held.</summary>
        public async Task<LockState> LookAsync(CancellationToken stop)
        {
            try
            {
                if (_session is null)
                {
                    _session = new NpgsqlConnection(connectionString);
                    await _session.OpenAsync(stop);
                    await using var limit = new NpgsqlCommand($"SET idle_session_timeout = '{LongestSilence}'", _session);
                    await limit.ExecuteNonQueryAsync(stop);
                }

                if (_isHeld)
                {
                    await using var alive = new NpgsqlCommand("SELECT 1", _session);
                    await alive.ExecuteScalarAsync(stop);
                    return LockState.Held;
                }

                await using var attempt = new NpgsqlCommand("SELECT pg_try_advisory_lock($1)", _session)
                {
                    Parameters = { new NpgsqlParameter<long> { TypedValue = key } },
                };
                _isHeld = (bool)(await attempt.ExecuteScalarAsync(stop))!;
                return _isHeld ? LockState.Held : LockState.Taken;
            }
            catch (Exception e) when (e is NpgsqlException or TimeoutException or IOException)
            {
                await DisposeAsync();
                return LockState.NotKnown;
            }
        }

        public async ValueTask DisposeAsync()
        {
            if (_session is not null)
                await _session.DisposeAsync();
            (_session, _isHeld) = (null, false);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Commands could not be registered or withdrawn; trying again")]
    private partial void NotRegistered(Exception exception);

    [LoggerMessage(Level = LogLevel.Information, Message = "To invite the bot to a server: {Link}")]
    private partial void Invite(Uri link);

    [LoggerMessage(Level = LogLevel.Error, Message = "No connection to Discord, tried again in {Seconds:0} s: {Why}")]
    private partial void ClosedForGood(string why, double seconds);

    [LoggerMessage(Level = LogLevel.Error, Message = "No connection to Discord, until it accepts the bot's token")]
    private partial void TokenRefused(Exception exception);

    [LoggerMessage(Level = LogLevel.Information, Message = "Another process may hold the connection to Discord; let go of it here")]
    private partial void LetGo();

    [LoggerMessage(Level = LogLevel.Warning, Message = "The connection to Discord was lost; trying again")]
    private partial void Lost(Exception exception);
}
