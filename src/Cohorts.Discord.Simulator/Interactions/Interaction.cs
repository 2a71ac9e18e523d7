using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Cohorts.Discord.Simulator.Model;
using Cohorts.Discord.Simulator.Rest;

namespace Cohorts.Discord.Simulator.Interactions;

internal enum InteractionType
{
    Ping = 1,
    Command = 2,
    Component = 3,
    Autocomplete = 4,
}

/// <summary>Discord's callback types that are simulated.</summary>
internal enum CallbackType
{
    Pong = 1,
    Message = 4,
    DeferredMessage = 5,
    DeferredUpdate = 6,
    Update = 7,
    Choices = 8,
}

/// <summary>One use of a command, a button or an autocomplete, from its start to the death of its token.</summary>
internal sealed class Interaction
{
    public required Snowflake Id { get; init; }
    public required InteractionType Type { get; init; }
    public required Guild Guild { get; init; }
    public required Channel Channel { get; init; }
    public required Member Member { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required JsonObject Data { get; init; }

    /// <summary>The option that is being typed into, for an autocomplete.</summary>
    public JsonObject? FocusedOption { get; init; }

    /// <summary>The message whose button was pressed.</summary>
    public Message? Source { get; init; }

    public string? CommandName { get; init; }
    public string Token { get; } = NewToken();

    /// <summary>How it was first answered; null while it waits.</summary>
    public CallbackType? Answered { get; set; }

    /// <summary>Why it failed where the reader would see that it did: nobody to deliver it to, or a refusing endpoint.</summary>
    public string? Failure { get; set; }

    public JsonArray? Choices { get; set; }

    /// <summary>What @original means: the answer, or for a button the message it sits on.</summary>
    public Message? Original { get; set; }

    /// <summary>Whether the original, or a follow-up, has been written since the first answer.</summary>
    public bool WrittenSince { get; set; }

    /// <summary>On the machine's clock: when the answer was last written, for those who wait until it comes to rest.</summary>
    public long LastWriting { get; set; }

    public bool IsDeferred => Answered is CallbackType.DeferredMessage or CallbackType.DeferredUpdate;

    public static string NewToken() => Convert.ToBase64String(RandomNumberGenerator.GetBytes(48)).Replace('+', '-').Replace('/', '_');

    /// <summary>What a message says of the interaction it came from.</summary>
    public JsonObject Metadata(Message message)
    {
        var json = new JsonObject
        {
            ["id"] = Id.ToString(),
            ["type"] = (int)Type,
            ["user"] = Render.User(Member.User),
            ["authorizing_integration_owners"] = new JsonObject { ["0"] = Guild.Id.ToString() },
        };
        if (Source is { } source && message != source)
        {
            json["interacted_message_id"] = source.Id.ToString();
        }

        if (Original is { } original && original != message && original != Source)
        {
            json["original_response_message_id"] = original.Id.ToString();
        }

        return json;
    }

    /// <summary>As the gateway or the endpoint gets it.</summary>
    public JsonObject Payload(World world)
    {
        var member = Render.Member(Member);
        member["permissions"] = Render.Bits(Permissions.InChannel(Guild, Member, Channel));
        member["unusual_dm_activity_until"] = null;
        var channel = Render.Channel(Guild, Channel);
        channel["permissions"] = member["permissions"]!.DeepClone();
        var json = new JsonObject
        {
            ["id"] = Id.ToString(),
            ["application_id"] = world.Application.Id.ToString(),
            ["type"] = (int)Type,
            ["token"] = Token,
            ["version"] = 1,
            ["data"] = Data.DeepClone(),
            ["guild_id"] = Guild.Id.ToString(),
            ["guild"] = new JsonObject { ["id"] = Guild.Id.ToString(), ["locale"] = "en-US", ["features"] = new JsonArray() },
            ["guild_locale"] = "en-US",
            ["channel_id"] = Channel.Id.ToString(),
            ["channel"] = channel,
            ["member"] = member,
            ["locale"] = "en-US",
            ["app_permissions"] = Render.Bits(Permissions.InChannel(Guild, world.BotIn(Guild), Channel)),
            ["entitlements"] = new JsonArray(),
            ["authorizing_integration_owners"] = new JsonObject { ["0"] = Guild.Id.ToString() },
            ["context"] = 0,
            ["attachment_size_limit"] = Limits.AttachmentBytes,
        };
        if (Source is { } source)
        {
            json["message"] = Render.Message(world, source);
        }

        return json;
    }
}
