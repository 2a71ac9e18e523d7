namespace Cohorts.Scheduling.Search;

/// <summary>What is proven of each goal, for the values reached in the goals before it.</summary>
internal sealed class Bounds(SearchSpace space)
{
    private readonly long[] _bounds = [int.MaxValue, 0, 0, 0, 0];
    private Score? _reached;

    public long Of(Goal goal) => _bounds[(int)goal];

    public bool IsProven(Goal goal, Score best) => Of(goal) == Value(goal, best);

    public static long Value(Goal goal, Score score) => goal switch
    {
        Goal.Placed => score.Placed,
        Goal.Moves => score.Moves,
        Goal.IfNeeded => score.IfNeeded,
        Goal.Groups => score.Groups,
        _ => score.Squares,
    };

    /// <summary>A better grouping was found: what was proven for other values of earlier goals is forgotten.</summary>
    public void Update(Score best)
    {
        var same = _reached is { } reached;
        var before = _reached ?? default;
        _reached = best;
        for (var goal = Goal.Placed; goal <= Goal.Squares; goal++)
        {
            if (!same)
                _bounds[(int)goal] = ByCounting(goal, best);
            same &= Value(goal, before) == Value(goal, best);
        }
    }

    public void Tighten(Goal goal, Score best, long bound)
    {
        if (_reached != best)
            Update(best);
        _bounds[(int)goal] = goal == Goal.Placed ? Math.Min(Of(goal), bound) : Math.Max(Of(goal), bound);
    }

    /// <summary>A value of a goal as the master problem has it: larger is better, the cohort as it stands is zero.</summary>
    public int Relative(Goal goal, long value) => (int)(goal switch
    {
        Goal.Placed => value - space.PlacedBefore,
        Goal.Groups => space.WholeGroups - value,
        Goal.Squares => space.WholeSquares - value,
        _ => -value,
    });

    public long Absolute(Goal goal, int relative) => goal switch
    {
        Goal.Placed => relative + (long)space.PlacedBefore,
        Goal.Groups => space.WholeGroups - (long)relative,
        Goal.Squares => space.WholeSquares - relative,
        _ => -(long)relative,
    };

    private long ByCounting(Goal goal, Score best) => goal switch
    {
        Goal.Placed => UpperBound.Placed(space),
        Goal.Groups => UpperBound.Groups(space, best.Placed),
        Goal.Squares => UpperBound.Squares(space, best.Placed, best.Groups),
        _ => 0,
    };
}
