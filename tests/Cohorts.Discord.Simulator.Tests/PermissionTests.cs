using Cohorts.Discord.Simulator.Model;
using CsCheck;

namespace Cohorts.Discord.Simulator.Tests;

public class PermissionTests
{
    private static readonly Snowflake GuildId = new(1), OwnerId = new(2), RoleOne = new(3), RoleTwo = new(4), MemberId = new(5), ChannelId = new(6);

    private static readonly Gen<Permission> Bits = Gen.ULong[0, (1UL << 53) - 1].Select(bits => (Permission)bits & Permission.All & ~Permission.Administrator);

    private sealed record Case(Permission Everyone, Permission One, Permission Two, (Permission Allow, Permission Deny)[] Overwrites, ChannelType Type);

    private static readonly Gen<Case> Cases = Gen.Select(Bits, Bits, Bits, Gen.Select(Bits, Bits).Array[4], Gen.OneOf(Gen.Const(ChannelType.Text), Gen.Const(ChannelType.Voice), Gen.Const(ChannelType.Category)),
        (everyone, one, two, overwrites, type) => new Case(everyone, one, two, overwrites, type));

    private static (Guild Guild, Member Member, Channel Channel) Build(Case made)
    {
        var guild = new Guild(GuildId, "g", OwnerId);
        guild.Roles.Add(GuildId, new Role(GuildId, "@everyone") { Permissions = made.Everyone });
        guild.Roles.Add(RoleOne, new Role(RoleOne, "one") { Permissions = made.One });
        guild.Roles.Add(RoleTwo, new Role(RoleTwo, "two") { Permissions = made.Two });
        var member = new Member(new User(MemberId, "m", globalName: null, isBot: false), DateTimeOffset.UnixEpoch) { RoleIds = { RoleOne, RoleTwo } };
        guild.Members.Add(MemberId, member);
        var channel = new Channel(ChannelId, made.Type, "c");
        foreach (var (id, type, (allow, deny)) in new[] { (GuildId, OverwriteType.Role), (RoleOne, OverwriteType.Role), (RoleTwo, OverwriteType.Role), (MemberId, OverwriteType.Member) }
            .Zip(made.Overwrites, (target, bits) => (target.Item1, target.Item2, bits)))
        {
            channel.Overwrites.Add(id, new Overwrite(id, type, allow, deny, InEffect: true));
        }

        guild.Channels.Add(ChannelId, channel);
        return (guild, member, channel);
    }

    /// <summary>Discord's documented pseudo-code, bit by bit: the last word of member, roles, everyone, base.</summary>
    [Fact]
    public void For_each_bit_the_member_overwrite_decides_before_the_roles_the_roles_before_everyone_and_everyone_before_the_base() =>
        Cases.Sample(made =>
        {
            var (guild, member, channel) = Build(made);
            var held = Permissions.InChannel(guild, member, channel);
            var (roleAllow, roleDeny) = (made.Overwrites[1].Allow | made.Overwrites[2].Allow, made.Overwrites[1].Deny | made.Overwrites[2].Deny);
            bool Expected(Permission bit) =>
                made.Overwrites[3].Allow.HasFlag(bit) || (!made.Overwrites[3].Deny.HasFlag(bit)
                && (roleAllow.HasFlag(bit) || (!roleDeny.HasFlag(bit)
                && (made.Overwrites[0].Allow.HasFlag(bit) || (!made.Overwrites[0].Deny.HasFlag(bit)
                && (made.Everyone | made.One | made.Two).HasFlag(bit))))));

            var administrates = Enumerable.Range(0, 53).Select(i => (Permission)(1UL << i)).ToList();
            if (!Expected(Permission.ViewChannel))
            {
                return held == Permission.None;
            }

            if (made.Type == ChannelType.Voice && !Expected(Permission.Connect))
            {
                return held == Permission.ViewChannel;
            }

            var implied = Expected(Permission.SendMessages) ? Permission.None : Permission.MentionEveryone | Permission.EmbedLinks | Permission.AttachFiles;
            return administrates.TrueForAll(bit => held.HasFlag(bit) == (Expected(bit) && !implied.HasFlag(bit)));
        });

    [Fact]
    public void The_owner_and_an_administrator_hold_everything_everywhere() =>
        Cases.Sample(made =>
        {
            var (guild, member, channel) = Build(made);
            guild.Roles[RoleOne].Permissions = Permission.Administrator;
            var owner = new Member(new User(OwnerId, "o", globalName: null, isBot: false), DateTimeOffset.UnixEpoch);
            return Permissions.InChannel(guild, member, channel) == Permission.All && Permissions.InChannel(guild, owner, channel) == Permission.All;
        });

    [Fact]
    public void An_overwrite_without_effect_changes_nothing() =>
        Cases.Sample(made =>
        {
            var (guild, member, channel) = Build(made);
            channel.Overwrites[MemberId] = channel.Overwrites[MemberId] with { InEffect = false };
            var with = Permissions.InChannel(guild, member, channel);
            channel.Overwrites.Remove(MemberId);
            return with == Permissions.InChannel(guild, member, channel);
        });
}
