using System.Text;
using Cohorts.Domain;
using Cohorts.Features.ImportCohort;
using NodaTime;
using static Cohorts.Features.ImportCohort.ImportCohort;

namespace Cohorts.Tests.Features.ImportCohort;

/// <summary>Files of people, and the command that imports one into a cohort that starts on Monday 2027-01-11.</summary>
internal static class Files
{
    public static readonly LocalDate Monday = new(2027, 1, 11);

    public static Command Import(string csv, string cohort, string course = "Rust") => Import(Encoding.UTF8.GetBytes(csv), cohort, course);

    public static Command Import(byte[] csv, string cohort, string course = "Rust") =>
        new(new MemoryStream(csv), "people.csv", course, cohort, Monday, Meetings: 8);

    public static async Task<Result> ImportedAsync(this Slices slices, Command command)
    {
        var outcome = await slices.SendAsync(command);
        Assert.True(!outcome.IsRefused, $"{outcome.Refusal?.Message} {string.Join(" | ", outcome.Refusal?.Details ?? [])}");
        return outcome.Result!;
    }

    public static async Task<Refusal> RefusedAsync(this Slices slices, Command command)
    {
        var outcome = await slices.SendAsync(command);
        Assert.True(outcome.IsRefused, $"Imported: {string.Join(" | ", outcome.Result is { } r ? ImportText.Lines(r) : [])}");
        return outcome.Refusal;
    }

    /// <summary>All rows of all tables as one text: two databases with the same are the same.</summary>
    public static async Task<string> ChecksumAsync(this Slices slices)
    {
        await using var command = slices.DataSource.CreateCommand(
            """
            SELECT string_agg(name || ' ' || (xpath('/table/row/sum/text()', query_to_xml(
                       format('SELECT count(*) || '' '' || coalesce(md5(string_agg(r::text, ''|'' ORDER BY r::text)), '''') AS sum FROM %I AS r', name),
                       true, false, '')))[1]::text, E'\n' ORDER BY name)
              FROM (SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public') AS tables
            """);
        return (string)(await command.ExecuteScalarAsync())!;
    }
}
