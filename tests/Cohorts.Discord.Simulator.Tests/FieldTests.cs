using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace Cohorts.Discord.Simulator.Tests;

/// <summary>
/// Goes through every field that Discord's description has for the bodies of simulated routes, one by one: what is accepted is shown by
/// the answer, and everything else is refused by its name. Nothing is accepted and dropped.
/// </summary>
public class FieldTests
{
    private static readonly string[] Selects = ["UserSelectComponentForMessageRequest", "RoleSelectComponentForMessageRequest", "MentionableSelectComponentForMessageRequest", "ChannelSelectComponentForMessageRequest"];

    /// <summary>Fields whose effect is no field of the answer, and where it is tried or documented instead.</summary>
    private static readonly Dictionary<string, string> ShownElsewhere = new(StringComparer.Ordinal)
    {
        ["access_token"] = "the authorization of the call, as any token is",
        ["enforce_nonce"] = nameof(MessageTests.A_message_sent_again_with_an_enforced_nonce_is_the_same_message),
        ["parse"] = nameof(MessageTests.Only_those_are_mentioned_who_may_be),
        ["users"] = nameof(MessageTests.Only_those_are_mentioned_who_may_be),
        ["roles of MessageAllowedMentionsRequest"] = nameof(MessageTests.Only_those_are_mentioned_who_may_be),
        ["allowed_mentions"] = nameof(MessageTests.Only_those_are_mentioned_who_may_be),
        ["replied_user"] = nameof(EffectTests.A_reply_holds_the_message_that_it_replies_to_and_mentions_its_author),
        ["fail_if_not_exists"] = nameof(EffectTests.A_reply_holds_the_message_that_it_replies_to_and_mentions_its_author),
        ["lock_permissions"] = nameof(A_channel_that_is_moved_can_take_the_permissions_of_its_category),
        ["required of a select"] = "documented: ignored in messages",
        ["width"] = "documented: not to be set, found out by Discord",
        ["height"] = "documented: not to be set, found out by Discord",
        ["type of RichEmbed"] = "documented: always rich",
        ["entity_metadata of an edit"] = "documented: silently discarded for events in channels",
        ["id of MessageAttachmentRequest"] = "which file is described",
        ["filename of MessageAttachmentRequest"] = "shown as filename of the file",
    };

    private sealed record Case(string Schema, string Method, string Path, string Body, string At, Dictionary<string, string>? Samples = null, string? Look = null, string? What = null)
    {
        public override string ToString() => $"{What ?? Schema}: {Method} {Path}";
    }

    private static IEnumerable<Case> Cases()
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

    [ContractFact]
    public async Task Every_field_has_effect_or_is_refused_by_its_name()
    {
        await using var simulation = await Simulation.Start(rateFactor: 1_000_000);
        await using var gateway = await GatewayClient.Login(simulation);
        var all = (1UL << 53) - 1;
        await simulation.Control("POST", "/simulator/application", new { botPermissions = $"{all & ~(1UL << 47) & ~(1UL << 48) & ~(1UL << 3)}" });
        var world = await Furnish(simulation);
        var dropped = new List<string>();
        var tried = 0;
        foreach (var one in Cases())
        {
            foreach (var (name, property) in Fields(one.Schema))
            {
                tried++;
                if (await Dropped(simulation, gateway, world, one, name, property) is { } how)
                {
                    dropped.Add($"{one} {one.At} {name}: {how}");
                }
            }
        }

        Assert.True(dropped.Count == 0, string.Join("\n", dropped));
        Assert.True(tried > 400, $"Only {tried} fields were tried.");
    }

    /// <summary>Whatever a body of a simulated route may hold is among the cases, or refused as a whole by the field that holds it.</summary>
    [ContractFact]
    public void Every_schema_of_a_body_is_tried()
    {
        HashSet<string> refused = new(StringComparer.Ordinal)
        {
            "PollCreateRequest", "CustomClientThemeShareRequest", "UpdateDefaultReactionEmojiRequest", "CreateOrUpdateThreadTagRequest", "UpdateThreadTagRequest", "ApplicationOAuth2InstallParams",
            "RichEmbedProvider", "RichEmbedVideo", "ContainerComponentForMessageRequest", "FileComponentForMessageRequest", "MediaGalleryComponentForMessageRequest", "SectionComponentForMessageRequest",
            "SeparatorComponentForMessageRequest", "TextDisplayComponentForMessageRequest", "ModalInteractionCallbackRequest", "LaunchActivityInteractionCallbackRequest", "PongInteractionCallbackRequest",
            "SocialLayerSKUPurchaseEligibilityInteractionCallbackRequest", "EntityMetadataStageInstance", "EntityMetadataVoice", "StageScheduledEventPatchRequestPartial",
        };
        // By their parts: the default values of selects, and what the two callbacks that are tried with real interactions hold.
        refused.UnionWith(["UserSelectDefaultValue", "RoleSelectDefaultValue", "ChannelSelectDefaultValue", "UpdateMessageInteractionCallbackRequest", "IncomingWebhookUpdateForInteractionCallbackRequestPartial", "ApplicationIntegrationTypeConfiguration"]);
        var covered = Cases().Select(one => one.Schema).Concat(refused).ToHashSet(StringComparer.Ordinal);
        var simulated = Rest.Routes.All(new HttpClient()).Select(route => Rest.ApiRoute.Normalize(route.Name)).ToHashSet(StringComparer.Ordinal);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var route in OpenApi.Routes.Where(route => route.Body is not null && simulated.Contains(Rest.ApiRoute.Normalize(route.Name))))
        {
            Collect(route.Body!, refused, seen);
        }

        Assert.DoesNotContain(seen, name => !covered.Contains(name) && !name.StartsWith("ApplicationCommandAutocomplete", StringComparison.Ordinal) && !name.StartsWith("InteractionApplicationCommandAutocomplete", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_channel_that_is_moved_can_take_the_permissions_of_its_category()
    {
        await using var simulation = await Simulation.Start();
        var category = await simulation.Channel("category", type: 4, overwrites: [Bit.Member(simulation.MemberId(0), allow: Bit.View)]);
        var channel = await simulation.Channel("one");
        async Task<int> Overwrites() => (await simulation.Get($"/channels/{channel}"))["permission_overwrites"].AsArray().Count;
        Assert.Equal(204, (await simulation.Patch($"/guilds/{simulation.GuildId}/channels", new[] { new { id = channel, parent_id = category } })).Status);
        Assert.Equal(0, await Overwrites());
        Assert.Equal(204, (await simulation.Patch($"/guilds/{simulation.GuildId}/channels", new[] { new { id = channel, lock_permissions = true } })).Status);
        Assert.Equal(1, await Overwrites());
        var half = await simulation.Patch($"/guilds/{simulation.GuildId}/channels", $$"""[{"id": "{{channel}}", "parent_id": null}, {"id": "{{category}}", "position": "x"}]""");
        Assert.True(half.ComplainsOf("1.position"));
        Assert.Equal(category, (await simulation.Get($"/channels/{channel}"))["parent_id"].GetValue<string>());
    }

    private static void Collect(JsonObject schema, HashSet<string> refused, HashSet<string> seen)
    {
        if ((string?)schema["$ref"] is { } reference)
        {
            var name = reference.Split('/')[^1];
            var target = OpenApi.Resolve(schema);
            if (target["properties"] is JsonObject { Count: > 0 } && !seen.Add(name))
            {
                return;
            }

            if (!refused.Contains(name))
            {
                Collect(target, refused, seen);
            }

            return;
        }

        foreach (var inner in new[] { "oneOf", "anyOf", "allOf" }.SelectMany(kind => schema[kind] as JsonArray ?? []).Append(schema["items"]).Append(schema["additionalProperties"]).OfType<JsonObject>())
        {
            Collect(inner, refused, seen);
        }

        foreach (var (_, property) in schema["properties"] as JsonObject ?? [])
        {
            Collect(property!.AsObject(), refused, seen);
        }
    }

    private static IEnumerable<KeyValuePair<string, JsonNode?>> Fields(string schema)
    {
        var from = schema.Contains(' ', StringComparison.Ordinal) ? OpenApi.Routes.First(route => route.Name == schema).Body! : OpenApi.Schema(schema);
        from = OpenApi.TypeOf(from) == "array" ? OpenApi.Resolve(from["items"]!.AsObject()) : from;
        return from["properties"]!.AsObject();
    }

    /// <summary>Sends the case's body with one field more, or another. Null where it was refused by name or is shown; else what happened.</summary>
    private static async Task<string?> Dropped(Simulation simulation, GatewayClient gateway, Dictionary<string, string> world, Case one, string name, JsonNode? property)
    {
        await Refresh(simulation, gateway, world, one);
        var sample = JsonNode.Parse(Filled(one.Samples?.GetValueOrDefault(name) ?? (new Fuzzer(7, [world["member"]], simulation.Server.Clock.GetUtcNow()).Sample(property!.AsObject()) is { } made and not JsonValue ? made.ToJsonString() : Plain(property.AsObject())), world));
        var body = JsonNode.Parse(Filled(one.Body, world))!;
        var holder = one.At.Split('.', StringSplitOptions.RemoveEmptyEntries).Aggregate(body, (node, part) => int.TryParse(part, CultureInfo.InvariantCulture, out var i) ? node[i]! : node[part]!);
        holder[name] = sample?.DeepClone();
        if (name == "colors")
        {
            holder[name]!.AsObject().Remove("secondary_color");
        }

        HttpContent content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json");
        if (one.Schema == "MessageAttachmentRequest")
        {
            content = new MultipartFormDataContent { { content, "payload_json" }, { new ByteArrayContent([1]), "files[0]", "a.txt" } };
        }

        var reply = await simulation.Send(one.Method, "/api/v10" + Filled(one.Path, world), content);
        var path = string.Join('.', new[] { one.At, name }.Where(part => part.Length > 0));
        if (reply.Status is >= 400 and < 500)
        {
            return Names(reply.Json!, path) ? null : $"refused without its name: {reply.Json!.ToJsonString()} for {sample?.ToJsonString()}";
        }

        var answer = one.Look is null ? reply.Json : (await simulation.Get(Filled(one.Look, world))).Json;
        if (reply.Status >= 500)
        {
            return $"{reply.Status}";
        }

        string[] excuses = [name, $"{name} of {one.Schema}", name == "required" && one.Schema.Contains("Select", StringComparison.Ordinal) ? "required of a select" : "", one.Schema.Contains("Patch", StringComparison.Ordinal) ? $"{name} of an edit" : ""];
        var isShown = name switch
        {
            "image" when one.Schema.Contains("Event", StringComparison.Ordinal) => answer!["image"] is not null,
            "data" => Shows(answer, "content", JsonValue.Create("y")),
            "url" or "icon_url" => Shows(answer, name, sample),
            _ => Shows(answer, name, sample),
        };
        return isShown || excuses.Any(ShownElsewhere.ContainsKey) ? null : $"accepted and not shown: {sample?.ToJsonString()} in {answer?.ToJsonString()}";
    }

    /// <summary>Whether the complaints are about the field, or a part of it. A reference of a wrong type is answered with its own code.</summary>
    private static bool Names(JsonNode answer, string path)
    {
        var node = answer["errors"];
        foreach (var part in path.Split('.'))
        {
            node = node?[part];
        }

        return node is not null;
    }

    private static bool Shows(JsonNode? node, string name, JsonNode? wanted) => node switch
    {
        JsonObject json => json.Any(field => (field.Key == name && Same(field.Value, wanted)) || Shows(field.Value, name, wanted)),
        JsonArray list => list.Any(item => Shows(item, name, wanted)),
        _ => false,
    };

    private static bool Same(JsonNode? shown, JsonNode? wanted) =>
        JsonNode.DeepEquals(shown, wanted) || (shown is JsonValue && wanted is JsonValue && shown.ToString() == wanted.ToString());

    private static string Plain(JsonObject schema)
    {
        var kind = OpenApi.Alternatives(schema).First();
        if (OpenApi.IsEnumeration(kind))
        {
            return kind["oneOf"]![0]!["const"]!.ToJsonString();
        }

        return OpenApi.TypeOf(kind) switch
        {
            "boolean" => "true",
            "integer" or "number" => $"{Math.Max((long?)kind["minimum"] ?? 0, 3)}",
            _ when (string?)kind["format"] == "date-time" => "\"2026-12-01T00:00:00.000000+00:00\"",
            _ when (string?)kind["format"] == "uri" => "\"https://example.org/y\"",
            _ when (string?)kind["format"] == "snowflake" => "\"{member}\"",
            _ when (string?)kind["contentEncoding"] == "base64" => "\"data:image/png;base64,iVBORw0KGgo=\"",
            _ => "\"y\"",
        };
    }

    private static string Filled(string text, Dictionary<string, string> world) => world.Aggregate(text, (filled, item) => filled.Replace($"{{{item.Key}}}", item.Value, StringComparison.Ordinal));

    private static async Task<Dictionary<string, string>> Furnish(Simulation simulation)
    {
        var category = await simulation.Channel("category", type: 4);
        var text = await simulation.Channel("text");
        return new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["guild"] = simulation.GuildId,
            ["app"] = simulation.AppId,
            ["member"] = simulation.MemberId(0),
            ["absent"] = simulation.MemberId(1),
            ["category"] = category,
            ["text"] = text,
            ["voice"] = await simulation.Channel("voice", type: 2),
            ["role"] = (await simulation.Post($"/guilds/{simulation.GuildId}/roles", new { name = "role" })).Id,
        };
    }

    /// <summary>What a case changes, uses up or ends is made anew for each field.</summary>
    private static async Task Refresh(Simulation simulation, GatewayClient gateway, Dictionary<string, string> world, Case one)
    {
        if (one.Path.Contains("commands", StringComparison.Ordinal))
        {
            await simulation.Put($"/applications/{simulation.AppId}/commands", "[]");
            await simulation.Put($"/applications/{simulation.AppId}/guilds/{simulation.GuildId}/commands", "[]");
            world["command"] = (await simulation.Post($"/applications/{simulation.AppId}/commands", new { name = "old", description = "d" })).Id;
            world["guildCommand"] = (await simulation.Post($"/applications/{simulation.AppId}/guilds/{simulation.GuildId}/commands", new { name = "old", description = "d" })).Id;
        }
        else if (one.Path.Contains("absent", StringComparison.Ordinal))
        {
            await simulation.Control("POST", $"/simulator/guilds/{simulation.GuildId}/members", new { leave = new[] { world["absent"] } });
        }
        else if (one.Path.Contains("{text}", StringComparison.Ordinal) || one.Look is not null)
        {
            await simulation.Delete($"/channels/{world["text"]}");
            world["text"] = await simulation.Channel("text");
            world["message"] = (await simulation.Post($"/channels/{world["text"]}/messages", new { content = "said" })).Id;
        }
        else if (one.Path.Contains("scheduled-events", StringComparison.Ordinal))
        {
            foreach (var standing in (await simulation.Get($"/guilds/{simulation.GuildId}/scheduled-events")).Json!.AsArray())
            {
                await simulation.Delete($"/guilds/{simulation.GuildId}/scheduled-events/{standing!["id"]}");
            }

            object Event(int type) => new { name = "x", privacy_level = 2, entity_type = type, channel_id = type == 2 ? world["voice"] : null, entity_metadata = type == 3 ? new { location = "here" } : null, scheduled_start_time = "2030-01-07T10:00:00Z", scheduled_end_time = "2030-01-07T11:00:00Z" };
            world["meeting"] = (await simulation.Post($"/guilds/{simulation.GuildId}/scheduled-events", Event(2))).Id;
            world["outing"] = (await simulation.Post($"/guilds/{simulation.GuildId}/scheduled-events", Event(3))).Id;
        }
        else if (one.Path.Contains("token", StringComparison.Ordinal) || one.Path.Contains("unanswered", StringComparison.Ordinal))
        {
            await simulation.Put($"/applications/{simulation.AppId}/commands", """[{"name": "old", "description": "d"}]""");
            await simulation.Control("POST", $"/simulator/guilds/{simulation.GuildId}/commands?wait=0", new { userId = simulation.AdministratorId, channelId = simulation.ChannelId, name = "old" });
            var interaction = await gateway.Event("INTERACTION_CREATE");
            (world["interaction"], world["token"], world["unanswered"]) = ($"{interaction["id"]}", $"{interaction["token"]}", $"{interaction["token"]}");
            if (one.Path.Contains("token", StringComparison.Ordinal))
            {
                await simulation.Post($"/interactions/{interaction["id"]}/{interaction["token"]}/callback", new { type = 4, data = new { content = "first" } });
            }
        }
    }
}
