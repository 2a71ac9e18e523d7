using Cohorts.Discord;
using Cohorts.Domain;

namespace Cohorts.Features.RealizeGroups;

/// <summary>Who may do what in a group's channels. The category has no overwrite of a member: Discord shows it to whoever sees one of its channels.</summary>
public static class ChannelAccess
{
    private const Permissions TextMember =
        Permissions.ViewChannel | Permissions.SendMessages | Permissions.ReadMessageHistory | Permissions.AttachFiles | Permissions.AddReactions;

    /// <summary>Discord's one permission for video and for sharing a screen is <see cref="Permissions.Stream"/>.</summary>
    private const Permissions VoiceMember =
        Permissions.ViewChannel | Permissions.Connect | Permissions.Speak | Permissions.Stream;

    private const Permissions TextBot =
        Permissions.ViewChannel | Permissions.SendMessages | Permissions.EmbedLinks | Permissions.ReadMessageHistory | Permissions.ManageMessages;

    /// <summary>An event in a voice channel is made by whoever sees it and may connect.</summary>
    private const Permissions VoiceBot = Permissions.ViewChannel | Permissions.Connect | Permissions.CreateEvents | Permissions.ManageEvents;

    /// <summary>Most overwrites that Discord takes with a channel's creation; further ones follow one by one.</summary>
    public const int MostAtCreation = 100;

    public static Permissions Of(ChannelType type, CohortRole role) => (type, role) switch
    {
        (ChannelType.Text, CohortRole.Participant) => TextMember,
        (ChannelType.Text, CohortRole.Facilitator) => TextMember | Permissions.ManageMessages,
        (ChannelType.Voice, CohortRole.Participant) => VoiceMember,
        // To start the event too: Discord cancels one that nobody starts.
        (ChannelType.Voice, CohortRole.Facilitator) => VoiceMember | Permissions.MuteMembers | Permissions.MoveMembers | Permissions.ManageEvents,
        _ => throw new InvalidOperationException($"A group has no channel of type {type}."),
    };

    /// <summary>Hidden from everybody but the bot from its first moment.</summary>
    public static IReadOnlyList<PermissionOverwrite> OfCategory(Snowflake guild, Snowflake bot) =>
        [Everyone(guild), new(bot, OverwriteType.Member, TextBot | VoiceBot, Permissions.None)];

    /// <summary>Those that hide the channel and let the bot work, then the members'.</summary>
    public static IReadOnlyList<PermissionOverwrite> OfChannel(
        ChannelType type, Snowflake guild, Snowflake bot, IEnumerable<(Snowflake User, CohortRole Role)> members) =>
    [
        Everyone(guild),
        new(bot, OverwriteType.Member, type == ChannelType.Text ? TextBot : VoiceBot, Permissions.None),
        .. members.Select(m => new PermissionOverwrite(m.User, OverwriteType.Member, Of(type, m.Role), Permissions.None)),
    ];

    /// <summary>
    /// What is to be changed of a channel's overwrites. What somebody granted beyond is left; who is no member any more loses theirs;
    /// overwrites of anybody else are nobody's business here.
    /// </summary>
    /// <param name="left">Those who were members of this group and are not any more.</param>
    public static IReadOnlyList<OverwriteChange> Changes(
        IReadOnlyList<PermissionOverwrite> there, IReadOnlyList<PermissionOverwrite> wanted, IEnumerable<Snowflake> left)
    {
        var standing = there.ToDictionary(o => o.Id);
        var changes = new List<OverwriteChange>();
        foreach (var id in left.Distinct().Where(id => standing.ContainsKey(id) && wanted.All(w => w.Id != id)))
            changes.Add(new OverwriteChange.Remove(id));
        foreach (var want in wanted)
        {
            var has = standing.GetValueOrDefault(want.Id) ?? new PermissionOverwrite(want.Id, want.Type, Permissions.None, Permissions.None);
            var mended = has with { Allow = (has.Allow | want.Allow) & ~want.Deny, Deny = (has.Deny | want.Deny) & ~want.Allow };
            if (mended != has || !standing.ContainsKey(want.Id))
                changes.Add(new OverwriteChange.Put(mended));
        }
        return changes;
    }

    public static bool IsHidden(GuildChannel channel, Snowflake guild) =>
        channel.PermissionOverwrites?.Any(o => o.Id == guild && o.Deny.HasFlag(Permissions.ViewChannel)) == true;

    private static PermissionOverwrite Everyone(Snowflake guild) => new(guild, OverwriteType.Role, Permissions.None, Permissions.ViewChannel);
}

public abstract record OverwriteChange
{
    private OverwriteChange()
    {
    }

    /// <summary>The role or user whose overwrite it is.</summary>
    public abstract Snowflake Of { get; }

    public bool IsOfPerson(Snowflake bot) => this is Remove or Put { Overwrite.Type: OverwriteType.Member } && Of != bot;

    public sealed record Put(PermissionOverwrite Overwrite) : OverwriteChange
    {
        public override Snowflake Of => Overwrite.Id;
    }

    public sealed record Remove(Snowflake User) : OverwriteChange
    {
        public override Snowflake Of => User;
    }
}
