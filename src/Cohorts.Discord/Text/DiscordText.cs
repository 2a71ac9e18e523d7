using System.Globalization;
using System.Text;

namespace Cohorts.Discord;

/// <summary>
/// Text for Discord. Lengths are UTF-16 units, which is how Discord counts; nothing here cuts a surrogate pair in two.
/// </summary>
public static class DiscordText
{
    private const char Ellipsis = '…';

    /// <summary>Shows as nothing, and takes apart what Discord would read as a mention, an emoji, a time or an address.</summary>
    private const char ZeroWidthSpace = '\u200b';

    /// <summary>Characters that mean something in Discord's Markdown wherever they stand, each shown as itself after a backslash.</summary>
    private const string Markdown = "\\*_~`|[]()<>#-+:@";

    /// <summary>
    /// A name as it is: what somebody wrote appears character by character, mentions nobody, formats nothing, links nowhere, and stays on
    /// its line.
    /// </summary>
    /// <param name="longest">At most so many units, backslashes included; what is cut off is shown by an ellipsis. At least 1.</param>
    /// <returns>Empty when nothing visible was written.</returns>
    public static string Escape(string? text, int longest = int.MaxValue)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(longest, 1);
        var plain = Plain(text);
        var escaped = new StringBuilder(plain.Length + 16);
        // Where to cut if the rest does not fit: the last place that leaves room for the ellipsis.
        var roomForEllipsis = 0;
        Span<char> units = stackalloc char[2];
        var onlyDigitsSoFar = true;
        foreach (var rune in plain.EnumerateRunes())
        {
            var start = escaped.Length;
            var listNumber = rune.Value == '.' && onlyDigitsSoFar && start > 0;
            if (rune.IsAscii && (listNumber || Markdown.Contains((char)rune.Value, StringComparison.Ordinal)))
                escaped.Append('\\');
            escaped.Append(units[..rune.EncodeToUtf16(units)]);
            if (rune.Value is '@' or '<' or ':')
                escaped.Append(ZeroWidthSpace);
            onlyDigitsSoFar &= Rune.IsDigit(rune);

            if (escaped.Length > longest)
            {
                escaped.Length = roomForEllipsis;
                return escaped.Append(Ellipsis).ToString();
            }
            if (escaped.Length <= longest - 1)
                roomForEllipsis = escaped.Length;
        }
        return escaped.ToString();
    }

    /// <summary>
    /// A name between backticks, for what is to be read letter by letter. Markdown means nothing there; only a backtick must go.
    /// </summary>
    /// <param name="longest">Units, backticks included; at least 3.</param>
    public static string Code(string? text, int longest = int.MaxValue)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(longest, 3);
        var plain = Plain(text).Replace('`', 'ˋ');
        var safe = new StringBuilder(plain.Length + 4);
        foreach (var c in plain)
        {
            safe.Append(c);
            // A mention within backticks notifies nobody in today's clients; nothing here relies on that.
            if (c is '@' or '<' or ':')
                safe.Append(ZeroWidthSpace);
        }
        var inner = safe.Length == 0 ? " " : safe.ToString();
        return $"`{Cut(inner, longest - 2)}`";
    }

    /// <summary>
    /// One line without what cannot be seen or turns the text round it about: control characters, line ends (as a space), bidirectional
    /// controls, halves of surrogate pairs (as U+FFFD). Trimmed. Not escaped.
    /// </summary>
    public static string Plain(string? text)
    {
        if (string.IsNullOrEmpty(text))
            return "";
        var plain = new StringBuilder(text.Length);
        var space = false;
        foreach (var rune in text.EnumerateRunes())
        {
            if (IsSpace(rune))
            {
                space = plain.Length > 0;
                continue;
            }
            if (IsInvisible(rune))
                continue;
            if (space)
                plain.Append(' ');
            space = false;
            plain.Append(rune.ToString());
        }
        // Joiners alone join nothing, and would be a name that nobody sees.
        var visible = plain.ToString();
        return visible.All(c => c is '\u200c' or '\u200d' or ' ') ? "" : visible;
    }

    /// <summary>At most so many units; what is cut off is shown by an ellipsis, which counts too.</summary>
    /// <param name="longest">At least 1.</param>
    public static string Cut(string text, int longest)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(longest, 1);
        if (text.Length <= longest)
            return text;
        var end = longest - 1;
        if (end > 0 && char.IsHighSurrogate(text[end - 1]))
            end--;
        // A backslash without its character would escape the ellipsis.
        var backslashes = 0;
        while (backslashes < end && text[end - 1 - backslashes] == '\\')
            backslashes++;
        if (backslashes % 2 == 1)
            end--;
        return text[..end] + Ellipsis;
    }

    /// <summary>A time that each client shows in its own zone and language.</summary>
    /// <param name="style">Discord's letter: F long with weekday, f short with time, R relative, t time, d date.</param>
    public static string Time(DateTimeOffset time, char style = 'F') =>
        string.Create(CultureInfo.InvariantCulture, $"<t:{time.ToUnixTimeSeconds()}:{style}>");

    /// <summary>Mentions a member; notifies only where <see cref="AllowedMentions"/> names them.</summary>
    public static string Mention(Snowflake userId) => $"<@{userId}>";

    private static bool IsSpace(Rune rune) =>
        rune.Value is '\t' or '\n' or '\v' or '\f' or '\r' or 0x85
        || Rune.GetUnicodeCategory(rune) is UnicodeCategory.SpaceSeparator or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;

    /// <summary>Controls, and format characters but for the joiners that emoji and some scripts are made with.</summary>
    private static bool IsInvisible(Rune rune) => Rune.GetUnicodeCategory(rune) switch
    {
        UnicodeCategory.Control => true,
        UnicodeCategory.Format => rune.Value is not (0x200C or 0x200D) && rune.Value is < 0xE0000 or > 0xE007F,
        _ => false,
    };
}
