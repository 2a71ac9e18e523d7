using System.Globalization;
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

    private readonly RouteTable routes = new(Routes.All(toEndpoint));

    public async Task Handle(HttpContext http, string path)
    {
        var parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        var method = http.Request.Method;
        var match = routes.Find(method, parts);
        var name = match.Route?.Name ?? match.Described ?? $"{method} /{string.Join('/', parts)}";
        var reason = ReasonOf(http.Request);
        var logged = new LoggedCall(method, name, http.Request.Path.Value ?? "", world.Now) { Reason = reason };
        log.Add(logged);

        var fault = faults.Next(name);
        logged.Fault = fault?.Kind;
        using var sent = await SentBody.Read(http);
        if (fault?.Kind == FaultKind.Timeout)
        {
            Tell(sent, answer: null);
            await HoldBack(http);
            return;
        }

        http.Response.Headers["Via"] = "1.1 simulator";
        var answer = fault?.Kind == FaultKind.Status
            ? Failed(http, fault.Status ?? 500)
            : await Answered(http, sent, match, reason);
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

        void Tell(SentBody sent, Answer? answer) => onCall?.Invoke(new RecordedCall(
            method,
            "/" + string.Join('/', parts),
            http.Request.Query.ToDictionary(item => item.Key, item => item.Value.ToString(), StringComparer.Ordinal),
            sent.Json,
            sent.FileParts,
            answer?.Status,
            answer?.Body?.ToJsonString()));
    }

    private async Task<Answer> Answered(HttpContext http, SentBody sent, RouteMatch match, string? reason)
    {
        try
        {
            if (rates.ShutOut() is { } shutOut)
            {
                throw new RateLimited(new Allowance(Pace.Global, 0, 0, world.Now + shutOut, shutOut, shutOut));
            }

            if (match is not { Route: { } route, Values: { } values })
            {
                throw match.Described is { } described ? Refused.NotSimulated(described)
                    : match.PathIsKnown ? Refused.MethodNotAllowed()
                    : Refused.NotFound();
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
}
