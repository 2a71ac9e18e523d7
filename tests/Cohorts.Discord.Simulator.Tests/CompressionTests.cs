using System.IO.Compression;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json.Nodes;
using ZstdSharp;

namespace Cohorts.Discord.Simulator.Tests;

public class CompressionTests
{
    [Theory]
    [InlineData("zlib-stream")]
    [InlineData("zstd-stream")]
    public async Task A_compressed_session_is_heard_cut_and_resumed(string compress)
    {
        await using var simulation = await Simulation.Start();
        var address = (await simulation.Get("/gateway/bot"))["url"].GetValue<string>();
        string sessionId, resumeAddress;
        long sequence;
        using (var first = await Line.Connect(address, compress))
        {
            Assert.Equal(10, (await first.Next())["op"]!.GetValue<int>());
            await first.Send(new { op = 2, d = new { token = "any", intents = 1, properties = new { } } });
            var ready = await first.Next();
            (sessionId, resumeAddress) = (ready["d"]!["session_id"]!.GetValue<string>(), ready["d"]!["resume_gateway_url"]!.GetValue<string>());
            Assert.Equal("GUILD_CREATE", (await first.Next())["t"]!.GetValue<string>());
            // Later payloads are made of what was said before: each is smaller than it would be alone.
            await simulation.Channel("one");
            var made = await first.Next();
            Assert.Equal("one", made["d"]!["name"]!.GetValue<string>());
            Assert.True(first.LastLength < Encoding.UTF8.GetByteCount(made.ToJsonString()));
            sequence = made["s"]!.GetValue<long>();
            await simulation.Control("POST", "/simulator/faults", new { kind = "cut" });
        }

        await simulation.Channel("two");
        using var second = await Line.Connect(resumeAddress, compress);
        Assert.Equal(10, (await second.Next())["op"]!.GetValue<int>());
        await second.Send(new { op = 6, d = new { token = "any", session_id = sessionId, seq = sequence } });
        Assert.Equal("two", (await second.Next())["d"]!["name"]!.GetValue<string>());
        Assert.Equal("RESUMED", (await second.Next())["t"]!.GetValue<string>());
    }

    [Fact]
    public async Task Each_payload_of_a_zlib_stream_ends_as_clients_wait_for()
    {
        await using var simulation = await Simulation.Start();
        using var line = await Line.Connect((await simulation.Get("/gateway/bot"))["url"].GetValue<string>(), "zlib-stream");
        await line.Next();
        Assert.Equal([0x00, 0x00, 0xFF, 0xFF], line.LastEnd);
        await line.Send(new { op = 1, d = (int?)null });
        Assert.Equal(11, (await line.Next())["op"]!.GetValue<int>());
        Assert.Equal([0x00, 0x00, 0xFF, 0xFF], line.LastEnd);
    }

    [Fact]
    public async Task A_compression_that_there_is_not_is_closed_with_4002()
    {
        await using var simulation = await Simulation.Start();
        await using var gateway = await GatewayClient.Connect(simulation, "?v=10&encoding=json&compress=brotli-stream");
        Assert.Equal(4002, await gateway.Closed());
    }

    /// <summary>A connection whose payloads are all parts of one compressed stream.</summary>
    private sealed class Line : IDisposable
    {
        private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

        private readonly ClientWebSocket socket = new();
        private readonly Received received = new();
        private readonly Stream plain;

        private Line(string compress) => plain = compress == "zlib-stream" ? new ZLibStream(received, CompressionMode.Decompress) : new DecompressionStream(received, checkEndOfStream: false);

        public int LastLength { get; private set; }
        public byte[] LastEnd { get; private set; } = [];

        public static async Task<Line> Connect(string address, string compress)
        {
            var line = new Line(compress);
            await line.socket.ConnectAsync(new Uri($"{address}?v=10&encoding=json&compress={compress}"), CancellationToken.None);
            return line;
        }

        public Task Send(object payload) => socket.SendAsync(System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(payload), WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);

        public async Task<JsonNode> Next()
        {
            using var patience = new CancellationTokenSource(Patience);
            using var message = new MemoryStream();
            var buffer = new byte[64 * 1024];
            ValueWebSocketReceiveResult part;
            do
            {
                part = await socket.ReceiveAsync(buffer.AsMemory(), patience.Token);
                message.Write(buffer, 0, part.Count);
            }
            while (!part.EndOfMessage);

            Assert.Equal(WebSocketMessageType.Binary, part.MessageType);
            received.Add(message.ToArray());
            (LastLength, LastEnd) = ((int)message.Length, message.ToArray()[^4..]);
            using var text = new MemoryStream();
            for (var read = plain.Read(buffer); read > 0; read = plain.Read(buffer))
            {
                text.Write(buffer, 0, read);
            }

            return JsonNode.Parse(text.ToArray())!;
        }

        public void Dispose()
        {
            plain.Dispose();
            socket.Dispose();
        }

        /// <summary>What has come so far; it ends there, until more comes.</summary>
        private sealed class Received : Stream
        {
            private readonly Queue<byte> bytes = [];

            public void Add(byte[] more)
            {
                foreach (var one in more)
                {
                    bytes.Enqueue(one);
                }
            }

            public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

            public override int Read(Span<byte> buffer)
            {
                var read = 0;
                while (read < buffer.Length && bytes.TryDequeue(out var one))
                {
                    buffer[read++] = one;
                }

                return read;
            }

            public override bool CanRead => true;
            public override bool CanSeek => false;
            public override bool CanWrite => false;
            public override long Length => throw new NotSupportedException();
            public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }
            public override void Flush() => throw new NotSupportedException();
            public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
            public override void SetLength(long value) => throw new NotSupportedException();
            public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
        }
    }
}
