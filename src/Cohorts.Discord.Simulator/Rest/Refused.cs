using System.Text.Json.Nodes;

namespace Cohorts.Discord.Simulator.Rest;

/// <summary>
/// Discord's refusal of a call. Thrown, because it may arise in the depth of a body's validation and always ends the call;
/// the router turns it into the answer.
/// </summary>
internal sealed class Refused(int status, int code, string message, JsonObject? errors = null) : Exception(message)
{
    public int Status { get; } = status;
    public int Code { get; } = code;

    public JsonObject Body()
    {
        var body = new JsonObject { ["message"] = Message, ["code"] = Code };
        if (errors is not null)
        {
            body["errors"] = errors.DeepClone();
        }

        return body;
    }

    public static Refused NotFound() => new(404, 0, "404: Not Found");
    public static Refused MethodNotAllowed() => new(405, 0, "405: Method Not Allowed");
    public static Refused NotSimulated(string route) => new(501, 0, $"501: {route} is not simulated.");
    public static Refused Unauthorized() => new(401, 0, "401: Unauthorized");
    public static Refused InvalidJson() => new(400, 50109, "The request body contains invalid JSON.");
    public static Refused UnknownApplication() => new(404, 10002, "Unknown Application");
    public static Refused UnknownChannel() => new(404, 10003, "Unknown Channel");
    public static Refused UnknownGuild() => new(404, 10004, "Unknown Guild");
    public static Refused UnknownMember() => new(404, 10007, "Unknown Member");
    public static Refused UnknownMessage() => new(404, 10008, "Unknown Message");
    public static Refused UnknownOverwrite() => new(404, 10009, "Unknown Overwrite");
    public static Refused UnknownRole() => new(404, 10011, "Unknown Role");
    public static Refused UnknownUser() => new(404, 10013, "Unknown User");
    public static Refused UnknownWebhook() => new(404, 10015, "Unknown Webhook");
    public static Refused UnknownInteraction() => new(404, 10062, "Unknown interaction");
    public static Refused UnknownCommand() => new(404, 10063, "Unknown application command");
    public static Refused UnknownEvent() => new(404, 10070, "Unknown Guild Scheduled Event");
    public static Refused TooManyRoles() => new(400, 30005, "Maximum number of guild roles reached (250)");
    public static Refused TooManyChannels() => new(400, 30013, "Maximum number of guild channels reached (500)");
    public static Refused TooManyCommands() => new(400, 30032, "Maximum number of application commands reached (100)");
    public static Refused TooManyEvents() => new(400, 30038, "Maximum number of uncompleted guild scheduled events reached (100)");
    public static Refused TooManyOverwrites() => new(400, 30060, "Maximum number of channel permission overwrites reached (1000)");
    public static Refused TooLarge() => new(413, 40005, "Request entity too large");
    public static Refused NotConnectedToVoice(FormErrors errors) => errors.As(400, 40032, "Target user is not connected to voice.");
    public static Refused AlreadyAcknowledged() => new(400, 40060, "Interaction has already been acknowledged.");
    public static Refused MissingAccess() => new(403, 50001, "Missing Access");
    public static Refused OthersMessage() => new(403, 50005, "Cannot edit a message authored by another user");
    public static Refused EmptyMessage() => new(400, 50006, "Cannot send an empty message");
    public static Refused MissingPermissions() => new(403, 50013, "Missing Permissions");
    public static Refused WrongChannelType() => new(400, 50024, "Cannot execute action on this channel type");
    public static Refused InvalidWebhookToken() => new(401, 50027, "Invalid Webhook Token");
    public static Refused FinishedEvent() => new(400, 180000, "Cannot update a finished event");
}
