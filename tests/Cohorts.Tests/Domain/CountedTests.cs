using System.Text.RegularExpressions;
using Cohorts.Domain;

namespace Cohorts.Tests.Domain;

public sealed partial class CountedTests
{
    [Theory]
    [InlineData(0, "0 groups")]
    [InlineData(1, "1 group")]
    [InlineData(2, "2 groups")]
    public void A_word_follows_its_number(int number, string told) => Assert.Equal(told, Counted.Of(number, "group"));

    [Fact]
    public void A_word_may_have_a_plural_of_its_own() => Assert.Equal(["1 person", "2 people"], new[] { 1, 2 }.Select(n => Counted.Of(n, "person", "people")));

    [Fact]
    public void A_name_that_ends_with_a_full_stop_ends_its_sentence() =>
        Assert.Equal(["Ana.", "Noah V."], new[] { "Ana", "Noah V." }.Select(Counted.Sentence));

    /// <summary>What people read says "1 groups" wherever a number stands before a plural that is written out.</summary>
    [Fact]
    public void No_text_writes_a_plural_behind_a_number_that_may_be_one()
    {
        var root = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(root.FullName, "Cohorts.sln")))
            root = root.Parent!;

        var told = Directory.EnumerateFiles(Path.Combine(root.FullName, "src", "Cohorts", "Features"), "*.cs", SearchOption.AllDirectories)
            .SelectMany(file => File.ReadLines(file).Where(l => PluralBehindNumber().IsMatch(l)).Select(l => $"{Path.GetFileName(file)}: {l.Trim()}"))
            .ToList();

        Assert.Equal([], told);
    }

    [GeneratedRegex(
        @"\$"".*\{[\w.]*(?:Count|Made|Left|Created|Erased|Enrolments|Memberships|Anonymous|_groups|_channels|_events)\} (?:groups|people|events|channels|enrolments|memberships|runs|interactions|meetings|rows)\b",
        RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex PluralBehindNumber();
}
