using Cohorts.Domain;
using Cohorts.Features.ScheduleCohort;
using Cohorts.Scheduling;
using CsCheck;
using Snapshooter.Xunit;
using Spectre.Console;
using static Cohorts.Features.ScheduleCohort.ScheduleCohort;

namespace Cohorts.Tests.Features.ScheduleCohort;

public sealed class ScheduleTextTests
{
    [Fact]
    public void Numbers_come_first_then_names_then_what_to_do_next() => Snapshot.Match(Shown(Sample("Ana", "Europe/Berlin")));

    [Fact]
    public void Without_a_zone_times_are_in_UTC_and_say_so()
    {
        var shown = Shown(Sample("Ana", zone: null));

        Assert.Contains("Weekly, UTC", shown, StringComparison.Ordinal);
        Assert.Contains("Sunday 23:30-00:30", shown, StringComparison.Ordinal);
    }

    [Fact]
    public void Nobody_to_group_says_what_to_do_about_late_comers()
    {
        var shown = Shown(Sample("Ana", zone: null) with { UsersGrouped = 0, UsersUngroupable = 0, Groups = [], Ungroupable = [], GroupsCreated = 0 });

        Assert.Contains("Nobody in January awaits grouping", shown, StringComparison.Ordinal);
        Assert.Contains("Late-comers: import", shown, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Leadership.NobodyEnrolledToLead, "nobody is enrolled as facilitator")]
    [InlineData(Leadership.NobodyUsableToLead, "none of the enrolled facilitators can lead")]
    public void Groups_without_leader_are_the_first_thing_said(Leadership leadership, string says)
    {
        var first = Shown(Sample("Ana", zone: null) with { Leadership = leadership });

        Assert.StartsWith("These groups have no leader: ", first, StringComparison.Ordinal);
        Assert.Contains(says, first.ReplaceLineEndings(" "), StringComparison.Ordinal);
    }

    [Fact]
    public void On_the_command_line_a_refusal_names_its_options()
    {
        Assert.Equal("No. Or add --without-facilitators to form groups without a leader.",
            ScheduleVerb.Advise(new Refusal("No.") { Reason = RefusalReason.NobodyUsableToLead }).Message);
        Assert.EndsWith("`./cohorts list` shows all of them with their ids.",
            ScheduleVerb.Advise(new Refusal("No.") { Reason = RefusalReason.NoSuchCohort }).Message, StringComparison.Ordinal);
        Assert.Equal("No.", ScheduleVerb.Advise(new Refusal("No.")).Message);
    }

    [Fact]
    public void Whatever_a_name_holds_no_line_is_wider_than_a_hundred_columns() =>
        Gen.String[Gen.Char[' ', '\u024F'], 1, 200].Sample(name =>
            Assert.All(Shown(Sample(name, "Asia/Kathmandu")).Split('\n'), line => Assert.True(line.GetCellWidth() <= 100, line)));

    private static Result Sample(string name, string? zone) => new(
        new RunId(7), new CohortId(3), "January", "Rust", zone, Leadership.Facilitators, GroupsCreated: 1, UsersGrouped: 3, UsersUngroupable: 1,
        [
            new FormedGroup(
                new GroupId(9), "Group 1", 10050, 60, "Sunday 23:30-00:30", new DateTimeOffset(2027, 1, 10, 23, 30, 0, TimeSpan.Zero), new UserId(1),
                [
                    new GroupMember(new UserId(1), "Lea", "Europe/Berlin", CohortRole.Facilitator, IfNeeded: false),
                    new GroupMember(new UserId(2), name, "Asia/Tokyo", CohortRole.Participant, IfNeeded: true),
                    new GroupMember(new UserId(3), "Ben [red]", null, CohortRole.Participant, IfNeeded: false),
                ]),
        ],
        [new UngroupedUser(new UserId(4), name, "America/New_York", CohortRole.Participant, UngroupableReason.NoAvailability, "No free hours are given.")
        {
            Change = "Free on Sunday 18:30 (New York; 23:30 UTC) would be enough: Group 1 has a seat then.",
        }],
        UpperBound: 3, Optimal: true, ElapsedMs: 12.3, Seed: 1)
    {
        BestFacilitatorHour = "One more facilitator free on Tuesday 19:00 (Berlin; 18:00 UTC) would place 6 more people.",
        ClockChanges = [new ClockMove(new DateOnly(2027, 3, 14), 10, 60, 6, 41), new ClockMove(new DateOnly(2027, 3, 28), 12, -60, 1, 1)],
    };

    private static string Shown(Result result)
    {
        using var writer = new StringWriter { NewLine = "\n" };
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(writer), ColorSystem = ColorSystemSupport.NoColors });
        console.Profile.Width = 100;
        console.Write(ScheduleText.Render(result));
        return string.Join('\n', writer.ToString().Split('\n').Select(line => line.TrimEnd()));
    }
}
