using Cohorts.Domain;
using Cohorts.Features.ListCohorts;
using CsCheck;
using NodaTime;
using Snapshooter.Xunit;
using Listed = Cohorts.Features.ListCohorts.ListCohorts;

namespace Cohorts.Tests.Features.ListCohorts;

/// <summary>The list of cohorts in Discord.</summary>
public sealed class ListMessageTests
{
    [Fact]
    public void Each_cohort_has_the_figures_of_the_table() => Snapshot.Match(ListMessage.Render(Of(Row(1, "January *2027*"), Row(2, "@everyone")), page: 0).Embeds);

    [Fact]
    public void Without_a_cohort_it_says_how_one_comes_in() =>
        Assert.StartsWith("No cohorts yet.", ListMessage.Render(Of(), page: 0).Content, StringComparison.Ordinal);

    [Theory]
    [InlineData(1)]
    [InlineData(10)]
    [InlineData(11)]
    [InlineData(300)]
    public void Over_all_pages_no_cohort_is_lost(int cohorts)
    {
        var result = Of([.. Enumerable.Range(1, cohorts).Select(i => Row(i, $"Cohort {i}"))]);

        var names = new List<string>();
        for (var page = 0; page == 0 || names.Count % 10 == 0 && names.Count < cohorts; page++)
        {
            var message = ListMessage.Render(result, page);
            names.AddRange(message.Embeds![0].Fields!.Select(f => f.Name));
            var buttons = message.Components!.SelectMany(r => r.Components!).ToDictionary(b => b.Label!, b => b);
            Assert.Equal(cohorts > 10, buttons.Count > 0);
            if (buttons.Count > 0)
            {
                Assert.Equal(page == 0, buttons["Previous"].Disabled == true);
                Assert.Equal(names.Count == cohorts, buttons["Next"].Disabled == true);
                Assert.Equal($"list-cohorts:page:{page + 1}", buttons["Next"].CustomId);
            }
        }

        Assert.Equal(result.Cohorts.Select(c => c.CohortName), names);
    }

    [Fact]
    public void No_page_breaks_a_limit_or_mentions_anybody() =>
        Gen.Select(HostileNames.Gen.Array[0, 40], Gen.Int[0, int.MaxValue], Gen.Int[-1, 6]).Sample((names, figure, page) =>
            DiscordRules.AssertKept(ListMessage.Render(
                Of([.. names.Select((n, i) => Row(i, n) with { CourseName = names[^(i + 1)], PendingUsers = figure, Grouped = figure })]), page)));

    private static Listed.Result Of(params Listed.Row[] rows) => new(rows);

    private static Listed.Row Row(int id, string name) => new(
        new CohortId(id), name, "Rust", new LocalDate(2027, 1, 11), PendingUsers: 3, Grouped: 56, Ungroupable: 4, Groups: 11, RealizedGroups: 2);
}
