using CsCheck;

namespace Cohorts.Scheduling.Tests;

/// <summary>Cohorts made for tests: by hand in a line, or at random in every mode there is.</summary>
internal static class Made
{
    private static readonly string[] Unreadable =
        ["whenever", "M25:00 M26:00", "M10:00", "X10:00 X11:00", "M10:61 M11:00", "m10:00 m11:00", "M10:00-M11:00", "M10:00 M11:00 M12:00", "M24:01 T01:00", "M10 M11", "M-1:00 M10:00", "M1０:00 M11:00"];

    public static Person Participant(string id, string availability, string ifNeeded = "") =>
        new(id, $"Name of {id}", Role.Participant, "UTC", availability, ifNeeded, 1);

    public static Person Facilitator(string id, string availability, int maxGroups = 1, string ifNeeded = "") =>
        new(id, $"Name of {id}", Role.Facilitator, "UTC", availability, ifNeeded, maxGroups);

    public static IEnumerable<Person> Participants(int count, string availability, string prefix = "p") =>
        Enumerable.Range(1, count).Select(i => Participant($"{prefix}{i}", availability));

    public static Problem Cohort(params IEnumerable<Person> people) => new() { Name = "made", People = [.. people] };

    public static Availability Hours(string text) =>
        Availability.TryParse(text, out var hours, out var problem) ? hours : throw new ArgumentException(problem, nameof(text));

    public static Grouping Solve(Problem problem, int iterations = 5, int seed = 1) =>
        Scheduler.Solve(problem, new SearchOptions(iterations, seed), TimeProvider.System);

    public static string Text(Problem problem) => string.Join('\n',
        problem.People.Select(p => $"{p.Id} {p.Role} \"{p.Availability}\" if needed \"{p.IfNeeded}\" max {p.MaxGroups} busy \"{p.Busy}\" placed {p.AlreadyPlaced}")
            .Prepend($"{problem.MeetingLengthMinutes} min, {problem.MinPeople} to {problem.MaxPeople}, if needed {problem.UseIfNeeded}, balance {problem.Balance}, led {problem.Led}, moves {problem.MaxMoves}")
            .Concat(problem.Standing.Select(g => $"{g.Id} at {g.StartMinute} for {g.LengthMinutes} by {g.FacilitatorId}: {string.Join(' ', g.Members)}"))
            .Concat(problem.Apart.Select(p => $"apart {p}")).Concat(problem.Together.Select(p => $"together {p}")));

    /// <summary>One interval, mostly in the same few hours so that people meet; some over midnight, over the week's end, or the whole week.</summary>
    private static Gen<string> Interval(int day, int longest) =>
        from kind in Gen.Int[0, 19]
        from start in Gen.Int[14 * 4, 22 * 4]
        from step in Gen.OneOf(15, 15, 15, 1)
        from off in Gen.Int[0, 14]
        from length in Gen.Int[1, longest]
        let from_ = day * 1440 + start * 15 + (step == 1 ? off : 0)
        select kind switch
        {
            0 => $"U{22 + off % 2}:30 M0{off % 6}:00",
            1 => $"{"MTWRFSU"[day]}20:00 {"MTWRFSU"[day]}24:00",
            2 => $"{"MTWRFSU"[day]}24:00 {"MTWRFSU"[(day + 1) % 7]}03:00",
            3 when off == 0 => "W09:00 W09:00",
            _ => new WeekInterval(from_, (length * 15 - 1) % WeekInterval.MinutesPerWeek + 1).ToString(),
        };

    private static Gen<string> AnyHours(int days, int longest) =>
        from intervals in Gen.Int[0, days - 1].SelectMany(d => Interval((d + 6) % 7, longest)).List[0, 3]
        select string.Join(", ", intervals);

    private static Gen<Person> AnyPerson(int days, int longest, int facilitatorsInTen) =>
        from role in Gen.Int[0, 9]
        from hours in AnyHours(days, longest)
        from ifNeeded in AnyHours(days, longest)
        from broken in Gen.Int[0, 40 + Unreadable.Length]
        from brokenIfNeeded in Gen.Int[0, 200]
        from most in Gen.OneOf(0, 1, 1, 2, 3, 40)
        from busy in Gen.Int[0, 4].SelectMany(b => b == 0 ? AnyHours(days, longest) : Gen.Const(""))
        from again in Gen.Int[0, 5]
        let facilitates = role < facilitatorsInTen
        select new Person(
            "",
            "Somebody",
            facilitates ? Role.Facilitator : Role.Participant,
            "UTC",
            broken < Unreadable.Length ? Unreadable[broken] : hours,
            brokenIfNeeded == 0 ? "M99:00 T00:00" : ifNeeded,
            most)
        {
            Busy = Hours(busy),
            AlreadyPlaced = facilitates && again == 0,
        };

    /// <summary>Small cohorts in all modes: led or not or as the people say, all kinds of length, sizes that fit and that do not.</summary>
    public static Gen<Problem> AnyCohort(int people) =>
        from length in Gen.OneOf(1, 30, 45, 60, 60, 60, 75, 90, 120, 600, 1440, 1500, 2910, 10080)
        from least in Gen.OneOf(1, 2, 2, 3, 3, 4, 5)
        from more in Gen.Int[0, 4]
        from ifNeeded in Gen.Bool
        from balance in Gen.Bool
        from led in Gen.OneOf<bool?>(null, null, null, true, false)
        from days in Gen.Int[1, 3]
        from facilitatorsInTen in Gen.OneOf(0, 1, 3, 5)
        let longest = length switch { > 9000 => 700, > 600 => 300, > 120 => 80, _ => 20 }
        from members in AnyPerson(days, longest, facilitatorsInTen).List[0, people]
        select new Problem
        {
            Name = "any",
            MeetingLengthMinutes = length,
            MinPeople = least,
            MaxPeople = least + more,
            UseIfNeeded = ifNeeded,
            Balance = balance,
            Led = led,
            People = [.. members.Select((p, i) => p with { Id = $"id{i}" })],
        };
}
