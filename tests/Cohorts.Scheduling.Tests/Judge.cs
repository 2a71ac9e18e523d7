using System.Text.RegularExpressions;

namespace Cohorts.Scheduling.Tests;

/// <summary>
/// The rules of a grouping, judged minute by minute from the texts of the input. Shares no code with the library: its own
/// reader of hours, its own sets, its own reasons. Slow and plain on purpose.
/// </summary>
internal sealed partial class Judge
{
    private const int Week = 7 * 24 * 60;

    private readonly Problem _problem;
    private readonly Dictionary<string, Person> _people;
    private readonly Dictionary<string, bool[]?> _regular = [];
    private readonly Dictionary<string, bool[]?> _either = [];
    private readonly Dictionary<string, List<int>> _starts = [];
    private readonly bool _led;

    private Judge(Problem problem)
    {
        _problem = problem;
        _people = problem.People.ToDictionary(p => p.Id);
        _led = problem.Led ?? problem.People.Any(p => p.Role == Role.Facilitator);
        foreach (var person in problem.People)
        {
            var regular = Minutes(person.Availability);
            var ifNeeded = problem.UseIfNeeded ? Minutes(person.IfNeeded) : new bool[Week];
            var busy = Minutes(person.Busy.ToString())!;
            var readable = regular is not null && ifNeeded is not null;
            _regular[person.Id] = readable ? [.. regular!.Select((free, m) => free && !busy[m])] : null;
            _either[person.Id] = readable ? [.. regular!.Select((free, m) => (free || ifNeeded![m]) && !busy[m])] : null;
            _starts[person.Id] = readable
                ? [.. Enumerable.Range(0, Week / 15).Select(slot => slot * 15).Where(start => Covers(_either[person.Id]!, start))]
                : [];
        }
    }

    public static string? Fault(Problem problem, Grouping grouping) => new Judge(problem).Faults(grouping).FirstOrDefault();

    /// <summary>Placed anew, if-needed seats, groups, squares of the sizes, counted from the groups alone.</summary>
    public static (int Placed, int IfNeeded, int Groups, int Squares) Worth(Problem problem, Grouping grouping)
    {
        var judge = new Judge(problem);
        return (
            grouping.Groups.SelectMany(g => g.Members).Select(m => m.Id).Distinct().Count(id => !judge._people[id].AlreadyPlaced),
            grouping.Groups.Sum(g => g.Members.Count(m => !judge.Covers(judge._regular[m.Id]!, g.StartMinute))),
            grouping.Groups.Count,
            problem.Balance ? grouping.Groups.Sum(g => g.Members.Count * g.Members.Count) : 0);
    }

    /// <summary>Who can start when, for a search through everything.</summary>
    public static (Dictionary<string, List<int>> Starts, Func<string, int, bool> IsIfNeeded) Starts(Problem problem)
    {
        var judge = new Judge(problem);
        return (judge._starts, (id, start) => !judge.Covers(judge._regular[id]!, start));
    }

    /// <summary>Null where the text cannot be read.</summary>
    public static bool[]? Minutes(string? text)
    {
        var held = new bool[Week];
        foreach (var part in (text ?? "").Split(','))
        {
            if (part.Trim().Length == 0)
                continue;
            var ends = part.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (ends.Length != 2)
                return null;
            var (start, end) = (Minute(ends[0]), Minute(ends[1]));
            if (start is null || end is null)
                return null;
            // Midnight of the start's own day is its end; any other end before the start on that day is a mistake.
            if (ends[0][0] == ends[1][0] && end < start)
                end = end % 1440 == 0 && start - end < 1440 ? end + 1440 : null;
            if (end is null)
                return null;
            for (var m = start.Value; m < end + (end <= start ? Week : 0); m++)
                held[m % Week] = true;
        }

        return held;
    }

    private static int? Minute(string point)
    {
        var match = Point().Match(point);
        if (!match.Success)
            return null;
        var minute = int.Parse(match.Groups["minute"].Value);
        var ofDay = int.Parse(match.Groups["hour"].Value) * 60 + minute;
        return ofDay > 1440 || minute > 59 ? null : "MTWRFSU".IndexOf(match.Groups["day"].Value, StringComparison.Ordinal) * 1440 + ofDay;
    }

    private bool Covers(bool[] held, int start)
    {
        for (var m = start; m < start + _problem.MeetingLengthMinutes; m++)
        {
            if (!held[m % Week])
                return false;
        }

        return true;
    }

    private IEnumerable<string> Faults(Grouping grouping)
    {
        var seats = new Dictionary<string, List<int>>();
        if (grouping.Led != _led)
            yield return $"led is told as {grouping.Led}";
        foreach (var group in grouping.Groups)
        {
            var name = $"the group at {group.StartMinute}";
            if (group.StartMinute is < 0 or >= Week || group.StartMinute % 15 != 0)
                yield return $"{name} is off the grid";
            if (group.LengthMinutes != _problem.MeetingLengthMinutes)
                yield return $"{name} lasts {group.LengthMinutes} minutes";
            if (group.Members.Count < _problem.MinPeople || group.Members.Count > _problem.MaxPeople)
                yield return $"{name} has {group.Members.Count} people";
            var leaders = group.Members.Where(m => _people[m.Id].Role == Role.Facilitator).ToList();
            if (leaders.Count != (_led ? 1 : 0))
                yield return $"{name} has {leaders.Count} facilitators";
            if (leaders.SingleOrDefault()?.Id != group.FacilitatorId)
                yield return $"{name} names {group.FacilitatorId} as its facilitator";
            foreach (var member in group.Members)
            {
                if (member.Role != _people[member.Id].Role)
                    yield return $"{name} has {member.Id} as {member.Role}";
                if (_either[member.Id] is not { } either || !Covers(either, group.StartMinute))
                    yield return $"{name} meets when {member.Id} is not free";
                else if (member.IfNeeded != !Covers(_regular[member.Id]!, group.StartMinute))
                    yield return $"{name} says if-needed {member.IfNeeded} for {member.Id}";
                if (!seats.TryAdd(member.Id, [group.StartMinute]))
                    seats[member.Id].Add(group.StartMinute);
            }
        }

        if (!grouping.Groups.Select(g => g.StartMinute).SequenceEqual(grouping.Groups.Select(g => g.StartMinute).Order()))
            yield return "the groups are not in the order of the week";

        foreach (var (id, starts) in seats)
        {
            var most = _people[id].Role == Role.Facilitator ? _people[id].MaxGroups : 1;
            if (starts.Count > most)
                yield return $"{id} sits in {starts.Count} groups, {most} allowed";
            var taken = new bool[Week];
            foreach (var m in starts.SelectMany(s => Enumerable.Range(s, _problem.MeetingLengthMinutes)))
            {
                if (taken[m % Week])
                {
                    yield return $"{id} sits in two meetings at minute {m % Week}";
                    break;
                }

                taken[m % Week] = true;
            }
        }

        var placed = seats.Keys.Count(id => !_people[id].AlreadyPlaced);
        if (grouping.Placed != placed)
            yield return $"{placed} are placed, {grouping.Placed} told";
        if (grouping.UpperBound < placed || grouping.Optimal != (grouping.UpperBound == placed))
            yield return $"bound {grouping.UpperBound}, optimal {grouping.Optimal}, placed {placed}";
        var left = _problem.People.Where(p => !p.AlreadyPlaced && !seats.ContainsKey(p.Id)).Select(p => p.Id).ToList();
        if (!left.SequenceEqual(grouping.Ungroupable.Select(u => u.Id)))
            yield return $"in no group are {string.Join(" ", left)}, told are {string.Join(" ", grouping.Ungroupable.Select(u => u.Id))}";
        else
        {
            foreach (var told in grouping.Ungroupable)
            {
                var reason = Reason(_people[told.Id], seats);
                if (told.Reason != reason)
                    yield return $"{told.Id} is left over for {reason}, told is {told.Reason}";
                if (told.Detail.Length < 10 || !told.Detail.EndsWith('.'))
                    yield return $"{told.Id} is told no sentence: {told.Detail}";
            }
        }
    }

    private UngroupableReason Reason(Person person, Dictionary<string, List<int>> seats)
    {
        var facilitators = _problem.People.Where(p => p.Role == Role.Facilitator && _led).ToList();
        var mine = _starts[person.Id];
        if (_either[person.Id] is null)
            return UngroupableReason.InvalidAvailability;
        if (mine.Count == 0)
            return UngroupableReason.NoAvailability;
        var learns = person.Role == Role.Participant;
        if (_led && learns && !facilitators.Any(f => _starts[f.Id].Intersect(mine).Any()))
            return UngroupableReason.NoFacilitatorOverlap;

        bool Enough(int start)
        {
            var others = _problem.People.Count(p => p.Role == Role.Participant && p.Id != person.Id && _starts[p.Id].Contains(start));
            if (!_led)
                return others + 1 >= _problem.MinPeople;
            if (!learns)
                return others + 1 >= _problem.MinPeople;
            return _problem.MaxPeople >= 2
                && others + 2 >= _problem.MinPeople
                && facilitators.Any(f => f.MaxGroups > 0 && _starts[f.Id].Contains(start));
        }

        if (!mine.Any(Enough))
            return UngroupableReason.InsufficientGroupSize;
        if (!learns)
            return _led && person.MaxGroups > 0 ? UngroupableReason.NotInBestGrouping : UngroupableReason.FacilitatorCapacity;
        var all = facilitators.Where(f => _starts[f.Id].Intersect(mine).Any());
        return _led && all.All(f => (seats.GetValueOrDefault(f.Id)?.Count ?? 0) >= Math.Max(0, f.MaxGroups))
            ? UngroupableReason.FacilitatorCapacity
            : UngroupableReason.NotInBestGrouping;
    }

    [GeneratedRegex(@"^(?<day>[MTWRFSU])(?<hour>[0-9]{1,2}):(?<minute>[0-9]{2})$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Point();
}
