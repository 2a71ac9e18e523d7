using Npgsql;

namespace Cohorts.Grains;

/// <summary>
/// Looks every second for runs that were cut off: those that go on by themselves it has the cohort's grain go on with, wherever it lives;
/// the others it ends when nobody has done so. Every server looks; the table lets one of them win.
/// </summary>
public sealed partial class LeftRuns(RunLedger ledger, IGrainFactory grains, TimeProvider clock, ILogger<LeftRuns> log) : BackgroundService
{
    private static readonly TimeSpan Rhythm = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Rhythm, clock);
        try
        {
            do
                await LookAsync(stoppingToken);
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The server ends.
        }
    }

    private async Task LookAsync(CancellationToken stop)
    {
        try
        {
            await ledger.EndForgottenAsync(stop);
            foreach (var left in await ledger.FindLeftAsync(cohort: null, stop))
                await grains.GetGrain<ICohortGrain>(left.Cohort.Value).GoOn().WaitAsync(stop);
        }
        // Orleans cancels what an activation waits for when its silo stops or loses its directory; that is not this server's end.
        catch (Exception e) when (e is NpgsqlException or OrleansException or TimeoutException or OperationCanceledException && !stop.IsCancellationRequested)
        {
            NotFound(e);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Runs that were cut off could not be looked for; trying again")]
    private partial void NotFound(Exception exception);
}
