using Cohorts.Features.Serve;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Time.Testing;

namespace Cohorts.Tests.Features.Serve;

public sealed class ReadinessReportTests
{
    private readonly FakeTimeProvider _clock = new();
    private readonly Checks _checks = new();

    [Fact]
    public async Task Five_hundred_who_ask_at_once_get_the_answer_of_one_look()
    {
        var readiness = new ReadinessReport(_checks, _clock);

        var asked = Enumerable.Range(0, 500).Select(_ => readiness.LatestAsync(CancellationToken.None)).ToList();
        _checks.Done.SetResult();

        Assert.Single((await Task.WhenAll(asked)).Distinct());
        Assert.Equal(1, _checks.Looks);
    }

    [Fact]
    public async Task It_looks_again_after_a_second_and_not_before()
    {
        var readiness = new ReadinessReport(_checks, _clock);
        _checks.Done.SetResult();

        var first = await readiness.LatestAsync(CancellationToken.None);
        _clock.Advance(TimeSpan.FromMilliseconds(999));
        Assert.Same(first, await readiness.LatestAsync(CancellationToken.None));
        _clock.Advance(TimeSpan.FromMilliseconds(1));

        Assert.NotSame(first, await readiness.LatestAsync(CancellationToken.None));
        Assert.Equal(2, _checks.Looks);
    }

    [Fact]
    public async Task Who_gives_up_does_not_end_the_look_of_the_others()
    {
        var readiness = new ReadinessReport(_checks, _clock);
        using var impatient = new CancellationTokenSource();

        var given = readiness.LatestAsync(impatient.Token);
        var patient = readiness.LatestAsync(CancellationToken.None);
        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => given);
        _checks.Done.SetResult();

        Assert.Equal(HealthStatus.Healthy, (await patient).Status);
    }

    private sealed class Checks : HealthCheckService
    {
        private int _looks;

        public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public int Looks => _looks;

        public override async Task<HealthReport> CheckHealthAsync(Func<HealthCheckRegistration, bool>? predicate, CancellationToken cancellationToken = default)
        {
            Interlocked.Increment(ref _looks);
            await Done.Task.WaitAsync(cancellationToken);
            return new HealthReport(new Dictionary<string, HealthReportEntry>(), TimeSpan.Zero);
        }
    }
}
