using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Cohorts.Discord;

/// <summary>
/// What can be listened to: the activity source and the meter, both named "Cohorts.Discord". Tags hold route templates, never ids or
/// tokens.
/// </summary>
public static class Telemetry
{
    public const string Name = "Cohorts.Discord";

    internal static readonly ActivitySource Source = new(Name);

    private static readonly Meter Meter = new(Name);

    // Seconds: the usual bounds of a histogram are made for milliseconds, and almost all of these lie within the first of them.
    private static readonly InstrumentAdvice<double> Seconds = new()
    {
        HistogramBucketBoundaries = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300],
    };

    private static readonly Histogram<double> CallDuration = Meter.CreateHistogram<double>(
        "discord.rest.duration", "s", "One request to Discord, from sending to the end of the answer, by route and status (0: no answer).", advice: Seconds);

    private static readonly Histogram<double> Wait = Meter.CreateHistogram<double>(
        "discord.rest.rate_limit_wait", "s", "Time a request waited before it was sent, so as not to be refused.", advice: Seconds);

    private static readonly Counter<long> Retries = Meter.CreateCounter<long>(
        "discord.rest.retries", null, "Requests sent again, by route and why (rate_limited, failed, not_reached).");

    private static readonly Counter<long> Events = Meter.CreateCounter<long>(
        "discord.gateway.events", null, "Events of the gateway, by name and outcome (handled, given_up).");

    private static readonly Counter<long> Connections = Meter.CreateCounter<long>(
        "discord.gateway.connections", null, "Ends of connections to the gateway, by reason.");

    private static readonly Counter<long> Sessions = Meter.CreateCounter<long>(
        "discord.gateway.sessions", null, "Connections to the gateway that were established, by how (begun, resumed).");

    private static int _gateway;

    static Telemetry() => Meter.CreateObservableGauge(
        "discord.gateway.state", () => _gateway, null, "The connection to the gateway: 0 none, 1 connecting, 2 connected, 3 closed for good.");

    internal static void Is(GatewayState state) => _gateway = (int)state;

    internal static void Established(bool resumed) => Sessions.Add(1, new KeyValuePair<string, object?>("how", resumed ? "resumed" : "begun"));

    internal static void Called(Route route, int status, TimeSpan took) =>
        CallDuration.Record(took.TotalSeconds, new("route", route.Name), new("status", status));

    internal static void Waited(Route route, TimeSpan waited) => Wait.Record(waited.TotalSeconds, new KeyValuePair<string, object?>("route", route.Name));

    internal static void Retried(Route route, string why) => Retries.Add(1, new("route", route.Name), new("why", why));

    internal static void Event(string name, string outcome) => Events.Add(1, new("name", name), new("outcome", outcome));

    internal static void Disconnected(string reason) => Connections.Add(1, new KeyValuePair<string, object?>("reason", reason));
}
