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
    private const int Row = 1, Button = 2, StringSelect = 3;
    private const int LinkStyle = 5;

    private MessageDraft()
    {
    }

    public string? Content { get; private init; }
    public JsonArray? Embeds { get; private init; }
    public JsonArray? Components { get; private init; }
    public MessageFlags Flags { get; private init; }
    public bool NamesFlags { get; private init; }
    private IReadOnlyList<Form>? KeptAttachments { get; init; }
    private IReadOnlyList<Upload> Files { get; init; } = [];
    private Mentionable Allowed { get; init; } = Mentionable.Everything;

    /// <summary>Who may be mentioned by the text; Discord's allowed_mentions.</summary>
    private sealed record Mentionable(bool Everyone, bool AllUsers, bool AllRoles, IReadOnlySet<Snowflake> Users, IReadOnlySet<Snowflake> Roles)
    {
        public static readonly Mentionable Everything = new(Everyone: true, AllUsers: true, AllRoles: true, new HashSet<Snowflake>(), new HashSet<Snowflake>());
    }

    public static MessageDraft Read(Form form, IReadOnlyList<Upload> files)
    {
        var flags = form.Whole("flags", 0, int.MaxValue);
        const int known = (int)(MessageFlags.SuppressEmbeds | MessageFlags.Ephemeral | MessageFlags.SuppressNotifications);
        if (flags is { } given && (given & ~known) != 0)
        {
            form.Fail("flags", "BASE_TYPE_CHOICES", $"Flags {given & ~known} cannot be set here; components of version 2 are not simulated.");
        }

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
            Embeds = form.Has("embeds") ? ReadEmbeds(form) : null,
            Components = form.Has("components") ? ReadComponents(form) : null,
            Flags = (MessageFlags)(flags ?? 0),
            NamesFlags = flags is not null,
            KeptAttachments = form.Has("attachments") ? form.List("attachments", Limits.Attachments) : null,
            Files = files,
            Allowed = ReadAllowed(form),
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

        var described = KeptAttachments?.Where(form => form.Id("id") is not null).ToDictionary(form => form.Id("id")!.Value.Value);
        if (described is not null)
        {
            // An edit that lists attachments keeps those it lists and drops the others.
            message.Attachments = [.. message.Attachments.Where(file => described.ContainsKey(file.Id.Value))];
        }

        foreach (var file in Files)
        {
            Form? about = null;
            described?.TryGetValue((ulong)file.Index, out about);
            message.Attachments.Add(new Attachment(
                world.Ids.Next(), about?.Text("filename", 1024) ?? file.Filename, file.ContentType, about?.Text("description", 1024), file.Bytes));
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
        message.MentionedRoles =
        [
            .. IdsIn(RolePattern(), message.Content)
                .Where(id => (Allowed.AllRoles || Allowed.Roles.Contains(id))
                    && guild.Roles.TryGetValue(id, out var role) && (role.Mentionable || mayEveryone)),
        ];
    }

    private static IEnumerable<Snowflake> IdsIn(Regex pattern, string text) =>
        pattern.Matches(text).Select(match => Snowflake.TryParse(match.Groups[1].Value, out var id) ? id : default).Where(id => id != default).Distinct();

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

    private static JsonArray ReadEmbeds(Form form)
    {
        var embeds = new JsonArray();
        var total = 0;
        foreach (var embed in form.List("embeds", Limits.Embeds))
        {
            embeds.Add(ReadEmbed(embed, ref total));
        }

        if (total > Limits.EmbedTotal)
        {
            form.Fail("embeds", "MAX_EMBED_SIZE_EXCEEDED", $"Embed size exceeds maximum size of {Limits.EmbedTotal}");
        }

        return embeds;
    }

    private static JsonObject ReadEmbed(Form embed, ref int total)
    {
        var json = new JsonObject { ["type"] = "rich" };
        Copy(json, "title", embed.Text("title", Limits.EmbedTitle), ref total);
        Copy(json, "description", embed.Text("description", Limits.EmbedDescription), ref total);
        if (embed.Address("url", 2048) is { } url)
        {
            json["url"] = url.AbsoluteUri;
        }

        if (embed.Whole("color", 0, 0xFFFFFF) is { } color)
        {
            json["color"] = color;
        }

        if (embed.Time("timestamp") is { } time)
        {
            json["timestamp"] = Render.Time(time);
        }

        if (embed.Object("author") is { } author)
        {
            var part = new JsonObject();
            Copy(part, "name", author.Text("name", Limits.EmbedAuthor, min: 1, required: true), ref total);
            CopyAddress(part, author, "url");
            CopyAddress(part, author, "icon_url");
            json["author"] = part;
        }

        if (embed.Object("footer") is { } footer)
        {
            var part = new JsonObject();
            Copy(part, "text", footer.Text("text", Limits.EmbedFooter, min: 1, required: true), ref total);
            CopyAddress(part, footer, "icon_url");
            json["footer"] = part;
        }

        foreach (var picture in new[] { "image", "thumbnail" })
        {
            if (embed.Object(picture) is { } form)
            {
                var part = new JsonObject();
                CopyAddress(part, form, "url");
                json[picture] = part;
            }
        }

        var fields = new JsonArray();
        foreach (var field in embed.List("fields", Limits.EmbedFields))
        {
            var part = new JsonObject();
            Copy(part, "name", field.Text("name", Limits.EmbedFieldName, min: 1, required: true), ref total);
            Copy(part, "value", field.Text("value", Limits.EmbedFieldValue, min: 1, required: true), ref total);
            part["inline"] = field.Flag("inline") ?? false;
            fields.Add(part);
        }

        if (fields.Count > 0)
        {
            json["fields"] = fields;
        }

        if (json.Count == 1)
        {
            embed.Fail("description", "BASE_TYPE_REQUIRED", "This field is required");
        }

        return json;
    }

    private static void Copy(JsonObject json, string name, string? text, ref int total)
    {
        if (text is { Length: > 0 })
        {
            json[name] = text;
            total += text.Length;
        }
    }

    private static void CopyAddress(JsonObject json, Form form, string name)
    {
        if (form.Address(name, 2048) is { } address)
        {
            json[name] = address.AbsoluteUri;
        }
    }

    private static JsonArray ReadComponents(Form form)
    {
        var rows = new JsonArray();
        var customIds = new HashSet<string>(StringComparer.Ordinal);
        var number = 0;
        foreach (var row in form.List("components", Limits.Rows))
        {
            if (row.Choice("type", required: true, Row) != Row)
            {
                continue;
            }

            var json = new JsonObject { ["type"] = Row, ["id"] = ++number };
            var children = new JsonArray();
            foreach (var child in row.List("components", Limits.ButtonsPerRow))
            {
                var type = child.Choice("type", required: true, Button, StringSelect, 5, 6, 7, 8);
                children.Add(type == Button ? ReadButton(child, ++number, customIds) : ReadSelect(child, type ?? StringSelect, ++number, customIds));
            }

            if (children.Count == 0)
            {
                row.Fail("components", "BASE_TYPE_BAD_LENGTH", $"Must be between 1 and {Limits.ButtonsPerRow} in length.");
            }

            json["components"] = children;
            rows.Add(json);
        }

        return rows;
    }

    private static JsonObject ReadButton(Form form, int number, HashSet<string> customIds)
    {
        var style = form.Choice("style", required: true, 1, 2, 3, 4, LinkStyle);
        var json = new JsonObject { ["type"] = Button, ["id"] = number, ["style"] = style ?? 2 };
        if (form.Text("label", Limits.ButtonLabel) is { } label)
        {
            json["label"] = label;
        }

        if (form.Node("emoji") is JsonObject emoji)
        {
            json["emoji"] = emoji;
        }

        if (!json.ContainsKey("label") && !json.ContainsKey("emoji"))
        {
            form.Fail("label", "BUTTON_COMPONENT_LABEL_REQUIRED", "A button must have a label or an emoji.");
        }

        if (style == LinkStyle)
        {
            if (form.Address("url", 512) is { } address)
            {
                json["url"] = address.AbsoluteUri;
            }
            else
            {
                form.Fail("url", "BUTTON_COMPONENT_URL_REQUIRED", "A url is required");
            }
        }
        else
        {
            json["custom_id"] = ReadCustomId(form, customIds);
        }

        json["disabled"] = form.Flag("disabled") ?? false;
        return json;
    }

    private static JsonObject ReadSelect(Form form, int type, int number, HashSet<string> customIds)
    {
        var json = new JsonObject
        {
            ["type"] = type,
            ["id"] = number,
            ["custom_id"] = ReadCustomId(form, customIds),
            ["min_values"] = form.Whole("min_values", 0, 25) ?? 1,
            ["max_values"] = form.Whole("max_values", 1, 25) ?? 1,
            ["disabled"] = form.Flag("disabled") ?? false,
        };
        if (form.Text("placeholder", 150) is { } placeholder)
        {
            json["placeholder"] = placeholder;
        }

        if (type == StringSelect)
        {
            var options = new JsonArray();
            foreach (var option in form.List("options", 25))
            {
                var part = new JsonObject
                {
                    ["label"] = option.Text("label", 100, min: 1, required: true),
                    ["value"] = option.Text("value", 100, min: 1, required: true),
                    ["default"] = option.Flag("default") ?? false,
                };
                if (option.Text("description", 100) is { } description)
                {
                    part["description"] = description;
                }

                options.Add(part);
            }

            json["options"] = options;
        }

        return json;
    }

    private static string ReadCustomId(Form form, HashSet<string> customIds)
    {
        var id = form.Text("custom_id", Limits.CustomId, min: 1, required: true) ?? "";
        if (!customIds.Add(id))
        {
            form.Fail("custom_id", "COMPONENT_CUSTOM_ID_DUPLICATED", "Component custom id cannot be duplicated");
        }

        return id;
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
