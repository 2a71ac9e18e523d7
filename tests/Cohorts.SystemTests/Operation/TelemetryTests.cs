using Cohorts.SystemTests.Bot;

namespace Cohorts.SystemTests.Operation;

/// <summary>What a server tells of its work to whoever listens by OTLP.</summary>
public sealed class TelemetryTests(SharedGround shared) : IClassFixture<SharedGround>
{
    [Fact]
    public async Task One_trace_goes_from_a_command_to_its_last_call_to_Discord_and_no_log_names_a_member()
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        await using var ofMetrics = await OtlpReceiver.StartAsync();
        await using var world = await BotWorld.StartAsync(shared.Ground);
        world.Settings["OTEL_EXPORTER_OTLP_ENDPOINT"] = receiver.Address.ToString();
        world.Settings["OTEL_EXPORTER_OTLP_METRICS_ENDPOINT"] = new Uri(ofMetrics.Address, "v1/metrics").ToString();
        world.Settings["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf";
        world.Settings["OTEL_BSP_SCHEDULE_DELAY"] = "200";
        world.Settings["OTEL_BLRP_SCHEDULE_DELAY"] = "200";
        world.Settings["OTEL_METRIC_EXPORT_INTERVAL"] = "500";
        var server = await world.ServeAndConnectAsync();

        await world.Discord.HurryAsync(1000);
        await world.Discord.RunAsync(world.Guild, world.Administrator, "schedule", new { cohort = shared.Ground.CohortId });
        await world.Discord.SendAsync(world.Guild, world.Administrator, "realize-groups", new { cohort = shared.Ground.CohortId });

        await Eventually.HoldsAsync("the realization's trace is complete", TimeSpan.FromSeconds(60), () =>
            Task.FromResult(receiver.Spans.Any(s => s.Name == "run realizing") && receiver.Spans.Any(s => s is { Name: "/realize-groups", ParentId: "" })));
        foreach (var (command, run) in new[] { ("/schedule", "run scheduling"), ("/realize-groups", "run realizing") })
        {
            var root = receiver.Spans.First(s => s.Name == command && s.ParentId.Length == 0);
            var trace = receiver.Spans.Where(s => s.TraceId == root.TraceId).ToList();
            var work = Assert.Single(trace, s => s.Name == run);
            Assert.Equal(root.SpanId, work.ParentId);
            Assert.Contains(trace, s => s.ParentId == root.SpanId && s.Name.Contains("callback", StringComparison.Ordinal));
            Assert.Contains(trace, s => s.ParentId == root.SpanId && s.Name.Contains("@original", StringComparison.Ordinal));
            if (run == "run realizing")
                Assert.Contains(trace, s => s.ParentId == work.SpanId && s.Name.StartsWith("POST /guilds", StringComparison.Ordinal));
            // Orphans would be a trace that was torn.
            Assert.All(trace, s => Assert.True(s.ParentId.Length == 0 || trace.Any(p => p.SpanId == s.ParentId), s.Name));
            if (Pictures is not null && run == "run realizing")
                await File.WriteAllTextAsync(Path.Combine(Pictures, "trace-realize-groups.svg"), TracePicture.Svg(trace, most: 40));
        }

        await Eventually.HoldsAsync("all metrics have come", TimeSpan.FromSeconds(20), () => Task.FromResult(Expected.All(ofMetrics.Metrics.ContainsKey)));
        var logs = string.Join('\n', receiver.Logs);
        Assert.Contains("Run ended", logs, StringComparison.Ordinal);
        var names = await world.ListAsync<string>("SELECT unnest(array[nickname, email]) FROM users");
        Assert.Equal(2 * BotGround.People, names.Count(n => n is not null));
        foreach (var told in new[] { logs, server.Log })
        {
            Assert.Contains(world.Guild.Id, told, StringComparison.Ordinal);
            Assert.DoesNotContain(names, name => told.Contains(name, StringComparison.Ordinal));
        }

        if (Pictures is not null)
            await KeepMetricsAsync(world, ofMetrics);
    }

    private static readonly string[] Expected =
    [
        "cohorts.runs", "cohorts.run.duration", "cohorts.people", "cohorts.solver.duration", "cohorts.solver.gap", "cohorts.waiting",
        "discord.rest.duration", "discord.gateway.state", "discord.gateway.sessions",
    ];

    /// <summary>A folder from the repository's root, to write what the documentation shows of the telemetry: <c>docs/images</c>.</summary>
    private static readonly string? Pictures = Environment.GetEnvironmentVariable("COHORTS_SCREENSHOTS");

    /// <summary>Three courses, at four times Discord's own pace, with a broken line in the middle.</summary>
    private static async Task KeepMetricsAsync(BotWorld world, OtlpReceiver receiver)
    {
        await world.Discord.HurryAsync(4);
        for (var i = 0; i < 3; i++)
        {
            var cohort = await world.AddCohortAsync($"Course {i}");
            await world.Discord.RunAsync(world.Guild, world.Administrator, "schedule", new { cohort });
            await world.Discord.SendAsync(world.Guild, world.Administrator, "realize-groups", new { cohort });
            if (i == 1)
                await world.Discord.CutAsync();
            await Eventually.HoldsAsync("the realization has ended", TimeSpan.FromMinutes(3), async () =>
                await world.AskAsync<int>("SELECT count(*)::int FROM runs WHERE cohort_id = @cohort AND kind = 'realizing' AND state = 'succeeded'", new { cohort }) == 1);
        }

        var asked = receiver.Points.Count;
        await Eventually.HoldsAsync("the last metrics have come", TimeSpan.FromSeconds(20), () => receiver.Points.Count > asked + 100);
        await File.WriteAllTextAsync(Path.Combine(Pictures!, "metrics.svg"), MetricsPicture.Svg(receiver.Points));
    }
}
