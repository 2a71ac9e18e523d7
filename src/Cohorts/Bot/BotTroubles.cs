using Cohorts.Discord;
using Dapper;
using Npgsql;

namespace Cohorts.Bot;

/// <summary>
/// Asks again for the bot's token while Discord refuses it, also when nobody gives a command; and keeps what is wrong in the database, so
/// that <c>doctor</c>, a process of its own with perhaps another token, says it too.
/// </summary>
public sealed partial class BotTroubles(NpgsqlDataSource database, DiscordRest discord, GatewayKeeper gateway, TimeProvider clock, ILogger<BotTroubles> log)
    : BackgroundService
{
    private static readonly TimeSpan Rhythm = TimeSpan.FromSeconds(5);

    /// <summary>More than a rhythm and a busy machine's delay: after it, the process counts as gone.</summary>
    private static readonly TimeSpan Valid = TimeSpan.FromSeconds(30);

    private readonly string _process = $"{Environment.MachineName}, process {Environment.ProcessId}";
    private bool _isTold;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Rhythm, clock);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                if (discord.IsTokenRefused)
                    await AskAgainAsync(stoppingToken);
                await TellAsync(gateway.Wrong, stoppingToken);
                await timer.WaitForNextTickAsync(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
        }
    }

    /// <summary>How often that leads to a request is the way to Discord's own business.</summary>
    private async Task AskAgainAsync(CancellationToken stop)
    {
        try
        {
            await discord.GetCurrentUserAsync(stop);
            AcceptedAgain();
        }
        catch (DiscordException)
        {
            // As before; the next look asks anew.
        }
    }

    private async Task TellAsync(string? wrong, CancellationToken stop)
    {
        if (wrong is null && !_isTold)
            return;
        try
        {
            await using var connection = await database.OpenConnectionAsync(stop);
            await connection.ExecuteAsync(new CommandDefinition(
                wrong is null
                    ? "DELETE FROM bot_troubles WHERE process = @process"
                    : """
                      INSERT INTO bot_troubles (process, trouble, valid_until)
                      VALUES (@process, @wrong, now() + @Valid)
                      ON CONFLICT (process) DO UPDATE
                         SET trouble = excluded.trouble,
                             valid_until = excluded.valid_until,
                             updated_at = now();
                      DELETE FROM bot_troubles WHERE valid_until < now() - interval '1 day'
                      """,
                new { process = _process, wrong, Valid },
                cancellationToken: stop));
            _isTold = wrong is not null;
        }
        catch (Exception e) when (e is NpgsqlException or TimeoutException)
        {
            NotTold(e);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Discord accepts the bot's token again")]
    private partial void AcceptedAgain();

    [LoggerMessage(Level = LogLevel.Warning, Message = "What is wrong with the bot could not be kept; trying again")]
    private partial void NotTold(Exception exception);
}
