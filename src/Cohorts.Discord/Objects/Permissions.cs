using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Cohorts.Discord;

/// <summary>Discord's permission bits. In JSON a decimal string; bits without a name here are kept.</summary>
[Flags]
[JsonConverter(typeof(PermissionsConverter))]
public enum Permissions : ulong
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
    PrioritySpeaker = 1UL << 8,
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
    ViewGuildInsights = 1UL << 19,
    Connect = 1UL << 20,
    Speak = 1UL << 21,
    MuteMembers = 1UL << 22,
    DeafenMembers = 1UL << 23,
    MoveMembers = 1UL << 24,
    UseVoiceActivity = 1UL << 25,
    ChangeNickname = 1UL << 26,
    ManageNicknames = 1UL << 27,
    ManageRoles = 1UL << 28,
    ManageWebhooks = 1UL << 29,
    ManageGuildExpressions = 1UL << 30,
    UseApplicationCommands = 1UL << 31,
    RequestToSpeak = 1UL << 32,
    /// <summary>To edit and delete scheduled events that others made.</summary>
    ManageEvents = 1UL << 33,
    ManageThreads = 1UL << 34,
    CreatePublicThreads = 1UL << 35,
    CreatePrivateThreads = 1UL << 36,
    UseExternalStickers = 1UL << 37,
    SendMessagesInThreads = 1UL << 38,
    UseEmbeddedActivities = 1UL << 39,
    ModerateMembers = 1UL << 40,
    ViewCreatorMonetizationAnalytics = 1UL << 41,
    UseSoundboard = 1UL << 42,
    CreateGuildExpressions = 1UL << 43,
    /// <summary>To create scheduled events, and to edit and delete one's own.</summary>
    CreateEvents = 1UL << 44,
    UseExternalSounds = 1UL << 45,
    SendVoiceMessages = 1UL << 46,
    SendPolls = 1UL << 49,
    UseExternalApps = 1UL << 50,
}

internal sealed class PermissionsConverter : JsonConverter<Permissions>
{
    public override Permissions Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.Number && reader.TryGetUInt64(out var number))
            return (Permissions)number;
        if (reader.TokenType == JsonTokenType.String
            && ulong.TryParse(reader.GetString(), NumberStyles.None, CultureInfo.InvariantCulture, out var text))
            return (Permissions)text;
        throw new JsonException("Not a permission set.");
    }

    public override void Write(Utf8JsonWriter writer, Permissions value, JsonSerializerOptions options) =>
        writer.WriteStringValue(((ulong)value).ToString(CultureInfo.InvariantCulture));
}

/// <summary>Who may do what, as Discord computes it (documentation, "Permission Hierarchy" and "Implicit Permissions").</summary>
public static class MemberPermissions
{
    private const Permissions All = (Permissions)ulong.MaxValue;

    /// <summary>What a member may do in the guild as a whole; the owner and administrators may do everything.</summary>
    public static Permissions InGuild(Guild guild, Snowflake userId, IReadOnlyCollection<Snowflake> roleIds)
    {
        if (guild.OwnerId == userId)
            return All;
        var granted = Permissions.None;
        foreach (var role in guild.Roles)
        {
            if (role.Id == guild.Id || roleIds.Contains(role.Id))
                granted |= role.Permissions;
        }
        return granted.HasFlag(Permissions.Administrator) ? All : granted;
    }

    /// <summary>What a member may do in one channel. Without <see cref="Permissions.ViewChannel"/> it is nothing.</summary>
    public static Permissions InChannel(Guild guild, GuildChannel channel, Snowflake userId, IReadOnlyCollection<Snowflake> roleIds)
    {
        var granted = InGuild(guild, userId, roleIds);
        if (granted == All)
            return All;
        var overwrites = channel.PermissionOverwrites ?? [];

        foreach (var everyone in overwrites.Where(o => o.Type == OverwriteType.Role && o.Id == guild.Id))
            granted = (granted & ~everyone.Deny) | everyone.Allow;

        var (allow, deny) = (Permissions.None, Permissions.None);
        foreach (var role in overwrites.Where(o => o.Type == OverwriteType.Role && o.Id != guild.Id && roleIds.Contains(o.Id)))
            (allow, deny) = (allow | role.Allow, deny | role.Deny);
        granted = (granted & ~deny) | allow;

        foreach (var own in overwrites.Where(o => o.Type == OverwriteType.Member && o.Id == userId))
            granted = (granted & ~own.Deny) | own.Allow;

        return granted.HasFlag(Permissions.ViewChannel) ? granted : Permissions.None;
    }
}
