using System.Collections.Concurrent;
using Cohorts.Discord;
using Cohorts.Domain;
using static Cohorts.Features.RealizeGroups.RealizeGroups;

namespace Cohorts.Features.RealizeGroups;

/// <summary>The kinds of things that a realization makes for a group.</summary>
internal enum Part
{
    Channel,

    /// <summary>Of one member who is in the server, to both channels; or of one who left, whose access is taken.</summary>
    Access,

    /// <summary>Of a meeting to come that nobody cancelled.</summary>
    Event,
    Welcome,

    /// <summary>Of a member who came after the welcome.</summary>
    Mention,
}

internal enum StepOutcome
{
    NotTried,
    ThereAlready,
    Made,
    Repaired,
    Failed,

    /// <summary>The server has no room for it yet.</summary>
    Later,
}

/// <param name="Key">Within the group: the channel's type, the membership, the meeting's number; 0 for the welcome.</param>
internal readonly record struct Item(GroupId Group, Part Part, int Key)
{
    public static Item Channel(GroupPlan group, ChannelType type) => new(group.Group.Id, Part.Channel, (int)type);

    public static Item Access(GroupPlan group, WantedMember member) => new(group.Group.Id, Part.Access, member.MembershipId);

    public static Item Event(GroupPlan group, MeetingPlan meeting) => new(group.Group.Id, Part.Event, meeting.Number);

    public static Item Welcome(GroupPlan group) => new(group.Group.Id, Part.Welcome, 0);

    public static Item Mention(GroupPlan group, Attendance person) => new(group.Group.Id, Part.Mention, person.Member.MembershipId);
}

/// <summary>
/// What became of each thing in a plan. Each is in here from the beginning, as there already or as not tried, and has one outcome at any
/// moment: whatever ends the work, the counts are true and nothing is missing from them. Safe for the two workers.
/// </summary>
internal sealed class Outcomes
{
    private readonly ConcurrentDictionary<Item, StepOutcome> _of = new();
    private readonly ILookup<GroupId, Item> _items;
    private readonly Plan _plan;

    public Outcomes(Plan plan, Snowflake bot)
    {
        _plan = plan;
        foreach (var group in plan.Groups)
        {
            foreach (var (type, channel) in group.Channels)
                _of[Item.Channel(group, type)] = channel is ChannelPlan.Stands stands && stands.Place == ChannelPlace.Kept && stands.ChangesOfItsOwn(bot).Count == 0
                    ? StepOutcome.ThereAlready
                    : StepOutcome.NotTried;
            foreach (var member in group.WithAccess(bot))
                _of[Item.Access(group, member)] = member is { Membership: Membership.Active, Access: Access.Granted } && !group.Changes(member, bot)
                    ? StepOutcome.ThereAlready
                    : StepOutcome.NotTried;
            foreach (var meeting in group.Meetings.Where(m => m.Event is not (EventPlan.Past or EventPlan.Cancelled)))
            {
                _of[Item.Event(group, meeting)] = meeting.Event switch
                {
                    EventPlan.Stands or EventPlan.Adopt => StepOutcome.ThereAlready,
                    EventPlan.Later => StepOutcome.Later,
                    _ => StepOutcome.NotTried,
                };
            }

            if (group.Welcome is not WelcomePlan.None)
                _of[Item.Welcome(group)] = group.Welcome is WelcomePlan.Stands ? StepOutcome.ThereAlready : StepOutcome.NotTried;
            foreach (var person in group.ToMention)
                _of[Item.Mention(group, person)] = StepOutcome.NotTried;
        }

        _items = _of.Keys.ToLookup(i => i.Group);
    }

    public StepOutcome this[Item item] => _of[item];

    /// <exception cref="InvalidOperationException">The plan does not have it: the counts would have it from nowhere.</exception>
    public void Set(Item item, StepOutcome outcome)
    {
        if (!_of.ContainsKey(item))
            throw new InvalidOperationException($"{item} is not in the plan, and came to {outcome}.");
        _of[item] = outcome;
    }

    /// <summary>Whether all of a group is as it shall be, but for events that wait for room.</summary>
    public bool IsComplete(GroupPlan group) => Of(group) is not (StepOutcome.Failed or StepOutcome.NotTried);

    public Tallies Count() => new(
        Counts(_plan.Groups.Select(Of)),
        Counts(Of(Part.Channel)),
        Counts(Of(Part.Access)),
        Counts(Of(Part.Event)),
        Counts(Of(Part.Welcome)),
        Counts(Of(Part.Mention)));

    /// <summary>One that is formed and becomes complete is made; one that was complete, and of which something was missing, is repaired.</summary>
    public StepOutcome Of(GroupPlan group)
    {
        var all = _items[group.Group.Id].Select(i => _of[i]).ToHashSet();
        return all.Contains(StepOutcome.Failed) ? StepOutcome.Failed
            : all.Contains(StepOutcome.NotTried) ? StepOutcome.NotTried
            : group.Group.State == GroupState.Forming ? StepOutcome.Made
            : all.Contains(StepOutcome.Made) || all.Contains(StepOutcome.Repaired) ? StepOutcome.Repaired
            : StepOutcome.ThereAlready;
    }

    private IEnumerable<StepOutcome> Of(Part part) => _of.Where(o => o.Key.Part == part).Select(o => o.Value);

    private static Counts Counts(IEnumerable<StepOutcome> outcomes)
    {
        var of = outcomes.CountBy(o => o).ToDictionary();
        return new Counts(
            of.GetValueOrDefault(StepOutcome.Made),
            of.GetValueOrDefault(StepOutcome.Repaired),
            of.GetValueOrDefault(StepOutcome.ThereAlready),
            of.GetValueOrDefault(StepOutcome.Failed),
            of.GetValueOrDefault(StepOutcome.NotTried),
            of.GetValueOrDefault(StepOutcome.Later));
    }
}
