using Cohorts.Discord.Simulator.Gateway;
using Cohorts.Discord.Simulator.Model;

namespace Cohorts.Discord.Simulator.Rest;

/// <summary>Channels and their overwrites.</summary>
internal static class Channels
{
    private const int AuditCreate = 10, AuditUpdate = 11, AuditDelete = 12;
    private const int AuditOverwriteCreate = 13, AuditOverwriteUpdate = 14, AuditOverwriteDelete = 15;

    public static Answer List(Call call)
    {
        var guild = call.Guild();
        var bot = call.World.BotIn(guild);
        return Answer.Ok(Render.List(guild.Channels.Values.Where(channel => Permissions.Sees(guild, bot, channel)), channel => Render.Channel(guild, channel)));
    }

    public static Answer Get(Call call)
    {
        var (guild, channel) = call.Channel();
        return Answer.Ok(Render.Channel(guild, channel));
    }

    public static Answer Create(Call call)
    {
        var guild = call.Guild();
        var bot = call.World.BotIn(guild);
        var form = call.Body;
        var type = (ChannelType)(form.Choice("type", required: false, 0, 2, 4) ?? 0);
        var name = form.Text("name", Limits.ChannelName, min: 1, required: true);
        var parent = ReadParent(form, guild, type);
        var channel = new Channel(call.World.Ids.Next(), type, name ?? "");
        ChannelSettings.Read(form, channel);
        var position = form.Whole("position", 0, int.MaxValue);
        var overwrites = form.HasValue("permission_overwrites") ? ReadOverwrites(form, guild, existing: null) : null;
        form.Errors.ThrowIfAny();

        call.Demand(guild, Permission.ManageChannels);
        if (parent is not null && !Permissions.InChannel(guild, bot, parent).Holds(Permission.ManageChannels))
        {
            throw Refused.MissingPermissions();
        }

        if (overwrites is not null)
        {
            DemandMayGrant(guild, bot, overwrites.Values.Select(overwrite => overwrite.Allow | overwrite.Deny));
        }

        if (guild.Channels.Count >= Limits.ChannelsPerGuild)
        {
            throw Refused.TooManyChannels();
        }

        if (parent is not null)
        {
            DemandRoomIn(guild, parent);
        }

        channel.Name = type == ChannelType.Text ? TextChannelName(name!) : name!;
        channel.ParentId = parent?.Id;
        // Without overwrites of its own a new channel takes a copy of its category's; it does not go on inheriting them.
        channel.Overwrites = overwrites ?? (parent is null ? [] : new(parent.Overwrites));
        channel.Position = (int)(position
            ?? guild.Channels.Values.Where(other => other.Type == type).Select(other => other.Position + 1).DefaultIfEmpty(0).Max());
        guild.Channels.Add(channel.Id, channel);
        call.Audit(guild, AuditCreate, channel.Id, AuditChanges.Between(null, Render.Channel(guild, channel)));
        call.World.Dispatch("CHANNEL_CREATE", Intents.Guilds, Render.Channel(guild, channel), guild, channel);
        return Answer.Created(Render.Channel(guild, channel));
    }

    public static Answer Edit(Call call)
    {
        var (guild, channel) = call.Channel(Permission.ManageChannels);
        var form = call.Body;
        var bot = call.World.BotIn(guild);
        var name = form.Text("name", Limits.ChannelName, min: 1);
        var changed = channel.Copy();
        ChannelSettings.Read(form, changed);
        ChannelSettings.ReadTypeOf(form, channel);
        var parent = form.Has("parent_id") ? ReadParent(form, guild, channel.Type) : null;
        var overwrites = form.HasValue("permission_overwrites") ? ReadOverwrites(form, guild, channel) : null;
        var position = form.Whole("position", 0, int.MaxValue);
        form.Errors.ThrowIfAny();

        if (overwrites is not null)
        {
            DemandMay(guild, bot, channel, Permission.ManageRoles);
            DemandMayGrant(guild, bot, Changed(channel.Overwrites, overwrites), channel);
        }

        if (parent is not null && parent.Id != channel.ParentId)
        {
            DemandMay(guild, bot, parent, Permission.ManageChannels);
            DemandRoomIn(guild, parent);
        }

        if ((name is not null && name != channel.Name) || (changed.Topic is not null && changed.Topic != channel.Topic))
        {
            call.Spend(Pace.Renames, channel.Id.ToString());
        }

        var before = Render.Channel(guild, channel);
        channel.TakeSettings(changed);
        channel.Name = name is null ? channel.Name : channel.Type == ChannelType.Text ? TextChannelName(name) : name;
        channel.ParentId = form.Has("parent_id") ? parent?.Id : channel.ParentId;
        channel.Position = (int)(position ?? channel.Position);
        if (overwrites is not null)
        {
            SetOverwrites(call.World, guild, channel, overwrites);
        }

        call.Audit(guild, AuditUpdate, channel.Id, AuditChanges.Between(before, Render.Channel(guild, channel)));
        Announce(call.World, guild, channel);
        return Answer.Ok(Render.Channel(guild, channel));
    }

    public static Answer Move(Call call)
    {
        var guild = call.Guild();
        call.Demand(guild, Permission.ManageChannels);
        var errors = call.Body.Errors;
        if (call.Body.Json.ValueKind != System.Text.Json.JsonValueKind.Array)
        {
            errors.Add("", "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType");
            errors.ThrowIfAny();
        }

        // All of it is read before any of it is done: a list of which one part is wrong moves nothing.
        var moves = call.Body.Json.EnumerateArray().Select((json, i) => ReadMove(new Form(json, $"{i}", errors), guild)).ToList();
        errors.ThrowIfAny();
        foreach (var (parent, count) in moves.Where(move => move!.Parent is not null && move.Parent.Id != move.Channel.ParentId).GroupBy(move => move!.Parent!).Select(group => (group.Key, group.Count())))
        {
            DemandRoomIn(guild, parent, count);
        }

        foreach (var move in moves)
        {
            var channel = move!.Channel;
            channel.Position = move.Position ?? channel.Position;
            channel.ParentId = move.NamesParent ? move.Parent?.Id : channel.ParentId;
            if (move.LockedTo is { } category)
            {
                channel.Overwrites = new(category.Overwrites);
            }

            Announce(call.World, guild, channel);
        }

        return Answer.NoContent;
    }

    /// <param name="LockedTo">The category of whose overwrites the channel is to take a copy.</param>
    private sealed record ChannelMove(Channel Channel, int? Position, bool NamesParent, Channel? Parent, Channel? LockedTo);

    private static ChannelMove? ReadMove(Form item, Guild guild)
    {
        if (!item.IsObject)
        {
            item.Fail("", "MODEL_TYPE_CONVERT", "Only dictionaries may be used in a ModelType");
            return null;
        }

        var position = (int?)item.Whole("position", 0, int.MaxValue);
        var locks = item.Flag("lock_permissions") == true;
        if (item.Id("id", required: true) is not { } id)
        {
            return null;
        }

        var channel = guild.Channels.TryGetValue(id, out var known) ? known : throw Refused.UnknownChannel();
        var parent = ReadParent(item, guild, channel.Type);
        var category = item.Has("parent_id") ? parent : channel.ParentId is { } present ? guild.Channels.GetValueOrDefault(present) : null;
        if (locks && category is null)
        {
            item.Fail("lock_permissions", "CHANNEL_PARENT_INVALID", "The channel is in no category whose permissions it could take.");
        }

        return new ChannelMove(channel, position, item.Has("parent_id"), parent, locks ? category : null);
    }

    public static Answer Delete(Call call)
    {
        var (guild, channel) = call.Channel(Permission.ManageChannels);
        var json = Render.Channel(guild, channel);
        call.World.Dispatch("CHANNEL_DELETE", Intents.Guilds, json.DeepClone().AsObject(), guild, channel);
        guild.Channels.Remove(channel.Id);
        foreach (var child in guild.Channels.Values.Where(child => child.ParentId == channel.Id))
        {
            child.ParentId = null;
            Announce(call.World, guild, child);
        }

        // An event cannot take place in a channel that is gone.
        foreach (var scheduled in guild.Events.Values.Where(scheduled => scheduled.ChannelId == channel.Id && scheduled.IsOpen).ToList())
        {
            ScheduledEvents.End(call.World, guild, scheduled, EventStatus.Canceled);
        }

        call.Audit(guild, AuditDelete, channel.Id, AuditChanges.Between(json, null));
        return Answer.Ok(json);
    }

    public static Answer PutOverwrite(Call call)
    {
        var (guild, channel) = call.Channel(Permission.ManageRoles);
        var id = call.Id("overwrite.id");
        var form = call.Body;
        var type = (OverwriteType?)form.Choice("type", required: true, 0, 1);
        var allow = form.Bits("allow") ?? Permission.None;
        var deny = form.Bits("deny") ?? Permission.None;
        form.Errors.ThrowIfAny();
        if (type == OverwriteType.Member ? !guild.Members.ContainsKey(id) : !guild.Roles.ContainsKey(id))
        {
            throw Refused.UnknownOverwrite();
        }

        var known = channel.Overwrites.TryGetValue(id, out var old);
        DemandMayGrant(guild, call.World.BotIn(guild), [(allow ^ Allowed(old)) | (deny ^ Denied(old))], channel);
        if (!known && channel.Overwrites.Count >= Limits.OverwritesPerChannel)
        {
            throw Refused.TooManyOverwrites();
        }

        SetOverwrites(call.World, guild, channel, new(channel.Overwrites) { [id] = new Overwrite(id, type!.Value, allow, deny, InEffect: true) });
        AuditOverwrite(call, guild, channel, known ? AuditOverwriteUpdate : AuditOverwriteCreate, old, channel.Overwrites[id]);
        Announce(call.World, guild, channel);
        return Answer.NoContent;
    }

    public static Answer DeleteOverwrite(Call call)
    {
        var (guild, channel) = call.Channel(Permission.ManageRoles);
        var id = call.Id("overwrite.id");
        if (!channel.Overwrites.TryGetValue(id, out var old))
        {
            throw Refused.UnknownOverwrite();
        }

        DemandMayGrant(guild, call.World.BotIn(guild), [old.Allow | old.Deny], channel);
        var left = new SortedDictionary<Snowflake, Overwrite>(channel.Overwrites);
        left.Remove(id);
        SetOverwrites(call.World, guild, channel, left);
        AuditOverwrite(call, guild, channel, AuditOverwriteDelete, old, now: null);
        Announce(call.World, guild, channel);
        return Answer.NoContent;
    }

    /// <summary>Sets a channel's overwrites. Channels that were in step with their category stay in step, as documented under "permission syncing".</summary>
    public static void SetOverwrites(World world, Guild guild, Channel channel, SortedDictionary<Snowflake, Overwrite> overwrites)
    {
        var synced = channel.Type != ChannelType.Category
            ? []
            : guild.Channels.Values.Where(child => child.ParentId == channel.Id && child.Overwrites.Values.SequenceEqual(channel.Overwrites.Values)).ToList();
        channel.Overwrites = overwrites;
        foreach (var child in synced)
        {
            child.Overwrites = new(overwrites);
            Announce(world, guild, child);
        }
    }

    /// <summary>Its target is the channel; whose overwrite it was is among its options.</summary>
    private static void AuditOverwrite(Call call, Guild guild, Channel channel, int action, Overwrite? old, Overwrite? now)
    {
        var about = (now ?? old)!;
        var options = new Dictionary<string, string>(StringComparer.Ordinal) { ["id"] = about.Id.ToString(), ["type"] = about.Type == OverwriteType.Role ? "0" : "1" };
        if (guild.Roles.TryGetValue(about.Id, out var role))
        {
            options["role_name"] = role.Name;
        }

        call.Audit(guild, action, channel.Id, AuditChanges.Between(old is null ? null : Render.Overwrite(old), now is null ? null : Render.Overwrite(now)), options);
    }

    private static void Announce(World world, Guild guild, Channel channel) =>
        world.Dispatch("CHANNEL_UPDATE", Intents.Guilds, Render.Channel(guild, channel), guild, channel);

    private static void DemandMay(Guild guild, Member bot, Channel channel, Permission wanted)
    {
        if (!Permissions.InChannel(guild, bot, channel).Holds(wanted))
        {
            throw Refused.MissingPermissions();
        }
    }

    /// <summary>
    /// Only bits that the bot holds may be allowed or denied; MANAGE_ROLES in a channel only by an administrator. In an
    /// existing channel an own overwrite that allows MANAGE_ROLES lifts the rule.
    /// </summary>
    private static void DemandMayGrant(Guild guild, Member bot, IEnumerable<Permission> changed, Channel? channel = null)
    {
        var held = Permissions.InGuild(guild, bot);
        if (held.Holds(Permission.Administrator))
        {
            return;
        }

        if (channel is not null
            && channel.Overwrites.Values.Any(overwrite => overwrite.Allow.Holds(Permission.ManageRoles)
                && (overwrite.Id == bot.User.Id || bot.RoleIds.Contains(overwrite.Id))))
        {
            return;
        }

        if (changed.Any(bits => (bits & ~held) != Permission.None || bits.HasFlag(Permission.ManageRoles)))
        {
            throw Refused.MissingPermissions();
        }
    }

    private static IEnumerable<Permission> Changed(SortedDictionary<Snowflake, Overwrite> before, SortedDictionary<Snowflake, Overwrite> after) =>
        before.Keys.Union(after.Keys).Select(id =>
        {
            before.TryGetValue(id, out var old);
            after.TryGetValue(id, out var now);
            return (Allowed(old) ^ Allowed(now)) | (Denied(old) ^ Denied(now));
        });

    private static Permission Allowed(Overwrite? overwrite) => overwrite?.Allow ?? Permission.None;

    private static Permission Denied(Overwrite? overwrite) => overwrite?.Deny ?? Permission.None;

    private static void DemandRoomIn(Guild guild, Channel parent, int more = 1)
    {
        if (guild.Channels.Values.Count(channel => channel.ParentId == parent.Id) + more > Limits.ChannelsPerCategory)
        {
            throw FormErrors.Of("parent_id", "CHANNEL_PARENT_MAX_CHANNELS", $"Maximum number of channels in category reached ({Limits.ChannelsPerCategory})");
        }
    }

    private static Channel? ReadParent(Form form, Guild guild, ChannelType type)
    {
        if (form.Id("parent_id") is not { } id)
        {
            return null;
        }

        if (!guild.Channels.TryGetValue(id, out var parent))
        {
            form.Fail("parent_id", "CHANNEL_PARENT_INVALID", "Category does not exist");
        }
        else if (parent.Type != ChannelType.Category)
        {
            form.Fail("parent_id", "CHANNEL_PARENT_INVALID_TYPE", "Not a category");
        }
        else if (type == ChannelType.Category)
        {
            form.Fail("parent_id", "CHANNEL_PARENT_INVALID_PARENT", "Categories cannot have subcategories");
        }

        return parent;
    }

    private static SortedDictionary<Snowflake, Overwrite> ReadOverwrites(Form form, Guild guild, Channel? existing)
    {
        var overwrites = new SortedDictionary<Snowflake, Overwrite>();
        foreach (var item in form.List("permission_overwrites", Limits.OverwritesPerCreate))
        {
            var id = item.Id("id", required: true);
            var type = (OverwriteType?)item.Choice("type", required: false, 0, 1);
            var allow = item.Bits("allow") ?? Permission.None;
            var deny = item.Bits("deny") ?? Permission.None;
            if (id is not { } target)
            {
                continue;
            }

            var isRole = (type ?? (guild.Roles.ContainsKey(target) ? OverwriteType.Role : OverwriteType.Member)) == OverwriteType.Role;
            if (isRole && !guild.Roles.ContainsKey(target))
            {
                item.Fail("id", "ROLE_UNKNOWN", $"Unknown role {target}");
            }

            Overwrite? old = null;
            existing?.Overwrites.TryGetValue(target, out old);
            var inEffect = isRole || guild.Members.ContainsKey(target) || old is { InEffect: true };
            overwrites[target] = new Overwrite(target, isRole ? OverwriteType.Role : OverwriteType.Member, allow, deny, inEffect);
        }

        return overwrites;
    }

    /// <summary>Text channels are lower case with hyphens for blanks, whatever is asked for.</summary>
    private static string TextChannelName(string name)
    {
        var dashed = string.Join('-', name.ToLowerInvariant().Split([' ', '\t', '\n'], StringSplitOptions.RemoveEmptyEntries));
        return dashed.Length == 0 ? "-" : dashed;
    }
}
