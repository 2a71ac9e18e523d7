using Cohorts.Discord;

namespace Cohorts.Features.RealizeGroups;

/// <summary>Permissions in the words of Discord's settings page.</summary>
public static class PermissionNames
{
    private static readonly (Permissions Permission, string Name)[] Names =
    [
        (Permissions.ViewChannel, "View Channels"),
        (Permissions.ManageChannels, "Manage Channels"),
        (Permissions.ManageRoles, "Manage Roles"),
        (Permissions.SendMessages, "Send Messages"),
        (Permissions.EmbedLinks, "Embed Links"),
        (Permissions.AttachFiles, "Attach Files"),
        (Permissions.AddReactions, "Add Reactions"),
        (Permissions.ReadMessageHistory, "Read Message History"),
        (Permissions.ManageMessages, "Manage Messages"),
        (Permissions.Connect, "Connect"),
        (Permissions.Speak, "Speak"),
        (Permissions.Stream, "Video"),
        (Permissions.MuteMembers, "Mute Members"),
        (Permissions.MoveMembers, "Move Members"),
        (Permissions.CreateEvents, "Create Events"),
        (Permissions.ManageEvents, "Manage Events"),
    ];

    public static string Of(Permissions permissions)
    {
        var named = Names.Where(n => permissions.HasFlag(n.Permission)).ToList();
        var rest = named.Aggregate(permissions, (left, n) => left & ~n.Permission);
        return string.Join(", ", [.. named.Select(n => n.Name), .. rest == Permissions.None ? Array.Empty<string>() : [rest.ToString()]]);
    }
}
