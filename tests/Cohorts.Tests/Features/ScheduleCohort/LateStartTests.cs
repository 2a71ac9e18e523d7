using Cohorts.Discord;
using Cohorts.Domain;
using Cohorts.Features.ListCohorts;
using Cohorts.Features.RealizeGroups;
using Cohorts.Features.ScheduleCohort;
using Cohorts.Tests.Features.ImportCohort;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;
using Spectre.Console;
using Spectre.Console.Rendering;
using static Cohorts.Features.ScheduleCohort.ScheduleCohort;
using ListQuery = Cohorts.Features.ListCohorts.ListCohorts.Query;

namespace Cohorts.Tests.Features.ScheduleCohort;

/// <summary>A group that is formed after its cohort's start speaks of the meetings that it will have.</summary>
public sealed class LateStartTests : IAsyncLifetime
{
    /// <summary>A Wednesday; of eight Tuesdays from 12 January on, three are over.</summary>
    private readonly SetClock _clock = new(Instant.FromUtc(2027, 1, 27, 12, 0));

    private readonly Slices _slices;

    public LateStartTests() => _slices = new Slices { Configure = services => services.AddSingleton<IClock>(_clock) };

    public Task InitializeAsync() => _slices.InitializeAsync();

    public Task DisposeAsync() => _slices.DisposeAsync();

    [Fact]
    public async Task Answer_and_list_tell_the_next_meeting_and_how_many_are_lost()
    {
        var result = await ScheduledAsync();

        var group = Assert.Single(result.Groups);
        Assert.Equal(3, group.Late!.MeetingsLost);
        Assert.Equal(Enumerable.Range(0, 5).Select(w => new DateTimeOffset(2027, 2, 2, 17, 0, 0, TimeSpan.Zero).AddDays(7 * w)), group.Late.MeetingsLeft);
        Assert.Equal(group.Late.MeetingsLeft[0], group.FirstMeeting);
        // Through the run's kept result as well.
        Assert.Equivalent(group.Late, System.Text.Json.JsonSerializer.Deserialize<FormedGroup>(
            System.Text.Json.JsonSerializer.Serialize(group, CohortsJson.Options), CohortsJson.Options)!.Late);

        var terminal = Written(ScheduleText.Render(result));
        Assert.Contains("Formed after the cohort's start: Group 1 loses 3 of 8 meetings; 5 are left.", terminal, StringComparison.Ordinal);
        Assert.Contains("Next", terminal, StringComparison.Ordinal);
        Assert.Contains("2 Feb 2027", terminal.Replace("February", "Feb", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Contains("2 Mar 2027 (5)", terminal.Replace("March", "Mar", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.DoesNotContain("12 January", terminal, StringComparison.Ordinal);

        var embed = ScheduleMessage.Render(result, 0).Embeds![0];
        Assert.Contains("3 of 8 meetings", embed.Description, StringComparison.Ordinal);
        Assert.Contains($"next {DiscordText.Time(group.FirstMeeting)}, last of 5 on ", embed.Fields![0].Value, StringComparison.Ordinal);
        Assert.Contains("3 of 8 meetings are over", embed.Fields[0].Value, StringComparison.Ordinal);

        var list = (await _slices.SendAsync(new ListQuery())).Result!;
        Assert.Contains("2027-02-02 (5)", Written(ListVerb.Render(list)), StringComparison.Ordinal);
        Assert.Contains(
            $"Next meeting {DiscordText.Time(group.FirstMeeting)} · 5 of 8 meetings left", ListMessage.Render(list, 0).Embeds![0].Fields![0].Value, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_a_cohort_that_is_over_no_meeting_is_promised()
    {
        _clock.Now = Instant.FromUtc(2027, 3, 10, 0, 0);
        var result = await ScheduledAsync();

        Assert.Contains("Group 1 loses all 8 meetings; none is left.", Written(ScheduleText.Render(result)), StringComparison.Ordinal);
        var embed = ScheduleMessage.Render(result, 0).Embeds![0];
        Assert.Contains("all 8 meetings are over", embed.Fields![0].Value, StringComparison.Ordinal);
        Assert.DoesNotContain("<t:", embed.Fields[0].Value, StringComparison.Ordinal);
        var list = (await _slices.SendAsync(new ListQuery())).Result!;
        Assert.Contains("over", Written(ListVerb.Render(list)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Before_the_first_meeting_nothing_is_late()
    {
        _clock.Now = Instant.FromUtc(2027, 1, 12, 16, 59);
        var result = await ScheduledAsync();

        Assert.Null(Assert.Single(result.Groups).Late);
        Assert.Contains("first <t:", ScheduleMessage.Render(result, 0).Embeds![0].Fields![0].Value, StringComparison.Ordinal);
        Assert.Null(Assert.Single((await _slices.SendAsync(new ListQuery())).Result!.Cohorts).UnderWay);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("Come to {first_meeting}. {dates} {first_event} {first_steps} {weekly_times} {clock_changes}")]
    public void The_welcome_names_the_dates_that_are_left(string? template)
    {
        // Clocks change on 28 March, between the fourth and the fifth of eight.
        var zone = DateTimeZoneProviders.Tzdb["Europe/Berlin"];
        var meetings = MeetingCalendar.Meetings(new LocalDate(2027, 3, 1), null, 1440 + 17 * 60, 8);
        var welcome = new Welcome(
            new GroupId(1), "Group 1", "Rust", "March", [new WelcomeMember("Ana", null, Presence.NotYet, CohortRole.Facilitator, zone.Id)],
            meetings, 60, new Uri("https://discord.com/events/1/2"), template)
        {
            SentAt = meetings[2] + Duration.FromMinutes(1),
        };

        var text = WelcomeMessage.Render(welcome, DateTimeZoneProviders.Tzdb).Embeds![0].Description!;

        Assert.Contains($"{DiscordText.Time(meetings[3].ToDateTimeOffset())} (meeting 4 of 8)", text, StringComparison.Ordinal);
        Assert.Contains("The 5 dates that are left of 8", text, StringComparison.Ordinal);
        Assert.Contains($"\n4. {DiscordText.Time(meetings[3].ToDateTimeOffset(), 'f')}\n5. ", text, StringComparison.Ordinal);
        Assert.Contains("the next event", text, StringComparison.Ordinal);
        Assert.Contains("From week 5 (30 March)", text, StringComparison.Ordinal);
        Assert.DoesNotContain("irst meeting", text, StringComparison.Ordinal);
        Assert.All(meetings.Take(3), m => Assert.DoesNotContain($"{m.ToUnixTimeSeconds()}", text, StringComparison.Ordinal));
        if (template is null)
            Assert.Contains("Next meeting: ", text, StringComparison.Ordinal);

        var over = WelcomeMessage.Render(welcome with { SentAt = meetings[7] }, DateTimeZoneProviders.Tzdb).Embeds![0].Description!;
        Assert.Contains("none left; the last was <t:", over, StringComparison.Ordinal);
        Assert.DoesNotContain("no weekly time yet", over, StringComparison.Ordinal);
    }

    private async Task<Result> ScheduledAsync()
    {
        var imported = await _slices.ImportedAsync(Files.Import(
            "name,role,availability\nLea,facilitator,T17:00 T18:00\nA,,T17:00 T18:00\nB,,T17:00 T18:00\nC,,T17:00 T18:00\n", "January"));
        var outcome = await _slices.SendInTurnAsync(new Command(imported.CohortId!.Value));
        Assert.False(outcome.IsRefused, outcome.Refusal?.Message);
        return outcome.Result;
    }

    private static string Written(IRenderable shown)
    {
        using var writer = new StringWriter { NewLine = "\n" };
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(writer), ColorSystem = ColorSystemSupport.NoColors });
        console.Profile.Width = 100;
        console.Write(shown);
        return string.Join('\n', writer.ToString().Split('\n').Select(line => line.TrimEnd()));
    }
}
