using CsCheck;

namespace Cohorts.Discord.Tests;

public class EmbedLimitsTests
{
    private static readonly Gen<EmbedField> Field =
        Gen.Select(DiscordTextTests.Names, DiscordTextTests.Names, Gen.Bool, (name, value, inline) => new EmbedField(name, value, inline));

    private static readonly Gen<Embed> Frame = Gen.Select(
        DiscordTextTests.Names, DiscordTextTests.Names, DiscordTextTests.Names, Gen.Bool,
        (title, description, footer, bare) => bare
            ? new Embed { Title = title }
            : new Embed { Title = title, Description = string.Concat(Enumerable.Repeat(description, 20)), Footer = new EmbedFooter(string.Concat(Enumerable.Repeat(footer, 10))), Author = new EmbedAuthor(title), Color = 5 });

    [Fact]
    public void Pages_break_no_limit_and_leave_no_field_out() =>
        Gen.Select(Frame, Field.Array[0, 70], Gen.Int[1, 25]).Sample(
            (frame, fields, perPage) =>
            {
                var pages = EmbedLimits.Pages(frame, fields, perPage);

                Assert.All(pages, page => Assert.Equal([], EmbedLimits.Problems([page])));
                Assert.All(pages, page => Assert.True((page.Fields?.Count ?? 0) <= perPage));
                var shown = pages.SelectMany(p => p.Fields ?? []).ToArray();
                Assert.Equal(fields.Length, shown.Length);
                Assert.All(fields.Zip(shown), pair =>
                {
                    if (pair.First.Value.Length <= EmbedLimits.FieldValue && !string.IsNullOrWhiteSpace(pair.First.Value))
                        Assert.Equal(pair.First.Value, pair.Second.Value);
                    Assert.Equal(pair.First.Inline, pair.Second.Inline);
                });
                Assert.All(pages, page => Assert.Equal((pages[0].Title, pages[0].Description, pages[0].Color), (page.Title, page.Description, page.Color)));
            },
            iter: 500);

    [Fact]
    public void Names_of_any_kind_escaped_in_fields_stay_within_the_limits_and_harmless() =>
        DiscordTextTests.Names.Array[0, 60].Sample(
            names =>
            {
                var fields = names.Select(n => new EmbedField(DiscordText.Escape(n, EmbedLimits.FieldName), DiscordText.Escape(n, EmbedLimits.FieldValue)));
                foreach (var field in EmbedLimits.Pages(new Embed { Title = "t" }, fields).SelectMany(p => p.Fields ?? []))
                {
                    DiscordTextTests.AssertHarmless(field.Name);
                    DiscordTextTests.AssertHarmless(field.Value);
                }
            },
            iter: 200);

    [Fact]
    public void Nothing_to_show_is_one_page_with_the_frame()
    {
        var page = Assert.Single(EmbedLimits.Pages(new Embed { Title = "t", Description = "d" }, []));
        Assert.Equal(("t", "d", null), (page.Title, page.Description, page.Fields));
    }

    [Fact]
    public void As_few_pages_as_the_limits_allow()
    {
        var fields = Enumerable.Range(0, 60).Select(i => new EmbedField($"Group {i}", "Ann, Bob")).ToArray();
        Assert.Equal([25, 25, 10], EmbedLimits.Pages(new Embed { Title = "t" }, fields).Select(p => p.Fields!.Count));
        var long5 = Enumerable.Range(0, 6).Select(_ => new EmbedField("n", new string('v', 1024))).ToArray();
        Assert.Equal([5, 1], EmbedLimits.Pages(new Embed { Title = "t" }, long5).Select(p => p.Fields!.Count));
    }

    [Theory]
    [InlineData(256, 4096, 25, 1, 1, 0, 0)]
    [InlineData(257, 1, 1, 1, 1, 0, 1)]
    [InlineData(1, 4097, 1, 1, 1, 0, 1)]
    [InlineData(1, 1, 26, 1, 1, 0, 1)]
    [InlineData(1, 1, 1, 257, 1, 0, 1)]
    [InlineData(1, 1, 1, 1, 1025, 0, 1)]
    [InlineData(1, 1, 1, 0, 1, 0, 1)]
    [InlineData(1, 1, 1, 1, 1, 2049, 1)]
    [InlineData(256, 4096, 2, 256, 1024, 0, 1)]
    public void Each_limit_is_told(int title, int description, int fields, int name, int value, int footer, int problems)
    {
        var embed = new Embed
        {
            Title = new string('t', title),
            Description = new string('d', description),
            Fields = [.. Enumerable.Repeat(new EmbedField(new string('n', name), new string('v', value)), fields)],
            Footer = new EmbedFooter(new string('f', footer)),
        };
        Assert.Equal(problems, EmbedLimits.Problems([embed]).Count);
    }

    [Fact]
    public void The_limit_over_all_embeds_of_a_message_counts_them_together()
    {
        var half = new Embed { Description = new string('d', 3000) };
        Assert.Empty(EmbedLimits.Problems([half, half]));
        Assert.Equal(["6001 units over all embeds; a message carries 6000."], EmbedLimits.Problems([half, half, new Embed { Title = "t" }]));
        Assert.Single(EmbedLimits.Problems([.. Enumerable.Repeat(new Embed { Title = "t" }, 11)]));
    }
}
