namespace Cohorts.Scheduling.Search;

/// <summary>
/// A leader's right to lead. A leader who is not placed yet and may lead several groups has two: one for the first group,
/// which places the leader, and one for the others.
/// </summary>
/// <param name="Leader">The leader's number.</param>
/// <param name="PlacesLeader">Whether leading by this post places one more person.</param>
/// <param name="Capacity">Groups that can be led by it.</param>
internal readonly record struct Post(int Leader, bool PlacesLeader, int Capacity)
{
    public static Post[] Of(SearchSpace space)
    {
        var posts = new List<Post>();
        for (var l = 0; l < space.Leaders.Length; l++)
        {
            var isNew = space.LeaderIsNew[l];
            if (isNew)
                posts.Add(new Post(l, true, 1));
            if (space.LeaderCapacity[l] - (isNew ? 1 : 0) is > 0 and var others)
                posts.Add(new Post(l, false, others));
        }

        return [.. posts];
    }
}
