namespace Cohorts.Scheduling.Search;

/// <summary>
/// The master problem of the decomposition: blocks of columns, and the rows that connect them. Each participant without a group takes one seat
/// at most; who sits in a standing group takes as many others as they leave, that is one or none (an equation); each leader leads as many as
/// they may, and is placed once; each standing group changes once.
/// </summary>
internal sealed class MasterProblem
{
    private const int None = -1;

    private readonly List<int> _limits = [];
    private readonly List<bool> _equalities = [];
    private readonly List<Post> _posts = [];
    private readonly List<Block> _blocks = [];
    private readonly int[] _placeRow;
    private readonly int[] _leadRow;
    private readonly Dictionary<int, int> _keepRow = [];
    private readonly Dictionary<int, int> _placeRowOfOther = [];
    private readonly int[] _standingRow;
    private readonly SlotSet[]?[] _undominated = new SlotSet[]?[2];

    /// <summary>Per leader the posts by which they lead groups that they did not lead before.</summary>
    private readonly int[][] _postsOf;

    public MasterProblem(SearchSpace space)
    {
        Space = space;
        var facts = space.Facts;
        foreach (var person in space.Participants)
            AddRow(facts.Home[person] == None ? 1 : 0, facts.Home[person] != None);
        (_placeRow, _leadRow) = (NoRows(space.Leaders.Length), NoRows(space.Leaders.Length));
        _postsOf = new int[space.Leaders.Length][];
        for (var l = 0; l < space.Leaders.Length; l++)
            _postsOf[l] = AddLeader(l);
        _standingRow = NoRows(space.Standing.Length);
        new BlockBuilder(this).AddAll();
        Limits = [.. _limits];
        IsEquality = [.. _equalities];
        Posts = [.. _posts];
        Blocks = [.. _blocks];
        BlocksOfStanding = [.. Enumerable.Range(0, space.Standing.Length)
            .Select(g => Enumerable.Range(0, Blocks.Length).Where(b => Blocks[b].Standing == g).ToArray()).Where(b => b.Length > 0)];
        NewBlocks = [.. Enumerable.Range(0, Blocks.Length).Where(b => Blocks[b].Kind == BlockKind.New)];
    }

    public SearchSpace Space { get; }

    public Post[] Posts { get; }

    public Block[] Blocks { get; }

    /// <summary>Indices of blocks of new groups.</summary>
    public int[] NewBlocks { get; }

    /// <summary>For each standing group that can change the indices of its blocks.</summary>
    public int[][] BlocksOfStanding { get; }

    public int Rows => Limits.Length;

    /// <summary>The right-hand sides; first those of the participants.</summary>
    public int[] Limits { get; }

    /// <summary>Whether the row is an equation; else it is an "at most".</summary>
    public bool[] IsEquality { get; }

    /// <summary>People whom a seat anew places: not those who sit in a whole group.</summary>
    public bool PlacesAnew(int participant) =>
        Space.Facts.Home[Space.Participants[participant]] is var home && (home == None || !Space.Facts.IsWhole[home]);

    public bool Sits(int participant) => Space.Facts.Home[Space.Participants[participant]] != None;

    public bool LeaderNeedsIfNeeded(int post, int slot) => Posts[post] is { IsNewSeat: true } lead && !Space.LeaderRegularStarts[lead.Leader].Contains(slot);

    /// <summary>The posts by which a leader leads a group anew.</summary>
    public int[] PostsOf(int leader) => _postsOf[leader];

    /// <summary>The row that lets somebody be placed as long as they lead one of their whole groups or another.</summary>
    public int KeepRow(int person)
    {
        if (_keepRow.TryGetValue(person, out var row))
            return row;
        row = _keepRow[person] = AddRow(Space.Facts.WholeGroupsLed[person] - 1, false);
        Add(new Block { Kind = BlockKind.LosePlace, Slot = 0, Placed = -1, Rows = [row], Coefficients = [-1] });
        return row;
    }

    public int LeadRow(int leader) => _leadRow[leader];

    public int RowOfStanding(int standing) => _standingRow[standing] == None ? _standingRow[standing] = AddRow(1, false) : _standingRow[standing];

    public void Add(Block block) => _blocks.Add(block);

    /// <summary>Posts by which somebody goes on to lead a group of their own that is made whole.</summary>
    public int[] PostsOfOwn(int person)
    {
        var leader = Space.LeaderOf[person];
        var isNew = !Space.Facts.People[person].AlreadyPlaced && Space.Facts.WholeGroupsLed[person] == 0;
        if (!isNew)
        {
            var keeps = Space.Moves && !Space.Facts.People[person].AlreadyPlaced;
            return [AddPost(new Post(leader, false, false, 1, keeps ? [KeepRow(person)] : [], keeps ? [-1] : []))];
        }

        // Whoever cannot lead anything else has no row for being placed: their own group is the only way, unless there are several.
        var row = leader == None ? PlaceRowOfOther(person) : _placeRow[leader] == None ? _placeRow[leader] = AddRow(1, false) : _placeRow[leader];
        return [AddPost(new Post(leader, true, false, 1, [row], [1])), AddPost(new Post(leader, false, false, 1, [], []))];
    }

    /// <summary>
    /// The slots of each post less those for which another serves as well: everybody free there is free at the other, and
    /// no more of them only if needed where that counts. Nothing is left out where pairs make people differ.
    /// </summary>
    public SlotSet[] Undominated(bool ifNeededCounts) => _undominated[ifNeededCounts ? 1 : 0] ??= new Domination(Space, ifNeededCounts).Of(Posts);

    /// <summary>A grouping as columns: block, positions of the candidates chosen, and who leads anew (−1 for nobody).</summary>
    public IEnumerable<(int Block, int[] Chosen, int Leader)> ColumnsOf(Solution solution)
    {
        var continued = new HashSet<int>();
        foreach (var group in solution.Groups)
        {
            if (group.Standing != None)
                continued.Add(group.Standing);
            if (ColumnOf(group) is { } column)
                yield return column;
        }

        for (var b = 0; b < Blocks.Length; b++)
        {
            if (Blocks[b].Kind == BlockKind.Dissolve && !continued.Contains(Blocks[b].Standing))
                yield return (b, [], None);
        }
    }

    private (int Block, int[] Chosen, int Leader)? ColumnOf(FormedGroup group)
    {
        var members = group.Participants.ToHashSet();
        if (group.Standing != None && members.IsSubsetOf(Space.Facts.Problem.Standing[group.Standing].Members)
            && group.Size == Space.Standing[group.Standing].Size)
        {
            return null;
        }

        var leader = group.Leader is { } person ? Space.LeaderOf[person] : None;
        for (var b = 0; b < Blocks.Length; b++)
        {
            var block = Blocks[b];
            if (block.Standing != group.Standing || block.Slot != group.Slot || !block.HasGroup)
                continue;
            var leads = block.Posts.Length > 0 && Posts[block.Posts[0]].IsNewSeat;
            if (leads && !Array.Exists(block.Posts, p => Posts[p].Leader == leader))
                continue;
            int[] chosen = [.. Enumerable.Range(0, block.Candidates.Length).Where(i => members.Contains(Space.Participants[block.Candidates[i]]))];
            if (block.Base + chosen.Length == group.Size && chosen.Length <= block.Most)
                return (b, chosen, leads ? leader : None);
        }

        return null;
    }

    private int PlaceRowOfOther(int person) =>
        _placeRowOfOther.TryGetValue(person, out var row) ? row : _placeRowOfOther[person] = AddRow(1, false);

    private int[] AddLeader(int leader)
    {
        var space = Space;
        var person = space.Leaders[leader];
        var capacity = space.LeaderCapacity[leader];
        var stands = space.Facts.GroupsLed[person];
        // A leader of one group at most, who is placed by it, needs one row for both.
        if (space.LeaderIsNew[leader] && capacity == 1 && stands == 0)
        {
            _placeRow[leader] = AddRow(1, false);
            return [AddPost(new Post(leader, true, true, 1, [_placeRow[leader]], [1]))];
        }

        var rows = new List<int>();
        var coefficients = new List<int>();
        _leadRow[leader] = AddRow(space.Moves ? Math.Min(space.FreeGroups(person, dissolved: false), capacity) : capacity, false);
        rows.Add(_leadRow[leader]);
        coefficients.Add(1);
        if (space.Moves && space.Facts.WholeGroupsLed[person] > 0 && !space.Facts.People[person].AlreadyPlaced)
        {
            rows.Add(KeepRow(person));
            coefficients.Add(-1);
        }

        if (!space.LeaderIsNew[leader])
            return [AddPost(new Post(leader, false, true, capacity, [.. rows], [.. coefficients]))];
        _placeRow[leader] = AddRow(1, false);
        int[] places = [AddPost(new Post(leader, true, true, 1, [_placeRow[leader], .. rows], [1, .. coefficients]))];
        return capacity == 1 && stands == 0
            ? places
            : [.. places, AddPost(new Post(leader, false, true, Math.Max(1, capacity - (stands == 0 ? 1 : 0)), [.. rows], [.. coefficients]))];
    }

    private int AddPost(Post post)
    {
        _posts.Add(post);
        return _posts.Count - 1;
    }

    private int AddRow(int limit, bool isEquality)
    {
        _limits.Add(limit);
        _equalities.Add(isEquality);
        return _limits.Count - 1;
    }

    private static int[] NoRows(int count)
    {
        var rows = new int[count];
        Array.Fill(rows, None);
        return rows;
    }
}
