namespace Cohorts.Discord.Simulator.Model;

/// <summary>Discord's permission bits, as documented under "Permissions".</summary>
#pragma warning disable MA0062 // All holds bits that have a meaning at Discord and none here.
[Flags]
internal enum Permission : ulong
#pragma warning restore MA0062
{
    None = 0,
    CreateInstantInvite = 1UL << 0,
    KickMembers = 1UL << 1,
    BanMembers = 1UL << 2,
    Administrator = 1UL << 3,
    ManageChannels = 1UL << 4,
    ManageGuild = 1UL << 5,
    AddReactions = 1UL << 6,
    ViewAuditLog = 1UL << 7,
    Stream = 1UL << 9,
    ViewChannel = 1UL << 10,
    SendMessages = 1UL << 11,
    SendTtsMessages = 1UL << 12,
    ManageMessages = 1UL << 13,
    EmbedLinks = 1UL << 14,
    AttachFiles = 1UL << 15,
    ReadMessageHistory = 1UL << 16,
    MentionEveryone = 1UL << 17,
    UseExternalEmojis = 1UL << 18,
    Connect = 1UL << 20,
    Speak = 1UL << 21,
    MuteMembers = 1UL << 22,
    DeafenMembers = 1UL << 23,
    MoveMembers = 1UL << 24,
    ChangeNickname = 1UL << 26,
    ManageNicknames = 1UL << 27,
    ManageRoles = 1UL << 28,
    UseApplicationCommands = 1UL << 31,
    ManageEvents = 1UL << 33,
    ModerateMembers = 1UL << 40,
    CreateEvents = 1UL << 44,
    SendPolls = 1UL << 49,
    /// <summary>Every bit that Discord has given a meaning: 0–52 without the three that are free.</summary>
    All = ((1UL << 53) - 1) & ~(1UL << 47) & ~(1UL << 48),
}

/// <summary>Discord's computation of permissions: base from roles, then a channel's overwrites in their order. Pure.</summary>
internal static class Permissions
{
    /// <summary>Documented: a member who is timed out loses everything but this.</summary>
    private const Permission WhileTimedOut = Permission.ViewChannel | Permission.ReadMessageHistory;

    public static bool Holds(this Permission held, Permission wanted) => (held & wanted) == wanted;

    /// <summary>What a member may do in the guild, before any channel is looked at.</summary>
    public static Permission InGuild(Guild guild, Member member)
    {
        if (guild.OwnerId == member.User.Id)
        {
            return Permission.All;
        }

        var held = guild.Everyone.Permissions;
        foreach (var id in member.RoleIds)
        {
            if (guild.Roles.TryGetValue(id, out var role))
            {
                held |= role.Permissions;
            }
        }

        if (held.Holds(Permission.Administrator))
        {
            return Permission.All;
        }

        return member.TimedOutUntil is null ? held : held & WhileTimedOut;
    }

    /// <summary>
    /// What a member may do in a channel: the @everyone overwrite, then all role overwrites together, then the member's own.
    /// A category's overwrites play no part: a channel carries its own copy or none.
    /// </summary>
    public static Permission InChannel(Guild guild, Member member, Channel channel)
    {
        var held = InGuild(guild, member);
        if (held.Holds(Permission.Administrator))
        {
            return Permission.All;
        }

        if (channel.Overwrites.TryGetValue(guild.Id, out var everyone))
        {
            held = (held & ~everyone.Deny) | everyone.Allow;
        }

        var allow = Permission.None;
        var deny = Permission.None;
        foreach (var role in member.RoleIds)
        {
            if (channel.Overwrites.TryGetValue(role, out var overwrite))
            {
                allow |= overwrite.Allow;
                deny |= overwrite.Deny;
            }
        }

        held = (held & ~deny) | allow;
        if (channel.Overwrites.TryGetValue(member.User.Id, out var own) && own.InEffect)
        {
            held = (held & ~own.Deny) | own.Allow;
        }

        if (member.TimedOutUntil is not null)
        {
            held &= WhileTimedOut;
        }

        return WithImplicitDenials(held, channel.Type);
    }

    /// <summary>Documented as "implicit permissions": who does not see a channel can do nothing in it, and so on.</summary>
    private static Permission WithImplicitDenials(Permission held, ChannelType type)
    {
        if (!held.Holds(Permission.ViewChannel))
        {
            return Permission.None;
        }

        if (type == ChannelType.Voice && !held.Holds(Permission.Connect))
        {
            return held & Permission.ViewChannel;
        }

        if (!held.Holds(Permission.SendMessages))
        {
            held &= ~(Permission.MentionEveryone | Permission.EmbedLinks | Permission.AttachFiles);
        }

        return held;
    }

    public static bool Sees(Guild guild, Member member, Channel channel) =>
        InChannel(guild, member, channel).Holds(Permission.ViewChannel)
        || (channel.Type == ChannelType.Category
            && guild.Channels.Values.Any(child => child.ParentId == channel.Id && Sees(guild, member, child)));

    /// <summary>The highest role decides who may manage whom; the owner stands above all.</summary>
    public static int Rank(Guild guild, Member member) => guild.OwnerId == member.User.Id
        ? int.MaxValue
        : member.RoleIds.Select(id => guild.Roles.TryGetValue(id, out var role) ? role.Position : 0).DefaultIfEmpty(0).Max();
}
