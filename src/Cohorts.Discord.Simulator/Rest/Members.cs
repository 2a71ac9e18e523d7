using System.Text.Json.Nodes;
using Cohorts.Discord.Simulator.Gateway;
using Cohorts.Discord.Simulator.Model;

namespace Cohorts.Discord.Simulator.Rest;

internal static class Members
{
    /// <summary>A channel of null disconnects, and so asks for something too.</summary>
    private static readonly string[] NeedVoice = ["mute", "deaf", "channel_id"];

    private const int AuditKick = 20, AuditUpdate = 24, AuditRoles = 25;

    public static Answer List(Call call)
    {
        var guild = Listable(call);
        var after = call.QueryId("after") ?? default;
        return Answer.Ok(Render.List(guild.Members.Values.Where(member => member.User.Id > after).Take(call.Limit(1, 1000)), Render.Member));
    }

    public static Answer Search(Call call)
    {
        var guild = Listable(call);
        if (call.Query("query") is not { Length: > 0 } query)
        {
            throw FormErrors.Of("query", "BASE_TYPE_REQUIRED", "This field is required");
        }

        var found = guild.Members.Values.Where(member =>
            member.User.Username.StartsWith(query, StringComparison.OrdinalIgnoreCase)
            || member.DisplayName.StartsWith(query, StringComparison.OrdinalIgnoreCase));
        return Answer.Ok(Render.List(found.Take(call.Limit(1, 1000)), Render.Member));
    }

    public static Answer Get(Call call) => Answer.Ok(Render.Member(Find(call, call.Guild())));

    public static Answer Add(Call call)
    {
        var guild = call.Guild();
        var id = call.Id("user.id");
        var form = call.Body;
        form.Text("access_token", 10_240, min: 1, required: true);
        var nick = form.Text("nick", 32);
        var roles = form.Ids("roles", 250);
        var (mute, deaf) = (form.Flag("mute") ?? false, form.Flag("deaf") ?? false);
        var bypasses = ReadFlags(form);
        form.Errors.ThrowIfAny();
        call.Demand(guild, Permission.CreateInstantInvite
            | (string.IsNullOrEmpty(nick) ? Permission.None : Permission.ManageNicknames)
            | (mute ? Permission.MuteMembers : Permission.None)
            | (deaf ? Permission.DeafenMembers : Permission.None));
        foreach (var role in roles)
        {
            DemandMayGive(call, guild, role);
        }

        if (!call.World.Users.TryGetValue(id, out var user))
        {
            throw Refused.UnknownUser();
        }

        if (guild.Members.ContainsKey(id))
        {
            return Answer.NoContent;
        }

        return Answer.Created(Render.Member(Join(call.World, guild, user, member =>
        {
            member.Nick = string.IsNullOrEmpty(nick) ? null : nick;
            member.RoleIds.UnionWith(roles);
            (member.Mute, member.Deaf, member.BypassesVerification) = (mute, deaf, bypasses ?? false);
        })));
    }

    public static Answer Edit(Call call)
    {
        var guild = call.Guild();
        var member = Find(call, guild);
        var form = call.Body;
        var nick = form.Text("nick", 32);
        var roles = form.HasValue("roles") ? form.Ids("roles", 350) : null;
        var timeout = form.Time("communication_disabled_until");
        var bypasses = ReadFlags(form);
        form.Flag("mute");
        form.Flag("deaf");
        form.Id("channel_id");
        if (timeout > call.World.Now + Limits.LongestTimeout)
        {
            form.Fail("communication_disabled_until", "COMMUNICATION_DISABLED_TOO_LONG", "A timeout lasts 28 days at most.");
        }

        form.Errors.ThrowIfAny();
        DemandVoice(form);
        if (form.Has("nick"))
        {
            call.Demand(guild, member.User.Id == call.Bot.Id ? Permission.ChangeNickname : Permission.ManageNicknames);
            DemandAbove(call, guild, member);
        }

        if (form.Has("communication_disabled_until"))
        {
            call.Demand(guild, Permission.ModerateMembers);
            DemandAbove(call, guild, member);
            DemandMayBeTimedOut(guild, member);
        }

        if (bypasses is not null)
        {
            call.Demand(guild, Permission.ManageRoles);
        }

        foreach (var id in roles is null ? [] : roles.Union(member.RoleIds).Except(roles.Intersect(member.RoleIds)))
        {
            DemandMayGive(call, guild, id);
        }

        var before = Render.Member(member);
        if (form.Has("nick"))
        {
            member.Nick = string.IsNullOrEmpty(nick) ? null : nick;
        }

        if (form.Has("communication_disabled_until"))
        {
            call.World.TimeOut(member, timeout);
        }

        member.BypassesVerification = bypasses ?? member.BypassesVerification;
        if (roles is not null)
        {
            AuditRoleChanges(call, guild, member, roles);
            member.RoleIds.Clear();
            member.RoleIds.UnionWith(roles);
        }

        if (AuditChanges.Between(before, Render.Member(member)) is { Count: > 0 } changes)
        {
            call.Audit(guild, AuditUpdate, member.User.Id, changes);
        }

        Announce(call.World, guild, member);
        return Answer.Ok(Render.Member(member));
    }

    public static Answer Remove(Call call)
    {
        var guild = call.Guild();
        var member = Find(call, guild);
        call.Demand(guild, Permission.KickMembers);
        DemandAbove(call, guild, member);
        Leave(call.World, guild, member);
        call.Audit(guild, AuditKick, member.User.Id);
        return Answer.NoContent;
    }

    public static Answer AddRole(Call call) => ChangeRole(call, (held, role) => held.Add(role));

    public static Answer RemoveRole(Call call) => ChangeRole(call, (held, role) => held.Remove(role));

    public static Member Join(World world, Guild guild, User user, Action<Member>? prepare = null)
    {
        var member = Founding.Join(guild, user, world.Now);
        prepare?.Invoke(member);
        var json = Render.Member(member);
        json["guild_id"] = guild.Id.ToString();
        world.Dispatch("GUILD_MEMBER_ADD", Intents.GuildMembers, json);
        return member;
    }

    public static void Leave(World world, Guild guild, Member member)
    {
        guild.Members.Remove(member.User.Id);
        world.Dispatch("GUILD_MEMBER_REMOVE", Intents.GuildMembers, new JsonObject { ["guild_id"] = guild.Id.ToString(), ["user"] = Render.User(member.User) });
    }

    private static Answer ChangeRole(Call call, Func<HashSet<Snowflake>, Snowflake, bool> change)
    {
        var guild = call.Guild();
        var member = Find(call, guild);
        var role = Roles.Find(call, guild);
        DemandMayGive(call, guild, role.Id);
        var roles = member.RoleIds.ToHashSet();
        if (change(roles, role.Id))
        {
            AuditRoleChanges(call, guild, member, roles);
            change(member.RoleIds, role.Id);
            Announce(call.World, guild, member);
        }

        return Answer.NoContent;
    }

    /// <summary>Neither @everyone nor a bot's own role is given or taken, and none at or above the bot's.</summary>
    private static void DemandMayGive(Call call, Guild guild, Snowflake id)
    {
        var role = guild.Roles.TryGetValue(id, out var known) ? known : throw Refused.UnknownRole();
        Roles.DemandBelow(call, guild, role);
        if (role.BotId is not null || role.Id == guild.Id)
        {
            throw new Refused(400, 50028, "Invalid role");
        }
    }

    /// <summary>Documented: 400 where the member is not connected to voice, which nobody ever is here.</summary>
    private static void DemandVoice(Form form)
    {
        var errors = new FormErrors();
        foreach (var name in NeedVoice.Where(name => name == "channel_id" ? form.Has(name) : form.HasValue(name)))
        {
            errors.Add(name, "TARGET_USER_NOT_CONNECTED_TO_VOICE", $"{name}: the user is not connected to voice.");
        }

        if (errors.Any)
        {
            throw Refused.NotConnectedToVoice(errors);
        }
    }

    private static void DemandMayBeTimedOut(Guild guild, Member member)
    {
        if (Permissions.InGuild(guild, member).Holds(Permission.Administrator))
        {
            throw Refused.MissingPermissions();
        }
    }

    /// <summary>Only BYPASSES_VERIFICATION can be set; the other flags are Discord's own.</summary>
    private static bool? ReadFlags(Form form)
    {
        if (form.Whole("flags", 0, int.MaxValue) is not { } flags)
        {
            return null;
        }

        if ((flags & ~Limits.SettableMemberFlags) != 0)
        {
            form.Fail("flags", "BASE_TYPE_CHOICES", $"Flags {flags & ~Limits.SettableMemberFlags} cannot be set.");
        }

        return (flags & Limits.SettableMemberFlags) != 0;
    }

    /// <summary>Documented as partial roles under the keys $add and $remove.</summary>
    private static void AuditRoleChanges(Call call, Guild guild, Member member, IReadOnlyCollection<Snowflake> roles)
    {
        AuditChange Change(string key, IEnumerable<Snowflake> ids) => new(key, Old: null, Render.List(ids, id => new JsonObject { ["id"] = id.ToString(), ["name"] = guild.Roles[id].Name }));
        var (added, removed) = (roles.Except(member.RoleIds).ToList(), member.RoleIds.Except(roles).ToList());
        List<AuditChange> changes = [];
        if (added.Count > 0)
        {
            changes.Add(Change("$add", added));
        }

        if (removed.Count > 0)
        {
            changes.Add(Change("$remove", removed));
        }

        if (changes.Count > 0)
        {
            call.Audit(guild, AuditRoles, member.User.Id, changes);
        }
    }

    private static Guild Listable(Call call)
    {
        var guild = call.Guild();
        return call.World.Application.PrivilegedIntents ? guild : throw Refused.MissingAccess();
    }

    private static Member Find(Call call, Guild guild)
    {
        // Whoever has left, and whoever was never here: to a guild they are the same.
        return guild.Members.TryGetValue(call.Id("user.id"), out var member) ? member : throw Refused.UnknownMember();
    }

    private static void DemandAbove(Call call, Guild guild, Member member)
    {
        if (member.User.Id != call.Bot.Id && Permissions.Rank(guild, member) >= Permissions.Rank(guild, call.World.BotIn(guild)))
        {
            throw Refused.MissingPermissions();
        }
    }

    private static void Announce(World world, Guild guild, Member member)
    {
        var json = Render.Member(member);
        json["guild_id"] = guild.Id.ToString();
        world.Dispatch("GUILD_MEMBER_UPDATE", Intents.GuildMembers, json);
    }
}
