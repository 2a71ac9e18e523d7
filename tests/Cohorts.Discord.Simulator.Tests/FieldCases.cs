using System.Text.Json.Nodes;

namespace Cohorts.Discord.Simulator.Tests;

/// <summary>A body of a route to which one field after another is added.</summary>
/// <param name="Schema">Whose fields: a schema of Discord's description, or a route whose body is described in place.</param>
/// <param name="At">Where in the body the object of that schema is; empty for the body itself.</param>
/// <param name="Samples">Values as the answer shows them, by field, where one that is made from the schema would not do.</param>
/// <param name="Look">What is read afterwards, where the answer does not show it.</param>
internal sealed record FieldCase(
    string Schema, string Method, string Path, string Body, string At, Dictionary<string, string>? Samples = null, string? Look = null)
{
    public override string ToString() => $"{Schema}: {Method} {Path}";
}

/// <summary>Bodies of every route that is simulated, with an object of every schema that they may hold.</summary>
internal static class FieldCases
{
    private static readonly string[] Selects = ["UserSelectComponentForMessageRequest", "RoleSelectComponentForMessageRequest", "MentionableSelectComponentForMessageRequest", "ChannelSelectComponentForMessageRequest"];

    public static IEnumerable<FieldCase> All()
    {
        const string message = """{"content": "x", "embeds": [{"title": "t", "author": {"name": "a"}, "footer": {"text": "f"}, "image": {"url": "https://a.b/c"}, "thumbnail": {"url": "https://a.b/c"}, "fields": [{"name": "n", "value": "v"}]}], "allowed_mentions": {"parse": []}}""";
        yield return new("ApplicationFormPartial", "PATCH", "/applications/@me", "{}", "", new() { ["interactions_endpoint_url"] = "\"http://127.0.0.1:9/\"", ["description"] = "\"d\"", ["install_params"] = """{"scopes":["bot"]}""" });
        foreach (var place in new[] { "/applications/{app}/commands", "/applications/{app}/guilds/{guild}/commands" })
        {
            const string command = """{"name": "x", "description": "d"}""";
            Dictionary<string, string> samples = new() { ["description"] = "\"e\"", ["options"] = """[{"type":3,"name":"o","description":"d"}]""", ["contexts"] = "[0]", ["integration_types"] = "[0]", ["name_localizations"] = """{"de":"y"}""", ["description_localizations"] = """{"de":"Y"}""", ["type"] = "1", ["name"] = "\"y\"", ["handler"] = "1", ["id"] = place.Contains("guilds", StringComparison.Ordinal) ? "\"{guildCommand}\"" : "\"{command}\"" };
            yield return new("ApplicationCommandCreateRequest", "POST", place, command, "", samples);
            yield return new("ApplicationCommandUpdateRequest", "PUT", place, $"[{command}]", "0", samples);
            yield return new("ApplicationCommandPatchRequestPartial", "PATCH", place + (place.Contains("guilds", StringComparison.Ordinal) ? "/{guildCommand}" : "/{command}"), "{}", "", samples);
        }

        foreach (var (schema, option) in new[]
        {
            ("ApplicationCommandStringOption", """{"type": 3, "name": "o", "description": "d", "choices": [{"name": "n", "value": "v"}]}"""),
            ("ApplicationCommandIntegerOption", """{"type": 4, "name": "o", "description": "d", "choices": [{"name": "n", "value": 1}]}"""),
            ("ApplicationCommandNumberOption", """{"type": 10, "name": "o", "description": "d", "choices": [{"name": "n", "value": 1.5}]}"""),
            ("ApplicationCommandBooleanOption", """{"type": 5, "name": "o", "description": "d"}"""),
            ("ApplicationCommandUserOption", """{"type": 6, "name": "o", "description": "d"}"""),
            ("ApplicationCommandChannelOption", """{"type": 7, "name": "o", "description": "d"}"""),
            ("ApplicationCommandRoleOption", """{"type": 8, "name": "o", "description": "d"}"""),
            ("ApplicationCommandMentionableOption", """{"type": 9, "name": "o", "description": "d"}"""),
            ("ApplicationCommandAttachmentOption", """{"type": 11, "name": "o", "description": "d"}"""),
            ("ApplicationCommandSubcommandOption", """{"type": 1, "name": "o", "description": "d"}"""),
            ("ApplicationCommandSubcommandGroupOption", """{"type": 2, "name": "o", "description": "d", "options": [{"type": 1, "name": "p", "description": "d"}]}"""),
        })
        {
            var body = $$"""{"name": "x", "description": "d", "options": [{{option}}]}""";
            Dictionary<string, string> samples = new() { ["type"] = JsonNode.Parse(option)!["type"]!.ToJsonString(), ["name_localizations"] = """{"de":"y"}""", ["description_localizations"] = """{"de":"Y"}""", ["required"] = "true", ["channel_types"] = "[0]", ["max_value"] = "7", ["max_length"] = "9" };
            samples["options"] = schema.EndsWith("GroupOption", StringComparison.Ordinal) ? """[{"type":1,"name":"q","description":"d","options":[]}]""" : """[{"type":3,"name":"q","description":"d"}]""";
            samples["choices"] = schema.Contains("String", StringComparison.Ordinal) ? """[{"name":"m","value":"w"}]""" : """[{"name":"m","value":2}]""";
            yield return new(schema, "POST", "/applications/{app}/commands", body, "options.0", samples);
            if (option.Contains("choices", StringComparison.Ordinal))
            {
                yield return new(schema.Replace("Option", "", StringComparison.Ordinal).Replace("Command", "CommandOption", StringComparison.Ordinal) + "Choice", "POST", "/applications/{app}/commands", body, "options.0.choices.0", new() { ["value"] = schema.Contains("String", StringComparison.Ordinal) ? "\"w\"" : "2", ["name_localizations"] = """{"de":"y"}""" });
            }
        }

        Dictionary<string, string> role = new() { ["colors"] = """{"primary_color":5,"secondary_color":null,"tertiary_color":null}""", ["permissions"] = "1024" };
        yield return new("CreateRoleRequest", "POST", "/guilds/{guild}/roles", "{}", "", role);
        yield return new("UpdateRoleRequestPartial", "PATCH", "/guilds/{guild}/roles/{role}", "{}", "", role);
        yield return new("RoleColors", "POST", "/guilds/{guild}/roles", """{"colors": {}}""", "colors");
        Dictionary<string, string> member = new() { ["roles"] = "[\"{role}\"]", ["flags"] = "4" };
        yield return new("BotAddGuildMemberRequest", "PUT", "/guilds/{guild}/members/{absent}", """{"access_token": "t"}""", "", member);
        yield return new("PATCH /guilds/{guild_id}/members/{user_id}", "PATCH", "/guilds/{guild}/members/{member}", "{}", "", member);
        foreach (var type in new[] { 0, 2, 4 })
        {
            Dictionary<string, string> channel = new() { ["type"] = $"{type}", ["name"] = "\"y\"", ["parent_id"] = "\"{category}\"", ["permission_overwrites"] = """[{"id":"{member}","type":1,"allow":"1024","deny":"0"}]""", ["user_limit"] = "7", ["bitrate"] = "9000", ["default_reaction_emoji"] = """{"emoji_name":"x"}""" };
            yield return new("CreateGuildChannelRequest", "POST", "/guilds/{guild}/channels", $$"""{"name": "x", "type": {{type}}}""", "", channel);
            channel["type"] = "5";
            foreach (var schema in new[] { "UpdateGuildChannelRequestPartial", "UpdateThreadRequestPartial", "UpdateDMRequestPartial", "UpdateGroupDMRequestPartial" })
            {
                yield return new(schema, "PATCH", type switch { 0 => "/channels/{text}", 2 => "/channels/{voice}", _ => "/channels/{category}" }, "{}", "", channel);
            }
        }

        yield return new("ChannelPermissionOverwriteRequest", "POST", "/guilds/{guild}/channels", """{"name": "x", "permission_overwrites": [{"id": "{member}", "type": 1}]}""", "permission_overwrites.0", new() { ["id"] = "\"{member}\"", ["type"] = "1", ["allow"] = "1024", ["deny"] = "1024" });
        yield return new("PATCH /guilds/{guild_id}/channels", "PATCH", "/guilds/{guild}/channels", """[{"id": "{text}"}]""", "0", new() { ["id"] = "\"{text}\"", ["parent_id"] = "\"{category}\"" }, Look: "/channels/{text}");
        yield return new("PUT /channels/{channel_id}/permissions/{overwrite_id}", "PUT", "/channels/{text}/permissions/{member}", """{"type": 1}""", "", new() { ["type"] = "1", ["allow"] = "1024", ["deny"] = "1024" }, Look: "/channels/{text}");

        Dictionary<string, string> said = new()
        {
            ["content"] = "\"y\"", ["embeds"] = """[{"type":"rich","title":"u"}]""", ["flags"] = "4", ["nonce"] = "\"n\"", ["tts"] = "true", ["attachments"] = "[]",
            ["components"] = """[{"type":1,"id":1,"components":[{"type":2,"id":2,"style":1,"label":"l","custom_id":"c","disabled":false}]}]""",
            ["message_reference"] = """{"type":0,"guild_id":"{guild}","channel_id":"{text}","message_id":"{message}"}""",
        };
        yield return new("MessageCreateRequest", "POST", "/channels/{text}/messages", """{"content": "x"}""", "", said);
        yield return new("MessageEditRequestPartial", "PATCH", "/channels/{text}/messages/{message}", """{"content": "x"}""", "", said);
        yield return new("IncomingWebhookRequestPartial", "POST", "/webhooks/{app}/{token}", """{"content": "x"}""", "", said);
        yield return new("IncomingWebhookUpdateRequestPartial", "PATCH", "/webhooks/{app}/{token}/messages/@original", """{"content": "x"}""", "", said);
        yield return new("IncomingWebhookInteractionRequest", "POST", "/interactions/{interaction}/{unanswered}/callback?with_response=true", """{"type": 4, "data": {"content": "x"}}""", "data", said);
        yield return new("CreateMessageInteractionCallbackRequest", "POST", "/interactions/{interaction}/{unanswered}/callback?with_response=true", """{"type": 4, "data": {"content": "x"}}""", "", new() { ["type"] = "4", ["data"] = """{"content":"y"}""" });
        yield return new("MessageReferenceRequest", "POST", "/channels/{text}/messages", """{"content": "x", "message_reference": {"message_id": "{message}"}}""", "message_reference", new() { ["guild_id"] = "\"{guild}\"", ["channel_id"] = "\"{text}\"", ["message_id"] = "\"{message}\"" });
        yield return new("MessageAllowedMentionsRequest", "POST", "/channels/{text}/messages", message, "allowed_mentions", new() { ["parse"] = "[\"users\"]" });
        yield return new("RichEmbed", "POST", "/channels/{text}/messages", message, "embeds.0", new()
        {
            ["author"] = """{"name":"b"}""", ["footer"] = """{"text":"g"}""", ["image"] = """{"url":"https://a.b/d"}""", ["thumbnail"] = """{"url":"https://a.b/d"}""",
            ["fields"] = """[{"name":"m","value":"w","inline":false}]""", ["timestamp"] = "\"2030-01-01T00:00:00.000000+00:00\"", ["provider"] = """{"name":"p"}""", ["video"] = """{"url":"https://a.b/d"}""",
        });
        foreach (var (schema, at) in new[] { ("RichEmbedAuthor", "author"), ("RichEmbedFooter", "footer"), ("RichEmbedImage", "image"), ("RichEmbedThumbnail", "thumbnail"), ("RichEmbedField", "fields.0") })
        {
            yield return new(schema, "POST", "/channels/{text}/messages", message, "embeds.0." + at);
        }

        yield return new("MessageAttachmentRequest", "POST", "/channels/{text}/messages", """{"attachments": [{"id": 0}]}""", "attachments.0", new() { ["id"] = "0", ["filename"] = "\"b.txt\"" });
        foreach (var (schema, at, part) in Parts())
        {
            yield return new(schema, "POST", "/channels/{text}/messages", $$"""{"content": "x", "components": [{"type": 1, "components": [{{part}}]}]}""", at, new()
            {
                ["type"] = at == "components.0" ? "1" : JsonNode.Parse(part)!["type"]!.ToJsonString(), ["style"] = "3", ["max_values"] = "1", ["min_values"] = "0", ["channel_types"] = "[0]", ["emoji"] = """{"name":"🎈"}""",
                ["options"] = """[{"label":"L","value":"V","default":false}]""", ["components"] = """[{"type":2,"id":2,"style":1,"label":"m","custom_id":"d","disabled":false}]""",
                ["default_values"] = schema.StartsWith("Role", StringComparison.Ordinal) ? """[{"type":"role","id":"{role}"}]""" : schema.StartsWith("Channel", StringComparison.Ordinal) ? """[{"type":"channel","id":"{text}"}]""" : """[{"type":"user","id":"{member}"}]""",
            });
        }

        var times = "\"scheduled_start_time\": \"2030-01-07T10:00:00+00:00\", \"scheduled_end_time\": \"2030-01-07T11:00:00+00:00\"";
        var outing = $$$"""{"name": "x", "privacy_level": 2, "entity_type": 3, "entity_metadata": {"location": "here"}, {{{times}}}}""";
        var meeting = $$$"""{"name": "x", "privacy_level": 2, "entity_type": 2, "channel_id": "{voice}", {{{times}}}}""";
        Dictionary<string, string> scheduled = new()
        {
            ["name"] = "\"y\"", ["privacy_level"] = "2", ["entity_metadata"] = """{"location":"there"}""", ["image"] = "\"data:image/png;base64,iVBORw0KGgo=\"",
            ["scheduled_start_time"] = "\"2030-01-07T10:30:00.000000+00:00\"", ["scheduled_end_time"] = "\"2030-01-07T12:00:00.000000+00:00\"", ["status"] = "2",
            ["recurrence_rule"] = """{"start":"2030-01-07T10:00:00.000000+00:00","end":null,"frequency":2,"interval":1,"by_weekday":[0],"by_n_weekday":null,"by_month":null,"by_month_day":null,"by_year_day":null,"count":null}""",
        };
        Dictionary<string, string> Of(int type) => new(scheduled) { ["entity_type"] = $"{type}", ["channel_id"] = "\"{voice}\"" };
        yield return new("ExternalScheduledEventCreateRequest", "POST", "/guilds/{guild}/scheduled-events", outing, "", Of(3));
        yield return new("VoiceScheduledEventCreateRequest", "POST", "/guilds/{guild}/scheduled-events", meeting, "", Of(2));
        yield return new("StageScheduledEventCreateRequest", "POST", "/guilds/{guild}/scheduled-events", meeting, "", Of(2));
        yield return new("ExternalScheduledEventPatchRequestPartial", "PATCH", "/guilds/{guild}/scheduled-events/{outing}", "{}", "", Of(3));
        yield return new("VoiceScheduledEventPatchRequestPartial", "PATCH", "/guilds/{guild}/scheduled-events/{meeting}", "{}", "", Of(2));
        yield return new("EntityMetadataExternal", "POST", "/guilds/{guild}/scheduled-events", outing, "entity_metadata");
        var repeated = outing[..^1] + """, "recurrence_rule": {"start": "2030-01-07T10:00:00+00:00", "frequency": 1, "interval": 1, "by_n_weekday": [{"n": 1, "day": 0}]}}""";
        yield return new("RecurrenceRule", "POST", "/guilds/{guild}/scheduled-events", repeated, "recurrence_rule", new() { ["frequency"] = "1", ["interval"] = "1", ["by_n_weekday"] = """[{"n":2,"day":3}]""", ["start"] = "\"2030-01-14T10:00:00.000000+00:00\"" });
        yield return new("ByNWeekday", "POST", "/guilds/{guild}/scheduled-events", repeated, "recurrence_rule.by_n_weekday.0");
    }

    private static IEnumerable<(string Schema, string At, string Part)> Parts()
    {
        const string button = """{"type": 2, "style": 1, "label": "l", "custom_id": "c", "emoji": {"name": "🎈"}}""", select = """{"type": 3, "custom_id": "c", "options": [{"label": "l", "value": "v"}]}""";
        yield return ("ActionRowComponentForMessageRequest", "components.0", button);
        yield return ("ButtonComponentForMessageRequest", "components.0.components.0", button);
        yield return ("ComponentEmojiForRequest", "components.0.components.0.emoji", button);
        yield return ("StringSelectComponentForMessageRequest", "components.0.components.0", select);
        yield return ("StringSelectOptionForRequest", "components.0.components.0.options.0", select);
        foreach (var (schema, i) in Selects.Select((schema, i) => (schema, i)))
        {
            yield return (schema, "components.0.components.0", $$"""{"type": {{5 + i}}, "custom_id": "c"}""");
        }
    }
}
