using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace Cohorts.Discord;

/// <summary>The one place where requests leave: limits, time-outs, repetition, and what becomes of an answer.</summary>
internal sealed partial class RestPipeline : IDisposable
{
    private const int LongestReason = 512;
    private const string JsonType = "application/json";

    /// <summary>More than the longest pause between attempts and the time for one: whoever waits for Discord tries again within it.</summary>
    private static readonly TimeSpan LongestSilence = TimeSpan.FromMinutes(1);

    private readonly HttpClient http;
    private readonly DiscordRestOptions options;
    private readonly TimeProvider time;
    private readonly ILogger log;
    private readonly RateLimits limits;
    private readonly InvalidRequests invalid;

    private readonly TokenStanding standing;

    public RestPipeline(DiscordRestOptions options, TimeProvider time, ILogger log, HttpMessageHandler? handler)
    {
        this.options = options;
        this.time = time;
        this.log = log;
        limits = new RateLimits(time);
        invalid = new InvalidRequests(time, options.MostInvalidRequests);
        standing = new TokenStanding(options, time);
        http = new HttpClient(handler ?? NewHandler(), disposeHandler: handler is null)
        {
            BaseAddress = new Uri(options.BaseAddress.AbsoluteUri.TrimEnd('/') + "/"),
            // Each attempt has its own, by the injected clock.
            Timeout = Timeout.InfiniteTimeSpan,
        };
        http.DefaultRequestHeaders.UserAgent.ParseAdd(options.UserAgent);
    }

    private readonly Lock silence = new();
    private long? silentSince;
    private long lastAttempt;

    /// <summary>Null where Discord answered the last attempt, or the last attempt is long ago.</summary>
    public TimeSpan? SilentFor
    {
        get
        {
            lock (silence)
                return silentSince is { } since && time.GetElapsedTime(lastAttempt) < LongestSilence ? time.GetElapsedTime(since) : null;
        }
    }

    public BotToken Token => standing.Token;

    public bool IsTokenRefused => standing.IsRefused;

    public async Task<T> SendAsync<T>(RestCall call, CancellationToken cancellation)
    {
        var answer = await ExecuteAsync(call, cancellation);
        try
        {
            return DiscordJson.Read<T>(answer.Body);
        }
        catch (JsonException e)
        {
            // The text of a JsonException names a path and a position, not the content.
            throw new DiscordException(
                call.Route.Method == HttpMethod.Get ? DiscordFailure.Unavailable : DiscordFailure.OutcomeUnknown,
                call.Route,
                string.Create(CultureInfo.InvariantCulture, $"Discord's answer {(int)answer.Status} is not a {typeof(T).Name} ({answer.Body.Length} bytes)"),
                answer.Status,
                inner: e);
        }
    }

    public Task SendAsync(RestCall call, CancellationToken cancellation) => ExecuteAsync(call, cancellation);

    public void Dispose()
    {
        http.Dispose();
        standing.Dispose();
    }

    private static SocketsHttpHandler NewHandler() => new()
    {
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        ConnectTimeout = TimeSpan.FromSeconds(10),
        AllowAutoRedirect = false,
        // The runtime's own activities carry the whole address, in which interaction tokens stand; this library has activities of its own.
        ActivityHeadersPropagator = null,
    };

    private async Task<Answer> ExecuteAsync(RestCall call, CancellationToken cancellation)
    {
        using var activity = Telemetry.Source.StartActivity(call.Route.Name, System.Diagnostics.ActivityKind.Client);
        var path = call.Path();
        var major = call.MajorParameters();
        var perhapsCarriedOut = false;
        var failures = 0;
        var refusals = 0;
        var begun = time.GetTimestamp();

        while (true)
        {
            await StopIfPointlessAsync(call.Route, cancellation);
            using var permit = await EnterAsync(call, major, cancellation);
            if (call.Look is { } look)
                await look(cancellation);
            var attempt = await TryAsync(call, path, cancellation);
            activity?.SetTag("status", attempt.Answer is { } a ? (int)a.Status : 0);

            if (attempt.Answer is { } answer)
            {
                var status = (int)answer.Status;
                if (status == 429)
                {
                    var limit = RateLimited.Read(answer);
                    NoteRefusal(call.Route, permit, answer, limit);
                    refusals++;
                    if (refusals >= options.MostAttemptsWhenLimited || limit.RetryAfter > options.LongestWait)
                        throw TooLimited(call.Route, limit.RetryAfter);
                    Telemetry.Retried(call.Route, "rate_limited");
                    if (!call.Route.Limited)
                        await Task.Delay(limit.RetryAfter, time, cancellation);
                    continue;
                }

                permit.Answered(answer.Bucket, blockedFor: null);
                if (status is >= 200 and < 300)
                    return answer;
                if (status < 500)
                {
                    if (status is 401 or 403)
                        invalid.Add();
                    if (perhapsCarriedOut && MeansDone(call, answer))
                        return answer;
                    var verdict = status == 401 && !call.Route.ByInteractionToken ? await JudgeTokenAsync(call.Route, cancellation) : TokenVerdict.Accepted;
                    throw DiscordException.Refused(call.Route, answer.Status, answer.Body, WithoutSecrets(call), verdict);
                }
            }
            else
            {
                permit.Answered(headers: null, blockedFor: null);
            }

            perhapsCarriedOut |= attempt.PerhapsCarriedOut;
            failures++;
            if (perhapsCarriedOut && call.Repeat == Repeat.OnlyWhenNotCarriedOut)
                throw Failed(call.Route, DiscordFailure.OutcomeUnknown, attempt);
            var mayWait = call.Route.Method != HttpMethod.Post || !perhapsCarriedOut;
            if (failures >= options.MostAttempts && !(mayWait && time.GetElapsedTime(begun) < call.Patience))
                throw Failed(call.Route, perhapsCarriedOut ? Worst(call) : DiscordFailure.Unavailable, attempt);

            var pause = BackOff(failures, attempt.Answer?.RetryAfter);
            if (failures < options.MostAttempts)
                LogAgain(call.Route.Name, attempt.What, failures, options.MostAttempts, pause.TotalMilliseconds);
            else
                LogWaiting(call.Route.Name, attempt.What, time.GetElapsedTime(begun).TotalSeconds, call.Patience.TotalMinutes);
            Telemetry.Retried(call.Route, attempt.PerhapsCarriedOut ? "failed" : "not_reached");
            await Task.Delay(pause, time, cancellation);
        }
    }

    /// <summary>A change that was sent and perhaps made; a reading changes nothing.</summary>
    private static DiscordFailure Worst(RestCall call) =>
        call.Route.Method == HttpMethod.Get ? DiscordFailure.Unavailable : DiscordFailure.OutcomeUnknown;

    /// <summary>A refusal that only says that the earlier, unanswered attempt was carried out.</summary>
    private static bool MeansDone(RestCall call, Answer answer) =>
        (call.Route.Method == HttpMethod.Delete && answer.Status == HttpStatusCode.NotFound)
        || (call.Repeat == Repeat.FirstAnswerOnly && DiscordError.Read(answer.Body).Code == DiscordErrorCode.InteractionAlreadyAcknowledged);

    private async Task StopIfPointlessAsync(Route route, CancellationToken cancellation)
    {
        if (!route.ByInteractionToken && !await standing.MaySendAsync(AskWhoAmIAsync, cancellation))
        {
            throw new DiscordException(
                DiscordFailure.Unauthorized, route, $"not sent, because Discord does not accept the bot's token. {DiscordException.HowTokensAreMended}", HttpStatusCode.Unauthorized);
        }

        var stop = invalid.StopFor();
        if (stop > TimeSpan.Zero)
        {
            throw new DiscordException(
                DiscordFailure.Stopped,
                route,
                string.Create(CultureInfo.InvariantCulture, $"not sent: {options.MostInvalidRequests} requests were refused within ten minutes, and at 10,000 Discord bans this address. Sending goes on in {stop.TotalSeconds:0} s"),
                retryAfter: stop);
        }
    }

    private async Task<TokenVerdict> JudgeTokenAsync(Route refused, CancellationToken cancellation)
    {
        if (refused != TokenStanding.WhoAmI)
            return await standing.JudgeAsync(AskWhoAmIAsync, cancellation);
        standing.Conclude(TokenVerdict.Refused);
        return TokenVerdict.Refused;
    }

    /// <summary>One attempt: what it does not tell, the next one does.</summary>
    private async Task<TokenVerdict> AskWhoAmIAsync(CancellationToken cancellation)
    {
        var call = new RestCall(TokenStanding.WhoAmI);
        if (invalid.StopFor() > TimeSpan.Zero)
            return TokenVerdict.NotKnown;
        using var permit = await EnterAsync(call, call.MajorParameters(), cancellation);
        var attempt = await TryAsync(call, call.Path(), cancellation);
        if (attempt.Answer is { } answer && (int)answer.Status == 429)
        {
            NoteRefusal(call.Route, permit, answer, RateLimited.Read(answer));
            return TokenVerdict.NotKnown;
        }

        permit.Answered(attempt.Answer?.Bucket, blockedFor: null);
        switch (attempt.Answer?.Status)
        {
            case HttpStatusCode.Unauthorized:
                invalid.Add();
                LogTokenRefused();
                return TokenVerdict.Refused;
            case HttpStatusCode.OK:
                return TokenVerdict.Accepted;
            default:
                return TokenVerdict.NotKnown;
        }
    }

    private async Task<RateLimits.Permit> EnterAsync(RestCall call, string major, CancellationToken cancellation)
    {
        try
        {
            return await limits.EnterAsync(call.Route, major, options.LongestWait, cancellation);
        }
        catch (RateLimits.TooLongException e)
        {
            throw TooLimited(call.Route, e.Wait);
        }
    }

    private static DiscordException TooLimited(Route route, TimeSpan wait) => new(
        DiscordFailure.RateLimited,
        route,
        string.Create(CultureInfo.InvariantCulture, $"Discord limits this for another {wait.TotalSeconds:0.0} s; nothing was changed"),
        HttpStatusCode.TooManyRequests,
        retryAfter: wait);

    private void NoteRefusal(Route route, RateLimits.Permit permit, Answer answer, RateLimited limit)
    {
        if (limit.Scope != "shared")
            invalid.Add();
        LogLimited(route.Name, limit.Scope, limit.RetryAfter.TotalSeconds);
        if (limit.Global)
        {
            limits.BlockAll(limit.RetryAfter);
            permit.Answered(answer.Bucket, blockedFor: null);
        }
        else
        {
            permit.Answered(answer.Bucket, limit.RetryAfter);
        }
    }

    private async Task<Attempt> TryAsync(RestCall call, string path, CancellationToken cancellation)
    {
        using var request = Request(call, path);
        using var deadline = new CancellationTokenSource(call.Repeat == Repeat.FirstAnswerOnly ? options.FirstAnswerTimeout : options.Timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, deadline.Token);
        var started = time.GetTimestamp();
        var status = 0;
        try
        {
            using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token);
            var body = await response.Content.ReadAsByteArrayAsync(either.Token);
            status = (int)response.StatusCode;
            var answer = new Answer(
                response.StatusCode,
                body,
                BucketHeaders.Read(response.Headers),
                BucketHeaders.Seconds(BucketHeaders.Single(response.Headers, "Retry-After")),
                BucketHeaders.Single(response.Headers, "X-RateLimit-Scope"),
                BucketHeaders.Single(response.Headers, "X-RateLimit-Global") is not null);
            return new Attempt(answer, PerhapsCarriedOut: status >= 500, string.Create(CultureInfo.InvariantCulture, $"answer {status}"), null);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return new Attempt(null, PerhapsCarriedOut: true, "no answer in time", null);
        }
        catch (HttpRequestException e) when (e.HttpRequestError is HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError
            or HttpRequestError.SecureConnectionError or HttpRequestError.ProxyTunnelError)
        {
            return new Attempt(null, PerhapsCarriedOut: false, $"not reached ({e.HttpRequestError})", e);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            return new Attempt(null, PerhapsCarriedOut: true, "the connection broke before the answer", e);
        }
        finally
        {
            Telemetry.Called(call.Route, status, time.GetElapsedTime(started));
            if (!cancellation.IsCancellationRequested || status > 0)
                Note(isSilent: status is 0 or >= 500);
        }
    }

    private void Note(bool isSilent)
    {
        lock (silence)
        {
            lastAttempt = time.GetTimestamp();
            silentSince = isSilent ? silentSince ?? lastAttempt : null;
        }
    }

    private HttpRequestMessage Request(RestCall call, string path)
    {
        var request = new HttpRequestMessage(call.Route.Method, path) { Content = Content(call) };
        if (!call.Route.ByInteractionToken)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bot", standing.Token.Value);
        if (call.Reason is { Length: > 0 } reason)
            request.Headers.Add("X-Audit-Log-Reason", Uri.EscapeDataString(DiscordText.Cut(reason, LongestReason)));
        return request;
    }

    private static HttpContent? Content(RestCall call)
    {
        if (call.Body is null)
            return null;
        var json = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(call.Body, call.Body.GetType(), DiscordJson.Options));
        json.Headers.ContentType = new MediaTypeHeaderValue(JsonType);
        if (call.Files.Count == 0)
            return json;

        var form = new MultipartFormDataContent { { json, "payload_json" } };
        for (var i = 0; i < call.Files.Count; i++)
        {
            var file = new ReadOnlyMemoryContent(call.Files[i].Content);
            file.Headers.ContentType = MediaTypeHeaderValue.Parse(call.Files[i].ContentType);
            form.Add(file, string.Create(CultureInfo.InvariantCulture, $"files[{i}]"), call.Files[i].FileName);
        }
        return form;
    }

    /// <summary>Whatever Discord or a proxy says about a request, what must stay secret is not repeated.</summary>
    private Func<string, string> WithoutSecrets(RestCall call)
    {
        string[] secrets =
        [
            options.Token.Value,
            standing.Token.Value,
            .. call.Route.ByInteractionToken ? call.Values.Where(v => v.Length > 20) : [],
        ];
        return text => secrets.Aggregate(text, (t, secret) => t.Replace(secret, "***", StringComparison.Ordinal));
    }

    private static DiscordException Failed(Route route, DiscordFailure failure, Attempt attempt) => new(
        failure,
        route,
        failure == DiscordFailure.OutcomeUnknown
            ? $"{attempt.What}; it may have been carried out all the same, so look before doing it again"
            : $"{attempt.What}, also when tried again; nothing was changed",
        attempt.Answer?.Status,
        inner: attempt.Exception);

    private TimeSpan BackOff(int failures, TimeSpan? named)
    {
        if (named is { } retryAfter && retryAfter <= options.LongestWait)
            return retryAfter;
        var longest = Math.Min(10_000, 250 * Math.Pow(2, failures));
        return TimeSpan.FromMilliseconds(longest * (0.5 + (options.Jitter() / 2)));
    }

    [LoggerMessage(1, LogLevel.Warning, "{Route}: {What}; attempt {Attempt} of {Most}, again in {Milliseconds:0} ms")]
    private partial void LogAgain(string route, string what, int attempt, int most, double milliseconds);

    [LoggerMessage(2, LogLevel.Warning, "{Route}: rate limited (scope {Scope}), again in {Seconds:0.000} s")]
    private partial void LogLimited(string route, string scope, double seconds);

    [LoggerMessage(3, LogLevel.Warning, "{Route}: {What}; Discord has not answered this for {Seconds:0} s, and is waited for up to {Minutes:0} min")]
    private partial void LogWaiting(string route, string what, double seconds, double minutes);

    [LoggerMessage(4, LogLevel.Error, "Discord does not accept the bot's token; it is asked again after a pause")]
    private partial void LogTokenRefused();

    /// <param name="What">What happened, in words that hold no secret.</param>
    private sealed record Attempt(Answer? Answer, bool PerhapsCarriedOut, string What, Exception? Exception);

    internal sealed record Answer(HttpStatusCode Status, byte[] Body, BucketHeaders? Bucket, TimeSpan? RetryAfter, string? Scope, bool Global);
}

/// <summary>A 429, from its body where it is Discord's, else from its headers (a proxy's answer has no JSON).</summary>
internal sealed record RateLimited(string Scope, bool Global, TimeSpan RetryAfter)
{
    private static readonly TimeSpan WhenNothingIsSaid = TimeSpan.FromSeconds(5);

    public static RateLimited Read(RestPipeline.Answer answer)
    {
        TimeSpan? fromBody = null;
        var global = answer.Global;
        var json = false;
        try
        {
            var reader = new Utf8JsonReader(answer.Body);
            using var document = JsonDocument.ParseValue(ref reader);
            if (document.RootElement.ValueKind == JsonValueKind.Object)
            {
                json = true;
                if (document.RootElement.TryGetProperty("retry_after", out var after) && after.ValueKind == JsonValueKind.Number)
                    fromBody = BucketHeaders.Seconds(after.GetDouble());
                if (document.RootElement.TryGetProperty("global", out var all) && all.ValueKind == JsonValueKind.True)
                    global = true;
            }
        }
        catch (JsonException)
        {
            // Not Discord's own words; the headers must do.
        }
        // What comes without Discord's JSON comes from the proxy before it, which limits the address, not a route.
        global |= answer.Scope == "global" || !json;
        return new RateLimited(answer.Scope ?? (global ? "global" : "user"), global, fromBody ?? answer.RetryAfter ?? WhenNothingIsSaid);
    }
}
