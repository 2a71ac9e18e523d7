using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace Cohorts.SystemTests.Bot;

/// <summary>A guild of the simulated Discord, with the people in it.</summary>
internal sealed record LocalGuild(
    string Id, string OwnerId, string AdministratorId, IReadOnlyList<string> MemberIds, string ApplicationId, string PublicKey, string ChannelId);

/// <summary>What a person saw of a command or a button that they used, when they last looked.</summary>
internal sealed record Seen(HttpStatusCode Status, string InteractionId, JsonElement Body)
{
    /// <summary>What the message says; where there is none, what Discord says instead.</summary>
    public string Content => Body.GetProperty(Status == HttpStatusCode.OK ? "content" : "message").GetString()!;

    public string MessageId => Body.GetProperty("id").GetString()!;

    public JsonElement Embed => Body.GetProperty("embeds")[0];

    public bool IsEphemeral => (Body.GetProperty("flags").GetInt32() & 64) != 0;

    public IReadOnlyList<(string Label, string CustomId, bool Disabled)> Buttons =>
    [
        .. Body.GetProperty("components").EnumerateArray().SelectMany(row => row.GetProperty("components").EnumerateArray()).Select(b => (
            b.GetProperty("label").GetString()!,
            b.GetProperty("custom_id").GetString()!,
            b.TryGetProperty("disabled", out var disabled) && disabled.GetBoolean())),
    ];
}

/// <summary>
/// The simulated Discord as a process of its own, used through its control API as people use Discord. What was said over REST is judged
/// at the end.
/// </summary>
internal sealed class LocalDiscord : IAsyncDisposable
{
    private const int StillLoading = 128;

    private readonly Process _process;
    private readonly Task<string> _errors;
    private readonly SaidToDiscord _said;
    private readonly HttpClient _control;
    private readonly double _patience;

    private LocalDiscord(Process process, Task<string> errors, SaidToDiscord said, Uri address, double patience)
    {
        (_process, _errors, _said, Page, _patience) = (process, errors, said, address, patience);
        _control = new HttpClient { BaseAddress = new Uri(address, "simulator/"), Timeout = Timeout.InfiniteTimeSpan };
        ApiBase = new Uri(address, "api/v10");
    }

    /// <summary>Where a person looks at it.</summary>
    public Uri Page { get; }

    public Uri ApiBase { get; }

    /// <param name="address">Where it listens.</param>
    public static async Task<LocalDiscord> StartAsync(int guilds = 1, string address = "127.0.0.1")
    {
        var said = new SaidToDiscord();
        var program = Built.Program("Cohorts.Discord.Simulator");
        // Discord's three seconds, as this machine is: what does not take three on a quiet one is in time.
        var patience = Math.Round(Machine.Slowness(), 1);
        var start = new ProcessStartInfo("dotnet", [program, "--urls", $"http://{address}:0", "--guilds", $"{guilds}", "--patience", patience.ToString(CultureInfo.InvariantCulture), "--record", said.File])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(5));
        const string Here = "The page: ";
        while (await process.StandardOutput.ReadLineAsync(limit.Token) is { } line)
        {
            if (line.Contains(Here, StringComparison.Ordinal))
                return new LocalDiscord(process, errors, said, new Uri(line[(line.IndexOf(Here, StringComparison.Ordinal) + Here.Length)..].Trim()), patience);
        }

        throw new InvalidOperationException("The simulator did not start: " + await errors);
    }

    public async Task<IReadOnlyList<LocalGuild>> GuildsAsync() =>
        (await _control.GetFromJsonAsync<List<LocalGuild>>("guilds"))!;

    /// <summary>Runs a command, and waits for its final answer where it was acknowledged.</summary>
    /// <param name="force">Sent although it is hidden from that person, as a forged client can.</param>
    public async Task<Seen> RunAsync(LocalGuild guild, string userId, string name, object? options = null, bool force = false)
    {
        var first = await SendAsync(guild, userId, name, options, wait: 4, force);
        var last = first;
        if (first.Status == HttpStatusCode.OK)
        {
            await Eventually.HoldsAsync($"the final answer to /{name}", TimeSpan.FromSeconds(30), async () =>
            {
                var body = (await MessagesAsync(guild)).Single(m => m.GetProperty("id").GetString() == first.MessageId);
                last = first with { Body = body };
                return IsFinal(body);
            });
        }

        return last;
    }

    /// <summary>Runs a command, and looks at the answer as soon as it is acknowledged.</summary>
    /// <param name="wait">Seconds to look for it; 0: it is only sent.</param>
    public Task<Seen> SendAsync(LocalGuild guild, string userId, string name, object? options = null, double wait = 0, bool force = false) =>
        ActAsync($"guilds/{guild.Id}/commands?{Wait(wait)}&until=acknowledged", new { userId, guild.ChannelId, name, options = options ?? new { }, force });

    /// <param name="inVain">It changes nothing: it is not waited for beyond its acknowledgement.</param>
    public Task<Seen> PressAsync(LocalGuild guild, string userId, string messageId, string customId, bool force = false, bool inVain = false) =>
        ActAsync($"guilds/{guild.Id}/buttons?{(inVain ? Wait(4) + "&until=acknowledged" : Wait(10) + "&rest=0")}", new { userId, guild.ChannelId, messageId, customId, force });

    /// <returns>What is offered while somebody types into the last of the options, as shown, with the value behind it.</returns>
    public async Task<IReadOnlyList<(string Name, int Value)>> TypeAsync(LocalGuild guild, string userId, string name, object options, bool force = false)
    {
        var seen = await ActAsync($"guilds/{guild.Id}/commands?{Wait(4)}", new { userId, guild.ChannelId, name, options, force, autocomplete = true });
        Assert.True(seen.Status == HttpStatusCode.OK, seen.Body.ToString());
        return [.. seen.Body.GetProperty("choices").EnumerateArray().Select(c => (c.GetProperty("name").GetString()!, c.GetProperty("value").GetInt32()))];
    }

    /// <returns>Whether something was offered within Discord's three seconds.</returns>
    public async Task<bool> IsOfferedInTimeAsync(LocalGuild guild, string userId, string name, object options) =>
        (await ActAsync($"guilds/{guild.Id}/commands?{Wait(4)}", new { userId, guild.ChannelId, name, options, force = false, autocomplete = true })).Status == HttpStatusCode.OK;

    /// <returns>The messages of the channel to type in, of all or as one member sees them.</returns>
    public async Task<IReadOnlyList<JsonElement>> MessagesAsync(LocalGuild guild, string? seenBy = null)
    {
        var state = await _control.GetFromJsonAsync<JsonElement>($"guilds/{guild.Id}" + (seenBy is null ? "" : $"?as={seenBy}"));
        return [.. state.GetProperty("messages").GetProperty(guild.ChannelId).EnumerateArray()];
    }

    /// <returns>By interaction, those that were acknowledged: the final answer, or null as long as there is none.</returns>
    public async Task<IReadOnlyDictionary<string, string?>> AnswersAsync(LocalGuild guild) =>
        (await MessagesAsync(guild)).Where(m => m.TryGetProperty("interaction_metadata", out _)).ToDictionary(
            m => m.GetProperty("interaction_metadata").GetProperty("id").GetString()!,
            m => IsFinal(m) ? m.GetRawText() : null);

    public async Task<int> GatewayConnectionsAsync() =>
        (await _control.GetFromJsonAsync<JsonElement>("gateway")).GetProperty("connected").GetInt32();

    /// <returns>Sessions that were begun, not resumed.</returns>
    public async Task<int> SessionsBegunAsync() =>
        (await _control.GetFromJsonAsync<JsonElement>("gateway")).GetProperty("identified").GetInt32();

    public async Task<bool> OffersAsync(LocalGuild guild, string command) =>
        (await _control.GetFromJsonAsync<JsonElement>($"guilds/{guild.Id}/commands")).EnumerateArray().Any(c => c.GetProperty("name").GetString() == command);

    /// <summary>Everything that the guild holds, of all or as one member sees it.</summary>
    public Task<JsonElement> StateAsync(LocalGuild guild, string? seenBy = null) =>
        _control.GetFromJsonAsync<JsonElement>($"guilds/{guild.Id}" + (seenBy is null ? "" : $"?as={seenBy}"));

    /// <summary>Discord's limits, so many times as wide.</summary>
    public Task HurryAsync(double factor) => ControlAsync("rates", new { factor });

    public Task JoinAsync(LocalGuild guild, string userId) => ControlAsync($"guilds/{guild.Id}/members", new { join = new[] { userId } });

    public async Task DeleteChannelAsync(string id)
    {
        using var request = new HttpRequestMessage(HttpMethod.Delete, $"{ApiBase}/channels/{id}");
        request.Headers.Add("Authorization", "Bot anything");
        using var answer = await _control.SendAsync(request);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
    }

    /// <returns>What was made by calls that Discord took, in their order: a guild's channels and events, by path and name.</returns>
    public async Task<IReadOnlyList<string>> MadeAsync() =>
    [
        .. (await _said.CallsSoFarAsync())
            .Where(c => c.Method == "POST" && c.Status is >= 200 and < 300 && c.Path.StartsWith("/guilds/", StringComparison.Ordinal)
                && (c.Path.EndsWith("/channels", StringComparison.Ordinal) || c.Path.EndsWith("/scheduled-events", StringComparison.Ordinal)))
            .Select(c => $"{c.Path}: {JsonDocument.Parse(c.Request!).RootElement.GetProperty("name").GetString()}"),
    ];

    /// <param name="how">A close code of the gateway, 7 or 9 for its operations, null to break the line.</param>
    public Task CutAsync(int? how = null) => ControlAsync("faults", new { kind = "cut", count = 1, status = how });

    public Task FailAsync(string route, string kind, int? status = null, int count = 1) => ControlAsync("faults", new { route, kind, status, count });

    /// <summary>Connections made from now on are asked for heartbeats that often.</summary>
    public Task BeatAsync(double seconds) => ControlAsync("gateway", new { heartbeatSeconds = seconds });

    /// <summary>Its API answers 503 and its gateway nobody, until it is set back.</summary>
    public Task SetOutageAsync(bool running) => ControlAsync("outage", new { running });

    /// <param name="botPermissions">The bits that the bot's own role has in every guild; null: as they are.</param>
    public Task SetApplicationAsync(bool privilegedIntents = true, string? botPermissions = null, bool? botPublic = null) =>
        ControlAsync("application", new { privilegedIntents, botPublic, botPermissions });

    /// <summary>Nothing more goes wrong.</summary>
    public async Task MendAsync()
    {
        using var answer = await _control.DeleteAsync(new Uri("faults", UriKind.Relative));
        Assert.True(answer.IsSuccessStatusCode);
    }

    /// <summary>From now on it moves by <see cref="AdvanceAsync"/> only.</summary>
    public Task StopClockAsync() => ControlAsync("clock", new { running = false });

    public Task AdvanceAsync(double seconds) => ControlAsync("clock", new { advanceSeconds = seconds });

    public async Task<DateTimeOffset> NowAsync() =>
        (await _control.GetFromJsonAsync<JsonElement>("clock")).GetProperty("now").GetDateTimeOffset();

    /// <summary>From now on interactions come to that address; null: over the gateway.</summary>
    public async Task<HttpStatusCode> SendInteractionsToAsync(Uri? endpoint)
    {
        using var request = new HttpRequestMessage(HttpMethod.Patch, ApiBase + "/applications/@me")
        {
            Content = JsonContent.Create(new { interactions_endpoint_url = endpoint }),
        };
        request.Headers.Add("Authorization", "Bot anything");
        using var answer = await _control.SendAsync(request);
        return answer.StatusCode;
    }

    public async ValueTask DisposeAsync()
    {
        _control.Dispose();
        if (!_process.HasExited)
            _process.Kill();
        await _process.WaitForExitAsync();
        await _errors;
        _process.Dispose();
        await _said.DisposeAsync();
    }

    private static bool IsFinal(JsonElement message) =>
        (message.GetProperty("flags").GetInt32() & StillLoading) == 0
        && !message.GetProperty("content").GetString()!.StartsWith("Forming groups of", StringComparison.Ordinal)
        && !message.GetProperty("content").GetString()!.StartsWith("Making the groups", StringComparison.Ordinal);

    private string Wait(double seconds) => string.Create(CultureInfo.InvariantCulture, $"wait={seconds * _patience:0.##}");

    private async Task ControlAsync(string path, object body)
    {
        using var answer = await _control.PostAsJsonAsync(path, body);
        Assert.True(answer.IsSuccessStatusCode, $"{path}: {await answer.Content.ReadAsStringAsync()}");
    }

    private async Task<Seen> ActAsync(string path, object body)
    {
        using var answer = await _control.PostAsJsonAsync(path, body);
        answer.Headers.TryGetValues("X-Interaction-Id", out var ids);
        return new Seen(answer.StatusCode, ids?.Single() ?? "", await answer.Content.ReadFromJsonAsync<JsonElement>());
    }
}
