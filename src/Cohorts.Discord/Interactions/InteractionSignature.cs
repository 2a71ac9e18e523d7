using System.Globalization;
using System.Text;
using NSec.Cryptography;

namespace Cohorts.Discord;

/// <summary>What a signed request is.</summary>
public enum SignatureVerdict
{
    /// <summary>Discord sent it, lately.</summary>
    Valid,

    /// <summary>A header is missing or unreadable.</summary>
    Malformed,

    /// <summary>Signed too long ago, or in the future: perhaps recorded and sent again.</summary>
    Stale,

    /// <summary>Not signed by Discord for this application, or changed since.</summary>
    Forged,
}

/// <summary>The application's public key, with which Discord's signatures are checked. No secret.</summary>
public sealed class InteractionPublicKey
{
    private InteractionPublicKey(PublicKey key) => Key = key;

    internal PublicKey Key { get; }

    /// <param name="hex">64 hexadecimal digits, from the developer portal (General Information, Public Key).</param>
    /// <exception cref="FormatException">Something else.</exception>
    public static InteractionPublicKey Parse(string hex)
    {
        var text = hex.Trim();
        if (text.Length == 64 && text.All(char.IsAsciiHexDigit)
            && PublicKey.TryImport(SignatureAlgorithm.Ed25519, Convert.FromHexString(text), KeyBlobFormat.RawPublicKey, out var key))
            return new InteractionPublicKey(key!);
        throw new FormatException($"The application's public key has 64 hexadecimal digits and is an Ed25519 key; the text given ({text.Length} characters) is not one. Copy it from the developer portal, page General Information.");
    }
}

/// <summary>
/// Whether an HTTP request is Discord's: Ed25519 over the text of the header <c>X-Signature-Timestamp</c> followed by the raw body, with
/// the signature in <c>X-Signature-Ed25519</c>. What is not valid is answered by 401; Discord sends wrong ones on purpose to see that.
/// </summary>
public static class InteractionSignature
{
    public const string SignatureHeader = "X-Signature-Ed25519";
    public const string TimestampHeader = "X-Signature-Timestamp";

    /// <summary>How far this machine's clock may be behind Discord's.</summary>
    public static readonly TimeSpan MostAhead = TimeSpan.FromSeconds(5);

    /// <summary>Within which a recorded request could be sent again; ids of interactions are unique besides.</summary>
    public static readonly TimeSpan DefaultOldest = TimeSpan.FromSeconds(300);

    private const int SignatureHexLength = 128;

    /// <param name="signature">The header, hexadecimal; null where it is missing.</param>
    /// <param name="timestamp">The header, Unix seconds; null where it is missing.</param>
    /// <param name="body">As it was received, byte for byte.</param>
    /// <param name="oldest">5 s and more; a request signed longer ago is stale.</param>
    public static SignatureVerdict Verify(
        InteractionPublicKey key, string? signature, string? timestamp, ReadOnlySpan<byte> body, DateTimeOffset now, TimeSpan oldest)
    {
        if (signature is not { Length: SignatureHexLength } || !signature.All(char.IsAsciiHexDigit)
            || timestamp is not { Length: > 0 and <= 12 }
            || !long.TryParse(timestamp, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds))
            return SignatureVerdict.Malformed;

        var prefix = Encoding.ASCII.GetByteCount(timestamp);
        var signed = new byte[prefix + body.Length];
        Encoding.ASCII.GetBytes(timestamp, signed);
        body.CopyTo(signed.AsSpan(prefix));
        if (!SignatureAlgorithm.Ed25519.Verify(key.Key, signed, Convert.FromHexString(signature)))
            return SignatureVerdict.Forged;

        // Whole seconds on Discord's side.
        var age = now.ToUnixTimeMilliseconds() - (seconds * 1000);
        return age > oldest.TotalMilliseconds || -age > MostAhead.TotalMilliseconds ? SignatureVerdict.Stale : SignatureVerdict.Valid;
    }
}
