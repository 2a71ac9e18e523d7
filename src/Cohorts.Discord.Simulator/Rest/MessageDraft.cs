using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Cohorts.Discord.Simulator.Model;

namespace Cohorts.Discord.Simulator.Rest;

/// <summary>
/// What a body says a message should hold, checked against every limit. A part that is null was not named: an edit leaves it
/// as it is.
/// </summary>
internal sealed partial class MessageDraft
{
    private MessageDraft()
    {
    }

    public string? Content { get; private init; }
    public JsonArray? Embeds { get; private init; }
    public JsonArray? Components { get; private init; }
    public MessageFlags Flags { get; private init; }
    public bool NamesFlags { get; private init; }
    public bool Tts { get; private init; }

    /// <summary>allowed_mentions.replied_user; without allowed_mentions whoever is replied to is mentioned.</summary>
    public bool MentionsReplied { get; private init; }
    private IReadOnlyList<About>? Described { get; init; }
    private IReadOnlyList<Upload> Files { get; init; } = [];
    private Mentionable Allowed { get; init; } = Mentionable.Everything;

    /// <summary>Who may be mentioned by the text; Discord's allowed_mentions.</summary>
    private sealed record Mentionable(bool Everyone, bool AllUsers, bool AllRoles, IReadOnlySet<Snowflake> Users, IReadOnlySet<Snowflake> Roles)
    {
        public static readonly Mentionable Everything = new(Everyone: true, AllUsers: true, AllRoles: true, new HashSet<Snowflake>(), new HashSet<Snowflake>());
    }

    /// <summary>What the body says of one attachment: a new file by its number, or one that is there by its id.</summary>
    private sealed record About(ulong Id, string? Filename, string? Title, string? Description);

    /// <param name="mayBeEphemeral">Only what answers an interaction can be seen by its reader alone.</param>
    public static MessageDraft Read(Form form, IReadOnlyList<Upload> files, bool mayBeEphemeral)
    {
        var flags = form.Whole("flags", 0, int.MaxValue);
        var known = (int)(MessageFlags.SuppressEmbeds | MessageFlags.SuppressNotifications | (mayBeEphemeral ? MessageFlags.Ephemeral : MessageFlags.None));
        if (flags is { } given && (given & ~known) != 0)
        {
            form.Fail("flags", "BASE_TYPE_CHOICES", $"Flags {given & ~known} cannot be set here; components of version 2 are not simulated.");
        }

        form.NotSimulated("poll", "sticker_ids", "shared_client_theme");

        if (files.Count > Limits.Attachments)
        {
            form.Fail("files", "BASE_TYPE_BAD_LENGTH", $"Must be between 0 and {Limits.Attachments} in length.");
        }

        if (files.Any(file => file.Bytes.Length > Limits.AttachmentBytes))
        {
            throw Refused.TooLarge();
        }

        return new MessageDraft
        {
            Content = form.Has("content") ? form.Text("content", Limits.Content) ?? "" : null,
            Embeds = form.Has("embeds") ? Rest.Embeds.Read(form) : null,
            Components = form.Has("components") ? Rest.Components.Read(form) : null,
            Flags = (MessageFlags)(flags ?? 0),
            NamesFlags = flags is not null,
            Tts = form.Flag("tts") ?? false,
            Described = form.Has("attachments") ? ReadAttachments(form) : null,
            Files = files,
            Allowed = ReadAllowed(form),
            MentionsReplied = !form.HasValue("allowed_mentions") || form.Object("allowed_mentions")?.Flag("replied_user") == true,
        };
    }

    public bool IsEmpty => string.IsNullOrWhiteSpace(Content) && Embeds is not { Count: > 0 } && Files.Count == 0 && Components is not { Count: > 0 };

    /// <summary>Writes what the draft names into the message, and works out whom it now mentions.</summary>
    public void ApplyTo(Message message, World world, Guild guild, Channel channel, Member author)
    {
        message.Content = Content ?? message.Content;
        message.Embeds = Embeds ?? message.Embeds;
        message.Components = Components ?? message.Components;
        if (NamesFlags)
        {
            const MessageFlags settable = MessageFlags.SuppressEmbeds | MessageFlags.SuppressNotifications;
            message.Flags = (message.Flags & ~settable) | (Flags & settable);
        }

        message.Tts |= Tts;
        var described = Described?.ToDictionary(about => about.Id);
        if (described is not null)
        {
            // An edit that lists attachments keeps those it lists and drops the others.
            message.Attachments =
            [
                .. message.Attachments.Where(file => described.ContainsKey(file.Id.Value)).Select(file => file with
                {
                    Title = described[file.Id.Value].Title ?? file.Title,
                    Description = described[file.Id.Value].Description ?? file.Description,
                }),
            ];
        }

        foreach (var file in Files)
        {
            About? about = null;
            described?.TryGetValue((ulong)file.Index, out about);
            message.Attachments.Add(new Attachment(world.Ids.Next(), about?.Filename ?? file.Filename, file.ContentType, about?.Title, about?.Description, file.Bytes));
        }

        Mention(message, world, guild, channel, author);
    }

    private void Mention(Message message, World world, Guild guild, Channel channel, Member author)
    {
        var mayEveryone = Permissions.InChannel(guild, author, channel).Holds(Permission.MentionEveryone);
        message.MentionsEveryone = Allowed.Everyone && mayEveryone && EveryonePattern().IsMatch(message.Content);
        message.Mentions =
        [
            .. IdsIn(UserPattern(), message.Content)
                .Where(id => Allowed.AllUsers || Allowed.Users.Contains(id))
                .Select(id => world.Users.GetValueOrDefault(id))
                .OfType<User>(),
        ];
        if (MentionsReplied && message.ReplyTo is { } reply && channel.Messages.TryGetValue(reply, out var original) && !message.Mentions.Contains(original.Author))
        {
            message.Mentions.Add(original.Author);
        }

        message.MentionedRoles =
        [
            .. IdsIn(RolePattern(), message.Content)
                .Where(id => (Allowed.AllRoles || Allowed.Roles.Contains(id))
                    && guild.Roles.TryGetValue(id, out var role) && (role.Mentionable || mayEveryone)),
        ];
    }

    private static IEnumerable<Snowflake> IdsIn(Regex pattern, string text) =>
        pattern.Matches(text).Select(match => Snowflake.TryParse(match.Groups[1].Value, out var id) ? id : default).Where(id => id != default).Distinct();

    private static List<About> ReadAttachments(Form form)
    {
        var described = new List<About>();
        foreach (var item in form.List("attachments", Limits.Attachments))
        {
            item.NotSimulated("duration_secs", "waveform", "is_spoiler", "is_remix");
            var about = new About(
                item.Id("id", required: true)?.Value ?? 0, item.Text("filename", 1024, min: 1), item.Text("title", 1024), item.Text("description", 1024));
            if (described.Any(other => other.Id == about.Id))
            {
                item.Fail("id", "BASE_TYPE_DUPLICATE", "Attachment ids must be unique.");
            }

            described.Add(about);
        }

        return described;
    }

    private static Mentionable ReadAllowed(Form form)
    {
        if (form.Object("allowed_mentions") is not { } allowed)
        {
            return Mentionable.Everything;
        }

        var parse = allowed.Items("parse", 3).Select(item => item.ToString()).ToHashSet(StringComparer.Ordinal);
        foreach (var unknown in parse.Except(["users", "roles", "everyone"]))
        {
            allowed.Fail("parse", "BASE_TYPE_CHOICES", $"Value \"{unknown}\" must be one of {{users, roles, everyone}}.");
        }

        var users = allowed.Ids("users", 100).ToHashSet();
        var roles = allowed.Ids("roles", 100).ToHashSet();
        foreach (var (kind, ids) in new[] { ("users", users), ("roles", roles) })
        {
            if (parse.Contains(kind) && ids.Count > 0)
            {
                allowed.Fail("", "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE", $"parse:[\"{kind}\"] and {kind}: [ids...] are mutually exclusive.");
            }
        }

        return new Mentionable(parse.Contains("everyone"), parse.Contains("users"), parse.Contains("roles"), users, roles);
    }

    [GeneratedRegex("@(everyone|here)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex EveryonePattern();

#pragma warning disable MA0023 // The one group of each is read by its number.
    [GeneratedRegex("<@!?([0-9]{1,20})>", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex UserPattern();

    [GeneratedRegex("<@&([0-9]{1,20})>", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex RolePattern();
#pragma warning restore MA0023
}
