namespace Cohorts.Scheduling.Search;

/// <summary>Slots of new groups for which another serves as well.</summary>
internal sealed class Domination
{
    private readonly SearchSpace _space;
    private readonly bool _ifNeededCounts;
    private readonly SlotSet[] _better;

    public Domination(SearchSpace space, bool ifNeededCounts)
    {
        (_space, _ifNeededCounts) = (space, ifNeededCounts);
        _better = new SlotSet[space.Slots];
        foreach (var slot in space.NewStarts)
        {
            foreach (var other in space.NewStarts)
            {
                if (other != slot && Covers(slot, other) && (other < slot || !Covers(other, slot)))
                    _better[slot].Add(other);
            }
        }
    }

    /// <summary>Per post the slots worth having; where nobody leads one set for all.</summary>
    public SlotSet[] Of(Post[] posts)
    {
        if (!_space.Facts.Led)
            return [Best(_space.NewStarts, default)];
        var space = _space;
        return
        [
            .. posts.Select(post => !post.IsNewSeat ? default
                : CanMeetTwice(post.Leader) || space.Facts.IsPaired(space.Leaders[post.Leader]) ? space.LeaderStarts[post.Leader] & space.NewStarts
                : Best(space.LeaderStarts[post.Leader] & space.NewStarts, _ifNeededCounts ? space.LeaderRegularStarts[post.Leader] : default)),
        ];
    }

    /// <summary>Whose meetings could overlap: another slot may then be in the way.</summary>
    private bool CanMeetTwice(int leader) =>
        _space.LeaderCapacity[leader] > 1 || (_space.Moves && _space.Facts.GroupsLed[_space.Leaders[leader]] > 0);

    private SlotSet Best(SlotSet starts, SlotSet regular)
    {
        var best = default(SlotSet);
        foreach (var slot in starts)
        {
            if (!_better[slot].Overlaps(regular.Contains(slot) ? starts & regular : starts))
                best.Add(slot);
        }

        return best;
    }

    private bool Covers(int slot, int other)
    {
        for (var w = 0; w < _space.Words; w++)
        {
            if ((_space.StartersAt[slot * _space.Words + w] & ~_space.StartersAt[other * _space.Words + w]) != 0
                || (_ifNeededCounts && (_space.RegularStartersAt[slot * _space.Words + w] & ~_space.RegularStartersAt[other * _space.Words + w]) != 0))
            {
                return false;
            }
        }

        return true;
    }
}
