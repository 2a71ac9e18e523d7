using Npgsql;

namespace Cohorts.Hosting;

/// <summary>Reads the certificates again and again, so that a member shows the newest also where nobody has shown it that one.</summary>
public sealed partial class CertificateRefresher(
    NpgsqlDataSource database, ClusterCertificates certificates, TimeProvider clock, ILogger<CertificateRefresher> log) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(ClusterCertificates.RefreshPeriod, clock);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                try
                {
                    await certificates.RefreshAsync(database, stoppingToken);
                }
                catch (NpgsqlException e)
                {
                    NotRead(e);
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The process ends.
        }
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "The cluster's certificates could not be read")]
    private partial void NotRead(Exception exception);
}
