using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace Cohorts.SystemTests.Operation;

internal sealed record ReceivedSpan(string TraceId, string SpanId, string ParentId, string Name, ulong Start, ulong End);

/// <summary>What a series of a metric stood at: of a histogram the sum of what was measured, and how often that was.</summary>
internal sealed record ReceivedPoint(string Metric, string Labels, ulong Time, double Value, ulong Count);

/// <summary>Takes what a process sends by OTLP over HTTP, in protobuf's wire format, and reads of it what tests ask about.</summary>
internal sealed class OtlpReceiver : IAsyncDisposable
{
    private readonly WebApplication _web;

    private OtlpReceiver(WebApplication web) => _web = web;

    public Uri Address => new(_web.Urls.First());

    public ConcurrentQueue<ReceivedSpan> Spans { get; } = new();

    /// <summary>Names of metrics.</summary>
    public ConcurrentDictionary<string, byte> Metrics { get; } = new();

    /// <summary>As they came, again at each export.</summary>
    public ConcurrentQueue<ReceivedPoint> Points { get; } = new();

    /// <summary>Every string of every log record that came, scopes included.</summary>
    public ConcurrentQueue<string> Logs { get; } = new();

    public static async Task<OtlpReceiver> StartAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        var receiver = new OtlpReceiver(builder.Build());
        receiver._web.Run(receiver.TakeAsync);
        await receiver._web.StartAsync();
        return receiver;
    }

    public ValueTask DisposeAsync() => _web.DisposeAsync();

    private async Task TakeAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        var message = body.ToArray();
        switch (context.Request.Path.Value)
        {
            case "/v1/traces":
                foreach (var span in Deep(message, 1, 2, 2))
                    Spans.Enqueue(new ReceivedSpan(Hex(span, 1), Hex(span, 2), Hex(span, 4), Text(span, 5), Fixed(span, 7), Fixed(span, 8)));
                break;
            case "/v1/metrics":
                foreach (var metric in Deep(message, 1, 2, 2))
                {
                    Metrics[Text(metric, 1)] = 0;
                    foreach (var point in PointsOf(metric))
                        Points.Enqueue(point);
                }

                break;
            case "/v1/logs":
                foreach (var record in Deep(message, 1, 2, 2))
                    Logs.Enqueue(Encoding.UTF8.GetString(record.Span));
                break;
            default:
                context.Response.StatusCode = StatusCodes.Status404NotFound;
                break;
        }
    }

    /// <summary>Fields as in OpenTelemetry's metrics.proto: gauge 5, sum 7 and histogram 9, each with its points in field 1.</summary>
    private static IEnumerable<ReceivedPoint> PointsOf(ReadOnlyMemory<byte> metric)
    {
        var name = Text(metric, 1);
        foreach (var point in Deep(metric, 5, 1).Concat(Deep(metric, 7, 1)))
        {
            var value = Value(point, 4) is { IsEmpty: false } real ? BitConverter.ToDouble(real.Span) : BitConverter.ToInt64(Value(point, 6).Span);
            yield return new ReceivedPoint(name, Labels(point, 7), Fixed(point, 3), value, 1);
        }

        foreach (var point in Deep(metric, 9, 1))
            yield return new ReceivedPoint(name, Labels(point, 9), Fixed(point, 3), BitConverter.ToDouble(Value(point, 5).Span), Fixed(point, 4));
    }

    private static string Labels(ReadOnlyMemory<byte> point, int field) => string.Join(", ", Deep(point, field).Select(label =>
        Fields(Value(label, 2)) is [{ Number: 1 } text] ? Encoding.UTF8.GetString(text.Value.Span)
            : Fields(Value(label, 2)) is [{ Number: 3 } whole] ? Varint(whole.Value).ToString(CultureInfo.InvariantCulture) : ""));

    private static ulong Varint(ReadOnlyMemory<byte> bytes)
    {
        var at = 0;
        return Varint(bytes.Span, ref at);
    }

    /// <summary>The messages at the end of a path of field numbers.</summary>
    private static IEnumerable<ReadOnlyMemory<byte>> Deep(ReadOnlyMemory<byte> message, params int[] path) => path is [var first, .. var rest]
        ? Fields(message).Where(f => f.Number == first).SelectMany(f => Deep(f.Value, rest))
        : [message];

    private static string Text(ReadOnlyMemory<byte> message, int field) => Encoding.UTF8.GetString(Value(message, field).Span);

    private static string Hex(ReadOnlyMemory<byte> message, int field) => Convert.ToHexStringLower(Value(message, field).Span);

    private static ulong Fixed(ReadOnlyMemory<byte> message, int field) => BitConverter.ToUInt64(Value(message, field).Span);

    private static ReadOnlyMemory<byte> Value(ReadOnlyMemory<byte> message, int field) => Fields(message).FirstOrDefault(f => f.Number == field).Value;

    private static List<(int Number, ReadOnlyMemory<byte> Value)> Fields(ReadOnlyMemory<byte> message)
    {
        var fields = new List<(int, ReadOnlyMemory<byte>)>();
        for (var at = 0; at < message.Length;)
        {
            var tag = Varint(message.Span, ref at);
            var begin = at;
            switch (tag & 7)
            {
                case 0:
                    Varint(message.Span, ref at);
                    break;
                case 1:
                    at += 8;
                    break;
                case 2:
                    var length = (int)Varint(message.Span, ref at);
                    begin = at;
                    at += length;
                    break;
                case 5:
                    at += 4;
                    break;
                default:
                    throw new InvalidDataException($"Wire type {tag & 7} at {begin}.");
            }

            fields.Add(((int)(tag >> 3), message[begin..at]));
        }

        return fields;
    }

    private static ulong Varint(ReadOnlySpan<byte> bytes, ref int at)
    {
        var value = 0UL;
        for (var shift = 0; ; shift += 7)
        {
            var next = bytes[at++];
            value |= (ulong)(next & 127) << shift;
            if (next < 128)
                return value;
        }
    }
}
