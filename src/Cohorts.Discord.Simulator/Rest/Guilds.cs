using System.Text.Json.Nodes;
using Cohorts.Discord.Simulator.Gateway;
using Cohorts.Discord.Simulator.Model;

namespace Cohorts.Discord.Simulator.Rest;

internal static class Guilds
{
    public static Answer Get(Call call) => Answer.Ok(Render.Guild(call.Guild(), call.Asks("with_counts")));

    public static Answer AuditLog(Call call)
    {
        var guild = call.Guild();
        call.Demand(guild, Permission.ViewAuditLog);
        return Answer.Ok(new JsonObject
        {
            ["audit_log_entries"] = Entries(guild.AuditLog.AsEnumerable().Reverse().Take(call.Limit(50, 100))),
            ["users"] = Render.List([call.Bot], Render.User),
            ["integrations"] = new JsonArray(),
            ["webhooks"] = new JsonArray(),
            ["guild_scheduled_events"] = new JsonArray(),
            ["threads"] = new JsonArray(),
            ["application_commands"] = new JsonArray(),
            ["auto_moderation_rules"] = new JsonArray(),
        });
    }

    public static JsonArray Entries(IEnumerable<AuditEntry> entries) => Render.List(entries, entry =>
    {
        var json = new JsonObject
        {
            ["id"] = entry.Id.ToString(),
            ["action_type"] = entry.Action,
            ["user_id"] = entry.UserId.ToString(),
            ["target_id"] = entry.TargetId?.ToString(),
        };
        if (entry.Reason is { } reason)
        {
            json["reason"] = reason;
        }

        return json;
    });
}

internal static class Roles
{
    private const int AuditCreate = 30, AuditUpdate = 31, AuditDelete = 32;

    public static Answer List(Call call) => Answer.Ok(Render.List(call.Guild().Roles.Values, Render.Role));

    public static Answer Get(Call call) => Answer.Ok(Render.Role(Find(call, call.Guild())));

    public static Answer Create(Call call)
    {
        var guild = call.Guild();
        var role = new Role(call.World.Ids.Next(), "new role") { Permissions = guild.Everyone.Permissions, Position = 1 };
        call.Demand(guild, Permission.ManageRoles);
        Read(call, guild, role);
        if (guild.Roles.Count >= Limits.RolesPerGuild)
        {
            throw Refused.TooManyRoles();
        }

        foreach (var other in guild.Roles.Values.Where(other => other.Position >= 1))
        {
            other.Position++;
        }

        guild.Roles.Add(role.Id, role);
        call.Audit(guild, AuditCreate, role.Id);
        Announce(call.World, guild, role, "GUILD_ROLE_CREATE");
        return Answer.Ok(Render.Role(role));
    }

    public static Answer Edit(Call call)
    {
        var guild = call.Guild();
        var role = Find(call, guild);
        DemandBelow(call, guild, role);
        Read(call, guild, role);
        call.Audit(guild, AuditUpdate, role.Id);
        Announce(call.World, guild, role, "GUILD_ROLE_UPDATE");
        return Answer.Ok(Render.Role(role));
    }

    public static Answer Delete(Call call)
    {
        var guild = call.Guild();
        var role = Find(call, guild);
        DemandBelow(call, guild, role);
        if (role.Id == guild.Id || role.BotId is not null)
        {
            throw new Refused(400, 50028, "Invalid role");
        }

        guild.Roles.Remove(role.Id);
        foreach (var member in guild.Members.Values)
        {
            member.RoleIds.Remove(role.Id);
        }

        foreach (var channel in guild.Channels.Values)
        {
            channel.Overwrites.Remove(role.Id);
        }

        call.Audit(guild, AuditDelete, role.Id);
        call.World.Dispatch("GUILD_ROLE_DELETE", Intents.Guilds, new JsonObject { ["guild_id"] = guild.Id.ToString(), ["role_id"] = role.Id.ToString() });
        return Answer.NoContent;
    }

    /// <summary>Roles at or above the bot's own are out of its reach.</summary>
    public static void DemandBelow(Call call, Guild guild, Role role)
    {
        call.Demand(guild, Permission.ManageRoles);
        if (role.Position >= Permissions.Rank(guild, call.World.BotIn(guild)))
        {
            throw Refused.MissingPermissions();
        }
    }

    public static Role Find(Call call, Guild guild) =>
        guild.Roles.TryGetValue(call.Id("role.id"), out var role) ? role : throw Refused.UnknownRole();

    private static void Read(Call call, Guild guild, Role role)
    {
        var form = call.Body;
        var name = form.Text("name", 100, min: 1);
        var bits = form.Bits("permissions");
        var color = form.Whole("color", 0, 0xFFFFFF);
        var hoist = form.Flag("hoist");
        var mentionable = form.Flag("mentionable");
        form.Errors.ThrowIfAny();
        var held = Permissions.InGuild(guild, call.World.BotIn(guild));
        if (bits is { } wanted && ((wanted ^ role.Permissions) & ~held) != Permission.None)
        {
            throw Refused.MissingPermissions();
        }

        role.Name = name ?? role.Name;
        role.Permissions = bits ?? role.Permissions;
        role.Color = (int)(color ?? role.Color);
        role.Hoist = hoist ?? role.Hoist;
        role.Mentionable = mentionable ?? role.Mentionable;
    }

    private static void Announce(World world, Guild guild, Role role, string type) =>
        world.Dispatch(type, Intents.Guilds, new JsonObject { ["guild_id"] = guild.Id.ToString(), ["role"] = Render.Role(role) });
}

internal static class Members
{
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
        call.Body.Text("access_token", 10_240, min: 1, required: true);
        call.Body.Errors.ThrowIfAny();
        call.Demand(guild, Permission.CreateInstantInvite);
        if (!call.World.Users.TryGetValue(id, out var user))
        {
            throw Refused.UnknownUser();
        }

        return guild.Members.ContainsKey(id) ? Answer.NoContent : Answer.Created(Render.Member(Join(call.World, guild, user)));
    }

    public static Answer Edit(Call call)
    {
        var guild = call.Guild();
        var member = Find(call, guild);
        var form = call.Body;
        var nick = form.Text("nick", 32);
        var roles = form.HasValue("roles") ? form.Ids("roles", 250) : null;
        form.Errors.ThrowIfAny();
        if (form.Has("nick"))
        {
            call.Demand(guild, member.User.Id == call.Bot.Id ? Permission.ChangeNickname : Permission.ManageNicknames);
            DemandAbove(call, guild, member);
            member.Nick = string.IsNullOrEmpty(nick) ? null : nick;
        }

        if (roles is not null)
        {
            foreach (var id in roles.Union(member.RoleIds).Except(roles.Intersect(member.RoleIds)))
            {
                Roles.DemandBelow(call, guild, guild.Roles.TryGetValue(id, out var role) ? role : throw Refused.UnknownRole());
            }

            member.RoleIds.Clear();
            member.RoleIds.UnionWith(roles);
        }

        call.Audit(guild, roles is null ? AuditUpdate : AuditRoles, member.User.Id);
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

    public static Answer AddRole(Call call) => ChangeRole(call, (member, role) => member.RoleIds.Add(role.Id));

    public static Answer RemoveRole(Call call) => ChangeRole(call, (member, role) => member.RoleIds.Remove(role.Id));

    public static Member Join(World world, Guild guild, User user)
    {
        var member = Founding.Join(guild, user, world.Now);
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

    private static Answer ChangeRole(Call call, Func<Member, Role, bool> change)
    {
        var guild = call.Guild();
        var member = Find(call, guild);
        var role = Roles.Find(call, guild);
        Roles.DemandBelow(call, guild, role);
        if (role.BotId is not null || role.Id == guild.Id)
        {
            throw new Refused(400, 50028, "Invalid role");
        }

        if (change(member, role))
        {
            call.Audit(guild, AuditRoles, member.User.Id);
            Announce(call.World, guild, member);
        }

        return Answer.NoContent;
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
