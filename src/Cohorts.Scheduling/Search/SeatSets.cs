namespace Cohorts.Scheduling.Search;

/// <summary>Sets of participants that could sit together at a start: the columns of the linear program, whoever leads them.</summary>
internal sealed class SeatSets
{
    private int[] _slot = new int[256];
    private int[] _first = new int[257];
    private int[] _ifNeeded = new int[256];
    private int[] _members = new int[2048];

    public int Count { get; private set; }

    /// <summary>Seats of all sets together.</summary>
    public int Seats => _first[Count];

    public int Slot(int set) => _slot[set];

    public int IfNeeded(int set) => _ifNeeded[set];

    public int Size(int set) => _first[set + 1] - _first[set];

    public ReadOnlySpan<int> Members(int set) => _members.AsSpan(_first[set], _first[set + 1] - _first[set]);

    public void Add(int slot, int ifNeeded, ReadOnlySpan<int> members)
    {
        if (Count == _slot.Length)
        {
            Array.Resize(ref _slot, 2 * Count);
            Array.Resize(ref _ifNeeded, 2 * Count);
            Array.Resize(ref _first, 2 * Count + 1);
        }

        while (Seats + members.Length > _members.Length)
            Array.Resize(ref _members, 2 * _members.Length);
        members.CopyTo(_members.AsSpan(Seats));
        _slot[Count] = slot;
        _ifNeeded[Count] = ifNeeded;
        _first[Count + 1] = _first[Count] + members.Length;
        Count++;
    }
}
