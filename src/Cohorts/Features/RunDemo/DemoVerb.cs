using System.CommandLine;
using System.Net.Sockets;
using System.Text.Json;
using Cohorts.Bot;
using Cohorts.Discord;
using Cohorts.Discord.Simulator;
using Cohorts.Discord.Simulator.Control;
using Cohorts.Domain;
using Cohorts.Features.ImportCohort;
using Cohorts.Hosting;
using Dapper;
using NodaTime;
using Npgsql;
using Spectre.Console;

namespace Cohorts.Features.RunDemo;

/// <summary>
/// The main job on a sample cohort: database, a simulated Discord and the bot, all of it anew each time. With somebody at the page it
/// runs until Ctrl-C; headless it plays what a person would do, and ends.
/// </summary>
public static class DemoVerb
{
    private const string DatabaseName = "cohorts_demo";
    private const string Sample = "first-cohort.csv";
    private const string Course = "Introduction to Rust";
    private const string CohortName = "January 2027";

    /// <summary>At Discord's own pace the events alone would take more than a minute, and nobody learns from waiting.</summary>
    private const double Hurry = 50;

    public static Command Create()
    {
        var headless = new Option<bool>("--headless") { Description = "Play what a person would do in Discord, show it here, and end." };
        var record = new Option<FileInfo?>("--record") { Description = "Write what the bot and Discord say to each other to this file, a JSON object a line." };
        var json = Verb.Json();
        var command = new Command(
            "demo", "Show the main job on a sample cohort: a Discord of your own on this machine, and the bot in it. Ends with Ctrl-C.")
        {
            headless, record, json,
        };
        command.SetAction((parsed, cancellation) => Verb.GuardAsync(
            () => RunAsync(
                // A script waits for the result, as nobody sits at the page.
                parsed.GetValue(headless) || parsed.GetValue(json) ? Audience.Nobody : Audience.SomebodyAtThePage,
                parsed.Format(json),
                parsed.GetValue(record),
                cancellation),
            cancellation));
        return command;
    }

    private enum Audience
    {
        SomebodyAtThePage,
        Nobody,
    }

    private static async Task<int> RunAsync(Audience audience, OutputFormat format, FileInfo? record, CancellationToken cancellation)
    {
        var story = new Story(format);
        using var recording = record is null ? null : new Recording(record.FullName);
        await using var discord = await StartDiscordAsync(new SimulatorOptions { RateFactor = Hurry, OnCall = recording is null ? null : recording.Add }, cancellation);
        await using var application = await Hosting.Application.OpenDemoAsync(
            DatabaseName,
            (services, connectionString) => services.AddBot(DiscordSettings.For(new BotToken("demo"), new Uri(discord.Address, "api/v10"), connectionString)),
            cancellation);

        story.Say("Sixty people have signed up for a course, with the hours at which they are free. Their answers are in a CSV file.");
        story.Typed($"./cohorts import samples/{Sample} --course \"{Course}\" --cohort \"{CohortName}\" --start 2027-01-11 --meetings 8 --meeting-timezone Europe/Berlin");
        var imported = await application.SendAsync(
            new ImportCohort.ImportCohort.Command(
                OpenSample(), Sample, Course, CohortName, new LocalDate(2027, 1, 11), Meetings: 8,
                MeetingTimezone: DateTimeZoneProviders.Tzdb["Europe/Berlin"]),
            progress: null,
            cancellation);
        if (imported.IsRefused)
            return Verb.Refuse(imported.Refusal);
        foreach (var line in ImportText.Lines(imported.Result).SkipLast(1))
            story.Say(line, Gap.None);
        story.Say("");
        using (var everybody = await PersonInDiscord.AtAsync(discord.Address, cancellation))
            await everybody.LetJoinAsync(await UserNamesAsync(application, cancellation), cancellation);

        if (audience == Audience.SomebodyAtThePage)
            return await HostAsync(story, discord.Address, cancellation);
        var shown = await PlayAsync(story, discord.Address, cancellation);
        if (format == OutputFormat.Json)
            Console.Out.WriteLine(JsonSerializer.Serialize(new { Imported = ImportVerb.ToJson(imported.Result), Shown = shown.Select(s => s.Json) }, CohortsJson.Indented));
        story.Say("That was the demo. Without --headless you can type all of this yourself. With your own people: ./cohorts import --help");
        return 0;
    }

    private static async Task<int> HostAsync(Story story, Uri address, CancellationToken cancellation)
    {
        story.Say($"A Discord of your own, in memory, is at {address}");
        story.Say("Open it, choose the administrator at the top, and type:  /schedule  (then pick the cohort), and after it  /realize-groups");
        story.Say("Then choose one of the learners at the top: they see their own group's channels, and no other's.");
        story.Say("Ctrl-C ends the demo and forgets everything.");
        await Task.Delay(Timeout.Infinite, cancellation);
        return Verb.Interrupted;
    }

    /// <summary>What a person does at the page, through the same gateway.</summary>
    private static async Task<IReadOnlyList<ShownMessage>> PlayAsync(Story story, Uri address, CancellationToken cancellation)
    {
        using var person = await PersonInDiscord.AtAsync(address, cancellation);
        story.Say("In Discord, an administrator asks what there is:");
        story.Typed("/list-cohorts");
        story.Shown(await person.RunAsync("list-cohorts", [], cancellation));

        story.Typed($"/schedule cohort: {CohortName[..3]}");
        var choices = await person.TypeAsync("schedule", "cohort", CohortName[..3], cancellation);
        foreach (var choice in choices)
            story.Say($"    {choice.Name}", Gap.None);
        story.Say("");
        var cohort = choices.Count > 0 ? choices[0].Value : throw new InvalidOperationException("The demo's own cohort is not offered.");
        story.Say("The first is picked, and the groups are formed:");
        var result = await person.RunAsync("schedule", new() { ["cohort"] = cohort }, cancellation);
        story.Shown(result);
        if (result.ButtonLabelled("Next") is { } next)
        {
            story.Typed("[Next]");
            story.Shown(await person.PressAsync(result, next, cancellation));
        }

        story.Say("The groups stand in the database. Now Discord is made to match:");
        story.Typed("/realize-groups cohort: " + CohortName);
        var realized = await person.RunAsync("realize-groups", new() { ["cohort"] = cohort }, cancellation);
        story.Shown(realized);
        var (member, channels, welcome) = await person.SeeAsAMemberAsync("group-1", cancellation);
        story.Say($"What {member} sees of it: {string.Join(", ", channels)}. In the text channel stands:");
        story.Shown(welcome);
        return [result, realized, welcome];
    }

    /// <summary>Those of the sample who have one; the last two have not joined the server yet.</summary>
    private static async Task<IReadOnlyList<string>> UserNamesAsync(Hosting.Application application, CancellationToken cancellation)
    {
        await using var connection = await application.Services.GetRequiredService<NpgsqlDataSource>().OpenConnectionAsync(cancellation);
        var names = await connection.QueryAsync<string>(new CommandDefinition(
            "SELECT discord_username FROM users WHERE discord_username <> '' ORDER BY user_id", cancellationToken: cancellation));
        return [.. names.SkipLast(2)];
    }

    private static async Task<SimulatorServer> StartDiscordAsync(SimulatorOptions options, CancellationToken cancellation)
    {
        try
        {
            return await SimulatorServer.StartAsync(options, cancellation);
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            // Another demo, or whatever it is, has the usual port.
            return await SimulatorServer.StartAsync(options with { Urls = "http://127.0.0.1:0" }, cancellation);
        }
    }

    private static Stream OpenSample() =>
        typeof(DemoVerb).Assembly.GetManifestResourceStream($"samples/{Sample}")
        ?? throw new InvalidOperationException($"The program was built without samples/{Sample}.");

    private enum Gap
    {
        Line,
        None,
    }

    /// <summary>What is told as it goes; nothing of it where a script reads the result.</summary>
    private sealed class Story(OutputFormat format)
    {
        public void Say(string text, Gap gap = Gap.Line)
        {
            if (format == OutputFormat.Json)
                return;
            Verb.Out.Write(new Text(text));
            Verb.Out.WriteLine();
            if (gap == Gap.Line && text.Length > 0)
                Verb.Out.WriteLine();
        }

        public void Typed(string what)
        {
            if (format == OutputFormat.Json)
                return;
            Verb.Out.Write(new Text((what[0] == '.' ? "$ " : "> ") + what, new Style(decoration: Decoration.Bold)));
            Verb.Out.WriteLine();
        }

        public void Shown(ShownMessage message)
        {
            if (format == OutputFormat.Json)
                return;
            Verb.Out.Write(message.Render());
            Verb.Out.WriteLine();
        }
    }
}
