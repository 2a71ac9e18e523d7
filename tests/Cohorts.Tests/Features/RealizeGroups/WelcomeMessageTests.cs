using System.Globalization;
using System.Text.RegularExpressions;
using Cohorts.Discord;
using Cohorts.Domain;
using Cohorts.Features.RealizeGroups;
using CsCheck;
using NodaTime;
using Snapshooter.Xunit;

namespace Cohorts.Tests.Features.RealizeGroups;

/// <summary>What a group reads first: the texts, and the limits and rules that no name, zone or template may break.</summary>
public sealed partial class WelcomeMessageTests
{
    private static readonly IDateTimeZoneProvider Zones = DateTimeZoneProviders.Tzdb;

    private static readonly string?[] Timezones =
        [null, "", "no such zone", "\0", "UTC+05:30", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", .. DateTimeZoneProviders.Tzdb.Ids];

    private static readonly string?[] Templates =
    [
        null,
        "{members}",
        "{dates}{dates}{dates}{members}{weekly_times}{clock_changes}",
        "# Hello\n\n@everyone {group} {group} {first_event} {length}\n\n\n\n{first_steps}",
        "{unknown}",
        "",
        new string('x', 4096),
        string.Concat(Enumerable.Repeat("😀", 1000)) + "{members}{weekly_times}{clock_changes}{dates}",
    ];

    private static readonly string?[] Links =
        [null, "https://discord.com/events/1/2", "https://x.example/)(" + new string('y', 90), "https://x.example/" + new string('z', 4000)];

    private static readonly Gen<WelcomeMember> AnyMember =
        from name in HostileNames.Gen
        from id in Gen.ULong
        from known in Gen.Frequency((4, Gen.Const(true)), (1, Gen.Const(false)))
        from presence in Gen.Enum<Presence>()
        from role in Gen.Enum<CohortRole>()
        from zone in Gen.Int[0, Timezones.Length - 1]
        select new WelcomeMember(name, known ? new Snowflake(id) : null, presence, role, Timezones[zone]);

    private static readonly Gen<Welcome> AnyWelcome =
        from name in HostileNames.Gen
        from course in HostileNames.Gen
        from cohort in HostileNames.Gen
        from members in Gen.Frequency((4, AnyMember.Array[0, 12]), (1, AnyMember.Array[13, 100]), (1, AnyMember.Array[100]))
        from meetings in Gen.Frequency((4, Gen.Int[0, 12]), (1, Gen.Const(52)))
        from day in Gen.Int[0, 730]
        from slot in Gen.Int[0, 335]
        from zone in Gen.Int[0, Timezones.Length - 1]
        from length in Gen.Int[1, 10080]
        from link in Gen.Int[0, Links.Length - 1].Select(i => Links[i])
        from template in Gen.Int[0, Templates.Length - 1]
        select new Welcome(
            new GroupId(12), name, course, cohort, members,
            MeetingCalendar.Meetings(
                new LocalDate(2027, 1, 1).PlusDays(day), string.IsNullOrEmpty(Timezones[zone]) ? null : Zones.GetZoneOrNull(Timezones[zone]!), slot * 30, meetings),
            length, link is null ? null : new Uri(link), Templates[template]);

    [Fact]
    public void A_group_of_five_in_four_zones() => Snapshot.Match(Read(Five()));

    [Fact]
    public void A_group_without_a_time() => Snapshot.Match(Read(Five() with { Meetings = [], FirstEvent = null }));

    [Fact]
    public void A_group_that_meets_once() => Snapshot.Match(Read(Five() with { Meetings = [Five().Meetings[0]], LengthMinutes = 90 }));

    [Fact]
    public void A_group_without_a_facilitator_whom_nobody_has_joined_yet() => Snapshot.Match(Read(Five() with
    {
        FirstEvent = null,
        Members = [.. Five().Members.Select(m => m with { Role = CohortRole.Participant, Presence = Presence.NotYet, Timezone = null })],
    }));

    [Fact]
    public void A_hundred_people_in_a_hundred_zones_who_meet_all_the_year() => Snapshot.Match(Read(Hundred()));

    [Fact]
    public void A_template_of_the_course() => Snapshot.Match(Read(Five() with
    {
        Template = "## Hi, _{group}_!\nCourse: {course} ({cohort}), {length}\n\n{clock_changes}\n\nSee {first_event} on {first_meeting}. {members}. {unclosed",
        CourseName = "{members} **Rust**",
    }));

    [Fact]
    public void Who_arrives_later_is_mentioned_with_a_link_to_the_welcome()
    {
        var member = Five().Members[1];

        var message = WelcomeMessage.Arrival(member, new GroupId(12), "Group 1", new Uri("https://discord.com/channels/1/2/3"));

        Assert.Equal([member.DiscordId!.Value], message.AllowedMentions.Users);
        Assert.Equal(WelcomeMessage.ArrivalFooter(new GroupId(12), member.DiscordId!.Value), message.Embeds![0].Footer!.Text);
        Snapshot.Match(Read(message));
    }

    [Fact]
    public void No_arrival_breaks_a_limit_or_mentions_anybody_else() => Gen.Select(AnyMember, HostileNames.Gen).Sample((member, group) =>
    {
        var arrived = member with { DiscordId = new Snowflake(ulong.MaxValue) };
        AssertKept(WelcomeMessage.Arrival(arrived, new GroupId(int.MaxValue), group, new Uri("https://discord.com/channels/1/2/3")), [ulong.MaxValue]);
    });

    [Fact]
    public void No_welcome_breaks_a_limit_or_mentions_who_is_not_there() => AnyWelcome.Sample(welcome =>
    {
        var message = WelcomeMessage.Render(welcome, Zones);

        AssertKept(message, [.. welcome.Members.Select(m => m.Mentionable).OfType<Snowflake>().Select(s => s.Value)]);
        Assert.Equal(WelcomeMessage.Footer(welcome.GroupId), Assert.Single(message.Embeds!).Footer!.Text);
    }, iter: 300);

    [Fact]
    public void Who_is_notified_stands_in_the_content_and_who_does_not_fit_is_counted() => AnyWelcome.Sample(welcome =>
    {
        var present = welcome.Members.Select(m => m.Mentionable).OfType<Snowflake>().Distinct().Count();

        var message = WelcomeMessage.Render(welcome, Zones);

        var mentioned = Mention().Matches(message.Content!).Select(m => Snowflake.Parse(m.Groups["id"].Value)).ToList();
        Assert.Equal(mentioned, message.AllowedMentions.Users);
        var more = Regex.Match(message.Content!, " and (?<more>[0-9]+) more! ", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1));
        Assert.Equal(present, mentioned.Count + (more.Success ? int.Parse(more.Groups["more"].Value, CultureInfo.InvariantCulture) : 0));
    }, iter: 300);

    [Theory]
    [InlineData(5, 8)]
    [InlineData(30, 52)]
    [InlineData(100, 1)]
    [InlineData(100, 52)]
    public void In_every_list_shown_and_left_out_come_to_all(int people, int meetings)
    {
        var all = Hundred();
        var description = WelcomeMessage.Render(all with { Members = [.. all.Members.Take(people)], Meetings = [.. all.Meetings.Take(meetings)] }, Zones)
            .Embeds![0].Description!;

        var sections = description.Split("\n\n");
        Assert.Equal(people, Counted(sections.Single(s => s.StartsWith("**Your group**", StringComparison.Ordinal)), "<@|not here yet"));
        Assert.Equal(meetings, Counted(sections.Single(s => s.Contains("by your own clock:\n", StringComparison.Ordinal)), "<t:"));
        Assert.Equal(
            all.Members.Take(people).Select(m => m.Timezone).Distinct().Count(),
            Counted(sections.Single(s => s.StartsWith("**When you meet**", StringComparison.Ordinal)), "(?m)^- [A-Z]", "and (?<more>[0-9]+) more time zones"));
    }

    [Fact]
    public void Of_a_hundred_who_are_there_as_many_are_notified_as_a_message_holds_and_the_rest_are_counted()
    {
        var present = Enumerable.Range(0, 100).Select(i => new WelcomeMember(
            $"{i}", new Snowflake(ulong.MaxValue - (ulong)i), Presence.InTheGuild, CohortRole.Participant, null)).ToList();

        var message = WelcomeMessage.Render(Five() with { GroupName = new string('*', 200), Members = present }, Zones);

        Assert.InRange(message.Content!.Length, 1900, 2000);
        Assert.EndsWith($" and {100 - message.AllowedMentions.Users!.Count} more! 👋", message.Content, StringComparison.Ordinal);
        AssertKept(message, [.. present.Select(m => m.DiscordId!.Value.Value)]);
    }

    [Fact]
    public void Values_are_not_read_as_a_template_and_bring_no_markdown()
    {
        var message = WelcomeMessage.Render(
            Five() with { GroupName = "{course}", CohortName = "{dates} @everyone", CourseName = "**{members}**", Template = "{group}|{cohort}|{course}" }, Zones);

        Assert.Equal("{course}|{dates} \\@\u200beveryone|\\*\\*{members}\\*\\*", message.Embeds![0].Description);
    }

    [Fact]
    public void A_stored_template_that_is_none_does_not_stop_a_welcome() =>
        Assert.Equal(
            Read(Five()),
            Read(Five() with { Template = "{nothing of ours}" }));

    [Fact]
    public void The_default_is_a_template() => Assert.Null(WelcomeTemplate.Problem(WelcomeTemplate.Default));

    [Fact]
    public void What_is_unknown_in_braces_is_refused_with_what_there_is()
    {
        var refusal = WelcomeTemplate.Problem("Hello {name}, {Course} and {course}")!;

        Assert.StartsWith("The template has {name}, {Course}, which nothing stands for.", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(WelcomeTemplate.Placeholders.Count, refusal.Details.Count);
        Assert.All(WelcomeTemplate.Placeholders, p => Assert.Contains(refusal.Details, d => d.StartsWith(p + " ", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("", "empty")]
    [InlineData(" \n\t", "empty")]
    [InlineData("a\nb\u0000", "Line 2 of the template holds a character that cannot be shown (U+0000)")]
    [InlineData("\u001b[31m", "Line 1 of the template holds a character that cannot be shown (U+001B)")]
    public void What_is_no_text_is_refused(string text, string why) => Assert.Contains(why, WelcomeTemplate.Problem(text)!.Message, StringComparison.Ordinal);

    [Fact]
    public void Half_a_character_is_refused() => Assert.Contains("half a character", WelcomeTemplate.Problem("a\ud83d")!.Message, StringComparison.Ordinal);

    [Fact]
    public void What_could_come_to_more_than_a_message_holds_is_refused_by_how_much()
    {
        var longest = new string('x', 4096 - 800) + "{first_steps}";

        Assert.Null(WelcomeTemplate.Problem(longest));
        Assert.Contains("Shorten it by 1;", WelcomeTemplate.Problem("x" + longest)!.Message, StringComparison.Ordinal);
    }

    /// <summary>Whatever is accepted can be sent, with the least favourable values too.</summary>
    [Fact]
    public void Every_template_that_is_accepted_is_used_as_it_is()
    {
        var piece = Gen.OneOf(Gen.Int[0, WelcomeTemplate.Placeholders.Count - 1].Select(i => WelcomeTemplate.Placeholders[i].ToString()), HostileNames.Gen);
        Gen.Select(piece.Array[1, 20].Select(string.Concat), AnyMember.Array[60]).Where(t => WelcomeTemplate.Problem(t.Item1) is null).Sample((template, members) =>
        {
            var welcome = Hundred() with { Members = members, CourseName = new string('*', 200), Template = "\u2060" + template };

            var embed = WelcomeMessage.Render(welcome, Zones).Embeds![0];

            Assert.DoesNotContain("You are taking", embed.Description, StringComparison.Ordinal);
            Assert.Empty(EmbedLimits.Problems([embed]));
        }, iter: 300);
    }

    private static int Counted(string section, string item, string more = "and (?<more>[0-9]+) more") =>
        Regex.Count(section, item, RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1))
        + Regex.Matches(section, more, RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1)).Sum(m => int.Parse(m.Groups["more"].Value, CultureInfo.InvariantCulture));

    /// <summary>The rules of all messages, with what only a welcome may hold taken out of it: mentions of those who are there, and links.</summary>
    private static void AssertKept(OutgoingMessage message, HashSet<ulong> mayBeMentioned)
    {
        Assert.True(message.Content!.Length <= 2000, "The content is longer than 2000 units.");
        Assert.Empty(EmbedLimits.Problems(message.Embeds!));
        Assert.All(message.AllowedMentions.Users!, id => Assert.Contains(id.Value, mayBeMentioned));
        // By one letter, which is no longer than what it stands for: the lengths are looked at again.
        string Own(string text) => Link().Replace(
            Mention().Replace(text, m => mayBeMentioned.Contains(Snowflake.Parse(m.Groups["id"].Value).Value) ? "m" : m.Value), "l");
        // The template is the organizer's own text, and its Markdown stays.
        string OwnMarkdown(string text) => text.Replace("@everyone ", "", StringComparison.Ordinal);
        DiscordRules.AssertKept(message with
        {
            Content = Own(message.Content),
            Embeds = [.. message.Embeds!.Select(e => e with { Description = OwnMarkdown(Own(e.Description!)) })],
            AllowedMentions = AllowedMentions.None,
        });
    }

    private static string Read(Welcome welcome) => Read(WelcomeMessage.Render(welcome, Zones));

    private static string Read(OutgoingMessage message) =>
        $"{message.Content}\n\n{message.Embeds![0].Title}\n\n{message.Embeds[0].Description}\n\n{message.Embeds[0].Footer!.Text}"
        + $"\n\nnotifies {string.Join(", ", message.AllowedMentions.Users!)}";

    private static Welcome Five() => new(
        new GroupId(12), "Group 1", "Intro to *Rust*", "January 2027",
        [
            new("Tom", new Snowflake(100000000000000002), Presence.InTheGuild, CohortRole.Participant, "Europe/Berlin"),
            new("Ana", new Snowflake(100000000000000001), Presence.InTheGuild, CohortRole.Facilitator, "Europe/Berlin"),
            new("Kofi_A", new Snowflake(100000000000000003), Presence.NotYet, CohortRole.Participant, "America/New_York"),
            new("李雷", new Snowflake(100000000000000004), Presence.InTheGuild, CohortRole.Participant, "Asia/Tokyo"),
            new("Mia", null, Presence.NotYet, CohortRole.Participant, "Mars/Olympus"),
        ],
        MeetingCalendar.Meetings(new LocalDate(2027, 2, 22), Zones["Europe/Berlin"], 2 * 1440 + 15 * 60, 8),
        60, new Uri("https://discord.com/events/1/2"), Template: null);

    private static Welcome Hundred()
    {
        var zones = Zones.Ids.Where(id => id.Contains('/', StringComparison.Ordinal)).ToList();
        return Five() with
        {
            Members =
            [
                .. Enumerable.Range(0, 100).Select(i => new WelcomeMember(
                    $"Somebody with a long name {i}", new Snowflake(100000000000000000 + (ulong)i), i % 4 == 3 ? Presence.NotYet : Presence.InTheGuild,
                    i == 0 ? CohortRole.Facilitator : CohortRole.Participant, zones[i * 5])),
            ],
            Meetings = MeetingCalendar.Meetings(new LocalDate(2027, 1, 11), null, 3 * 1440, 52),
        };
    }

    [GeneratedRegex(@"<@(?<id>\d{1,20})>", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Mention();

    [GeneratedRegex(@"\[the (first event|welcome)\]\(https://[^\s)]+\)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Link();
}
