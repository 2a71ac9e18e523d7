using System.Text.Json.Nodes;
using Cohorts.Discord.Simulator.Gateway;
using Cohorts.Discord.Simulator.Model;

namespace Cohorts.Discord.Simulator.Rest;

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
        call.Audit(guild, AuditCreate, role.Id, AuditChanges.Between(null, Render.Role(role)));
        Announce(call.World, guild, role, "GUILD_ROLE_CREATE");
        return Answer.Ok(Render.Role(role));
    }

    public static Answer Edit(Call call)
    {
        var guild = call.Guild();
        var role = Find(call, guild);
        DemandBelow(call, guild, role);
        var before = Render.Role(role);
        Read(call, guild, role);
        call.Audit(guild, AuditUpdate, role.Id, AuditChanges.Between(before, Render.Role(role)));
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

        call.Audit(guild, AuditDelete, role.Id, AuditChanges.Between(Render.Role(role), null));
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
        var color = ReadColors(form) ?? form.Whole("color", 0, 0xFFFFFF);
        var hoist = form.Flag("hoist");
        var mentionable = form.Flag("mentionable");
        // Pictures need a guild with the feature ROLE_ICONS, which none here has.
        form.NotSimulated("icon", "unicode_emoji");
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

    /// <summary>Documented: colors takes the place of color. A second and third colour need a guild with the feature ENHANCED_ROLE_COLORS.</summary>
    private static long? ReadColors(Form form)
    {
        if (form.Object("colors") is not { } colors)
        {
            return null;
        }

        colors.NotSimulated("secondary_color", "tertiary_color");
        return colors.Whole("primary_color", 0, 0xFFFFFF);
    }

    public static void Announce(World world, Guild guild, Role role, string type) =>
        world.Dispatch(type, Intents.Guilds, new JsonObject { ["guild_id"] = guild.Id.ToString(), ["role"] = Render.Role(role) });
}
