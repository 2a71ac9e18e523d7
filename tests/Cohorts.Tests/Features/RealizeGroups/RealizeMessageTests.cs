using System.Globalization;
using Cohorts.Discord;
using Cohorts.Domain;
using Cohorts.Features.ListCohorts;
using Cohorts.Features.RealizeGroups;
using CsCheck;
using NodaTime;
using Snapshooter.Xunit;
using static Cohorts.Features.RealizeGroups.RealizeGroups;

namespace Cohorts.Tests.Features.RealizeGroups;

/// <summary>What a realization shows in Discord: no name and no number breaks a limit, and names stand only where the organizer alone reads.</summary>
public sealed class RealizeMessageTests
{
    private static readonly Gen<Result> AnyResult =
        from cohort in HostileNames.Gen
        from category in HostileNames.Gen
        from names in HostileNames.Gen.Array[1, 30]
        from people in Gen.Frequency((4, Gen.Int[0, 20]), (1, Gen.Int[21, 400]))
        from failures in Gen.Frequency((3, Gen.Const(0)), (1, Gen.Int[1, 80]))
        from events in Gen.Int[0, 60]
        select Made() with
        {
            CohortName = cohort,
            CategoryName = category,
            AccessGranted = [.. People(people, names)],
            AccessRemoved = [.. People(people / 3, names)],
            NotHere = [.. People(people / 2, names)],
            Unknown = [.. People(people / 4, names)],
            EventsMoved = [.. Events(events, names)],
            EventsCancelled = [.. Events(events / 2, names)],
            Failures = [.. Enumerable.Range(0, failures).Select(i => new Failure(names[i % names.Length], string.Concat(names)))],
            Remarks = [.. names],
        };

    [Fact]
    public void Numbers_then_who_then_what_to_do_next() => Snapshot.Match(RealizeMessage.Render(
        Made() with
        {
            AccessGranted = [.. People(3, ["Ana", "Ben", "Cem"])],
            NotHere = [.. People(1, ["Dan"])],
            EventsCancelled = [.. Events(1, ["Group 2"])],
            Failures = [new("Group 2: voice channel", "Discord did not answer. Run it again: what stands by then is found.")],
            Remarks = ["Group 1 has no facilitator."],
        },
        page: 0));

    [Fact]
    public void No_result_breaks_a_limit_or_calls_anybody() => AnyResult.Sample(
        result =>
        {
            for (var page = 0; page < 3; page++)
                DiscordRules.AssertKept(RealizeMessage.Render(result, page));
        },
        iter: 200);

    [Fact]
    public void What_everybody_may_read_has_numbers_and_no_name() => AnyResult.Sample(
        result =>
        {
            var done = RealizeMessage.Done(result);
            DiscordRules.AssertKept(done);
            Assert.Equal(RealizeMessage.Done(Made() with { Failures = result.Failures }).Content, done.Content);
        },
        iter: 200);

    [Fact]
    public void No_preview_breaks_a_limit_or_calls_anybody() => HostileNames.Gen.Array[1, 60].Sample(
        names => DiscordRules.AssertKept(RealizeMessage.Render(new PreviewRealization.Result(
            new CohortId(7),
            names[0],
            names[^1],
            new GuildId(1),
            names[0],
            3,
            [
                .. names.Select(n => new PreviewRealization.Group(
                    n, PreviewRealization.ChannelOutlook.Made, PreviewRealization.ChannelOutlook.MadeAnew, PreviewRealization.WelcomeOutlook.Posted,
                    names, names, names, names, 8, 4, [1, 2], [3], ChangesNothing: false)),
            ],
            names,
            names,
            [],
            ChangesNothing: false))),
        iter: 100);

    [Fact]
    public void What_nobody_asked_for_is_told_the_channel_without_a_name_or_a_number() => AnyResult.Sample(
        result =>
        {
            var ended = RealizeMessage.Ended(new Snowflake(5), result);
            Assert.Equal(RealizeMessage.Ended(new Snowflake(5), Made()).Content, ended.Content);
            Assert.DoesNotMatch("[0-9] ", ended.Content);
        },
        iter: 50);

    [Fact]
    public void The_bot_asks_for_all_that_it_grants_and_uses()
    {
        var used = new[] { ChannelType.Text, ChannelType.Voice }
            .SelectMany(t => ChannelAccess.OfChannel(t, new Snowflake(1), new Snowflake(2), [(new Snowflake(3), CohortRole.Participant), (new Snowflake(4), CohortRole.Facilitator)]))
            .Concat(ChannelAccess.OfCategory(new Snowflake(1), new Snowflake(2)))
            .Aggregate(Permissions.ManageChannels | Permissions.ManageRoles, (all, o) => all | o.Allow);
        Assert.Equal(used, Cohorts.Hosting.DiscordSettings.Needed);
    }

    [Fact]
    public void Every_refusal_fits() => HostileNames.Gen.Array[0, 60].Sample(
        names => DiscordRules.AssertKept(RealizeMessage.Refused(new Refusal("Nothing was made:", names))), iter: 200);

    [Fact]
    public void Choices_say_what_is_left_within_100_units() => HostileNames.Gen.Array[1, 25].Sample(
        names =>
        {
            var choices = RealizeMessage.Choices([.. names.Select((n, i) => new CohortsToRealize.Choice(
                new CohortId(i + 1), n, names[0], new LocalDate(2027, 1, 11), i + 1, i))]);
            Assert.All(choices, c => Assert.InRange(c.Name.Length, 1, CommandChoice.LongestName));
            Assert.EndsWith("(1 group, complete)", choices[0].Name, StringComparison.Ordinal);
        },
        iter: 200);

    private static Result Made() => new(
        new RunId(12), new CohortId(7), "January 2027", "Rust", new GuildId(1), "Rust - January 2027", GroupsMade: 2, GroupsRepaired: 1, GroupsUnchanged: 3,
        [], [], [], [], EventsMade: 16, EventsLater: 4, [], [], [], []);

    private static IEnumerable<Person> People(int count, string[] names) => Enumerable.Range(0, count).Select(i => new Person(
        new UserId(i + 1), names[i % names.Length] + (i < names.Length ? "" : i.ToString(CultureInfo.InvariantCulture)), $"Group {i / 6 + 1}"));

    private static IEnumerable<EventOfGroup> Events(int count, string[] names) => Enumerable.Range(0, count).Select(i => new EventOfGroup(
        names[i % names.Length], i + 1, new DateTimeOffset(2027, 1, 11, 17, 0, 0, TimeSpan.Zero).AddDays(7 * i)));
}
