using System.Collections.Concurrent;
using System.Net.Http.Json;
using System.Text.Json;
using Cohorts.Discord;
using Cohorts.Discord.Contract;
using Cohorts.Discord.Simulator;
using Cohorts.Domain;
using Cohorts.Features.RealizeGroups;
using Cohorts.Hosting;
using Dapper;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cohorts.Tests.Features.RealizeGroups;

/// <summary>
/// A database, a simulated Discord and the client between the two, which a test can watch and break. When it is disposed of, every request
/// and every answer must have been as Discord describes them.
/// </summary>
internal sealed class RealizeWorld : IAsyncDisposable
{
    private readonly SimulatorServer _simulator;
    private readonly ConcurrentQueue<RecordedCall> _said;
    private readonly HttpClient _control;
    private readonly Slices _slices;
    private readonly DiscordRest _discord;

    private RealizeWorld(SimulatorServer simulator, TimeSpan timeout, ConcurrentQueue<RecordedCall> said, BreakableLine line)
    {
        (_simulator, _said, Line) = (simulator, said, line);
        _control = new HttpClient { BaseAddress = new Uri(simulator.Address, "simulator/") };
        _discord = new DiscordRest(
            new DiscordRestOptions
            {
                Token = Token,
                LatestToken = () => Token,
                BaseAddress = new Uri(simulator.Address, "api/v10"),
                Timeout = timeout,
                Jitter = () => 0,
            },
            TimeProvider.System,
            NullLogger<DiscordRest>.Instance,
            line);
        _slices = new Slices
        {
            Configure = services => services
                .AddSingleton(_discord)
                .AddSingleton(DiscordSettings.For(new BotToken("test"), new Uri(simulator.Address, "api/v10"), "Host=nowhere")),
        };
    }

    public BreakableLine Line { get; }

    /// <summary>As the settings have it; the simulator takes any, and another one than was refused is taken at once.</summary>
    public BotToken Token { get; set; } = new("test");

    public Slices Slices => _slices;

    public DiscordRest Discord => _discord;

    public SimulatorServer Simulator => _simulator;

    /// <param name="timeout">For one call; null: longer than any takes on a busy machine.</param>
    /// <param name="rateFactor">Discord's own limits at 1; a test that is not about them has none to speak of.</param>
    public static async Task<RealizeWorld> StartAsync(int members = 60, double rateFactor = 1000, TimeSpan? timeout = null)
    {
        var said = new ConcurrentQueue<RecordedCall>();
        var simulator = await SimulatorServer.StartAsync(
            new SimulatorOptions { Urls = "http://127.0.0.1:0", Members = members, RateFactor = rateFactor, OnCall = said.Enqueue });
        var world = new RealizeWorld(simulator, timeout ?? TimeSpan.FromMinutes(3), said, new BreakableLine());
        await world._slices.InitializeAsync();
        return world;
    }

    public async Task<TestGuild> FirstGuildAsync() => (await _control.GetFromJsonAsync<List<TestGuild>>("guilds"))![0];

    public async Task<TestGuild> NewGuildAsync(int members)
    {
        using var answer = await _control.PostAsJsonAsync("guilds", new { name = "Another", members });
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        var id = (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetString();
        return (await _control.GetFromJsonAsync<List<TestGuild>>("guilds"))!.Single(g => g.Id == id);
    }

    /// <summary>A cohort with groups of people of the guild, as a scheduling would leave it.</summary>
    /// <param name="start">Of the cohort; by default so that all meetings lie ahead.</param>
    public async Task<CohortId> AddCohortAsync(
        TestGuild guild, int groups, int size, int meetings = 2, string name = "January", string course = "Rust", string? zone = null, DateOnly? start = null)
    {
        var cohort = await _slices.AddCohortAsync(name, course, zone);
        await ExecuteAsync(
            "UPDATE cohorts SET discord_guild_id = @Guild, number_of_group_meetings = @meetings, cohort_start_date = @Start::date WHERE cohort_id = @Cohort",
            new { Guild = guild.Id, meetings, Cohort = cohort.Value, Start = (start ?? DateOnly.FromDateTime(DateTime.UtcNow.AddDays(10))).ToString("O") });
        for (var g = 0; g < groups; g++)
        {
            await AddGroupAsync(
                cohort, $"Group {g + 1}", startMinute: 1440 + g * 90 % 8000, [.. Enumerable.Range(0, size).Select(m => guild.MemberIds[(g * size + m) % guild.MemberIds.Count])]);
        }

        return cohort;
    }

    /// <param name="discordIds">The first leads.</param>
    public async Task<GroupId> AddGroupAsync(CohortId cohort, string name, int? startMinute, IReadOnlyList<string?> discordIds)
    {
        await using var connection = await _slices.DataSource.OpenConnectionAsync();
        var group = await connection.ExecuteScalarAsync<int>(
            """
            INSERT INTO groups (group_name, cohort_id, meeting_start_minute, meeting_length_minutes, recurring_meeting_time_utc)
            VALUES (@name, @Cohort, @startMinute, 60, CASE WHEN @startMinute IS NULL THEN 'TBD' ELSE 'Some day' END)
            RETURNING group_id
            """,
            new { name, Cohort = cohort.Value, startMinute = (short?)startMinute });
        for (var i = 0; i < discordIds.Count; i++)
            await AddMemberAsync(new GroupId(group), $"{name} person {i + 1}", discordIds[i], i == 0 ? CohortRole.Facilitator : CohortRole.Participant);
        return new GroupId(group);
    }

    public async Task<UserId> AddMemberAsync(
        GroupId group, string name, string? discordId, CohortRole role = CohortRole.Participant, string? username = null, string? zone = "Europe/Berlin")
    {
        await using var connection = await _slices.DataSource.OpenConnectionAsync();
        return new UserId(await connection.ExecuteScalarAsync<int>(
            """
            WITH person AS (
                INSERT INTO users (nickname, discord_id, discord_username, timezone) VALUES (@name, @discordId, @username, @zone) RETURNING user_id),
            enrolled AS (
                INSERT INTO courses_users (user_id, course_id, cohort_id, cohort_role, grouping_status)
                SELECT user_id, course_id, cohort_id, @Role::cohort_role, 'grouped' FROM person, groups JOIN cohorts USING (cohort_id) WHERE group_id = @Group)
            INSERT INTO groups_users (user_id, group_id, role) SELECT user_id, @Group, @Role::group_user_role FROM person RETURNING user_id
            """,
            new { name, discordId, username, zone, Group = group.Value, Role = role.ToString().ToLowerInvariant() }));
    }

    public Task<Outcome<Cohorts.Features.RealizeGroups.RealizeGroups.Result>> RealizeAsync(CohortId cohort, CancelledEvents cancelled = CancelledEvents.Leave) =>
        _slices.SendInTurnAsync(new Cohorts.Features.RealizeGroups.RealizeGroups.Command(cohort, Cancelled: cancelled));

    /// <summary>Realizes, and demands that nothing failed.</summary>
    public async Task<Cohorts.Features.RealizeGroups.RealizeGroups.Result> RealizeWellAsync(CohortId cohort, CancelledEvents cancelled = CancelledEvents.Leave)
    {
        var outcome = await RealizeAsync(cohort, cancelled);
        Assert.False(outcome.IsRefused, outcome.Refusal?.Message + string.Join(' ', outcome.Refusal?.Details ?? []));
        Assert.True(outcome.Result.Failures.Count == 0, string.Join('\n', outcome.Result.Failures.Select(f => $"{f.What}: {f.Why}")));
        return outcome.Result;
    }

    public async Task<GuildState> StateAsync(TestGuild guild, string? seenBy = null) =>
        new(await _control.GetFromJsonAsync<JsonElement>($"guilds/{guild.Id}" + (seenBy is null ? "" : $"?as={seenBy}")));

    public async Task<IReadOnlyList<JsonElement>> CallsAsync() => [.. (await _control.GetFromJsonAsync<JsonElement>("calls")).EnumerateArray()];

    public async Task ForgetCallsAsync() => (await _control.DeleteAsync(new Uri("calls", UriKind.Relative))).Dispose();

    /// <summary>Calls that change something, of all since they were forgotten.</summary>
    public async Task<IReadOnlyList<string>> ChangesAsync() =>
        [.. (await CallsAsync()).Where(c => c.GetProperty("method").GetString() != "GET").Select(c => c.GetProperty("route").GetString()!)];

    public async Task FaultAsync(string route, string kind, int? status = null, int count = 1)
    {
        using var answer = await _control.PostAsJsonAsync("faults", new { route, kind, status, count });
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
    }

    /// <summary>Nothing more goes wrong.</summary>
    public async Task MendAsync()
    {
        Line.Revive();
        (await _control.DeleteAsync(new Uri("faults", UriKind.Relative))).Dispose();
        Token = new BotToken($"test-{Guid.NewGuid():N}");
    }

    /// <param name="who">Discord's id of somebody, or a user name for somebody new.</param>
    /// <returns>The id.</returns>
    public async Task<string> JoinAsync(TestGuild guild, string who)
    {
        using var answer = await _control.PostAsJsonAsync($"guilds/{guild.Id}/members", new { join = new[] { who } });
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        return (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("joined")[0].GetProperty("user").GetProperty("id").GetString()!;
    }

    public async Task CallDiscordAsync(HttpMethod method, string path, object? body = null)
    {
        using var request = new HttpRequestMessage(method, new Uri(_simulator.Address, "api/v10/" + path)) { Content = body is null ? null : JsonContent.Create(body) };
        request.Headers.TryAddWithoutValidation("Authorization", "Bot test");
        using var answer = await _control.SendAsync(request);
        Assert.True(answer.IsSuccessStatusCode, $"{path}: {await answer.Content.ReadAsStringAsync()}");
    }

    public async Task ExecuteAsync(string sql, object? parameters = null)
    {
        await using var connection = await _slices.DataSource.OpenConnectionAsync();
        await connection.ExecuteAsync(sql, parameters);
    }

    public async Task<T> AskAsync<T>(string sql, object? parameters = null)
    {
        await using var connection = await _slices.DataSource.OpenConnectionAsync();
        return (await connection.ExecuteScalarAsync<T>(sql, parameters))!;
    }

    public async ValueTask DisposeAsync()
    {
        await _slices.DisposeAsync();
        _discord.Dispose();
        _control.Dispose();
        await _simulator.DisposeAsync();
        Line.Dispose();
        // A process that dies in the middle of a request has not sent its body.
        var violations = _said.SelectMany(Violations).Where(v => !Line.HasDied || !v.Contains("the body is missing", StringComparison.Ordinal)).Take(5).ToList();
        Assert.True(violations.Count == 0, string.Join("\n\n", violations));
    }

    private static IEnumerable<string> Violations(RecordedCall call)
    {
        var asked = DiscordContract.Violations(new ApiRequest(call.Method, call.Path, call.Query, call.Request, call.FileParts));
        return call.Status is { } status ? asked.Concat(DiscordContract.Violations(new ApiAnswer(call.Method, call.Path, status, call.Answer))) : asked;
    }
}

internal sealed record TestGuild(string Id, string OwnerId, string AdministratorId, IReadOnlyList<string> MemberIds, string BotId, string ChannelId);

/// <summary>The process died: nothing catches it, and nothing is done after it.</summary>
internal sealed class DiedException() : Exception("The process died here.");

/// <summary>The line to Discord, at which a test has the process die, or looks on after each call.</summary>
internal sealed class BreakableLine() : DelegatingHandler(new SocketsHttpHandler())
{
    private int _calls;

    public int Calls => _calls;

    /// <summary>The number of the call at which the process dies, from 1; 0: it lives.</summary>
    public int DiesAt { get; set; }

    /// <summary>Whether Discord gets to carry out the call at which it dies.</summary>
    public bool DiesAfterIt { get; set; }

    /// <summary>Ever.</summary>
    public bool HasDied { get; private set; }

    public Func<HttpRequestMessage, Task>? AfterEach { get; set; }

    /// <summary>What is done before the call of that number, from 1.</summary>
    public (int Call, Func<Task> Act)? FaultsAt { get; set; }

    public Func<Task>? BeforeEach { get; set; }

    public void Revive() => (DiesAt, _calls, FaultsAt, BeforeEach) = (0, 0, null, null);

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var call = Interlocked.Increment(ref _calls);
        HasDied |= DiesAt > 0 && call >= DiesAt;
        if (DiesAt > 0 && (call > DiesAt || (call == DiesAt && !DiesAfterIt)))
            throw new DiedException();
        if (FaultsAt is { } fault && fault.Call == call)
            await fault.Act();
        if (BeforeEach is { } act)
            await act();
        var response = await base.SendAsync(request, cancellationToken);
        if (DiesAt > 0 && call == DiesAt)
        {
            response.Dispose();
            throw new DiedException();
        }

        if (AfterEach is { } look && request.Method != HttpMethod.Get)
            await look(request);
        return response;
    }
}

/// <summary>What the simulated Discord holds, in its own objects.</summary>
internal sealed class GuildState(JsonElement state)
{
    public IReadOnlyList<JsonElement> Channels { get; } = [.. state.GetProperty("channels").EnumerateArray()];

    /// <summary>Scheduled or active; those that were cancelled with their channel are history.</summary>
    public IReadOnlyList<JsonElement> Events { get; } = [.. state.GetProperty("events").EnumerateArray().Where(e => e.GetProperty("status").GetInt32() is 1 or 2)];

    public IReadOnlyList<JsonElement> MessagesIn(string channel) =>
        state.GetProperty("messages").TryGetProperty(channel, out var messages) ? [.. messages.EnumerateArray()] : [];

    public JsonElement Channel(string name) => Channels.Single(c => c.GetProperty("name").GetString() == name);

    public IReadOnlyList<string> Names => [.. Channels.Select(c => c.GetProperty("name").GetString()!).Order(StringComparer.Ordinal)];

    public static string Id(JsonElement of) => of.GetProperty("id").GetString()!;

    public static bool HidesFrom(JsonElement channel, string id) => channel.GetProperty("permission_overwrites").EnumerateArray()
        .Any(o => o.GetProperty("id").GetString() == id && (ulong.Parse(o.GetProperty("deny").GetString()!, null) & (ulong)Permissions.ViewChannel) != 0);

    /// <summary>Whom the channel's own overwrites let in.</summary>
    public static IReadOnlyList<string> LetIn(JsonElement channel) =>
    [
        .. channel.GetProperty("permission_overwrites").EnumerateArray()
            .Where(o => o.GetProperty("type").GetInt32() == 1 && (ulong.Parse(o.GetProperty("allow").GetString()!, null) & (ulong)Permissions.ViewChannel) != 0)
            .Select(o => o.GetProperty("id").GetString()!)
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>Everything that a realization makes, by name, without ids: two that are told alike are alike.</summary>
    public IReadOnlyList<string> Told()
    {
        var names = Channels.ToDictionary(Id, c => c.GetProperty("name").GetString()!);
        var told = new List<string>();
        // The guild's own are nobody's business here, and name roles that differ from guild to guild.
        foreach (var channel in Channels.Where(c => names[Id(c)] is not ("Course" or "general" or "organizers" or "Lounge")))
        {
            var parent = channel.TryGetProperty("parent_id", out var p) && p.ValueKind == JsonValueKind.String ? names[p.GetString()!] : "-";
            var overwrites = string.Join(' ', channel.GetProperty("permission_overwrites").EnumerateArray()
                .Select(o => $"{o.GetProperty("id").GetString()}+{o.GetProperty("allow").GetString()}-{o.GetProperty("deny").GetString()}").Order(StringComparer.Ordinal));
            told.Add($"channel {channel.GetProperty("type").GetInt32()} {names[Id(channel)]} in {parent}: {overwrites}");
            told.AddRange(MessagesIn(Id(channel)).Select(m => $"message in {names[Id(channel)]}: {m.GetProperty("content").GetString()}"));
        }

        told.AddRange(Events.Select(e =>
            $"event {e.GetProperty("name").GetString()} in {names[e.GetProperty("channel_id").GetString()!]} at {e.GetProperty("scheduled_start_time").GetString()}"));
        told.Sort(StringComparer.Ordinal);
        return told;
    }
}
