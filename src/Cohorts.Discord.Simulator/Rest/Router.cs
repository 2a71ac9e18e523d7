using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Cohorts.Discord.Simulator.Control;
using Cohorts.Discord.Simulator.Gateway;
using Cohorts.Discord.Simulator.Model;

namespace Cohorts.Discord.Simulator.Rest;

/// <summary>Takes a call of /api/v10 through log, faults, rates and authorization to its route, and writes the answer.</summary>
internal sealed class Router(World world, RateLimits rates, CallLog log, Faults faults, HttpClient toEndpoint, Action<RecordedCall>? onCall)
{
    /// <summary>How long a call that is to time out is held; no client waits longer.</summary>
    private static readonly TimeSpan Held = TimeSpan.FromMinutes(5);

    private readonly IReadOnlyList<ApiRoute> routes = Routes.All(toEndpoint);

    public async Task Handle(HttpContext http, string path)
    {
        var parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        var method = http.Request.Method;
        var matches = routes.Select(route => (Route: route, Values: route.Match(parts))).Where(match => match.Values is not null).ToList();
        var found = matches.FirstOrDefault(match => match.Route.Method == method);
        var name = found.Route?.Name ?? $"{method} /{string.Join('/', parts)}";
        var reason = ReasonOf(http.Request);
        var logged = new LoggedCall(method, name, http.Request.Path.Value ?? "", world.Now) { Reason = reason };
        log.Add(logged);

        var fault = faults.Next(name);
        logged.Fault = fault?.Kind;
        using var sent = await ReadBody(http);
        if (fault?.Kind == FaultKind.Timeout)
        {
            Tell(sent, answer: null);
            await HoldBack(http);
            return;
        }

        http.Response.Headers["Via"] = "1.1 simulator";
        var answer = fault?.Kind == FaultKind.Status
            ? Failed(http, fault.Status ?? 500)
            : await Answered(http, sent, matches.Count > 0, found.Route, found.Values, reason);
        if (answer.Status is 401 or 403 or 429 && !http.Response.Headers["X-RateLimit-Scope"].Equals("shared"))
        {
            rates.CountInvalid();
        }

        logged.Status = answer.Status;
        if (fault?.Kind == FaultKind.Cut)
        {
            lock (world.Gate)
            {
                world.Hub.CutAll(new Cut(fault.Status));
            }
        }

        world.Pulse();
        Tell(sent, answer);
        if (fault?.Kind == FaultKind.Lost)
        {
            http.Abort();
            return;
        }

        await Write(http, answer);

        void Tell(Sent sent, Answer? answer) => onCall?.Invoke(new RecordedCall(
            method,
            "/" + string.Join('/', parts),
            http.Request.Query.ToDictionary(item => item.Key, item => item.Value.ToString(), StringComparer.Ordinal),
            sent.Json,
            sent.FileParts,
            answer?.Status,
            answer?.Body?.ToJsonString()));
    }

    private async Task<Answer> Answered(HttpContext http, Sent sent, bool pathIsKnown, ApiRoute? route, IReadOnlyDictionary<string, string>? values, string? reason)
    {
        try
        {
            if (rates.ShutOut() is { } shutOut)
            {
                throw new RateLimited(new Allowance(Pace.Global, 0, 0, world.Now + shutOut, shutOut, shutOut));
            }

            if (route is null || values is null)
            {
                throw pathIsKnown ? Refused.MethodNotAllowed() : Refused.NotFound();
            }

            if (route.Door == Door.Bot && !HasToken(http.Request))
            {
                throw Refused.Unauthorized();
            }

            if (route.Door != Door.InteractionToken && rates.Spend(Pace.Global, "") is { RetryAfter: not null } global)
            {
                throw new RateLimited(global);
            }

            if (route.Pace is { } pace)
            {
                var major = route.Major is { } parameter ? values[parameter] : "";
                // Routes of which nothing is known are counted one by one, the others with those that share their pace.
                var allowance = rates.Spend(pace == Pace.Other ? pace with { Name = $"{pace.Name} {route.Name}" } : pace, major);
                allowance.WriteTo(http.Response.Headers);
                if (allowance.RetryAfter is not null)
                {
                    throw new RateLimited(allowance);
                }
            }

            if (reason is { Length: > Limits.AuditReason })
            {
                throw FormErrors.Of("reason", "BASE_TYPE_MAX_LENGTH", $"Must be {Limits.AuditReason} or fewer in length.");
            }

            var call = new Call(world, rates, values, http.Request.Query, Form.Of(sent.Readable().RootElement), sent.Files, reason);
            return await route.Handle(call, http.RequestAborted);
        }
        catch (Refused refused)
        {
            return new Answer(refused.Status, refused.Body());
        }
        catch (RateLimited limited)
        {
            return TooMany(http, limited.Allowance);
        }
    }

    private static Answer TooMany(HttpContext http, Allowance allowance)
    {
        var global = allowance.Pace == Pace.Global;
        var seconds = Math.Round(allowance.RetryAfter!.Value.TotalSeconds, 3, MidpointRounding.ToPositiveInfinity);
        http.Response.Headers["Retry-After"] = Math.Ceiling(seconds).ToString(CultureInfo.InvariantCulture);
        http.Response.Headers["X-RateLimit-Scope"] = global ? "global" : "user";
        if (global)
        {
            http.Response.Headers["X-RateLimit-Global"] = "true";
        }

        return new Answer(429, new JsonObject { ["message"] = "You are being rate limited.", ["retry_after"] = seconds, ["global"] = global, ["code"] = 0 });
    }

    /// <summary>A failure that was asked for.</summary>
    private static Answer Failed(HttpContext http, int status)
    {
        if (status == 429)
        {
            // Of the shared scope: nothing that the caller did.
            http.Response.Headers["X-RateLimit-Scope"] = "shared";
            http.Response.Headers["Retry-After"] = "1";
            return new Answer(status, new JsonObject { ["message"] = "The resource is being rate limited.", ["retry_after"] = 0.5, ["global"] = false, ["code"] = 0 });
        }

        return new Answer(status, new JsonObject { ["message"] = $"{status}: failed on request", ["code"] = 0 });
    }

    private static async Task HoldBack(HttpContext http)
    {
        try
        {
            await Task.Delay(Held, http.RequestAborted);
        }
        catch (OperationCanceledException)
        {
            // The client gave up, as it was meant to.
        }

        http.Abort();
    }

    private static async Task Write(HttpContext http, Answer answer)
    {
        http.Response.StatusCode = answer.Status;
        if (answer.Body is not null)
        {
            http.Response.ContentType = "application/json";
            await http.Response.WriteAsync(answer.Body.ToJsonString(), http.RequestAborted);
        }
    }

    private static bool HasToken(HttpRequest request) =>
        request.Headers.Authorization.ToString() is { } given
        && given.StartsWith("Bot ", StringComparison.OrdinalIgnoreCase) && given.AsSpan(4).Trim().Length > 0;

    private static string? ReasonOf(HttpRequest request) =>
        request.Headers["X-Audit-Log-Reason"].ToString() is { Length: > 0 } reason ? Uri.UnescapeDataString(reason) : null;

    /// <summary>Reads all of it before anything is decided, so that a call that is refused or fails is known word for word too.</summary>
    private static async Task<Sent> ReadBody(HttpContext http)
    {
        var stop = http.RequestAborted;
        try
        {
            if (http.Request.HasFormContentType)
            {
                return await ReadMultipart(http.Request, stop);
            }

            using var text = new MemoryStream();
            await http.Request.Body.CopyToAsync(text, stop);
            text.Position = 0;
            return new Sent(text.Length == 0 ? null : await JsonDocument.ParseAsync(text, cancellationToken: stop), [], []);
        }
        catch (JsonException)
        {
            return new Sent(Refused.InvalidJson());
        }
        // Any other is of a client that went away in the middle of its call, and so called nothing: it ends the call.
        catch (BadHttpRequestException e) when (e.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            return new Sent(Refused.TooLarge());
        }
        catch (InvalidDataException)
        {
            return new Sent(Refused.InvalidJson());
        }
    }

    private static async Task<Sent> ReadMultipart(HttpRequest request, CancellationToken stop)
    {
        var form = await request.ReadFormAsync(stop);
        var files = new List<Upload>();
        foreach (var file in form.Files)
        {
            // files[n], or file as older clients call a single one.
            var digits = file.Name.Where(char.IsAsciiDigit).ToArray();
            using var bytes = new MemoryStream();
            await file.CopyToAsync(bytes, stop);
            files.Add(new Upload(
                digits.Length is > 0 and < 4 ? int.Parse(digits, CultureInfo.InvariantCulture) : files.Count,
                Path.GetFileName(file.FileName) is { Length: > 0 } name ? name : "file",
                string.IsNullOrEmpty(file.ContentType) ? "application/octet-stream" : file.ContentType,
                bytes.ToArray()));
        }

        var payload = form.TryGetValue("payload_json", out var json)
            ? json.ToString()
            : new JsonObject(form.Select(field => KeyValuePair.Create(field.Key, (JsonNode?)field.Value.ToString()))).ToJsonString();
        return new Sent(JsonDocument.Parse(Encoding.UTF8.GetBytes(payload)), files, [.. form.Files.Select(file => file.Name)]);
    }

    /// <summary>The body of a call: JSON and files, or nothing, or what cannot be read.</summary>
    private sealed class Sent : IDisposable
    {
        private static readonly JsonDocument Nothing = JsonDocument.Parse("null");

        private readonly JsonDocument? body;
        private readonly Refused? unreadable;

        public Sent(JsonDocument? body, IReadOnlyList<Upload> files, IReadOnlyList<string> fileParts) => (this.body, Files, FileParts) = (body, files, fileParts);

        public Sent(Refused unreadable) => this.unreadable = unreadable;

        public IReadOnlyList<Upload> Files { get; } = [];

        public IReadOnlyList<string> FileParts { get; } = [];

        public string? Json => body?.RootElement.GetRawText();

        /// <exception cref="Refused">It is not JSON, or too much of it.</exception>
        public JsonDocument Readable() => unreadable is null ? body ?? Nothing : throw unreadable;

        public void Dispose() => body?.Dispose();
    }
}
