using System.Globalization;
using System.Text.Json.Nodes;
using Cohorts.Discord.Simulator.Model;

namespace Cohorts.Discord.Simulator.Rest;

/// <summary>What is known, in Discord's own objects. Pure.</summary>
internal static class Render
{
    public static string Time(DateTimeOffset time) =>
        time.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff+00:00", CultureInfo.InvariantCulture);

    public static string Bits(Permission permissions) => ((ulong)permissions).ToString(CultureInfo.InvariantCulture);

    public static JsonArray List<T>(IEnumerable<T> items, Func<T, JsonNode?> render) => new([.. items.Select(render)]);

    public static JsonArray Ids(IEnumerable<Snowflake> ids) => List(ids, id => JsonValue.Create(id.ToString()));

    public static JsonObject User(User user)
    {
        var json = new JsonObject
        {
            ["id"] = user.Id.ToString(),
            ["username"] = user.Username,
            ["avatar"] = null,
            ["discriminator"] = user.IsBot ? "0001" : "0",
            ["public_flags"] = 0,
            ["flags"] = 0,
            ["global_name"] = user.IsBot ? null : user.GlobalName,
            ["primary_guild"] = null,
            ["banner"] = null,
            ["accent_color"] = null,
        };
        if (user.IsBot)
        {
            json["bot"] = true;
        }

        return json;
    }

    public static JsonObject Self(User bot)
    {
        var json = User(bot);
        json["mfa_enabled"] = true;
        json["locale"] = "en-US";
        json["verified"] = true;
        json["email"] = null;
        json["premium_type"] = 0;
        return json;
    }

    public static JsonObject Member(Member member) => new()
    {
        ["avatar"] = null,
        ["banner"] = null,
        ["communication_disabled_until"] = member.TimedOutUntil is { } until ? Time(until) : null,
        ["flags"] = member.BypassesVerification ? Limits.SettableMemberFlags : 0,
        ["joined_at"] = Time(member.JoinedAt),
        ["nick"] = member.Nick,
        ["pending"] = false,
        ["premium_since"] = null,
        ["roles"] = Ids(member.RoleIds.Order()),
        ["user"] = User(member.User),
        ["mute"] = member.Mute,
        ["deaf"] = member.Deaf,
    };

    public static JsonObject Role(Role role)
    {
        var json = new JsonObject
        {
            ["id"] = role.Id.ToString(),
            ["name"] = role.Name,
            ["permissions"] = Bits(role.Permissions),
            ["position"] = role.Position,
            ["color"] = role.Color,
            ["colors"] = new JsonObject { ["primary_color"] = role.Color, ["secondary_color"] = null, ["tertiary_color"] = null },
            ["hoist"] = role.Hoist,
            ["managed"] = role.BotId is not null,
            ["mentionable"] = role.Mentionable,
            ["icon"] = null,
            ["unicode_emoji"] = null,
            ["flags"] = 0,
        };
        if (role.BotId is { } bot)
        {
            json["tags"] = new JsonObject { ["bot_id"] = bot.ToString() };
        }

        return json;
    }

    public static JsonObject Overwrite(Overwrite overwrite) => new()
    {
        ["id"] = overwrite.Id.ToString(),
        ["type"] = (int)overwrite.Type,
        ["allow"] = Bits(overwrite.Allow),
        ["deny"] = Bits(overwrite.Deny),
    };

    public static JsonObject Channel(Guild guild, Channel channel)
    {
        var json = new JsonObject
        {
            ["id"] = channel.Id.ToString(),
            ["type"] = (int)channel.Type,
            ["flags"] = 0,
            ["guild_id"] = guild.Id.ToString(),
            ["name"] = channel.Name,
            ["position"] = channel.Position,
            ["permission_overwrites"] = List(channel.Overwrites.Values, Overwrite),
        };
        if (channel.Type != ChannelType.Category)
        {
            json["parent_id"] = channel.ParentId?.ToString();
            json["last_message_id"] = channel.Messages.Values.LastOrDefault(message => message.ReaderId is null)?.Id.ToString();
            json["rate_limit_per_user"] = channel.SlowMode;
            json["nsfw"] = channel.Nsfw;
        }

        if (channel.Type == ChannelType.Text)
        {
            json["topic"] = channel.Topic;
            if (channel.AutoArchiveMinutes is { } minutes)
            {
                json["default_auto_archive_duration"] = minutes;
            }

            if (channel.ThreadSlowMode is { } seconds)
            {
                json["default_thread_rate_limit_per_user"] = seconds;
            }
        }
        else if (channel.Type == ChannelType.Voice)
        {
            json["bitrate"] = channel.Bitrate;
            json["user_limit"] = channel.UserLimit;
            json["rtc_region"] = channel.RtcRegion;
            if (channel.VideoQuality is { } quality)
            {
                json["video_quality_mode"] = quality;
            }
        }

        return json;
    }

    public static JsonObject Attachment(World world, Message message, Attachment file)
    {
        var address = new Uri(world.PublicAddress, $"/attachments/{message.ChannelId}/{file.Id}/{Uri.EscapeDataString(file.Filename)}").AbsoluteUri;
        var json = new JsonObject
        {
            ["id"] = file.Id.ToString(),
            ["filename"] = file.Filename,
            ["size"] = file.Bytes.Length,
            ["url"] = address,
            ["proxy_url"] = address,
            ["content_type"] = file.ContentType,
        };
        if (file.Title is { } title)
        {
            json["title"] = title;
        }

        if (file.Description is { } description)
        {
            json["description"] = description;
        }

        if (message.Flags.HasFlag(MessageFlags.Ephemeral))
        {
            json["ephemeral"] = true;
        }

        return json;
    }

    /// <param name="withReferenced">Whether a reply holds the message that it replies to; that one holds no further one.</param>
    public static JsonObject Message(World world, Message message, bool withReferenced = true)
    {
        var json = new JsonObject
        {
            ["type"] = message.Type,
            ["content"] = message.Content,
            ["mentions"] = List(message.Mentions, User),
            ["mention_roles"] = Ids(message.MentionedRoles),
            ["attachments"] = List(message.Attachments, file => Attachment(world, message, file)),
            ["embeds"] = message.Embeds.DeepClone(),
            ["timestamp"] = Time(message.At),
            ["edited_timestamp"] = message.EditedAt is { } edited ? Time(edited) : null,
            ["flags"] = (int)message.Flags,
            ["components"] = message.Components.DeepClone(),
            ["id"] = message.Id.ToString(),
            ["channel_id"] = message.ChannelId.ToString(),
            ["author"] = User(message.Author),
            ["pinned"] = false,
            ["mention_everyone"] = message.MentionsEveryone,
            ["tts"] = message.Tts,
        };
        if (message.Nonce is not null)
        {
            json["nonce"] = message.Nonce.DeepClone();
        }

        if (message.ReplyTo is { } reply)
        {
            var place = world.FindChannel(message.ChannelId);
            json["message_reference"] = new JsonObject
            {
                ["type"] = 0,
                ["guild_id"] = place?.Guild.Id.ToString(),
                ["channel_id"] = message.ChannelId.ToString(),
                ["message_id"] = reply.ToString(),
            };
            if (withReferenced)
            {
                // Null says that the message was deleted.
                json["referenced_message"] = place?.Channel.Messages.TryGetValue(reply, out var original) == true
                    ? Message(world, original, withReferenced: false)
                    : null;
            }
        }

        if (message.Interaction is { } interaction)
        {
            json["application_id"] = world.Application.Id.ToString();
            json["webhook_id"] = world.Application.Id.ToString();
            json["interaction_metadata"] = interaction.Metadata(message);
            if (interaction.CommandName is { } command)
            {
                json["interaction"] = new JsonObject
                {
                    ["id"] = interaction.Id.ToString(),
                    ["type"] = (int)interaction.Type,
                    ["name"] = command,
                    ["user"] = User(interaction.Member.User),
                };
            }
        }

        return json;
    }

    public static JsonObject Event(World world, Guild guild, ScheduledEvent scheduled, bool withUserCount = false)
    {
        var json = new JsonObject
        {
            ["id"] = scheduled.Id.ToString(),
            ["guild_id"] = guild.Id.ToString(),
            ["name"] = scheduled.Name,
            ["description"] = scheduled.Description,
            ["channel_id"] = scheduled.ChannelId?.ToString(),
            ["creator_id"] = scheduled.CreatorId.ToString(),
            ["image"] = scheduled.Image,
            ["scheduled_start_time"] = Time(scheduled.Start),
            ["scheduled_end_time"] = scheduled.End is { } end ? Time(end) : null,
            ["status"] = (int)scheduled.Status,
            ["entity_type"] = (int)scheduled.Place,
            ["entity_id"] = null,
            ["recurrence_rule"] = scheduled.Recurrence is { } rule ? Recurrence.Json(rule) : null,
            ["privacy_level"] = 2,
            ["guild_scheduled_event_exceptions"] = new JsonArray(),
            ["entity_metadata"] = scheduled.Location is { } location ? new JsonObject { ["location"] = location } : null,
        };
        if (world.Users.TryGetValue(scheduled.CreatorId, out var creator))
        {
            json["creator"] = User(creator);
        }

        if (withUserCount)
        {
            json["user_count"] = 1;
        }

        return json;
    }

    public static JsonObject Guild(Guild guild, bool withCounts = false)
    {
        var json = new JsonObject
        {
            ["id"] = guild.Id.ToString(),
            ["name"] = guild.Name,
            ["icon"] = null,
            ["description"] = null,
            ["home_header"] = null,
            ["splash"] = null,
            ["discovery_splash"] = null,
            ["features"] = new JsonArray(),
            ["banner"] = null,
            ["owner_id"] = guild.OwnerId.ToString(),
            ["application_id"] = null,
            ["region"] = "deprecated",
            ["afk_channel_id"] = null,
            ["afk_timeout"] = 300,
            ["system_channel_id"] = guild.SystemChannelId?.ToString(),
            ["system_channel_flags"] = 0,
            ["widget_enabled"] = false,
            ["widget_channel_id"] = null,
            ["verification_level"] = 0,
            ["roles"] = List(guild.Roles.Values, Role),
            ["default_message_notifications"] = 0,
            ["mfa_level"] = 0,
            ["explicit_content_filter"] = 0,
            ["max_presences"] = null,
            ["max_members"] = 500_000,
            ["max_stage_video_channel_users"] = 50,
            ["max_video_channel_users"] = 25,
            ["vanity_url_code"] = null,
            ["premium_tier"] = 0,
            ["premium_subscription_count"] = 0,
            ["preferred_locale"] = "en-US",
            ["rules_channel_id"] = null,
            ["safety_alerts_channel_id"] = null,
            ["public_updates_channel_id"] = null,
            ["premium_progress_bar_enabled"] = false,
            ["nsfw"] = false,
            ["nsfw_level"] = 0,
            ["emojis"] = new JsonArray(),
            ["stickers"] = new JsonArray(),
            ["incidents_data"] = null,
        };
        if (withCounts)
        {
            json["approximate_member_count"] = guild.Members.Count;
            json["approximate_presence_count"] = guild.Members.Count;
        }

        return json;
    }

    public static JsonObject Application(World world)
    {
        var app = world.Application;
        return new JsonObject
        {
            ["id"] = app.Id.ToString(),
            ["name"] = app.Bot.GlobalName,
            ["icon"] = null,
            ["description"] = app.Description,
            ["type"] = null,
            ["bot"] = User(app.Bot),
            ["bot_public"] = app.BotPublic,
            ["bot_require_code_grant"] = false,
            ["verify_key"] = app.PublicKey,
            ["flags"] = app.Flags,
            ["flags_new"] = app.Flags.ToString(CultureInfo.InvariantCulture),
            ["redirect_uris"] = new JsonArray(),
            ["interactions_endpoint_url"] = app.InteractionsEndpoint?.AbsoluteUri,
            ["role_connections_verification_url"] = null,
            ["owner"] = User(world.Users[world.Guilds.Values.First().OwnerId]),
            ["approximate_guild_count"] = world.Guilds.Count,
            ["approximate_user_install_count"] = 0,
            ["approximate_user_authorization_count"] = 0,
            ["explicit_content_filter"] = 0,
            ["team"] = null,
            ["eligible_oauth2_scopes"] = new JsonArray("bot", "applications.commands"),
        };
    }
}
