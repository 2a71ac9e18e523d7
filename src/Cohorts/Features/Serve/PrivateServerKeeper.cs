using Cohorts.Hosting;

namespace Cohorts.Features.Serve;

/// <summary>
/// Starts the private server anew where it has ended: on a full disk PostgreSQL ends when it can write its log no more, and nobody else
/// would start it when there is room again.
/// </summary>
public sealed partial class PrivateServerKeeper(CohortsDatabase server, TimeProvider clock, ILogger<PrivateServerKeeper> log) : BackgroundService
{
    private static readonly TimeSpan Rhythm = TimeSpan.FromSeconds(2);

    private volatile string? _wrong;

    /// <summary>Why it does not start, and what to do; null while it runs.</summary>
    public string? Wrong => _wrong;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Rhythm, clock);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                try
                {
                    if (await server.StartAgainAsync(stoppingToken))
                        Started();
                    _wrong = null;
                }
                catch (PrivatePostgresException e)
                {
                    if (_wrong is null)
                        DoesNotStart(e);
                    _wrong = e.Message.Contains("No space left on device", StringComparison.Ordinal)
                        ? "The disk of the database is full, and PostgreSQL has ended. Make room on it: it is started again by itself."
                        : e.Message;
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The server ends.
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "PostgreSQL had ended and was started again")]
    private partial void Started();

    [LoggerMessage(Level = LogLevel.Error, Message = "PostgreSQL has ended and does not start; trying again")]
    private partial void DoesNotStart(Exception exception);
}
