using System.Text;
using System.Text.RegularExpressions;
using Cohorts.Discord;

namespace Cohorts.Tests.Features;

/// <summary>What Discord would refuse of a message, and what no name may bring about in one.</summary>
internal static partial class DiscordRules
{
    public static void AssertKept(OutgoingMessage message)
    {
        Assert.True((message.Content ?? "").Length <= 2000, "The content is longer than 2000 units.");
        Assert.True(!string.IsNullOrEmpty(message.Content) || message.Embeds is { Count: > 0 }, "The message is empty.");
        Assert.Empty(EmbedLimits.Problems(message.Embeds ?? []));
        Assert.Empty(message.AllowedMentions.Parse);
        Assert.Empty(message.AllowedMentions.Users ?? []);
        AssertButtons(message.Components ?? []);
        foreach (var text in Texts(message))
        {
            AssertWhole(text);
            Assert.DoesNotMatch(Mention(), text);
            Assert.DoesNotMatch(OpenMarkdown(), Unescaped(text));
            Assert.DoesNotContain(text, c => c is '\u202e' or '\u2066' or '\0' or '\u001b' or '\r');
        }
    }

    /// <summary>Everything of the message that Discord reads Markdown in.</summary>
    public static IEnumerable<string> Texts(OutgoingMessage message)
    {
        if (message.Content is { } content)
            yield return content;
        foreach (var embed in message.Embeds ?? [])
        {
            yield return embed.Title ?? "";
            yield return embed.Description ?? "";
            yield return embed.Footer?.Text ?? "";
            foreach (var field in embed.Fields ?? [])
            {
                yield return field.Name;
                yield return field.Value;
            }
        }
    }

    /// <summary>No half of a surrogate pair: Discord and JSON refuse it.</summary>
    public static void AssertWhole(string text) => Assert.Equal(text, new UTF8Encoding(false).GetString(new UTF8Encoding(false).GetBytes(text)));

    private static void AssertButtons(IReadOnlyList<Component> rows)
    {
        Assert.True(rows.Count <= Component.MostRows);
        Assert.All(rows, row => Assert.InRange(row.Components!.Count, 1, Component.MostButtonsInARow));
        var buttons = rows.SelectMany(r => r.Components!).ToList();
        Assert.All(buttons, b => Assert.InRange(b.CustomId!.Length, 1, Component.LongestCustomId));
        Assert.All(buttons, b => Assert.InRange(b.Label!.Length, 1, Component.LongestLabel));
        Assert.Equal(buttons.Count, buttons.DistinctBy(b => b.CustomId).Count());
    }

    /// <summary>As Discord reads it: what follows a backslash is a letter, the bold and the code of the message's own are taken away.</summary>
    private static string Unescaped(string text) => Own().Replace(Escaped().Replace(text, "x"), "x");

    [GeneratedRegex(@"@(everyone|here)|<@[!&]?\d+>|<#\d+>|<a?:\w+:\d+>|</\w+:\d+>", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Mention();

    [GeneratedRegex(@"\\[!-/:-@\[-`{-~]", RegexOptions.None, 1000)]
    private static partial Regex Escaped();

    [GeneratedRegex(@"\*\*[^*`]+\*\*|`[^*`]+`", RegexOptions.None, 1000)]
    private static partial Regex Own();

    [GeneratedRegex(@"[*`_~|\\\[\]]", RegexOptions.None, 1000)]
    private static partial Regex OpenMarkdown();
}
