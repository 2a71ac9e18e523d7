using CsCheck;

namespace Cohorts.Tests.Features;

/// <summary>Names as somebody gives them who means harm, or whose language is another; and what no rendering of them may hold.</summary>
internal static class HostileNames
{
    private static readonly string[] Pieces =
    [
        "@everyone", "@here", "<@1>", "<@!1>", "<@&2>", "<#3>", "<:x:4>", "</schedule:5>", "<t:0:F>", "`", "```", "*", "**", "_", "~~", "||", "\\", "[a](https://x.example)",
        "# ", "> ", "- ", "1. ", "\n", "\r\n", "\0", "\u001b[31m", "\u202e", "\u2066", "\u200b", "\u0301", "😀", "👩‍🚀", "\ud83d", "\ude00", "=1+1", "+1", "-1",
        "@SUM(A1)", "\t=1", "＝1", ";=1+1", ",", "\"", "'", " ", "Ana", "Ωmega", "日本語", "مرحبا",
    ];

    /// <summary>0 to 200 units, sometimes one piece over and over.</summary>
    public static Gen<string> Gen { get; } = CsCheck.Gen.Frequency(
        (4, CsCheck.Gen.Int[0, Pieces.Length - 1].Select(i => Pieces[i]).Array[0, 12].Select(string.Concat).Select(Cut)),
        (2, CsCheck.Gen.Int[0, Pieces.Length - 1].Select(i => Pieces[i]).Select(piece => Cut(string.Concat(Enumerable.Repeat(piece, 200))))),
        (1, CsCheck.Gen.String[0, 200]));

    private static string Cut(string text) => text.Length <= 200 ? text : text[..200];
}
