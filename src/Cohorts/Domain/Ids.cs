namespace Cohorts.Domain;

public readonly record struct CohortId(int Value)
{
    public override string ToString() => Value.ToString();
}

public readonly record struct UserId(int Value)
{
    public override string ToString() => Value.ToString();
}

public readonly record struct GroupId(int Value)
{
    public override string ToString() => Value.ToString();
}

/// <summary>One scheduling or realizing of a cohort; ascending, so that it also serves as the fencing token of its writes.</summary>
public readonly record struct RunId(long Value)
{
    public override string ToString() => Value.ToString();
}
