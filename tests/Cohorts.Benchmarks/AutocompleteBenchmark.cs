using System.Diagnostics;
using System.Globalization;
using Cohorts.Domain;
using Cohorts.Features.ListCohorts;
using Dapper;
using MediatR;
using Npgsql;

namespace Cohorts.Benchmarks;

/// <summary>The two ways beside each other: the time of each of a thousand typed texts, and whether a late cohort can be found at all.</summary>
public static class AutocompleteBenchmark
{
    private const int Texts = 1000;

    /// <summary>The original takes so long that its times are taken of every tenth text.</summary>
    private const int TextsOfOriginal = 100;

    private const int WarmUp = 20;
    private static readonly TimeSpan LimitAtP99 = TimeSpan.FromMilliseconds(100);

    /// <returns>Whether the limit is kept and every cohort looked for is found.</returns>
    public static async Task<bool> RunAsync(
        NpgsqlDataSource database, IMediator mediator, Shape shape, TextWriter table, CancellationToken cancellation)
    {
        var cohorts = await CohortsByDateAsync(database, cancellation);
        var typed = TypedTexts.Of([.. cohorts.Select(c => (c.Name, c.Course))], Texts, seed: 1);

        async Task<IReadOnlyList<CohortId>> Ours(string text) =>
            [.. (await mediator.Send(new CohortsToSchedule.Query(text), cancellation)).Select(c => c.CohortId)];
        Task<IReadOnlyList<CohortId>> Original(string text) => OriginalAutocomplete.ChooseAsync(database, text, cancellation);

        foreach (var text in typed.Take(WarmUp))
            await Ours(text);
        await Original(typed[0]);
        var ours = await TimesAsync(typed, Ours);
        var original = await TimesAsync([.. typed.Where((_, i) => i % (Texts / TextsOfOriginal) == 0)], Original);

        // By date, of those that have anybody to place; in two of the shapes not all have.
        var late = new[] { 40, 9_999 }.Select(n => (Place: n, Cohort: cohorts[Math.Min(n, cohorts.Count) - 1])).ToArray();
        var found = new List<(bool Ours, bool Original)>();
        foreach (var (_, cohort) in late)
            found.Add(((await Ours(cohort.Name)).Contains(cohort.Id), (await Original(cohort.Name)).Contains(cohort.Id)));

        await table.WriteLineAsync(string.Create(CultureInfo.InvariantCulture,
            $"{shape}: {cohorts.Count:N0} cohorts have somebody to place (load {Machine.Load()})"));
        await table.WriteLineAsync($"| way | texts | p50 ms | p99 ms | slowest ms | {string.Join(" | ", late.Select(Heading))} |");
        await table.WriteLineAsync($"|---|---:|---:|---:|---:|{string.Concat(late.Select(_ => "---|"))}");
        await table.WriteLineAsync(Row("this program", ours, found.Select(f => f.Ours)));
        await table.WriteLineAsync(Row("the original's", original, found.Select(f => f.Original)));
        await table.WriteLineAsync();
        return Percentile(ours, 0.99) < LimitAtP99 && found.TrueForAll(f => f.Ours);

        string Heading((int Place, Cohort Cohort) looked) => looked.Place <= cohorts.Count
            ? string.Create(CultureInfo.InvariantCulture, $"{looked.Place:N0}th by date")
            : string.Create(CultureInfo.InvariantCulture, $"{cohorts.Count:N0}th by date, the last");
    }

    private static async Task<TimeSpan[]> TimesAsync(IReadOnlyList<string> typed, Func<string, Task<IReadOnlyList<CohortId>>> choose)
    {
        var times = new List<TimeSpan>(typed.Count);
        foreach (var text in typed)
        {
            var from = Stopwatch.GetTimestamp();
            await choose(text);
            times.Add(Stopwatch.GetElapsedTime(from));
        }

        return [.. times.Order()];
    }

    private static string Row(string way, TimeSpan[] times, IEnumerable<bool> found) => string.Create(CultureInfo.InvariantCulture,
        $"| {way} | {times.Length} | {Percentile(times, 0.5).TotalMilliseconds:0.0} | {Percentile(times, 0.99).TotalMilliseconds:0.0} "
        + $"| {times[^1].TotalMilliseconds:0.0} | {string.Join(" | ", found.Select(f => f ? "found" : "not found"))} |");

    /// <summary>The smallest time that so large a share of them does not exceed.</summary>
    private static TimeSpan Percentile(TimeSpan[] ordered, double share) =>
        ordered[Math.Max(0, (int)Math.Ceiling(share * ordered.Length) - 1)];

    private static async Task<IReadOnlyList<Cohort>> CohortsByDateAsync(NpgsqlDataSource database, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        return [.. await connection.QueryAsync<Cohort>(new CommandDefinition(
            """
            SELECT cohort_id AS Id,
                   cohort_name AS Name,
                   course_name AS Course
              FROM cohorts
              JOIN courses USING (course_id)
             WHERE EXISTS (SELECT 1 FROM courses_users WHERE courses_users.cohort_id = cohorts.cohort_id AND grouping_status <> 'grouped')
             ORDER BY cohort_start_date, cohort_name, cohort_id
            """,
            cancellationToken: cancellation))];
    }

    private sealed record Cohort(CohortId Id, string Name, string Course);
}
