using System.Security.Cryptography;
using System.Text.RegularExpressions;

namespace Cohorts.Discord.Simulator.Rest;

/// <summary>Pictures as bodies carry them, documented under "Image Data": <c>data:image/png;base64,…</c>.</summary>
internal static partial class ImageData
{
    private const int LongestPicture = 10 * 1024 * 1024;

    /// <summary>The hash that stands for the picture in Discord's objects. The picture itself is not kept.</summary>
    public static string? Hash(Form form, string name)
    {
        if (form.Text(name, LongestPicture) is not { Length: > 0 } text)
        {
            return null;
        }

        var comma = text.IndexOf(',', StringComparison.Ordinal);
        var bytes = new byte[text.Length];
        if (comma > 0 && HeadPattern().IsMatch(text[..comma]) && Convert.TryFromBase64String(text[(comma + 1)..], bytes, out var length) && length > 0)
        {
            return Convert.ToHexStringLower(SHA256.HashData(bytes.AsSpan(0, length)))[..32];
        }

        form.Fail(name, "IMAGE_INVALID", "Must be a picture: data:image/png;base64, and its bytes.");
        return null;
    }

    [GeneratedRegex("^data:image/(png|jpeg|gif|webp);base64$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex HeadPattern();
}
