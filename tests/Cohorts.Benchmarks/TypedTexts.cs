namespace Cohorts.Benchmarks;

/// <summary>What people type: the beginning or some part of a cohort's or course's name, in any case, and words that nothing has.</summary>
public static class TypedTexts
{
    public static IReadOnlyList<string> Of(IReadOnlyList<(string Cohort, string Course)> names, int count, int seed)
    {
#pragma warning disable CA5394 // Nothing is secret about a benchmark's texts; the seed makes them the same every time.
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ =>
        {
            var (cohort, course) = names[random.Next(names.Count)];
            var text = random.Next(10) switch
            {
                0 => "",
                1 => cohort[..random.Next(1, 4)],
                2 or 3 => cohort[..random.Next(4, cohort.Length + 1)],
                4 => cohort[random.Next(cohort.Length)..],
                5 => course[..random.Next(1, course.Length + 1)],
                6 => $"{cohort[^5..]} {course}",
                7 => cohort[^random.Next(1, 6)..],
                8 => "no such cohort"[..random.Next(1, 15)],
                _ => cohort,
            };
            return random.Next(3) == 0 ? text.ToUpperInvariant() : text;
        })];
#pragma warning restore CA5394
    }
}
