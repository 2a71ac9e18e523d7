using System.Globalization;
using System.Net;
using System.Text.Json;

namespace Cohorts.Discord;

/// <summary>What a failed call leaves behind.</summary>
public enum DiscordFailure
{
    /// <summary>Discord answered 4xx: nothing was changed, and the same request would fail again.</summary>
    Refused,

    /// <summary>Discord refuses the bot's token, also where it was asked for nothing else. Until it accepts it again, no call is sent with it.</summary>
    Unauthorized,

    /// <summary>Still limited after all attempts, or for longer than the client is allowed to wait. Nothing was changed.</summary>
    RateLimited,

    /// <summary>Discord failed or could not be reached, and nothing was changed.</summary>
    Unavailable,

    /// <summary>The request was sent and its answer never came, or was a 5xx: it may have been carried out. Look before doing it again.</summary>
    OutcomeUnknown,

    /// <summary>Not sent: so many requests were refused lately that Discord would soon ban this address.</summary>
    Stopped,
}

/// <param name="Path">The field complained of, in dots: <c>permission_overwrites.3.id</c>.</param>
/// <param name="Code">Discord's word for it, e.g. <c>BASE_TYPE_BAD_LENGTH</c>; its OpenAPI description has a number there, which then stands in digits.</param>
public sealed record FieldError(string Path, string Code, string Message);

/// <summary>Codes of Discord's JSON errors that this library's users act upon. Others keep their number.</summary>
public enum DiscordErrorCode
{
    None = 0,
    UnknownChannel = 10003,
    UnknownGuild = 10004,
    UnknownMember = 10007,
    UnknownMessage = 10008,
    UnknownOverwrite = 10009,
    UnknownRole = 10011,
    UnknownUser = 10013,
    UnknownWebhook = 10015,
    /// <summary>The 3 s for the first answer are over, or the interaction never was.</summary>
    UnknownInteraction = 10062,
    UnknownApplicationCommand = 10063,
    UnknownScheduledEvent = 10070,
    MaximumGuildChannels = 30013,
    MaximumScheduledEvents = 30038,
    InteractionAlreadyAcknowledged = 40060,
    MissingAccess = 50001,
    MissingPermissions = 50013,
    /// <summary>The interaction's 15 minutes are over.</summary>
    InvalidWebhookToken = 50027,
    InvalidFormBody = 50035,
}

/// <summary>A call to Discord that failed. Its text names no token and no id, and Discord's own words with what they complain of.</summary>
public sealed class DiscordException : Exception
{
    internal DiscordException(
        DiscordFailure failure,
        Route route,
        string message,
        HttpStatusCode? status = null,
        DiscordErrorCode code = DiscordErrorCode.None,
        IReadOnlyList<FieldError>? fields = null,
        TimeSpan? retryAfter = null,
        Exception? inner = null)
        : base($"{route.Name}: {message}", inner)
    {
        Failure = failure;
        Method = route.Method.Method;
        Route = route.Template;
        Status = status;
        Code = code;
        Fields = fields ?? [];
        RetryAfter = retryAfter;
    }

    public DiscordFailure Failure { get; }

    public string Method { get; }

    /// <summary>The template, e.g. <c>/guilds/{guild.id}/channels</c>.</summary>
    public string Route { get; }

    /// <summary>Null when no answer came.</summary>
    public HttpStatusCode? Status { get; }

    public DiscordErrorCode Code { get; }

    public IReadOnlyList<FieldError> Fields { get; }

    /// <summary>How long Discord wants to hear nothing, when it is limited.</summary>
    public TimeSpan? RetryAfter { get; }

    internal const string HowTokensAreMended = "Reset it in the developer portal, page Bot, and give this program the new one. It is tried again by itself";

    /// <param name="verdict">On the bot's token, where the answer was 401.</param>
    internal static DiscordException Refused(
        Route route, HttpStatusCode status, ReadOnlySpan<byte> body, Func<string, string> withoutSecrets, TokenVerdict verdict)
    {
        var error = DiscordError.Read(body);
        var fields = error.Fields
            .Select(f => new FieldError(withoutSecrets(f.Path), withoutSecrets(f.Code), withoutSecrets(f.Message)))
            .ToArray();
        var text = string.Create(CultureInfo.InvariantCulture, $"Discord answered {(int)status}");
        if (error.Code != DiscordErrorCode.None)
            text += string.Create(CultureInfo.InvariantCulture, $", code {(int)error.Code}");
        if (error.Message.Length > 0)
            text += $": {withoutSecrets(error.Message)}";
        if (fields.Length > 0)
            text += " (" + string.Join("; ", fields.Take(5).Select(f => $"{f.Path}: {f.Code} {f.Message}")) + ")";
        var failure = verdict switch
        {
            TokenVerdict.Refused => DiscordFailure.Unauthorized,
            TokenVerdict.NotKnown => DiscordFailure.Unavailable,
            _ => DiscordFailure.Refused,
        };
        if (failure == DiscordFailure.Unauthorized)
            text += $". Discord does not accept the bot's token. {HowTokensAreMended}";
        else if (status == HttpStatusCode.Unauthorized && !route.ByInteractionToken && failure == DiscordFailure.Refused)
            text += ". It accepts the bot's token otherwise: this request alone was refused";
        return new DiscordException(failure, route, text, status, error.Code, fields);
    }
}

/// <summary>Discord's error object; empty where the body is something else (a proxy's page, nothing at all).</summary>
internal sealed record DiscordError(DiscordErrorCode Code, string Message, IReadOnlyList<FieldError> Fields)
{
    private const int DeepestField = 16;

    public static DiscordError Read(ReadOnlySpan<byte> body)
    {
        try
        {
            var reader = new Utf8JsonReader(body);
            using var document = JsonDocument.ParseValue(ref reader);
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object)
                return new DiscordError(DiscordErrorCode.None, "", []);
            var code = root.TryGetProperty("code", out var c) && c.ValueKind == JsonValueKind.Number && c.TryGetInt32(out var number) ? number : 0;
            var fields = new List<FieldError>();
            if (root.TryGetProperty("errors", out var errors))
                Collect(errors, "", 0, fields);
            return new DiscordError((DiscordErrorCode)code, Text(root, "message"), fields);
        }
        catch (JsonException)
        {
            return new DiscordError(DiscordErrorCode.None, "", []);
        }
    }

    private static void Collect(JsonElement element, string path, int depth, List<FieldError> into)
    {
        if (element.ValueKind != JsonValueKind.Object || depth > DeepestField)
            return;
        foreach (var property in element.EnumerateObject())
        {
            if (property.NameEquals("_errors") && property.Value.ValueKind == JsonValueKind.Array)
            {
                foreach (var error in property.Value.EnumerateArray().Where(e => e.ValueKind == JsonValueKind.Object))
                    into.Add(new FieldError(path, TextOrNumber(error, "code"), Text(error, "message")));
            }
            else
            {
                Collect(property.Value, path.Length == 0 ? property.Name : $"{path}.{property.Name}", depth + 1, into);
            }
        }
    }

    private static string TextOrNumber(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number ? value.GetRawText() : Text(element, name);

    private static string Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() ?? "" : "";
}
