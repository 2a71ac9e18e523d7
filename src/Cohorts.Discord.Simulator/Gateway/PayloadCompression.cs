using System.IO.Compression;
using ZstdSharp;

namespace Cohorts.Discord.Simulator.Gateway;

/// <summary>
/// Transport compression, documented under "Gateway: Encoding and Compression": all payloads of one connection are one stream, which
/// is flushed after each of them. A payload of zlib-stream so ends with the bytes 00 00 FF FF. A resumed session is a new connection,
/// and a new stream.
/// </summary>
internal sealed class PayloadCompression : IDisposable
{
    private readonly MemoryStream compressed = new();
    private readonly Stream compressor;

    private PayloadCompression(Func<Stream, Stream> over) => compressor = over(compressed);

    /// <summary>Whether the value of compress in a gateway's address is one that Discord documents.</summary>
    public static bool IsKnown(string name) => name is "zlib-stream" or "zstd-stream";

    public static PayloadCompression Of(string name) => name == "zlib-stream"
        ? new(to => new ZLibStream(to, CompressionLevel.Fastest, leaveOpen: true))
        : new(to => new CompressionStream(to, leaveOpen: true));

    public byte[] Compress(ReadOnlySpan<byte> payload)
    {
        compressed.SetLength(0);
        compressor.Write(payload);
        compressor.Flush();
        return compressed.ToArray();
    }

    public void Dispose()
    {
        compressor.Dispose();
        compressed.Dispose();
    }
}
