using System.Text;
using Cohorts.Features.CourseWelcome;
using Cohorts.Features.RealizeGroups;
using CsCheck;
using Dapper;
using Snapshooter.Xunit;
using static Cohorts.Features.CourseWelcome.CourseWelcome;

namespace Cohorts.Tests.Features.CourseWelcome;

public sealed class CourseWelcomeTests(Slices slices) : IClassFixture<Slices>
{
    [Fact]
    public async Task A_course_has_the_default_until_it_has_its_own_and_again_when_that_is_reset()
    {
        await slices.AddCohortAsync("January 2027", "Sculpture");

        var shown = (await slices.SendAsync(new Command("sculpture", Change.None, null))).Result!;
        var set = (await slices.SendAsync(new Command("Sculpture", Change.Set, "# {group}\r\nHello {members} @everyone"))).Result!;
        var kept = await StoredAsync("Sculpture");
        var again = (await slices.SendAsync(new Command($"{shown.CourseId}", Change.None, null))).Result!;
        var reset = (await slices.SendAsync(new Command("Sculpture", Change.Reset, null))).Result!;

        Assert.Equal((Origin.Default, WelcomeTemplate.Default), (shown.Origin, shown.Template));
        Assert.Equal((Origin.OwnOfCourse, "# {group}\nHello {members} @everyone"), (set.Origin, set.Template));
        Assert.Equal("# {group}\nHello {members} @everyone", kept);
        Assert.Equal(set with { Change = Change.None }, again);
        Assert.Equal(shown with { Change = Change.Reset }, reset);
        Assert.Null(await StoredAsync("Sculpture"));
    }

    [Fact]
    public async Task The_sample_reads_as_a_member_reads_it()
    {
        await slices.AddCohortAsync("January 2027", "Rust *for* all");

        Snapshot.Match((await slices.SendAsync(new Command("Rust *for* all", Change.None, null))).Result!.Sample);
    }

    [Fact]
    public async Task What_is_no_template_is_refused_and_nothing_changes()
    {
        await slices.AddCohortAsync("January 2027", "Painting");
        await slices.SendAsync(new Command("Painting", Change.Set, "Hello {group}"));

        foreach (var bad in (string[])["", "{nobody}", "a\0b", new string('x', 4097)])
            Assert.True((await slices.SendAsync(new Command("Painting", Change.Set, bad))).IsRefused, bad);

        Assert.Equal("Hello {group}", await StoredAsync("Painting"));
    }

    [Fact]
    public async Task Of_two_courses_of_one_name_none_is_changed_but_the_one_whose_id_is_given()
    {
        await slices.AddCohortAsync("January 2027", "Twice");
        await slices.AddCohortAsync("January 2027", "TWICE");

        var refusal = (await slices.SendAsync(new Command("twice", Change.Set, "Hello"))).Refusal!;
        var unknown = (await slices.SendAsync(new Command("no such\0course", Change.Reset, null))).Refusal!;

        Assert.Equal("2 courses are called \"twice\". Name one by its id:", refusal.Message);
        Assert.Contains("There is no course \"no such", unknown.Message, StringComparison.Ordinal);
        Assert.Null(await StoredAsync("Twice"));
        var id = refusal.Details.Single(d => d.EndsWith("TWICE", StringComparison.Ordinal)).Split(' ')[0];
        Assert.Equal("TWICE", (await slices.SendAsync(new Command(id, Change.Set, "Hello"))).Result!.CourseName);
        Assert.Null(await StoredAsync("Twice"));
    }

    [Fact]
    public async Task A_part_of_one_courses_name_names_it_and_a_number_is_an_id_only()
    {
        await slices.AddCohortAsync("January 2027", "Introduction to Basketry 4711");
        await slices.AddCohortAsync("January 2027", "Advanced Basketry");

        Assert.Equal("Introduction to Basketry 4711", (await slices.SendAsync(new Command("introduction to b", Change.None, null))).Result!.CourseName);
        var several = (await slices.SendAsync(new Command("Basketry", Change.Set, "Hello"))).Refusal!;
        Assert.Equal("2 courses have \"Basketry\" in their names. Name one by its id:", several.Message);
        Assert.Equal(2, several.Details.Count);
        Assert.True((await slices.SendAsync(new Command("4711", Change.Reset, null))).IsRefused);
        Assert.True((await slices.SendAsync(new Command("  ", Change.Reset, null))).IsRefused);
    }

    [Fact]
    public async Task Whatever_text_is_accepted_is_kept_to_the_letter()
    {
        await slices.AddCohortAsync("January 2027", "Hostile");
        var texts = HostileNames.Gen.Where(t => WelcomeTemplate.Problem(t) is null).Array[20].Single();

        foreach (var text in texts)
        {
            var result = (await slices.SendAsync(new Command("Hostile", Change.Set, text))).Result!;
            Assert.Equal(text.ReplaceLineEndings("\n"), await StoredAsync("Hostile"));
            Assert.Equal(text.ReplaceLineEndings("\n"), result.Template);
        }
    }

    [Fact]
    public void A_file_is_read_as_UTF8_without_its_mark_and_refused_when_it_is_none_or_too_large()
    {
        var folder = Directory.CreateTempSubdirectory();
        try
        {
            string File(byte[] content)
            {
                var path = Path.Combine(folder.FullName, "welcome.md");
                System.IO.File.WriteAllBytes(path, content);
                return path;
            }

            Assert.Equal("Grüße 😀\n", WelcomeVerb.Read(File([.. Encoding.UTF8.Preamble, .. "Grüße 😀\n"u8])).Result);
            Assert.Contains("not a text in UTF-8", WelcomeVerb.Read(File([0x48, 0xFC, 0x21])).Refusal!.Message, StringComparison.Ordinal);
            Assert.False(WelcomeVerb.Read(File(new byte[64 * 1024])).IsRefused);
            Assert.Contains("larger than 64 KB", WelcomeVerb.Read(File(new byte[64 * 1024 + 1])).Refusal!.Message, StringComparison.Ordinal);
            Assert.Contains("is a folder", WelcomeVerb.Read(folder.FullName).Refusal!.Message, StringComparison.Ordinal);
            Assert.Contains("There is no file", WelcomeVerb.Read(Path.Combine(folder.FullName, "nothing")).Refusal!.Message, StringComparison.Ordinal);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private async Task<string?> StoredAsync(string course)
    {
        await using var connection = await slices.DataSource.OpenConnectionAsync();
        return await connection.QuerySingleAsync<string?>("SELECT welcome_template FROM courses WHERE course_name = @course", new { course });
    }
}
