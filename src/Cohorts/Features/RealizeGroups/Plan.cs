using Cohorts.Discord;
using Cohorts.Domain;
using NodaTime;

namespace Cohorts.Features.RealizeGroups;

/// <summary>What makes Discord match the database: the difference between the two, before anything is done.</summary>
/// <param name="Categories">Those of the cohort that stand, in order, also those which the database does not know yet.</param>
/// <param name="Recognized">People whose Discord id was found by their user name.</param>
/// <param name="Missing">What must be mended first, each as a sentence; nothing is made while there is one.</param>
public sealed record Plan(
    CategoriesPlan Categories, IReadOnlyList<GroupPlan> Groups, IReadOnlyDictionary<UserId, Snowflake> Recognized, IReadOnlyList<string> Missing)
{
    public int ChannelsToMake => Groups.Sum(g => (g.Text is ChannelPlan.Make ? 1 : 0) + (g.Voice is ChannelPlan.Make ? 1 : 0));

    public int EventsToMake => Groups.Sum(g => g.Meetings.Count(m => m.Event is EventPlan.Make));

    public int EventsLater => Groups.Sum(g => g.Meetings.Count(m => m.Event is EventPlan.Later));

    public bool ChangesNothing => Categories.ToMake == 0 && Categories.ToAdopt.Count == 0 && Groups.All(g => g.ChangesNothing);
}

/// <param name="Standing">With how many channels each holds, in order.</param>
/// <param name="ToAdopt">Those of them that no row names yet.</param>
/// <param name="ToMake">As far as it can be counted beforehand; Discord may call one full earlier.</param>
/// <param name="Lost">Named by the database, and deleted in Discord.</param>
public sealed record CategoriesPlan(
    IReadOnlyList<(Snowflake Id, int Channels)> Standing, IReadOnlyList<Snowflake> ToAdopt, int ToMake, IReadOnlyList<Snowflake> Lost);

/// <param name="People">Its members, and where they are.</param>
/// <param name="Left">Memberships that ended and whose access is on record, or stands.</param>
public sealed record GroupPlan(
    WantedGroup Group,
    ChannelPlan Text,
    ChannelPlan Voice,
    WelcomePlan Welcome,
    IReadOnlyList<MeetingPlan> Meetings,
    IReadOnlyList<Attendance> People,
    IReadOnlyList<WantedMember> Left)
{
    public IEnumerable<(ChannelType Type, ChannelPlan Plan)> Channels => [(ChannelType.Text, Text), (ChannelType.Voice, Voice)];

    /// <summary>Members who have or get access, and those who left and lose it.</summary>
    public IEnumerable<WantedMember> WithAccess(Snowflake bot) =>
    [
        .. People.Where(p => p is { Id: not null, Presence: Presence.InTheGuild }).Select(p => p.Member),
        .. Left.Where(m => m.Access == Access.Granted || Changes(m, bot)),
    ];

    /// <summary>Whether an overwrite of this person is made, changed or taken away in one of the channels.</summary>
    public bool Changes(WantedMember member, Snowflake bot) =>
        (People.FirstOrDefault(p => p.Member.UserId == member.UserId)?.Id ?? member.DiscordId) is { } id
        && Channels.Any(c => c.Plan.People(bot).Contains(id));

    /// <summary>Members in the guild who have not been told of the group, where its welcome stands already.</summary>
    public IEnumerable<Attendance> ToMention => Welcome is WelcomePlan.Stands stands
        ? People.Where(p => p is { Id: { } id, Presence: Presence.InTheGuild } && p.Member.MentionedIn is null && !stands.Mentioned.Contains(id))
        : [];

    public bool ChangesNothing =>
        Group.State == GroupState.Active
        && Text is ChannelPlan.Stands { ChangesNothing: true }
        && Voice is ChannelPlan.Stands { ChangesNothing: true }
        && Welcome is WelcomePlan.Stands { IsKnown: true } or WelcomePlan.None
        && Meetings.All(m => m.ChangesNothing)
        && !ToMention.Any()
        && People.All(p => (p.Presence == Presence.InTheGuild) == (p.Member.Access == Access.Granted))
        && Left.All(m => m.Access == Access.None);
}

/// <param name="Id">Null where none is known.</param>
public sealed record Attendance(WantedMember Member, Snowflake? Id, Presence Presence)
{
    /// <summary>Known by a user name that nobody in the server has: whoever joins under a name gets their id recorded.</summary>
    public bool IsUnfound => Id is null && DiscordUsername.Of(Member.Username) is not null;
}

public abstract record ChannelPlan
{
    private ChannelPlan()
    {
    }

    /// <summary>Whose access is given, mended or taken with it.</summary>
    public abstract IReadOnlySet<Snowflake> People(Snowflake bot);

    /// <param name="Adoption">Whether a row has it already.</param>
    /// <param name="Place">Whether it must be moved under a category because its own is gone.</param>
    public sealed record Stands(Snowflake Id, Adoption Adoption, ChannelPlace Place, IReadOnlyList<OverwriteChange> Changes) : ChannelPlan
    {
        public bool ChangesNothing => Adoption == Adoption.Known && Place == ChannelPlace.Kept && Changes.Count == 0;

        public override IReadOnlySet<Snowflake> People(Snowflake bot) => ChangesOfPeople(bot).Select(c => c.Whose).ToHashSet();

        /// <summary>What hides it, and lets the bot work.</summary>
        public IReadOnlyList<OverwriteChange> ChangesOfItsOwn(Snowflake bot) => [.. Changes.Where(c => !c.IsOfPerson(bot))];

        public IReadOnlyList<OverwriteChange> ChangesOfPeople(Snowflake bot) => [.. Changes.Where(c => c.IsOfPerson(bot))];
    }

    /// <param name="Lost">The one that a row names and that is gone.</param>
    public sealed record Make(IReadOnlyList<PermissionOverwrite> Overwrites, Snowflake? Lost) : ChannelPlan
    {
        public override IReadOnlySet<Snowflake> People(Snowflake bot) =>
            Overwrites.Where(o => new OverwriteChange.Put(o).IsOfPerson(bot)).Select(o => o.Id).ToHashSet();
    }
}

public enum Adoption
{
    Known,

    /// <summary>Discord holds it, and no row names it: the process died between the two.</summary>
    Found,
}

public enum ChannelPlace
{
    Kept,
    Orphaned,
}

public abstract record WelcomePlan
{
    private WelcomePlan()
    {
    }

    /// <param name="Adoption">Whether a row has it already.</param>
    /// <param name="Mentioned">By it, as Discord says; empty where the row has it.</param>
    public sealed record Stands(Snowflake Id, Adoption Adoption, IReadOnlySet<Snowflake> Mentioned) : WelcomePlan
    {
        public bool IsKnown => Adoption == Adoption.Known;
    }

    public sealed record Post : WelcomePlan;

    /// <summary>A group that was active before this program had to do with it: its people were welcomed by the original.</summary>
    public sealed record None : WelcomePlan;
}

/// <param name="Row">Whether the meeting has a row yet.</param>
public sealed record MeetingPlan(int Number, Instant Time, MeetingRow Row, EventPlan Event)
{
    public bool ChangesNothing => Row == MeetingRow.Kept && Event is EventPlan.Stands or EventPlan.Past or EventPlan.Cancelled { Finding: Finding.Known } or EventPlan.Later;
}

public enum MeetingRow
{
    Kept,
    ToInsert,
}

public enum Finding
{
    Known,
    New,
}

public abstract record EventPlan
{
    private EventPlan()
    {
    }

    public sealed record Make : EventPlan;

    public sealed record Stands(Snowflake Id) : EventPlan;

    public sealed record Adopt(Snowflake Id) : EventPlan;

    /// <summary>Somebody moved it; the meeting follows.</summary>
    public sealed record Moved(Snowflake Id, Instant To) : EventPlan;

    /// <summary>It hangs on a voice channel that is gone, and moves to the group's new one.</summary>
    public sealed record Rehang(Snowflake Id) : EventPlan;

    /// <summary>Somebody deleted it.</summary>
    public sealed record Cancelled(Finding Finding) : EventPlan;

    /// <summary>The guild has no room for it yet.</summary>
    public sealed record Later : EventPlan;

    /// <summary>The meeting has begun or is over; no event can be made for it.</summary>
    public sealed record Past : EventPlan;
}
