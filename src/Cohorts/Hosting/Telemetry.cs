using System.Diagnostics.Metrics;
using Cohorts.Domain;
using Dapper;
using Npgsql;
using OpenTelemetry.Exporter;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Cohorts.Hosting;

/// <summary>
/// Traces, metrics and logs by OTLP, to where the standard variables say (<c>OTEL_EXPORTER_OTLP_ENDPOINT</c> or that of one signal,
/// <c>OTEL_TRACES_EXPORTER=none</c>, <c>OTEL_SDK_DISABLED</c>, …). A signal without an endpoint is off, and costs nothing.
/// </summary>
public static class Telemetry
{
    private const string Endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";

    public static void AddTelemetry(this IHostApplicationBuilder host)
    {
        var (traces, metrics, logs) = (IsOn(host.Configuration, "TRACES"), IsOn(host.Configuration, "METRICS"), IsOn(host.Configuration, "LOGS"));
        if (!traces && !metrics && !logs)
            return;
        Check(host.Configuration);
        var telemetry = host.Services.AddOpenTelemetry().ConfigureResource(r => r.AddService(host.Configuration["OTEL_SERVICE_NAME"] ?? "cohorts"));
        if (traces)
            telemetry.WithTracing(t => t.AddSource(RunTelemetry.Name, Discord.Telemetry.Name).AddOtlpExporter(o => Aim(o, host.Configuration, "TRACES")));
        if (metrics)
        {
            telemetry.WithMetrics(m => m
                .AddMeter(RunTelemetry.Name, Discord.Telemetry.Name, "Npgsql", "System.Runtime")
                .AddOtlpExporter(o => Aim(o, host.Configuration, "METRICS")));
            host.Services.AddHostedService<Queues>();
        }

        if (logs)
        {
            telemetry.WithLogging(
                l => l.AddOtlpExporter(o => Aim(o, host.Configuration, "LOGS")),
                options =>
                {
                    options.IncludeScopes = true;
                    options.IncludeFormattedMessage = true;
                });
        }
    }

    /// <exception cref="SettingException">An endpoint is no address.</exception>
    public static void Check(IConfiguration configuration)
    {
        foreach (var name in (string[])[Endpoint, "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT"])
        {
            if (configuration[name] is { Length: > 0 } address && !(Uri.TryCreate(address, UriKind.Absolute, out var uri) && (uri.Scheme == "http" || uri.Scheme == "https")))
                throw new SettingException($"{name} is \"{address}\"; it is an address such as http://127.0.0.1:4317.");
        }
    }

    /// <summary>The exporter of one signal reads the variables of all signals only: without this, a signal's own would send it to localhost.</summary>
    private static void Aim(OtlpExporterOptions exporter, IConfiguration configuration, string signal)
    {
        if (configuration[$"OTEL_EXPORTER_OTLP_{signal}_PROTOCOL"] is { Length: > 0 } protocol)
            exporter.Protocol = protocol == "grpc" ? OtlpExportProtocol.Grpc : OtlpExportProtocol.HttpProtobuf;
        if (configuration[$"OTEL_EXPORTER_OTLP_{signal}_HEADERS"] is { Length: > 0 } headers)
            exporter.Headers = headers;
        if (configuration[$"OTEL_EXPORTER_OTLP_{signal}_ENDPOINT"] is { Length: > 0 } address)
            exporter.Endpoint = new Uri(address);
    }

    private static bool IsOn(IConfiguration configuration, string signal) =>
        !string.Equals(configuration["OTEL_SDK_DISABLED"], "true", StringComparison.OrdinalIgnoreCase)
        && !string.Equals(configuration[$"OTEL_{signal}_EXPORTER"], "none", StringComparison.OrdinalIgnoreCase)
        && (configuration[Endpoint] is { Length: > 0 } || configuration[$"OTEL_EXPORTER_OTLP_{signal}_ENDPOINT"] is { Length: > 0 });

    /// <summary>Counts every few seconds what waits in the database; every server tells the same figures.</summary>
    private sealed class Queues(NpgsqlDataSource database, TimeProvider clock) : BackgroundService
    {
        private static readonly TimeSpan Rhythm = TimeSpan.FromSeconds(5);

        private Waiting? _latest;

        protected override async Task ExecuteAsync(CancellationToken stoppingToken)
        {
            RunTelemetry.Meter.CreateObservableGauge(
                "cohorts.waiting",
                () => _latest is not { } now ? [] : new Measurement<long>[]
                {
                    new(now.Runs, new KeyValuePair<string, object?>("what", "runs_open")),
                    new(now.CutOff, new KeyValuePair<string, object?>("what", "runs_cut_off")),
                    new(now.Reminders, new KeyValuePair<string, object?>("what", "reminders")),
                    new(now.Interactions, new KeyValuePair<string, object?>("what", "interactions")),
                },
                null,
                "What waits in the database: open runs, those of them whose process is gone, reminders, interactions without an answer.");
            using var timer = new PeriodicTimer(Rhythm, clock);
            try
            {
                do
                    _latest = await CountAsync(stoppingToken);
                while (await timer.WaitForNextTickAsync(stoppingToken));
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                // The server ends.
            }
        }

        private async Task<Waiting?> CountAsync(CancellationToken stop)
        {
            try
            {
                await using var connection = await database.OpenConnectionAsync(stop);
                return await connection.QuerySingleAsync<Waiting>(new CommandDefinition(
                    """
                    SELECT (SELECT count(*) FROM runs WHERE ended_at IS NULL) AS Runs,
                           (SELECT count(*) FROM runs WHERE ended_at IS NULL AND lease_until < now()) AS CutOff,
                           (SELECT count(*) FROM orleans_reminders) AS Reminders,
                           (SELECT count(*) FROM interactions WHERE answered_at IS NULL) AS Interactions
                    """,
                    cancellationToken: stop));
            }
            catch (Exception e) when (e is NpgsqlException or TimeoutException)
            {
                // Its readiness says that the database is away; old figures would say that it is not.
                return null;
            }
        }

        private sealed record Waiting(long Runs, long CutOff, long Reminders, long Interactions);
    }
}
