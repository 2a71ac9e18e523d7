namespace Cohorts.Scheduling.Search;

/// <summary>The few best candidates to enter the basis, the best first (multiple pricing).</summary>
internal sealed class CandidateList
{
    private const int Most = 24;

    private readonly Basic[] _candidates = new Basic[Most];
    private readonly double[] _reduced = new double[Most];

    public int Count { get; private set; }

    public Basic this[int index] => _candidates[index];

    public void Clear() => Count = 0;

    public void Propose(Basic candidate, double reduced)
    {
        if (Count == Most && reduced <= _reduced[Count - 1])
            return;
        var i = Count < Most ? Count++ : Count - 1;
        for (; i > 0 && _reduced[i - 1] < reduced; i--)
        {
            _reduced[i] = _reduced[i - 1];
            _candidates[i] = _candidates[i - 1];
        }

        (_candidates[i], _reduced[i]) = (candidate, reduced);
    }

    /// <summary>The last takes its place.</summary>
    public void RemoveAt(int index) => _candidates[index] = _candidates[--Count];
}
