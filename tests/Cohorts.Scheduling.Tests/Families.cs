namespace Cohorts.Scheduling.Tests;

/// <summary>
/// Believable cohorts of any size: evenings and weekends in the zones people live in, a few hours each. As the families of the
/// published instances: one zone or seven, leaders enough, few or for two groups, few free hours, many if-needed hours.
/// </summary>
internal static class Families
{
    public static readonly string[] Names = ["city", "global", "led", "scarce", "shared", "tight", "mixed"];

    public static Problem Make(string family, int people, int seed)
    {
        // System.Random with a seed: another runtime may make other cohorts of the same kind, which is as good a test.
        var random = new Random(seed);
        var offsets = family == "city" ? new[] { 60 } : [-480, -300, -180, 0, 60, 330, 540];
        var leadersInHundred = family switch { "led" => 20, "scarce" => 9, "shared" => 11, "mixed" => 17, _ => 0 };
        return new Problem
        {
            Name = $"{family}-{people}-{seed}",
            MeetingLengthMinutes = family == "mixed" ? 90 : 60,
            MaxPeople = family == "tight" ? 5 : 8,
            People =
            [
                .. Enumerable.Range(0, people).Select(i =>
                {
                    var offset = offsets[random.Next(offsets.Length)];
                    return new Person(
                        $"{100_000 + i}",
                        $"Person {i}",
                        random.Next(100) < leadersInHundred ? Role.Facilitator : Role.Participant,
                        "UTC",
                        Hours(family == "tight" ? 2 : 5, 2),
                        Hours(family == "mixed" ? 5 : 1, 1),
                        family == "shared" ? 2 : 1);

                    string Hours(int most, int least) => string.Join(", ", Enumerable.Range(0, random.Next(least, most + 1)).Select(_ =>
                    {
                        var start = random.Next(7) * 1440 + random.Next(34, 42) * 30 - offset + 10080;
                        var end = start + random.Next(2, 7) * 30;
                        return $"{Point(start)} {Point(end)}";
                    }));
                }),
            ],
        };
    }

    private static string Point(int minute) => $"{"MTWRFSU"[minute / 1440 % 7]}{minute % 1440 / 60:00}:{minute % 60:00}";
}
