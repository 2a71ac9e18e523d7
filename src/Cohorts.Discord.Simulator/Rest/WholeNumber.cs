using System.Globalization;
using System.Numerics;
using System.Text.Json;

namespace Cohorts.Discord.Simulator.Rest;

/// <summary>Integers as JSON Schema defines them: a number without a fractional part, however it is written (1, 1.0, 1e2).</summary>
internal static class WholeNumber
{
    /// <summary>Digits beyond which a number counts as too large; no field of Discord's holds more than 20.</summary>
    private const int MostDigits = 64;

    /// <summary>Null where it is no number or has a fraction. Too large a number is answered as one of 65 digits.</summary>
    public static BigInteger? Of(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Number)
        {
            return null;
        }

        return value.TryGetInt64(out var small) ? small : Parse(value.GetRawText());
    }

    private static BigInteger? Parse(string text)
    {
        var negative = text[0] == '-';
        var exponentAt = text.IndexOfAny(['e', 'E']);
        var mantissa = text[(negative ? 1 : 0)..(exponentAt < 0 ? text.Length : exponentAt)];
        var point = mantissa.IndexOf('.', StringComparison.Ordinal);
        var digits = mantissa.Replace(".", "", StringComparison.Ordinal).TrimStart('0');
        if (digits.Length == 0)
        {
            return BigInteger.Zero;
        }

        var exponent = exponentAt < 0 ? 0 : ExponentOf(text.AsSpan(exponentAt + 1));
        var significant = digits.TrimEnd('0');
        var shift = exponent - (point < 0 ? 0 : mantissa.Length - point - 1) + (digits.Length - significant.Length);
        if (shift < 0)
        {
            return null;
        }

        var length = significant.Length + shift;
        var whole = length > MostDigits
            ? BigInteger.Pow(10, MostDigits)
            : BigInteger.Parse(significant, NumberStyles.None, CultureInfo.InvariantCulture) * BigInteger.Pow(10, (int)shift);
        return negative ? -whole : whole;
    }

    /// <summary>An exponent of more than nine digits decides by its sign alone: what it says is far too large, or a fraction.</summary>
    private static long ExponentOf(ReadOnlySpan<char> text)
    {
        var negative = text[0] == '-';
        var digits = text.TrimStart("+-").TrimStart('0');
        var size = digits.Length > 9 ? int.MaxValue : digits.Length == 0 ? 0L : long.Parse(digits, NumberStyles.None, CultureInfo.InvariantCulture);
        return negative ? -size : size;
    }
}
