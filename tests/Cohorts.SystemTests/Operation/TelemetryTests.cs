using Cohorts.SystemTests.Bot;

namespace Cohorts.SystemTests.Operation;

/// <summary>What a server tells of its work to whoever listens by OTLP.</summary>
public sealed class TelemetryTests(BotGround ground) : IClassFixture<BotGround>
{
    [Fact]
    public async Task One_trace_goes_from_a_command_to_its_last_call_to_Discord_and_no_log_names_a_member()
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        await using var world = await BotWorld.StartAsync(ground);
        world.Settings["OTEL_EXPORTER_OTLP_ENDPOINT"] = receiver.Address.ToString();
        world.Settings["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf";
        world.Settings["OTEL_BSP_SCHEDULE_DELAY"] = "200";
        world.Settings["OTEL_BLRP_SCHEDULE_DELAY"] = "200";
        world.Settings["OTEL_METRIC_EXPORT_INTERVAL"] = "500";
        var server = await world.ServeAndConnectAsync();

        await world.Discord.HurryAsync(1000);
        await world.Discord.RunAsync(world.Guild, world.Administrator, "schedule", new { cohort = ground.CohortId });
        await world.Discord.SendAsync(world.Guild, world.Administrator, "realize-groups", new { cohort = ground.CohortId });

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
            Keep(trace, command);
        }

        await Eventually.HoldsAsync("all metrics have come", TimeSpan.FromSeconds(20), () => Task.FromResult(Expected.All(receiver.Metrics.ContainsKey)));
        var logs = string.Join('\n', receiver.Logs);
        Assert.Contains("Run ended", logs, StringComparison.Ordinal);
        var names = await world.ListAsync<string>("SELECT unnest(array[nickname, email]) FROM users");
        Assert.Equal(2 * BotGround.People, names.Count(n => n is not null));
        foreach (var told in new[] { logs, server.Log })
        {
            Assert.Contains(world.Guild.Id, told, StringComparison.Ordinal);
            Assert.DoesNotContain(names, name => told.Contains(name, StringComparison.Ordinal));
        }
    }

    private static readonly string[] Expected =
    [
        "cohorts.runs", "cohorts.run.duration", "cohorts.people", "cohorts.solver.duration", "cohorts.solver.gap", "cohorts.waiting",
        "discord.rest.duration", "discord.gateway.state", "discord.gateway.sessions",
    ];

    /// <summary>For the picture in the documentation: the trace as it came, where somebody asks for it.</summary>
    private static void Keep(IReadOnlyList<ReceivedSpan> trace, string command)
    {
        if (Environment.GetEnvironmentVariable("COHORTS_KEEP_TRACE") is not { Length: > 0 } folder)
            return;
        File.WriteAllText(Path.Combine(folder, $"trace-{command.TrimStart('/')}.svg"), TracePicture.Svg(trace, most: 40));
    }
}
