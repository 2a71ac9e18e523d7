using System.Globalization;
using System.Text;

namespace Cohorts.Domain;

/// <summary>
/// What may stand in a name, a mail address or a user name. Two texts that look alike must be alike, so what cannot be seen is refused.
/// Whether letters are composed is the database's to settle, by its function <c>nfc</c>: this program runs with invariant globalization,
/// where <see cref="string.Normalize()"/> returns its text as it is.
/// </summary>
public static class TypedText
{
    private const int Joiner = 0x200D;
    private const int NonJoiner = 0x200C;
    private const int KeycapMark = 0x20E3;

    /// <summary>Below it, every text is in NFC already.</summary>
    private const char FirstCombining = '\u0300';

    /// <summary>
    /// Unicode's Default_Ignorable_Code_Point, and besides: separators of lines, the blank of Braille, annotation marks, the placeholder of
    /// an object that was not pasted, the null notehead, Khitan's filler, blanks of hieroglyphs.
    /// </summary>
    private static readonly (int First, int Last)[] Unseen =
    [
        (0x00AD, 0x00AD), (0x034F, 0x034F), (0x061C, 0x061C), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F), (0x200B, 0x200F),
        (0x2028, 0x202E), (0x2060, 0x206F), (0x2800, 0x2800), (0x3164, 0x3164), (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF), (0xFFA0, 0xFFA0),
        (0xFFF0, 0xFFFC), (0x13430, 0x1343F), (0x13441, 0x13442), (0x16FE4, 0x16FE4), (0x1BCA0, 0x1BCA3), (0x1D159, 0x1D159),
        (0x1D173, 0x1D17A), (0xE0000, 0xE0FFF),
    ];

    /// <summary>Scripts in which a joiner or a non-joiner between two letters changes how they are written.</summary>
    private static readonly (int First, int Last)[] JoiningScripts =
    [
        (0x0600, 0x08FF), (0x0900, 0x0DFF), (0x1000, 0x109F), (0x1780, 0x18AF), (0x1A20, 0x1BFF), (0xA800, 0xABFF), (0xFB50, 0xFDFF),
        (0xFE70, 0xFEFC), (0x10A00, 0x10FFF), (0x11000, 0x11FFF), (0x1E900, 0x1E95F),
    ];

    private static readonly (int First, int Last)[] Ideographs = [(0x3400, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x3FFFD)];

    /// <summary>The first character that nobody can see, or that reorders what follows it; null where there is none.</summary>
    public static Rune? FirstUnseen(string text)
    {
        if (!text.AsSpan().ContainsAnyExceptInRange(' ', '~'))
            return null;
        var runes = text.EnumerateRunes().ToArray();
        for (var i = 0; i < runes.Length; i++)
        {
            if (!IsSeen(runes, i))
                return runes[i];
        }

        return null;
    }

    /// <summary>The text without such characters, for comparing and searching.</summary>
    public static string WithoutUnseen(string text)
    {
        if (FirstUnseen(text) is null)
            return text;
        var runes = text.EnumerateRunes().ToArray();
        return string.Concat(runes.Where((_, i) => IsSeen(runes, i)));
    }

    /// <summary>The text with U+FFFD where one of them stands, and in place of half a character.</summary>
    public static string WithUnseenReplaced(string text)
    {
        var runes = text.EnumerateRunes().ToArray();
        return string.Concat(runes.Select((rune, i) => IsSeen(runes, i) ? rune : Rune.ReplacementChar));
    }

    /// <summary>Every kind of blank as an ordinary one: a no-break space, which people paste without knowing, looks the same.</summary>
    public static string WithPlainBlanks(string text) =>
        text.Any(c => c != ' ' && char.IsWhiteSpace(c) && !char.IsControl(c))
            ? string.Concat(text.Select(c => char.IsWhiteSpace(c) && !char.IsControl(c) ? ' ' : c))
            : text;

    /// <summary>Whether composing could change the text.</summary>
    public static bool MayBeDecomposed(string text) => text.AsSpan().IndexOfAnyInRange(FirstCombining, char.MaxValue) >= 0;

    private static bool IsSeen(ReadOnlySpan<Rune> runes, int at)
    {
        var rune = runes[at];
        if (Rune.IsControl(rune) || (rune.Value & 0xFFFE) == 0xFFFE || rune.Value is >= 0xFDD0 and <= 0xFDEF)
            return false;
        if (!IsIn(Unseen, rune))
            return true;
        if (at == 0)
            return false;
        var before = runes[at - 1];
        Rune? after = at + 1 < runes.Length ? runes[at + 1] : null;
        return rune.Value switch
        {
            NonJoiner => after is { } next && IsLetterThatJoins(before) && IsLetterThatJoins(next),
            Joiner => after is { } next
                && ((IsLetterThatJoins(before) && IsLetterThatJoins(next)) || (IsPictureOrItsMark(before) && IsPicture(next))),
            // Drawn as text or as a picture; a digit only becomes one within a keycap.
            0xFE0E or 0xFE0F => IsPicture(before) || (IsKeycapBase(before) && after?.Value == KeycapMark),
            // Which of an ideograph's forms is meant, as family names need it.
            >= 0xFE00 and <= 0xFE02 or >= 0xE0100 and <= 0xE01EF => IsIn(Ideographs, before),
            >= 0x180B and <= 0x180D or 0x180F => before.Value is >= 0x1820 and <= 0x18AA,
            _ => false,
        };
    }

    private static bool IsLetterThatJoins(Rune rune) => IsIn(JoiningScripts, rune) && (Rune.IsLetter(rune) || IsMark(rune));

    private static bool IsMark(Rune rune) =>
        Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark && !IsIn(Unseen, rune);

    private static bool IsPicture(Rune rune) =>
        rune.Value is 0x203C or 0x2049 or 0x3030 or 0x303D || Rune.GetUnicodeCategory(rune) is UnicodeCategory.OtherSymbol or UnicodeCategory.MathSymbol;

    /// <summary>Behind a picture may stand how it is drawn, or a tone of skin.</summary>
    private static bool IsPictureOrItsMark(Rune rune) => IsPicture(rune) || rune.Value is 0xFE0F or (>= 0x1F3FB and <= 0x1F3FF);

    private static bool IsKeycapBase(Rune rune) => rune.Value is '#' or '*' or (>= '0' and <= '9');

    private static bool IsIn((int First, int Last)[] ranges, Rune rune)
    {
        foreach (var (first, last) in ranges)
        {
            if (rune.Value >= first && rune.Value <= last)
                return true;
        }

        return false;
    }
}
