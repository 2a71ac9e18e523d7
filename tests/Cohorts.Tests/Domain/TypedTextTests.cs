using Cohorts.Domain;

namespace Cohorts.Tests.Domain;

/// <summary>Characters that nobody can see, each at the beginning, in the middle and at the end of a name; and what looks like one and is seen.</summary>
public sealed class TypedTextTests
{
    public static TheoryData<int> Unseen() =>
    [
        0x0000, 0x0007, 0x001B, 0x007F, 0x0085, 0x00AD, 0x034F, 0x061C, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180B, 0x180E, 0x200B, 0x200C, 0x200D, 0x200E, 0x200F,
        0x2028, 0x2029, 0x202A, 0x202E, 0x2060, 0x2061, 0x2064, 0x2066, 0x2069, 0x206F, 0x2800, 0x3164, 0xFE00, 0xFE0E, 0xFE0F, 0xFEFF, 0xFFA0, 0xFFF9, 0xFFFC,
        0xFFFE, 0xFDD0, 0x1D159, 0x1D173, 0x1FFFE, 0xE0001, 0xE0020, 0xE0041, 0xE007F, 0xE0100, 0xE0FFF,
    ];

    [Theory]
    [MemberData(nameof(Unseen))]
    public void Is_found_wherever_it_stands(int value)
    {
        var unseen = char.ConvertFromUtf32(value);
        foreach (var text in new[] { unseen + "Ana", "An" + unseen + "a", "Ana" + unseen, unseen, "Ana " + unseen + " B", "é" + unseen })
            Assert.Equal(value, TypedText.FirstUnseen(text)?.Value);
        Assert.Equal("Ana", TypedText.WithoutUnseen($"A{unseen}na"));
    }

    [Theory]
    [InlineData("Ana Petrović")]
    [InlineData("Zoe\u0308")]
    [InlineData("日本語")]
    [InlineData("مرحبا")]
    [InlineData("O'Neill-Smith, Jr.")]
    [InlineData("می\u200Cخواهم")] // Persian, written with a non-joiner
    [InlineData("क्\u200Dष")] // Devanagari, a joiner after the virama
    [InlineData("ശ്രീ\u200Dമ")]
    [InlineData("👩\u200D🚀")] // a woman and a rocket: an astronaut
    [InlineData("👩🏽\u200D🚀")]
    [InlineData("❤\uFE0F\u200D🔥")]
    [InlineData("❤\uFE0F")]
    [InlineData("1\uFE0F\u20E3")]
    [InlineData("葛\U000E0100城")] // which form of the family name's first letter
    [InlineData("🇩🇪")]
    [InlineData("Anna\u00A0Maria")]
    [InlineData("名\u3000前")]
    public void Is_seen(string text)
    {
        Assert.Null(TypedText.FirstUnseen(text));
        Assert.Equal(text, TypedText.WithoutUnseen(text));
    }

    [Theory]
    [InlineData("Ana\u200Cna")]
    [InlineData("Ana\u200D")]
    [InlineData("👩\u200D")]
    [InlineData("👩\u200DAna")]
    [InlineData("می\u200C\u200Cخ")]
    [InlineData("1\uFE0F")]
    [InlineData("A\uFE0F")]
    [InlineData("🏴\U000E0067\U000E0062\U000E007F")]
    [InlineData("A\U000E0100")]
    public void Is_not_seen_where_it_changes_nothing(string text) => Assert.NotNull(TypedText.FirstUnseen(text));
}
