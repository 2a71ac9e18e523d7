namespace Cohorts.Scheduling.Search;

/// <summary>
/// The columns generated so far, each without its post: a block, who gets a seat, who leaves theirs, and what it changes of each measure.
/// </summary>
internal sealed class ColumnPool(MasterProblem master)
{
    private int[] _block = new int[256];
    private int[] _first = new int[257];
    private int[] _leavers = new int[256];
    private int[] _placed = new int[256];
    private int[] _moves = new int[256];
    private int[] _ifNeeded = new int[256];
    private int[] _squares = new int[256];
    private int[] _people = new int[2048];

    public int Count { get; private set; }

    /// <summary>Seats taken and left of all columns together.</summary>
    public int Seats => _first[Count];

    public int BlockOf(int column) => _block[column];

    public Block Block(int column) => master.Blocks[_block[column]];

    /// <summary>Participants who get a seat.</summary>
    public ReadOnlySpan<int> Comers(int column) => _people.AsSpan(_first[column], _first[column + 1] - _first[column] - _leavers[column]);

    /// <summary>Participants who leave the standing group of the block, one by one.</summary>
    public ReadOnlySpan<int> Leavers(int column) => _people.AsSpan(_first[column + 1] - _leavers[column], _leavers[column]);

    /// <summary>People placed beside the leader.</summary>
    public int Placed(int column) => _placed[column];

    public int Moves(int column) => _moves[column];

    /// <summary>If-needed seats beside the leader's.</summary>
    public int IfNeeded(int column) => _ifNeeded[column];

    public int Squares(int column) => _squares[column];

    /// <summary>Adds a column by the positions of the candidates chosen; its number.</summary>
    public int Add(int block, ReadOnlySpan<int> chosen)
    {
        var of = master.Blocks[block];
        if (Count == _block.Length)
            Grow();
        while (Seats + of.Candidates.Length > _people.Length)
            Array.Resize(ref _people, 2 * _people.Length);
        var (at, ifNeeded, moves, placed) = (Seats, 0, 0, of.Placed);
        foreach (var position in chosen)
        {
            if (of.Kept[position])
                continue;
            var participant = of.Candidates[position];
            _people[at++] = participant;
            ifNeeded += of.IfNeeded[position] ? 1 : 0;
            moves += master.Sits(participant) ? 1 : 0;
            placed += master.PlacesAnew(participant) ? 1 : 0;
        }

        var leavers = 0;
        for (var position = 0; position < of.Kept.Length && of.Kept[position]; position++)
        {
            if (chosen.Contains(position))
                continue;
            _people[at++] = of.Candidates[position];
            leavers++;
        }

        (_block[Count], _leavers[Count], _placed[Count], _moves[Count], _ifNeeded[Count]) = (block, leavers, placed, moves, ifNeeded);
        _squares[Count] = (int)of.Squares(chosen.Length);
        _first[Count + 1] = at;
        return Count++;
    }

    private void Grow()
    {
        Array.Resize(ref _block, 2 * Count);
        Array.Resize(ref _leavers, 2 * Count);
        Array.Resize(ref _placed, 2 * Count);
        Array.Resize(ref _moves, 2 * Count);
        Array.Resize(ref _ifNeeded, 2 * Count);
        Array.Resize(ref _squares, 2 * Count);
        Array.Resize(ref _first, 2 * Count + 1);
    }
}
