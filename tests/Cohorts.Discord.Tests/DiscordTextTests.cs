using System.Text;
using System.Text.RegularExpressions;
using CsCheck;

namespace Cohorts.Discord.Tests;

public partial class DiscordTextTests
{
    private static readonly string[] Awkward =
    [
        "@everyone", "@here", "<@1>", "<@!1>", "<@&1>", "<#1>", "<:a:1>", "<a:b:1>", "<t:1:R>", "</x:1>", "<id:guide>", "`", "```", "*", "**", "_",
        "__", "~~", "||", "\\", "\\\\", "# ", "## ", "-# ", "> ", ">>> ", "- ", "1. ", "[a](https://b.example)", "https://a.example", "discord.gg/x",
        "😀", "👩‍👩‍👧", "é", "\u202e", "\u2066", "\u200b", "\u0000", "\n", "\r\n", "\t", "\u2028", "\ud83d", "\ude00", "Ann", " ", ".", "1",
    ];

    /// <summary>What people call themselves, and what somebody who means harm would.</summary>
    internal static readonly Gen<string> Names = Gen.Select(
        Gen.OneOf(
            Gen.Int[0, Awkward.Length - 1].Select(i => Awkward[i]),
            Gen.String[0, 5],
            Gen.Char.Select(c => c.ToString())).Array[0, 200],
        parts => string.Concat(parts));

    [Fact]
    public void An_ordinary_name_stays_as_it_is() => Assert.Equal("Žofie O'Neil, 3rd 😀", DiscordText.Escape("Žofie O'Neil, 3rd 😀"));

    [Theory]
    [InlineData("*bold*", "\\*bold\\*")]
    [InlineData("`code`", "\\`code\\`")]
    [InlineData("a\\b", "a\\\\b")]
    [InlineData("@everyone", "\\@\u200beveryone")]
    [InlineData("<@1>", "\\<\u200b\\@\u200b1\\>")]
    [InlineData("https://x.y", "https\\:\u200b//x.y")]
    [InlineData("1. first", "1\\. first")]
    [InlineData("v1. x", "v1. x")]
    [InlineData("- item", "\\- item")]
    [InlineData("a\nb\r\n\tc", "a b c")]
    [InlineData("  a  ", "a")]
    [InlineData("a\u202eb\u0000c", "abc")]
    [InlineData("\u200b\u2066", "")]
    [InlineData("\u200d", "")]
    [InlineData(null, "")]
    public void What_means_something_to_Discord_is_shown_as_it_was_written(string? name, string escaped) =>
        Assert.Equal(escaped, DiscordText.Escape(name));

    [Fact]
    public void Half_a_surrogate_pair_is_shown_as_the_character_for_what_is_none() =>
        Assert.Equal("a\ufffdb", DiscordText.Escape("a\ud83db"));

    [Fact]
    public void No_name_mentions_formats_or_links_whatever_its_length_allows() =>
        Gen.Select(Names, Gen.Int[1, 300]).Sample((name, longest) =>
        {
            var escaped = DiscordText.Escape(name, longest);
            Assert.True(escaped.Length <= longest);
            AssertHarmless(escaped);
            Assert.DoesNotMatch(BareMarkdown(), escaped);
        });

    [Fact]
    public void A_name_in_backticks_cannot_leave_them() =>
        Gen.Select(Names, Gen.Int[3, 300]).Sample((name, longest) =>
        {
            var code = DiscordText.Code(name, longest);
            Assert.True(code.Length <= longest && code.Length >= 3);
            Assert.Equal(2, code.Count(c => c == '`'));
            Assert.True(code[0] == '`' && code[^1] == '`');
            AssertHarmless(code);
        });

    [Fact]
    public void What_is_escaped_reads_as_what_was_written() =>
        Names.Sample(name => Unescape(DiscordText.Escape(name)) == DiscordText.Plain(name));

    [Fact]
    public void A_cut_keeps_the_limit_whole_characters_and_what_is_short_enough() =>
        Gen.Select(Names, Gen.Int[1, 100]).Sample((text, longest) =>
        {
            var valid = DiscordText.Plain(text);
            var cut = DiscordText.Cut(valid, longest);
            Assert.True(cut.Length <= longest);
            Assert.True(IsWellFormed(cut));
            if (valid.Length <= longest)
                Assert.Equal(valid, cut);
            else
                Assert.True(cut[^1] == '…' && valid.StartsWith(cut[..^1], StringComparison.Ordinal) && cut.Length >= longest - 2);
        });

    [Fact]
    public void A_cut_leaves_no_backslash_that_would_escape_what_follows() =>
        Gen.Select(Names, Gen.Int[1, 100]).Sample((name, longest) =>
        {
            var cut = DiscordText.Cut(DiscordText.Escape(name), longest);
            var text = cut.TrimEnd('…');
            Assert.True((text.Length - text.TrimEnd('\\').Length) % 2 == 0 || !cut.EndsWith('…'));
        });

    [Fact]
    public void A_time_is_one_that_every_client_shows_in_its_own_zone() =>
        Assert.Equal("<t:1798761600:F>", DiscordText.Time(new DateTimeOffset(2027, 1, 1, 1, 0, 0, TimeSpan.FromHours(1))));

    internal static void AssertHarmless(string text)
    {
        Assert.True(IsWellFormed(text), "half a surrogate pair");
        Assert.DoesNotMatch(Mention(), text);
        Assert.DoesNotContain("://", text, StringComparison.Ordinal);
        Assert.DoesNotContain(text, c => char.IsControl(c) || c is '\u202a' or '\u202b' or '\u202c' or '\u202d' or '\u202e' or '\u2066' or '\u2067' or '\u2068' or '\u2069' or '\u2028' or '\u2029');
    }

    private static bool IsWellFormed(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
                i++;
            else if (char.IsSurrogate(text[i]))
                return false;
        }
        return true;
    }

    /// <summary>What a client does with a backslash; and the separators are not seen.</summary>
    private static string Unescape(string text)
    {
        var shown = new StringBuilder();
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '\\' && i + 1 < text.Length)
                i++;
            if (text[i] != '\u200b')
                shown.Append(text[i]);
        }
        return shown.ToString();
    }

    [GeneratedRegex("@everyone|@here|<@|<#|<a?:|<t:|</|<id:", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Mention();

    /// <summary>A character of Markdown with an even number of backslashes before it.</summary>
    [GeneratedRegex(@"(?<!\\)(\\\\)*[*_~`|\[\]()<>#@]|^(\\\\)*[-+] |^\d+\. ", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex BareMarkdown();
}
