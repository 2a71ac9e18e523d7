using System.Globalization;
using System.Text;
using Cohorts.Discord;
using Cohorts.Domain;
using Cohorts.Features.ListCohorts;
using Cohorts.Features.ScheduleCohort;
using Cohorts.Scheduling;
using CsCheck;
using NodaTime;
using Snapshooter.Xunit;
using static Cohorts.Features.ScheduleCohort.ScheduleCohort;

namespace Cohorts.Tests.Features.ScheduleCohort;

/// <summary>What a scheduling shows in Discord: the texts, and the limits that no name and no number may break.</summary>
public sealed class ScheduleMessageTests
{
    private const int Green = 0x2E_CC_71;
    private const int Yellow = 0xF1_C4_0F;

    private static readonly string?[] Zones = [null, "Europe/Berlin", "America/Argentina/ComodRivadavia", "no such zone"];

    private static readonly Gen<Result> AnyResult =
        from cohort in HostileNames.Gen
        from groupName in HostileNames.Gen
        from zone in Gen.Int[0, Zones.Length - 1].Select(i => Zones[i])
        from names in HostileNames.Gen.Array[1, 40]
        from groups in Gen.Frequency((4, Gen.Int[0, 12]), (1, Gen.Int[13, 300]))
        from size in Gen.Frequency((4, Gen.Int[1, 8]), (1, Gen.Int[9, 100]))
        from left in Gen.Frequency((4, Gen.Int[0, 12]), (1, Gen.Int[13, 500]))
        from optimal in Gen.Bool
        from leadership in Gen.Enum<Leadership>()
        from moves in Gen.Int[0, 60]
        select Made(
            groups, groups > 50 ? Math.Min(size, 12) : size, left, i => names[i % names.Length] + (i < names.Length ? "" : i.ToString(CultureInfo.InvariantCulture)),
            groupName) with
        {
            CohortName = cohort,
            MeetingTimezone = zone,
            Optimal = optimal,
            Leadership = leadership,
            ClockChanges = [.. Enumerable.Range(0, moves).Select(i => new ClockMove(new DateOnly(2027, 9, 1).AddDays(i), i + 2, 90 - i, i, int.MaxValue - i))],
        };

    [Fact]
    public void Numbers_then_groups_then_who_is_not_placed_then_what_to_do_next() => Snapshot.Match(Read(ScheduleMessage.Render(Few(), page: 0)));

    [Fact]
    public void Shared_it_shows_the_groups_and_nothing_of_those_without_one() => Snapshot.Match(Read(Assert.Single(ScheduleMessage.Shared(Few()))));

    [Fact]
    public void The_attached_file_has_everybody_with_group_and_own_time_or_reason() =>
        Snapshot.Match(Encoding.UTF8.GetString(Assert.Single(ScheduleMessage.Render(Few(), page: 0).Files).Content.Span));

    [Fact]
    public void Twenty_groups_come_on_pages_that_say_which_they_are() =>
        Snapshot.Match(Read(ScheduleMessage.Render(Made(20, 3, 2, i => $"Person {i}") with { RunId = new RunId(12) }, page: 1)));

    [Fact]
    public void Nobody_to_group_says_so_and_what_to_do_about_late_comers() =>
        Snapshot.Match(Read(ScheduleMessage.Render(Made(0, 0, 0, i => $"{i}"), page: 0)));

    [Fact]
    public void While_it_runs_a_bar_shows_how_far_and_the_best_so_far() =>
        Snapshot.Match(Read(ScheduleMessage.Progress("January 2027", new RunProgress("52 of at most 56 people placed", 0.42))));

    [Theory]
    [InlineData(24, 0, "January 2027 (24 pending)")]
    [InlineData(3, 4, "January 2027 (3 pending, 4 left over)")]
    [InlineData(0, 4, "January 2027 (4 left over)")]
    public void A_choice_says_how_many_are_pending_and_left_over(int pending, int leftOver, string shown) =>
        Assert.Equal(shown, Assert.Single(ScheduleMessage.Choices([Choice(1, "January 2027", "Rust", pending, leftOver)])).Name);

    [Fact]
    public void Two_cohorts_of_one_name_are_told_apart_by_their_course_and_two_of_one_course_by_their_start() =>
        Assert.Equal(
            [
                "Rust / January 2027 (1 pending)",
                "Haskell / january 2027 from 2027-01-12 (2 pending)",
                "Haskell / January 2027 from 2027-01-13 (3 pending)",
                "May 2027 (4 pending)",
            ],
            ScheduleMessage.Choices(
                [
                    Choice(1, "January 2027", "Rust", 1),
                    Choice(2, "january 2027", "Haskell", 2),
                    Choice(3, "January 2027", "Haskell", 3),
                    Choice(4, "May 2027", "Haskell", 4),
                ]).Select(c => c.Name));

    [Fact]
    public void Of_a_long_course_and_a_long_cohort_a_choice_shows_the_beginning_of_both()
    {
        var cohorts = new[] { Choice(1, new string('c', 200), new string('a', 200), 1), Choice(2, new string('c', 200), new string('b', 200), 1) };

        var choices = ScheduleMessage.Choices(cohorts);

        Assert.StartsWith("aaaa", choices[0].Name, StringComparison.Ordinal);
        Assert.All(choices, c => Assert.Equal(100, c.Name.Length));
        Assert.All(choices, c => Assert.Contains(" / cccc", c.Name, StringComparison.Ordinal));
        Assert.All(choices, c => Assert.EndsWith("… (1 pending)", c.Name, StringComparison.Ordinal));
    }

    [Fact]
    public void Choices_fit_whatever_a_name_holds_and_never_end_in_half_a_character() =>
        Gen.Select(HostileNames.Gen, HostileNames.Gen, Gen.Int[0, int.MaxValue], Gen.Int[0, int.MaxValue]).Sample((name, course, pending, left) =>
        {
            var once = Choice(1, name, course, pending, left);
            foreach (var choice in ScheduleMessage.Choices([once]).Concat(ScheduleMessage.Choices([once, once with { CohortId = new CohortId(2) }])))
            {
                Assert.InRange(choice.Name.Trim().Length, 1, 100);
                Assert.Contains(left == 0 || pending > 0 ? $"{pending} pending" : $"{left} left over", choice.Name, StringComparison.Ordinal);
                DiscordRules.AssertWhole(choice.Name);
            }
        });

    [Theory]
    [InlineData(4, 5, Green, "80 %")]
    [InlineData(799, 1000, Yellow, "79 %")]
    [InlineData(999, 1000, Green, "99 %")]
    [InlineData(5, 5, Green, "100 %")]
    [InlineData(0, 5, Yellow, "0 %")]
    public void Green_from_eighty_percent_and_yellow_below(int grouped, int people, int colour, string rate)
    {
        var embed = ScheduleMessage.Render(Few() with { UsersGrouped = grouped, UsersUngroupable = people - grouped }, page: 0).Embeds![0];

        Assert.Equal(colour, embed.Color);
        Assert.Contains($"**{rate}**", embed.Description, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_not_proven_is_not_called_the_most()
    {
        var proven = ScheduleMessage.Render(Few(), page: 0).Embeds![0].Description!;
        var open = ScheduleMessage.Render(Few() with { Optimal = false, UpperBound = 4 }, page: 0).Embeds![0].Description!;

        Assert.Contains("the most that could be placed", proven, StringComparison.Ordinal);
        Assert.DoesNotContain("the most that could be placed", open, StringComparison.Ordinal);
        Assert.Contains("at most 4 people could be", open, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_zone_the_time_is_in_UTC_and_says_so() =>
        Assert.StartsWith(
            "Sunday 23:30-00:30 UTC · first <t:1799623800:F>",
            ScheduleMessage.Render(Few() with { MeetingTimezone = null }, page: 0).Embeds![0].Fields![0].Value,
            StringComparison.Ordinal);

    [Theory]
    [InlineData(Leadership.NobodyEnrolledToLead, "nobody is enrolled as facilitator")]
    [InlineData(Leadership.NobodyUsableToLead, "none of the enrolled facilitators can lead")]
    public void Groups_without_leader_are_the_first_thing_said(Leadership leadership, string says)
    {
        var description = ScheduleMessage.Render(Few() with { Leadership = leadership }, page: 0).Embeds![0].Description!;

        Assert.StartsWith("**These groups have no leader**: " + says, description, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_anybody_to_lead_Discord_gives_its_own_advice_however_much_there_is_before_it()
    {
        var refusal = new Refusal(new string('x', 3000), [.. Enumerable.Repeat(new string('y', 300), 20)]) { Reason = RefusalReason.NobodyUsableToLead };

        var content = ScheduleMessage.Refused(refusal).Content!;

        Assert.Contains("`without_facilitators`", content, StringComparison.Ordinal);
        Assert.DoesNotContain("--", content, StringComparison.Ordinal);
        Assert.InRange(content.Length, 1500, 2000);
        Assert.Contains("pick one from the list", ScheduleMessage.Refused(new Refusal("No.") { Reason = RefusalReason.NoSuchCohort }).Content!, StringComparison.Ordinal);
    }

    [Fact]
    public void No_page_of_any_result_breaks_a_limit_or_mentions_anybody() => AnyResult.Sample(result =>
    {
        foreach (var message in Pages(result))
            DiscordRules.AssertKept(message);
    }, iter: 40);

    [Fact]
    public void What_is_shared_breaks_no_limit_and_mentions_nobody() => AnyResult.Sample(result =>
    {
        foreach (var message in ScheduleMessage.Shared(result))
            DiscordRules.AssertKept(message);
    }, iter: 40);

    [Theory]
    [InlineData(1, 100, 0)]
    [InlineData(300, 8, 500)]
    [InlineData(26, 30, 13)]
    public void Over_all_pages_no_group_no_member_and_nobody_without_a_group_is_lost(int groups, int size, int left)
    {
        var result = Made(groups, size, left, i => $"Somebody with a rather long name and number {i:00000}");

        var fields = Pages(result).SelectMany(m => m.Embeds!).SelectMany(e => e.Fields ?? []).ToList();

        var headed = fields.Where(f => f.Name.StartsWith("Group ", StringComparison.Ordinal) && !f.Name.EndsWith(", continued", StringComparison.Ordinal));
        Assert.Equal(result.Groups.Select(g => g.Name), headed.Select(f => f.Name));
        AssertEverybodyOnce(groups * size + left, fields);
        Assert.Equal(left > 0, fields.Exists(f => f.Name == $"Not placed yet ({left})"));
    }

    [Fact]
    public void What_is_shared_has_every_member_once_and_nobody_without_a_group()
    {
        var result = Made(60, 30, 40, i => $"Somebody with a rather long name and number {i:00000}");

        var shared = ScheduleMessage.Shared(result);

        AssertEverybodyOnce(60 * 30, shared.SelectMany(m => m.Embeds!).SelectMany(e => e.Fields!));
        Assert.All(shared, m => Assert.True(m.Files.Count == 0 && m.Components is null));
    }

    [Fact]
    public void Shared_never_holds_the_name_or_the_reason_of_somebody_without_a_group() => AnyResult.Sample(result =>
    {
        var secret = result with
        {
            Ungroupable = [.. result.Ungroupable.Select((u, i) => u with { Name = $"Left{i}out", Detail = $"because{i}of" })],
        };
        foreach (var text in ScheduleMessage.Shared(secret).SelectMany(DiscordRules.Texts))
            Assert.DoesNotMatch("Left[0-9]+out|because[0-9]+of|[Nn]ot placed", text);
    }, iter: 40);

    [Fact]
    public void The_file_has_a_line_for_everybody_and_no_cell_that_a_spreadsheet_takes_for_a_formula() => AnyResult.Sample(result =>
    {
        if (result.UsersGrouped + result.UsersUngroupable == 0)
            return;
        var file = Assert.Single(ScheduleMessage.Render(result, page: 0).Files);
        Assert.Equal($"groups-{result.RunId}.csv", file.FileName);
        Assert.True(file.Content.Span.StartsWith(Encoding.UTF8.Preamble));
        var text = Encoding.UTF8.GetString(file.Content.Span[3..]);
        Assert.DoesNotContain(text, c => c is '\u202e' or '\u2066' or '\0' or '\t' or '\u001b');
        var lines = text.Split("\r\n");
        Assert.Equal("name,role,group,time,reason", lines[0]);
        Assert.Equal(result.Groups.Sum(g => g.Members.Count) + result.Ungroupable.Count + 2, lines.Length);
        foreach (var cells in lines.Skip(1).SkipLast(1).Select(Cells))
        {
            Assert.Equal(5, cells.Count);
            Assert.All(cells, cell => Assert.False(cell.Length > 0 && "=+-@＝＋－＠".Contains(cell[0], StringComparison.Ordinal), cell));
        }

        // Where cells end at semicolons, one must not begin after one.
        Assert.All(lines, line => Assert.DoesNotMatch("""^[^"]*;""", line));
    }, iter: 40);

    [Fact]
    public void Refusals_and_progress_of_any_text_break_no_limit() =>
        Gen.Select(HostileNames.Gen, HostileNames.Gen.Array[0, 100], Gen.Double).Sample((message, details, share) =>
        {
            DiscordRules.AssertKept(ScheduleMessage.Refused(new Refusal("Refused: " + message, details)));
            DiscordRules.AssertKept(ScheduleMessage.Progress(message, new RunProgress("Searching " + message, share)));
        });

    [Theory]
    [InlineData(-1, "Page 1 of 3")]
    [InlineData(0, "Page 1 of 3")]
    [InlineData(2, "Page 3 of 3")]
    [InlineData(int.MaxValue, "Page 3 of 3")]
    public void A_page_that_is_not_there_shows_the_nearest(int page, string shown) => Assert.StartsWith(
        shown, ScheduleMessage.Render(Made(20, 3, 0, i => $"Person {i}"), page).Embeds![0].Footer!.Text, StringComparison.Ordinal);

    [Fact]
    public void A_name_of_nothing_visible_is_shown_by_its_number()
    {
        var result = Made(1, 2, 1, _ => "\u200b\u202e\n", groupName: "\0") with { CohortName = " " };

        var embed = ScheduleMessage.Render(result, page: 0).Embeds![0];

        Assert.StartsWith("Cohort 3: 1 group", embed.Title, StringComparison.Ordinal);
        Assert.Equal("Group 1", embed.Fields![0].Name);
        Assert.EndsWith("Person 0 (leads), Person 1", embed.Fields[0].Value, StringComparison.Ordinal);
        Assert.StartsWith("**Person 2**: ", embed.Fields[1].Value, StringComparison.Ordinal);
    }

    private static IEnumerable<OutgoingMessage> Pages(Result result)
    {
        for (var page = 0; ; page++)
        {
            var message = ScheduleMessage.Render(result, page);
            yield return message;
            if (!(message.Components ?? []).SelectMany(r => r.Components!).Any(b => b.Label == "Next" && b.Disabled != true))
                yield break;
        }
    }

    private static void AssertEverybodyOnce(int people, IEnumerable<EmbedField> fields)
    {
        var text = string.Join('\n', fields.Select(f => f.Value));
        var shown = System.Text.RegularExpressions.Regex.Matches(text, "(?<=number )[0-9]{5}", default, TimeSpan.FromSeconds(5))
            .Select(m => int.Parse(m.Value, CultureInfo.InvariantCulture));
        Assert.Equal(Enumerable.Range(0, people), shown);
    }

    private static List<string> Cells(string line)
    {
        var cells = new List<string>();
        var cell = new StringBuilder();
        var quoted = false;
        for (var i = 0; i < line.Length; i++)
        {
            if (quoted && line[i] == '"' && i + 1 < line.Length && line[i + 1] == '"')
                cell.Append(line[i++]);
            else if (line[i] == '"')
                quoted = !quoted;
            else if (line[i] == ',' && !quoted)
            {
                cells.Add(cell.ToString());
                cell.Clear();
            }
            else
                cell.Append(line[i]);
        }

        cells.Add(cell.ToString());
        return cells;
    }

    /// <summary>As somebody reads it, from top to bottom.</summary>
    private static string Read(OutgoingMessage message)
    {
        var lines = new List<string>();
        if (!string.IsNullOrEmpty(message.Content))
            lines.Add(message.Content);
        foreach (var embed in message.Embeds ?? [])
        {
            lines.Add(string.Create(CultureInfo.InvariantCulture, $"[{embed.Color:X6}] {embed.Title}"));
            lines.Add(embed.Description ?? "");
            lines.AddRange((embed.Fields ?? []).Select(f => $"\n{f.Name}\n{f.Value}"));
            lines.Add($"\n{embed.Footer?.Text}");
        }

        lines.AddRange((message.Components ?? []).SelectMany(r => r.Components!)
            .Select(b => $"({b.Label}{(b.Disabled == true ? ", disabled" : "")}) {b.CustomId}"));
        lines.AddRange(message.Files.Select(f => $"{f.FileName}: {f.Description}"));
        return string.Join('\n', lines);
    }

    private static CohortsToSchedule.Choice Choice(int id, string name, string course, int pending, int leftOver = 0) =>
        new(new CohortId(id), name, course, new LocalDate(2027, 1, 10).PlusDays(id), pending, leftOver);

    private static Result Few() => new(
        new RunId(7), new CohortId(3), "January *2027*", "Rust", "Europe/Berlin", Leadership.Facilitators, GroupsCreated: 1, UsersGrouped: 3,
        UsersUngroupable: 2,
        [
            new FormedGroup(
                new GroupId(9), "Group 1", 10050, 60, "Sunday 23:30-00:30", new DateTimeOffset(2027, 1, 10, 23, 30, 0, TimeSpan.Zero), new UserId(1),
                [
                    new GroupMember(new UserId(1), "Lea", "Europe/Berlin", CohortRole.Facilitator, IfNeeded: false),
                    new GroupMember(new UserId(2), "@everyone", "Asia/Tokyo", CohortRole.Participant, IfNeeded: true),
                    new GroupMember(new UserId(3), "=HYPERLINK(\"x\";\"y\")", null, CohortRole.Participant, IfNeeded: false),
                ]),
        ],
        [
            new UngroupedUser(
                new UserId(4), "<@1> `Ben`", "America/New_York", CohortRole.Participant, UngroupableReason.NoAvailability, "No free hours are given.")
            {
                Change = "Free on Sunday 18:30 (New York; 23:30 UTC) would be enough: Group 1 has a seat then.",
            },
            new UngroupedUser(
                new UserId(5), "Émile 😀", null, CohortRole.Facilitator, UngroupableReason.FacilitatorCapacity, "Leads 2 groups already, as many as they may."),
        ],
        UpperBound: 3, Optimal: true, ElapsedMs: 12.3, Seed: 1)
    {
        BestFacilitatorHour = "One more facilitator free on Tuesday 19:00 (Berlin; 18:00 UTC) would place 6 more people.",
        ClockChanges = [new ClockMove(new DateOnly(2027, 3, 28), 12, -60, 1, 2)],
    };

    /// <summary>Everybody numbered from 0, first the members, group by group, then those without one.</summary>
    private static Result Made(int groups, int size, int left, Func<int, string> name, string? groupName = null) => Few() with
    {
        CohortName = "January 2027",
        GroupsCreated = groups,
        UsersGrouped = groups * size,
        UsersUngroupable = left,
        Groups =
        [
            .. Enumerable.Range(0, groups).Select(g => new FormedGroup(
                new GroupId(g + 1), groupName ?? $"Group {g + 1}", 30 * g, 90, MeetingTime.Text(30 * g, 90),
                new DateTimeOffset(2027, 1, 4, 0, 0, 0, TimeSpan.Zero).AddMinutes(30 * g), new UserId(g * size),
                [
                    .. Enumerable.Range(g * size, size).Select(i => new GroupMember(
                        new UserId(i), name(i), "Asia/Kathmandu", i == g * size ? CohortRole.Facilitator : CohortRole.Participant, i % 5 == 4)),
                ])),
        ],
        Ungroupable =
        [
            .. Enumerable.Range(groups * size, left).Select(i => new UngroupedUser(
                new UserId(i), name(i), null, CohortRole.Participant, UngroupableReason.InvalidAvailability,
                i % 3 == 0 ? "No free hours are given." : $"The hours \"{(groupName ?? "M25:00")}\" cannot be read: an hour is 00 to 23, or 24:00 for the day's end.")
            {
                Change = i % 2 == 0 ? null : $"Free on Monday 10:00 UTC would be enough: {groupName ?? "Group 1"} has a seat then.",
            }),
        ],
    };
}
