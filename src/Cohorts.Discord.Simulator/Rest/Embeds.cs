using System.Text.Json.Nodes;
using Cohorts.Discord.Simulator.Model;

namespace Cohorts.Discord.Simulator.Rest;

/// <summary>The embeds of a message, checked against every limit.</summary>
internal static class Embeds
{
    public static JsonArray Read(Form form)
    {
        var embeds = new JsonArray();
        var total = 0;
        foreach (var embed in form.List("embeds", Limits.Embeds))
        {
            embeds.Add(ReadOne(embed, ref total));
        }

        if (total > Limits.EmbedTotal)
        {
            form.Fail("embeds", "MAX_EMBED_SIZE_EXCEEDED", $"Embed size exceeds maximum size of {Limits.EmbedTotal}");
        }

        return embeds;
    }

    private static JsonObject ReadOne(Form embed, ref int total)
    {
        // Documented: the type is always "rich", whatever is asked for; the pictures' sizes and the like are found out by Discord.
        var json = new JsonObject { ["type"] = "rich" };
        embed.Text("type", 152_133);
        embed.NotSimulated("provider", "video");
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
                if (form.Text("description", Limits.EmbedDescription) is { Length: > 0 } description)
                {
                    part["description"] = description;
                }

                form.Whole("width", 0, int.MaxValue);
                form.Whole("height", 0, int.MaxValue);
                form.NotSimulated("placeholder", "placeholder_version", "is_animated");
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
}
