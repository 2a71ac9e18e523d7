using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Cohorts.Hosting;
using NodaTime;
using NodaTime.Text;

namespace Cohorts.Features.ImportCohort;

public static class ImportVerb
{
    public static Command Create()
    {
        var file = new Argument<string>("FILE.csv")
        {
            Description = "Columns: name and availability, and if you like email, discord_id, discord_username, role, timezone, if_needed, max_groups.",
        };
        var course = new Option<string>("--course") { Description = "Name of the course.", Required = true };
        var cohort = new Option<string>("--cohort") { Description = "Name of the cohort within the course.", Required = true };
        var start = new Option<LocalDate>("--start")
        {
            Description = "First day on which groups may meet, such as 2027-01-11.",
            Required = true,
            CustomParser = ReadDate,
        };
        var meetings = new Option<int>("--meetings") { Description = "Weekly meetings.", Required = true, CustomParser = ReadNumber };
        var length = new Option<int?>("--meeting-length")
        {
            Description = "Minutes of a meeting (as before; 60 for a new cohort).",
            CustomParser = result => ReadNumber(result),
        };
        var zone = new Option<DateTimeZone?>("--meeting-timezone")
        {
            Description = "Whose clocks the meetings follow, such as Europe/Berlin (as before; UTC for a new cohort).",
            CustomParser = ReadZone,
        };
        var times = new Option<Times>("--times")
        {
            Description = "Whether availability is written in UTC, which it is unless said, or in each row's own timezone.",
            HelpName = "utc|local",
            CustomParser = ReadTimes,
        };
        var guild = GuildOption.Create("Discord's id of the server that the cohort belongs to (else Discord__GuildId, else the only one that the bot is in).");
        var dryRun = new Option<bool>("--dry-run") { Description = "Check everything and tell what would happen; save nothing." };
        var json = Verb.Json();
        var command = new Command("import", "Put the people of a CSV file into a cohort; import again to update them.")
        {
            file, course, cohort, start, meetings, length, zone, times, guild, dryRun, json,
        };
        command.SetAction(async (parsed, cancellation) =>
        {
            var path = parsed.GetRequiredValue(file);
            if (!InputFile.TryOpen(path, "CSV file", out var content, out var problem))
                return Verb.Fail(problem!);
            await using (content)
            {
                return await Verb.SendAsync(
                    Needs.Database,
                    parsed.Format(json),
                    async (application, stop) =>
                    {
                        var configured = GuildOption.Configured(application.Services.GetRequiredService<IConfiguration>());
                        return await application.SendAsync(
                            new ImportCohort.Command(
                                content!,
                                Path.GetFileName(path),
                                parsed.GetRequiredValue(course),
                                parsed.GetRequiredValue(cohort),
                                parsed.GetValue(start),
                                parsed.GetValue(meetings),
                                parsed.GetValue(length),
                                parsed.GetValue(zone),
                                parsed.GetValue(times),
                                parsed.GetValue(dryRun) ? ImportMode.DryRun : ImportMode.Save,
                                parsed.GetValue(guild),
                                configured),
                            progress: null,
                            stop);
                    },
                    ToJson,
                    ImportText.Render,
                    cancellation);
            }
        });
        return command;
    }

    public static object ToJson(ImportCohort.Result result) => new
    {
        result.CohortId,
        result.People,
        result.Created,
        result.Updated,
        result.Unchanged,
        result.Enrolled,
        result.CohortName,
        result.CourseName,
        IsNewCohort = result.Origin != ImportCohort.CohortOrigin.Existing,
        result.NearestName,
        IsDryRun = result.Mode == ImportMode.DryRun,
        result.Leaders.Facilitators,
        GroupsTheyCanLead = result.Leaders.Groups,
        result.Leaders.Seats,
        result.Guild,
        result.WithoutUsableHours,
        result.MissingFromFile,
        result.AwaitingAgain,
        result.MeetingsMissed,
        ClockChanges = result.ClockChanges.Select(c => new
        {
            c.Week,
            Date = LocalDatePattern.Iso.Format(c.Date),
            c.MinutesLater,
            c.Zones,
            c.People,
        }),
        result.Warnings,
        result.Notes,
    };

    private static LocalDate ReadDate(ArgumentResult result)
    {
        var typed = Typed(result);
        if (LocalDatePattern.Iso.Parse(typed) is { Success: true } date)
            return date.Value;
        result.AddError($"--start \"{BadRows.Show(typed)}\" is not a date. Write year, month and day: 2027-01-11");
        return default;
    }

    private static int ReadNumber(ArgumentResult result)
    {
        var typed = Typed(result);
        if (int.TryParse(typed, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            return number;
        result.AddError($"{OptionOf(result)} \"{BadRows.Show(typed)}\" is not a whole number.");
        return 0;
    }

    private static DateTimeZone? ReadZone(ArgumentResult result)
    {
        var typed = Typed(result);
        var zones = new ZoneNames(DateTimeZoneProviders.Tzdb);
        switch (zones.Read(typed))
        {
            case ZoneReading.Known known: return known.Zone;
            case ZoneReading.Mapped mapped: return mapped.Zone;
            case ZoneReading.Fixed still: return still.Zone;
            case ZoneReading.Asked asked:
                result.AddError($"--meeting-timezone \"{BadRows.Show(typed)}\" {asked.Question}");
                return null;
            default:
                result.AddError($"--meeting-timezone \"{BadRows.Show(typed)}\" is not known; {zones.Suggest(typed)}");
                return null;
        }
    }

    private static Times ReadTimes(ArgumentResult result)
    {
        var typed = Typed(result);
        switch (typed)
        {
            case "utc": return Times.Utc;
            case "local": return Times.Local;
            default:
                result.AddError($"--times is utc or local, not \"{BadRows.Show(typed)}\".");
                return default;
        }
    }

    private static string Typed(ArgumentResult result) => result.Tokens.Count > 0 ? result.Tokens[0].Value : "";

    private static string OptionOf(ArgumentResult result) => (result.Parent as OptionResult)?.Option.Name ?? "the value";
}
