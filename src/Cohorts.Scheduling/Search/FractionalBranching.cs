namespace Cohorts.Scheduling.Search;

/// <summary>Finds what to branch on where a solution of the linear program is fractional.</summary>
internal sealed class FractionalBranching
{
    private const int None = -1;
    private const double Whole = 1e-4;

    private readonly MasterProblem _master;
    private readonly ColumnPool _columns;
    private readonly int[] _widths;
    private readonly int _slots;
    private readonly double[] _leads;
    private readonly Dictionary<(int Standing, BlockKind Kind), double> _changes = [];
    private readonly SortedDictionary<(int Participant, int Slot), double> _seats = [];

    public FractionalBranching(MasterProblem master, ColumnPool columns, int[] widths)
    {
        (_master, _columns, _widths) = (master, columns, widths);
        _slots = master.Space.Slots;
        _leads = new double[(master.Space.Leaders.Length + 1) * _slots];
    }

    private int Leaders => _master.Space.Leaders.Length;

    /// <summary>One half of a case; the other half is the next limit, "at least". Null where all is whole.</summary>
    public Restriction? Find(LinearProgram program)
    {
        Sum(program);
        return Leads() ?? Changes() ?? Seats(program);
    }

    private void Sum(LinearProgram program)
    {
        Array.Clear(_leads);
        _changes.Clear();
        var basis = program.Basis;
        for (var i = 0; i < basis.Length; i++)
        {
            if (basis[i].Kind != BasicKind.Column || program.Value(i) < 1e-5)
                continue;
            var (block, share) = (_columns.Block(basis[i].Index), program.Value(i));
            if (block.Standing != None)
                _changes[(block.Standing, block.Kind)] = _changes.GetValueOrDefault((block.Standing, block.Kind)) + share;
            if (basis[i].Post != None && _master.Posts[basis[i].Post] is { IsNewSeat: true } post)
                _leads[post.Leader * _slots + block.Slot] += share;
            if (block.Kind == BlockKind.New)
                _leads[Leaders * _slots + block.Slot] += share;
        }
    }

    /// <summary>The stretch of slots in which the program has the most fractional number of groups, the largest such stretch first.</summary>
    private Restriction? Leads()
    {
        Restriction? best = null;
        var most = Whole;
        foreach (var width in _widths)
        {
            for (var first = 0; first < _slots; first += width)
            {
                for (var l = 0; l <= Leaders; l++)
                {
                    var sum = 0.0;
                    for (var slot = first; slot < Math.Min(first + width, _slots); slot++)
                        sum += _leads[l * _slots + slot];
                    Consider(sum, first, width, l == Leaders ? Restriction.Anybody : l);
                }
            }

            if (most > 0.1)
                break;
        }

        return best;

        void Consider(double sum, int first, int width, int leader)
        {
            var down = Math.Floor(sum);
            var off = Math.Min(sum - down, down + 1 - sum) * (leader == Restriction.Anybody ? 1.2 : 1);
            if (off <= most)
                return;
            most = off;
            var slots = default(SlotSet);
            for (var slot = first; slot < Math.Min(first + width, _slots); slot++)
                slots.Add(slot);
            best = new Restriction(Measure.Leads, true, (int)down) { Slots = slots, Index = leader };
        }
    }

    /// <summary>What becomes of the standing group of which that is least decided. How it changes is decided by its seats.</summary>
    private Restriction? Changes()
    {
        Restriction? best = null;
        var most = Whole;
        if (_changes.Count == 0)
            return null;
        foreach (var ((standing, kind), share) in _changes.OrderBy(c => c.Key))
        {
            var off = Math.Min(share, 1 - share);
            if (kind is BlockKind.Change || off <= most)
                continue;
            most = off;
            best = new Restriction(Measure.Changes, true, 0) { Index = standing, Kind = kind };
        }

        return best;
    }

    private Restriction? Seats(LinearProgram program)
    {
        _seats.Clear();
        var basis = program.Basis;
        for (var i = 0; i < basis.Length; i++)
        {
            if (basis[i].Kind != BasicKind.Column || program.Value(i) < 1e-5)
                continue;
            var slot = _columns.Block(basis[i].Index).Slot;
            foreach (var p in _columns.Comers(basis[i].Index))
                _seats[(p, slot)] = _seats.GetValueOrDefault((p, slot)) + program.Value(i);
        }

        Restriction? best = null;
        var most = Whole;
        foreach (var ((participant, slot), share) in _seats)
        {
            var off = Math.Min(share - Math.Floor(share), Math.Floor(share) + 1 - share);
            if (off <= most)
                continue;
            most = off;
            var slots = default(SlotSet);
            slots.Add(slot);
            best = new Restriction(Measure.Seats, true, 0) { Index = participant, Slots = slots };
        }

        return best;
    }
}
