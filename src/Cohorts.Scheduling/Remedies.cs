using Cohorts.Scheduling.Search;

namespace Cohorts.Scheduling;

/// <summary>
/// What would place those who are left over, looked for around the groups as they stand: a free seat, or one more group of people who
/// have none. A grouping made anew may need less; what is told here is always enough.
/// </summary>
internal sealed class Remedies
{
    private const int None = -1;

    /// <summary>What is asked of others weighs as much as an hour of one's own; a facilitator is harder to find.</summary>
    private const int WeightOfOne = 2;
    private const int WeightOfFacilitator = 3;

    /// <summary>Looks at a person while the best hour for a facilitator is sought: some tenths of a second.</summary>
    private const int MostLooks = 20_000_000;

    private readonly WeeklyCohort _cohort;
    private readonly CohortFacts _facts;
    private readonly IReadOnlyList<FormedGroup> _groups;
    private readonly int[] _seatAt;
    private readonly int[] _waitingAt;
    private readonly SlotSet _leaderAt;

    /// <param name="cohort">Its hours.</param>
    /// <param name="facts">Of the cohort.</param>
    /// <param name="groups">In the order in which they are told.</param>
    /// <param name="seated">Everybody in a group, as indices in the cohort.</param>
    public Remedies(WeeklyCohort cohort, CohortFacts facts, IReadOnlyList<FormedGroup> groups, IReadOnlySet<int> seated)
    {
        (_cohort, _facts, _groups) = (cohort, facts, groups);
        (_seatAt, _waitingAt) = (new int[facts.Slots], new int[facts.Slots]);
        Array.Fill(_seatAt, None);
        var meetings = groups.Where(g => g.Leader is not null).ToLookup(g => g.Leader!.Value, g => g.Slot);
        for (var g = groups.Count - 1; g >= 0; g--)
        {
            // A short group that one more makes whole has a seat too; one that stays short has none.
            if (groups[g].Size < facts.Problem.MaxPeople && groups[g].Size + 1 >= facts.Problem.MinPeople && (!facts.Led || groups[g].Leader is not null))
                _seatAt[groups[g].Slot] = g;
        }

        for (var i = 0; i < facts.People.Count; i++)
        {
            var person = facts.People[i];
            if (person.Role == Role.Participant && !seated.Contains(i))
            {
                foreach (var slot in person.Starts)
                    _waitingAt[slot]++;
            }
            else if (person.Capacity > meetings[i].Count())
            {
                foreach (var slot in person.Starts)
                {
                    if (!meetings[i].Any(other => facts.Overlap(slot, other)))
                        _leaderAt.Add(slot);
                }
            }
        }
    }

    /// <summary>Null where no hour of anybody would help: a facilitator where nobody leads, a group with no seat for a learner.</summary>
    /// <param name="index">Somebody in no group.</param>
    public Remedy? Of(int index)
    {
        var (person, given) = (_facts.People[index], _cohort.Problem.People[index]);
        var facilitates = person.Role == Role.Facilitator;
        if (facilitates ? !_facts.Led : _facts.MostParticipants < 1)
            return null;
        var own = _cohort.People[index].Unreadable is null ? RemedyNeeds.OwnHour : RemedyNeeds.ReadableHours;
        var lead = facilitates && given.MaxGroups < 1 ? RemedyNeeds.ToLead : RemedyNeeds.None;
        var possible = SlotSet.First(_facts.Slots).Except(_cohort.Slots.People[index].Blocked);
        Remedy? best = null;
        var least = (Cost: int.MaxValue, Distance: 0);
        foreach (var slot in possible)
        {
            var free = person.Starts.Contains(slot);
            var needs = lead | (free ? RemedyNeeds.None : own);
            int? group = !facilitates && _seatAt[slot] != None ? _seatAt[slot] : null;
            var more = 0;
            if (group is null && !_facts.Problem.Open.Contains(slot))
                continue;
            if (group is null)
            {
                var there = _waitingAt[slot] + (!facilitates && !free ? 1 : 0);
                more = Math.Max(0, _facts.FewestParticipants - there);
                if (_facts.Led && !facilitates && !_leaderAt.Contains(slot))
                    needs |= RemedyNeeds.Facilitator;
            }

            var cost = (free ? 0 : WeightOfOne) + Math.Min(more, SlotSet.Capacity) * WeightOfOne
                + (needs.HasFlag(RemedyNeeds.Facilitator) ? WeightOfFacilitator : 0);
            if (cost > least.Cost)
                continue;
            var distance = free ? 0 : DistanceTo(person.Starts, slot);
            if ((cost, distance).CompareTo(least) >= 0)
                continue;
            least = (cost, distance);
            best = new Remedy(_cohort.Meeting(slot).Start, group, needs, more);
        }

        return best;
    }

    /// <summary>Null where nobody leads, or where one more facilitator would place nobody.</summary>
    public FacilitatorHour? BestFacilitatorHour()
    {
        if (!_facts.Led || _facts.MostParticipants < 1)
            return null;
        var startersAt = new List<int>[_facts.Slots];
        for (var slot = 0; slot < startersAt.Length; slot++)
            startersAt[slot] = [];
        for (var i = 0; i < _facts.People.Count; i++)
        {
            if (_facts.People[i].Role != Role.Participant || _facts.Home[i] != None)
                continue;
            foreach (var slot in _facts.People[i].Starts)
                startersAt[slot].Add(i);
        }

        var places = new int[_facts.People.Count];
        var surplus = new int[_facts.Slots];
        FacilitatorHour? best = null;
        var looks = 0;
        foreach (var slot in Enumerable.Range(0, _facts.Slots)
            .Where(s => _facts.Problem.Open.Contains(s) && startersAt[s].Count >= _facts.FewestParticipants)
            .OrderByDescending(s => Math.Min(_waitingAt[s], _facts.MostParticipants))
            .ThenBy(s => s))
        {
            if (looks > MostLooks || best?.Places == _facts.MostParticipants)
                break;
            SeatAll(places, surplus);
            var placed = 0;
            while (placed < _facts.MostParticipants && PlaceOneMore(slot, startersAt, places, ref looks))
                placed++;
            if (placed > (best?.Places ?? 0) && placed + Spare(slot, startersAt, places, surplus) >= _facts.FewestParticipants)
                best = new FacilitatorHour(_cohort.Meeting(slot).Start, placed);
        }

        return best;
    }

    /// <summary>Minutes to the nearest of the starts, either way round the week; 0 without any.</summary>
    private int DistanceTo(in SlotSet starts, int slot)
    {
        var nearest = int.MaxValue;
        foreach (var other in starts)
        {
            var apart = Math.Abs(_cohort.Meeting(slot).Start - _cohort.Meeting(other).Start);
            nearest = Math.Min(nearest, Math.Min(apart, WeekInterval.MinutesPerWeek - apart));
        }

        return nearest == int.MaxValue ? 0 : nearest;
    }

    /// <summary>The group that the facilitator sought for would lead, beside the slots of the groups there are.</summary>
    private int NewGroup => _facts.Slots;

    private void SeatAll(int[] places, int[] surplus)
    {
        Array.Fill(places, None);
        Array.Clear(surplus);
        foreach (var group in _groups)
        {
            surplus[group.Slot] += Math.Max(0, group.Size - _facts.Problem.MinPeople);
            foreach (var participant in group.Participants)
                places[participant] = group.Slot;
        }
    }

    /// <summary>
    /// Gives the new group one more member and somebody without a group a seat, along a shortest chain of people who move to the seat
    /// that another leaves; false when there is none.
    /// </summary>
    private bool PlaceOneMore(int slot, List<int>[] startersAt, int[] places, ref int looks)
    {
        Span<int> leaver = stackalloc int[NewGroup + 1];
        Span<int> movesTo = stackalloc int[NewGroup + 1];
        Span<int> queue = stackalloc int[NewGroup + 1];
        leaver.Fill(None);
        movesTo.Fill(None);
        var (first, end) = (0, 0);
        queue[end++] = NewGroup;
        while (first < end)
        {
            var to = queue[first++];
            foreach (var participant in startersAt[to == NewGroup ? slot : to])
            {
                looks++;
                var from = places[participant];
                if (from == None)
                {
                    places[participant] = to;
                    for (; to != NewGroup; to = movesTo[to])
                        places[leaver[to]] = movesTo[to];
                    return true;
                }

                if (from == NewGroup || from == to || leaver[from] != None)
                    continue;
                (leaver[from], movesTo[from]) = (participant, to);
                queue[end++] = from;
            }
        }

        return false;
    }

    /// <summary>How many could come over from groups that stay large enough without them.</summary>
    private int Spare(int slot, List<int>[] startersAt, int[] places, int[] surplus)
    {
        var left = (int[])surplus.Clone();
        return startersAt[slot].Count(p => places[p] != None && places[p] != NewGroup && left[places[p]]-- > 0);
    }
}
