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
        foreach (var one in FieldCases.All())
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
        var covered = FieldCases.All().Select(one => one.Schema).Concat(refused).ToHashSet(StringComparer.Ordinal);
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
    private static async Task<string?> Dropped(Simulation simulation, GatewayClient gateway, Dictionary<string, string> world, FieldCase one, string name, JsonNode? property)
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
    private static async Task Refresh(Simulation simulation, GatewayClient gateway, Dictionary<string, string> world, FieldCase one)
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
