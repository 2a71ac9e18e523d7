namespace Cohorts.Scheduling.Tests;

/// <summary>
/// The best worth of any valid grouping of a handful of people around standing groups, by trying every seat of everybody. Minute by minute from the
/// texts, as the rules of the benchmark say them; shares no code with the library but its records.
/// </summary>
internal sealed class StandingExhaustive
{
    private const int Week = 10080;

    private readonly Problem _problem;
    private readonly bool _led;
    private readonly List<Person> _learners;
    private readonly List<Person> _leaders;
    private readonly Dictionary<string, bool[]> _regular = [];
    private readonly Dictionary<string, bool[]> _either = [];
    private readonly List<Place> _places = [];
    private long[] _best = [];

    private StandingExhaustive(Problem problem)
    {
        _problem = problem;
        _led = problem.Led ?? problem.People.Any(p => p.Role == Role.Facilitator);
        _learners = [.. problem.People.Where(p => p.Role == Role.Participant)];
        _leaders = [.. problem.People.Where(p => p.Role == Role.Facilitator)];
        foreach (var person in problem.People)
        {
            var (regular, ifNeeded, busy) = (Judge.Minutes(person.Availability)!, Judge.Minutes(problem.UseIfNeeded ? person.IfNeeded : "")!, Judge.Minutes(person.Busy.ToString())!);
            _regular[person.Id] = regular;
            _either[person.Id] = [.. regular.Select((free, m) => (free || ifNeeded[m]) && !busy[m])];
        }
    }

    /// <summary>Placed, moves, if-needed, groups, squares.</summary>
    public static long[] Best(Problem problem)
    {
        var search = new StandingExhaustive(problem);
        search.Structures(0);
        return search._best;
    }

    /// <summary>What a grouping is worth; null where it breaks a rule.</summary>
    public static long[]? Worth(Problem problem, Grouping grouping)
    {
        var search = new StandingExhaustive(problem);
        foreach (var group in grouping.Groups)
        {
            var standing = group.StandingId is { } id ? problem.Standing.Single(s => s.Id == id) : null;
            search._places.Add(new Place(group.StartMinute, group.LengthMinutes, standing, [.. group.Members.Select(m => m.Id)]));
        }

        return search.Judged();
    }

    /// <summary>Which standing groups go on, who is added to lead them, which new groups there are.</summary>
    private void Structures(int standing)
    {
        if (standing == _problem.Standing.Count)
        {
            NewGroups(0);
            return;
        }

        var group = _problem.Standing[standing];
        var place = new Place(group.StartMinute, group.LengthMinutes, group, group.FacilitatorId is { } own ? [own] : []);
        _places.Add(place);
        Structures(standing + 1);
        if (_led && group.FacilitatorId is null)
        {
            foreach (var leader in _leaders.Where(l => Covers(_either[l.Id], place)))
            {
                place.Members.Add(leader.Id);
                Structures(standing + 1);
                place.Members.RemoveAt(0);
            }
        }

        _places.RemoveAt(_places.Count - 1);
        if (_problem.MaxMoves > 0)
            Structures(standing + 1);
    }

    private void NewGroups(int from)
    {
        Seats(0);
        if ((_places.Count(p => p.Standing is null) + 1) * (_problem.MinPeople - (_led ? 1 : 0)) > _learners.Count)
            return;
        var starts = Enumerable.Range(0, Week / 15).Select(s => s * 15).ToList();
        var options = starts.SelectMany(start => _led
            ? _leaders.Where(l => Covers(_either[l.Id], new Place(start, _problem.MeetingLengthMinutes, null, []))).Select(l => (start, (string?)l.Id))
            : _learners.Any(l => Covers(_either[l.Id], new Place(start, _problem.MeetingLengthMinutes, null, []))) ? [(start, null)] : []).ToList();

        // Starts at which the same people come in the same way differ only where somebody leads twice.
        if (_leaders.TrueForAll(l => l.MaxGroups <= 1) && _problem.Standing.Count == 0)
            options = [.. options.DistinctBy(o => (o.Item2, string.Join(' ', _problem.People.Select(p => Kind(p, o.start)))))];
        for (var i = from; i < options.Count; i++)
        {
            var place = new Place(options[i].start, _problem.MeetingLengthMinutes, null, options[i].Item2 is { } id ? [id] : []);
            if (_learners.Count(l => Covers(_either[l.Id], place)) + place.Members.Count < _problem.MinPeople)
                continue;
            _places.Add(place);
            NewGroups(i);
            _places.RemoveAt(_places.Count - 1);
        }
    }

    private int Kind(Person person, int start)
    {
        var place = new Place(start, _problem.MeetingLengthMinutes, null, []);
        return !Covers(_either[person.Id], place) ? 0 : Covers(_regular[person.Id], place) ? 2 : 1;
    }

    private void Seats(int learner)
    {
        if (learner == _learners.Count)
        {
            if (Judged() is { } worth && (_best.Length == 0 || IsBetter(worth, _best)))
                _best = worth;
            return;
        }

        var id = _learners[learner].Id;
        var sat = _problem.Standing.Any(s => s.Members.Contains(id));
        if (!sat)
            Seats(learner + 1);
        foreach (var place in _places)
        {
            var sits = place.Standing?.Members.Contains(id) == true;
            if (!sits && (!Covers(_either[id], place) || place.Members.Count >= _problem.MaxPeople || (sat && _problem.MaxMoves == 0)))
                continue;
            place.Members.Add(id);
            Seats(learner + 1);
            place.Members.RemoveAt(place.Members.Count - 1);
        }
    }

    public static bool IsBetter(long[] one, long[] other)
    {
        for (var goal = 0; goal < one.Length; goal++)
        {
            if (one[goal] != other[goal])
                return goal == 0 ? one[goal] > other[goal] : one[goal] < other[goal];
        }

        return false;
    }

    private long[]? Judged()
    {
        var (placed, whole, squares, ifNeeded) = (new HashSet<string>(), 0, 0L, 0);
        var seats = new Dictionary<string, List<(Place Place, bool IsNew)>>();
        foreach (var place in _places)
        {
            var (size, before) = (place.Members.Count, place.Standing);
            var isWhole = size >= _problem.MinPeople && (!_led || place.Members.Any(IsLeader));
            var fresh = place.Members.Where(m => before?.Members.Contains(m) != true).ToHashSet();
            if ((before is null && !isWhole) || (fresh.Count > 0 && size > _problem.MaxPeople) || place.Members.Count(IsLeader) > 1 || (!_led && before is null && place.Members.Any(IsLeader)))
                return null;
            if (before is not null)
            {
                var wasWhole = before.Members.Count >= _problem.MinPeople && (!_led || before.FacilitatorId is not null);
                if (wasWhole ? !isWhole : !before.Members.All(place.Members.Contains) || (fresh.Count > 0 && !isWhole))
                    return null;
            }

            if (_problem.Apart.Any(p => place.Members.Contains(p.One) && place.Members.Contains(p.Other) && (fresh.Contains(p.One) || fresh.Contains(p.Other)))
                || _problem.Together.Any(p => (fresh.Contains(p.One) || fresh.Contains(p.Other)) && !(place.Members.Contains(p.One) && place.Members.Contains(p.Other))))
            {
                return null;
            }

            foreach (var member in place.Members)
            {
                var isNew = fresh.Contains(member);
                if (isNew && !Covers(_either[member], place))
                    return null;
                if (!seats.TryGetValue(member, out var held))
                    seats[member] = held = [];
                if (held.Exists(h => (isNew || h.IsNew) && Overlap(h.Place, place)))
                    return null;
                held.Add((place, isNew));
                ifNeeded += isWhole && isNew && !Covers(_regular[member], place) ? 1 : 0;
            }

            if (!isWhole)
                continue;
            placed.UnionWith(place.Members);
            whole++;
            squares += size * size;
        }

        if (seats.Any(s => s.Value.Count > (IsLeader(s.Key) ? _problem.People.Single(p => p.Id == s.Key).MaxGroups : 1) && s.Value.Exists(h => h.IsNew)))
            return null;
        var sat = _problem.Standing.SelectMany(g => g.Members.Where(m => m != g.FacilitatorId)).ToList();
        if (sat.Exists(m => !seats.ContainsKey(m)))
            return null;
        var moves = sat.Count(m => seats[m].TrueForAll(h => h.IsNew));
        return moves > _problem.MaxMoves ? null : [placed.Count, moves, ifNeeded, whole, squares];
    }

    private bool IsLeader(string id) => _leaders.Exists(l => l.Id == id);

    private static bool Covers(bool[] held, Place place)
    {
        for (var m = place.Start; m < place.Start + place.Length; m++)
        {
            if (!held[m % Week])
                return false;
        }

        return true;
    }

    private static bool Overlap(Place one, Place other) =>
        (other.Start - one.Start + Week) % Week < one.Length || (one.Start - other.Start + Week) % Week < other.Length;

    private sealed record Place(int Start, int Length, StandingGroup? Standing, List<string> Members);
}
