using System.Text.RegularExpressions;
using Cohorts.SystemTests.Bot;
using Dapper;
using Microsoft.Playwright;
using Npgsql;
using static Microsoft.Playwright.Assertions;

namespace Cohorts.SystemTests.Page;

/// <summary>A person at the simulator's page, with the real bot behind it.</summary>
public sealed partial class PageTests(SharedGround shared, Browser browser) : IClassFixture<SharedGround>, IClassFixture<Browser>
{
    /// <summary>A folder from the repository's root, to write what the README shows of the page: <c>docs/images</c>.</summary>
    private static readonly string? Screenshots = Environment.GetEnvironmentVariable("COHORTS_SCREENSHOTS");

    [BrowserFact]
    public async Task Whoever_starts_the_demo_finds_command_and_cohort_by_typing_and_sees_the_work_and_the_groups()
    {
        await using var said = new SaidToDiscord();
        await using (var demo = CohortsProgram.Begin(shared.Ground.Folder.Location, "demo", "--record", said.File))
        {
            await Eventually.HoldsAsync("the demo says where its page is", TimeSpan.FromSeconds(60), () =>
            {
                Assert.False(demo.HasEnded, demo.Log);
                return PageAddress().IsMatch(demo.Told);
            });
            await using var window = await browser.OpenAsync(new Uri(PageAddress().Match(demo.Told).Groups["address"].Value));

            await Expect(window.Input).ToBeFocusedAsync();
            await OnceTheBotIsThereAsync(window, async () =>
            {
                await window.Input.FillAsync("");
                await window.Input.PressSequentiallyAsync("/sch");
            });
            await window.Suggestions.Filter(new() { HasText = "/schedule" }).ClickAsync();
            await window.CohortField.PressSequentiallyAsync("anua");
            await Expect(window.Suggestions).ToHaveTextAsync(["January 2027 (60 pending)"]);
            await ShootAsync(window, "typing", ColorScheme.Light);
            await window.Suggestions.ClickAsync();
            await Expect(window.CohortField).ToHaveValueAsync("January 2027 (60 pending)");

            await window.WatchLastMessageAsync();
            // The groups of 60 people are formed faster than one can see: here somebody else holds what is to be saved.
            await using (var database = NpgsqlDataSource.Create(shared.Ground.Folder.DemosConnectionString))
            await using (await ProgramFolder.HoldPeopleAsync(database, cohort: 1))
            {
                await window.Button("Run").ClickAsync();
                await Expect(window.Messages.Last).ToContainTextAsync("Forming groups of January 2027");
            }

            await Expect(window.Button("Share in this channel")).ToBeVisibleAsync();

            var answer = window.Messages.Last;
            await Expect(answer).ToContainTextAsync("57 of 60 people placed");
            await Expect(answer).ToContainTextAsync("Only you can see this");
            // The numbers are what one sees first, however long the answer is.
            await Expect(answer.GetByText("57 of 60 people placed")).ToBeInViewportAsync();
            var steps = await window.SaidByLastMessageAsync();
            Assert.Contains(steps, text => text.Contains("Cohorts is thinking", StringComparison.Ordinal));
            Assert.Contains(steps, text => text.Contains("Forming groups of January 2027", StringComparison.Ordinal) && text.Contains('█'));
            await ShootAsync(window, "groups", ColorScheme.Dark);

            // What is shared, a member sees; what only the organizer may see, they do not; nor do they get commands.
            await window.Button("Share in this channel").ClickAsync();
            await Expect(window.Messages).Not.ToHaveCountAsync(1);
            var before = await window.Messages.CountAsync();

            // Then the groups get their places in Discord.
            await window.Input.PressSequentiallyAsync("/rea");
            await window.Suggestions.Filter(new() { HasText = "/realize-groups" }).ClickAsync();
            await window.Suggestions.Filter(new() { HasText = "January 2027 (12 groups, 12 to make or mend)" }).ClickAsync();
            await window.Button("Run").ClickAsync();
            await Expect(window.Messages.Filter(new() { HasText = "January 2027: 12 groups made" })).ToBeVisibleAsync();
            await Expect(window.Messages).Not.ToHaveCountAsync(before);
            await Expect(window.Page.GetByRole(AriaRole.Button, new() { Name = "group-12" })).ToBeVisibleAsync();

            await window.Page.GetByLabel("You are").SelectOptionAsync("Chloé");
            await Expect(window.Messages.Filter(new() { HasText = "Group 12" })).Not.ToHaveCountAsync(0);
            await Expect(window.Page.GetByText("Only you can see this")).ToHaveCountAsync(0);
            await Expect(window.Page.GetByRole(AriaRole.Button, new() { Name = "group-" })).ToHaveCountAsync(0);
            await window.Input.PressSequentiallyAsync("/");
            await Expect(window.Suggestions).ToHaveTextAsync(["The bot has no commands for you here."]);
            await window.Input.FillAsync("");

            // A learner sees their own group, and no other.
            await window.Page.GetByLabel("You are").SelectOptionAsync("wanjiru.kamau");
            await Expect(window.Page.GetByRole(AriaRole.Button, new() { Name = "group-" })).ToHaveCountAsync(1);
            await window.Page.GetByRole(AriaRole.Button, new() { Name = "group-" }).ClickAsync();
            await Expect(window.Messages).ToHaveCountAsync(1);
            await Expect(window.Messages.Last).ToContainTextAsync("Your first three steps");
            await ShootAsync(window, "welcome", ColorScheme.Light);

            await demo.InterruptAsync();
            Assert.Equal(130, (await demo.EndAsync()).ExitCode);
        }
    }

    [BrowserFact]
    public async Task With_the_keyboard_alone_the_fortieth_cohort_is_found_scheduled_and_paged_through()
    {
        await using var world = await BotWorld.StartAsync(shared.Ground);
        await AddEarlierCohortsAsync(world, 39);
        await world.ServeAndConnectAsync();
        await using var window = await browser.OpenAsync(world.Discord.Page);
        await Expect(window.Input).ToBeFocusedAsync();

        // Backwards from the input, through all that there is, to the link that leads past it.
        string[] before = ["#log", "#theme", "Lounge", "organizers", "general", "Events", "#as", ".skip"];
        foreach (var place in before)
        {
            await window.PressAsync("Shift+Tab");
            await Expect(place[0] is '#' or '.' ? window.Page.Locator(place) : window.Page.GetByRole(AriaRole.Button, new() { Name = place })).ToBeFocusedAsync();
        }

        await window.PressAsync("Enter");
        await Expect(window.Input).ToBeFocusedAsync();

        // Through the commands, round and round; Escape leaves the text.
        await window.TypeAsync("/");
        await Expect(window.Suggestions).ToHaveTextAsync([CommandLine("list-cohorts"), CommandLine("realize-groups"), CommandLine("schedule")]);
        await Expect(window.Input).ToHaveAttributeAsync("aria-activedescendant", "suggestion-0");
        await window.PressAsync("ArrowDown", "ArrowUp", "ArrowUp");
        await Expect(window.Chosen).ToHaveTextAsync(CommandLine("schedule"));
        await Expect(window.Input).ToHaveAttributeAsync("aria-activedescendant", "suggestion-2");
        await window.PressAsync("ArrowDown");
        await Expect(window.Chosen).ToHaveTextAsync(CommandLine("list-cohorts"));
        await window.PressAsync("Escape");
        await Expect(window.Input).ToHaveAttributeAsync("aria-expanded", "false");
        await Expect(window.Input).ToHaveValueAsync("/");
        await window.TypeAsync("sch");
        await Expect(window.Chosen).ToContainTextAsync("/schedule");
        await window.PressAsync("Enter");

        // The 25 that start first are offered before anything is typed; the fortieth is none of them.
        await Expect(window.CohortField).ToBeFocusedAsync();
        await Expect(window.Suggestions).ToHaveCountAsync(25);
        await Expect(window.Suggestions.Filter(new() { HasText = BotGround.Cohort })).ToHaveCountAsync(0);
        await window.PressAsync("Escape");
        await Expect(window.Suggestions).ToHaveCountAsync(0);
        await window.PressAsync("Escape");
        await Expect(window.Input).ToBeFocusedAsync();
        await window.TypeAsync("/schedule");
        await window.PressAsync("Enter");
        await window.TypeAsync("anuary 20");
        await Expect(window.Suggestions).ToHaveTextAsync([$"{BotGround.Cohort} ({BotGround.People} pending)"]);
        await window.PressAsync("ArrowDown", "Enter");
        await Expect(window.CohortField).ToHaveValueAsync($"{BotGround.Cohort} ({BotGround.People} pending)");
        await Expect(window.Button("Run")).ToBeFocusedAsync();
        await window.PressAsync("Enter");

        await Expect(window.Button("Next")).ToBeVisibleAsync();
        await Expect(window.Input).ToBeFocusedAsync();
        await Expect(window.Messages).ToHaveCountAsync(1);
        await Expect(window.Messages).ToContainTextAsync("Page 1 of");
        // Back from the input: Dismiss, Share, Next.
        await window.PressAsync("Shift+Tab", "Shift+Tab", "Shift+Tab");
        await Expect(window.Button("Next")).ToBeFocusedAsync();
        await window.PressAsync("Enter");
        await Expect(window.Messages).ToContainTextAsync("Page 2 of");
        // The message is another one now, and the keyboard is still on its buttons.
        await Expect(window.Button("Next").Or(window.Button("Previous")).And(window.Focused)).ToHaveCountAsync(1);
        await window.Button("Dismiss").FocusAsync();
        await window.PressAsync("Enter");
        await Expect(window.Messages).ToHaveCountAsync(0);
        Assert.Equal(0, await world.AskAsync<int>("SELECT count(*)::int FROM runs WHERE state <> 'succeeded'"));
    }

    /// <summary>As it is suggested: the command, and after it what it does.</summary>
    private static Regex CommandLine(string name) => new($"^/{name}[A-Z]", RegexOptions.None, TimeSpan.FromSeconds(1));

    [GeneratedRegex(@"is at (?<address>http://\S+)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex PageAddress();

    /// <summary>One person in each, so that all are offered.</summary>
    private static async Task AddEarlierCohortsAsync(BotWorld world, int count)
    {
        await using var connection = await world.Database.OpenConnectionAsync();
        await connection.ExecuteAsync(
            """
            WITH made AS (
                INSERT INTO cohorts (cohort_name, course_id, cohort_start_date, duration_days, number_of_group_meetings)
                SELECT 'Autumn ' || n, (SELECT min(course_id) FROM courses), date '2026-09-01' + n, 56, 8 FROM generate_series(1, @count) AS n
                RETURNING cohort_id, course_id)
            INSERT INTO courses_users (user_id, course_id, cohort_id, cohort_role)
            SELECT (SELECT min(user_id) FROM users), course_id, cohort_id, 'participant' FROM made
            """,
            new { count });
    }

    /// <summary>The page is there before the bot has connected and told its commands: then a person types again.</summary>
    private static async Task OnceTheBotIsThereAsync(Window window, Func<Task> type) =>
        await Eventually.HoldsAsync("a command is offered", TimeSpan.FromSeconds(30), async () =>
        {
            await type();
            return await window.Suggestions.First.GetAttributeAsync("aria-disabled") is null;
        });

    private static async Task ShootAsync(Window window, string what, ColorScheme scheme)
    {
        if (Screenshots is null)
            return;
        await window.Page.EmulateMediaAsync(new() { ColorScheme = scheme });
        await window.Page.ScreenshotAsync(new()
        {
            Path = Path.Combine(Built.Repository, Screenshots, $"page-{what}-{(scheme == ColorScheme.Dark ? "dark" : "light")}.png"),
        });
    }
}
