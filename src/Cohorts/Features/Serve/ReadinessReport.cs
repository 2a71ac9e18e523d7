using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Cohorts.Features.Serve;

/// <summary>
/// What <c>/health/ready</c> answers. The address asks for no password, so its checks, which go to the database, are made at most once a
/// second however many ask; whoever asks meanwhile gets the answer of the checks that are on their way, or of the last second.
/// </summary>
public sealed class ReadinessReport(HealthCheckService checks, TimeProvider clock)
{
    private static readonly TimeSpan Age = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private Task<HealthReport>? _latest;
    private long _begun;

    /// <param name="cancellation">Ends this wait; the checks go on for whoever else waits.</param>
    public Task<HealthReport> LatestAsync(CancellationToken cancellation)
    {
        lock (_gate)
        {
            if (_latest is null || _latest.IsCompleted && clock.GetElapsedTime(_begun) >= Age)
            {
                _begun = clock.GetTimestamp();
                _latest = Task.Run(() => checks.CheckHealthAsync(CancellationToken.None), CancellationToken.None);
            }

            return _latest.WaitAsync(cancellation);
        }
    }
}
