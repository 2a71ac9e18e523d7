using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Cohorts.SystemTests.Cluster;
using Dapper;
using Npgsql;

namespace Cohorts.SystemTests.Bot;

/// <summary>A Discord, a database and any number of servers, all of one test and all real processes but PostgreSQL's, which is shared.</summary>
internal sealed class BotWorld : IAsyncDisposable
{
    private static readonly TimeSpan ToStart = TimeSpan.FromSeconds(60);
    private static readonly ConcurrentDictionary<int, byte> PortsGiven = new();

    private readonly BotGround _ground;
    private readonly string _connectionString;
    private readonly List<CohortsProgram> _servers = [];

    private BotWorld(BotGround ground, string connectionString, LocalDiscord discord)
    {
        (_ground, _connectionString, Discord) = (ground, connectionString, discord);
        Database = NpgsqlDataSource.Create(connectionString + ";Application Name=tests");
    }

    public LocalDiscord Discord { get; }

    public NpgsqlDataSource Database { get; }

    /// <summary>Unlike anything else that a log could hold.</summary>
    public string BotToken { get; } = "MTIzNDU2Nzg5.Gtoken." + Guid.NewGuid().ToString("N");

    /// <summary>What servers are given besides.</summary>
    public Dictionary<string, string> Settings { get; } = [];

    public string ConnectionString => _connectionString;

    public LocalGuild Guild { get; private set; } = null!;

    public LocalGuild OtherGuild { get; private set; } = null!;

    public string Administrator => Guild.AdministratorId;

    public static async Task<BotWorld> StartAsync(BotGround ground, int guilds = 1, string discordAddress = "127.0.0.1")
    {
        var world = new BotWorld(ground, await ground.CopyAsync(), await LocalDiscord.StartAsync(guilds, discordAddress));
        var all = await world.Discord.GuildsAsync();
        (world.Guild, world.OtherGuild) = (all[0], all[^1]);
        return world;
    }

    /// <summary>Starts a server and waits until it answers.</summary>
    /// <param name="publicKey">Opens its HTTP door.</param>
    /// <param name="place">Null: on this machine's own network.</param>
    public async Task<(CohortsProgram Server, Uri Address)> ServeAsync(string? publicKey = null, NetworkPlace? place = null)
    {
        var address = new Uri($"http://{place?.Address ?? "127.0.0.1"}:{FreePort()}");
        var settings = new Dictionary<string, string>
        {
            ["ConnectionStrings__Cohorts"] = place is null ? _connectionString : place.Reach(_connectionString),
            ["ASPNETCORE_URLS"] = address.GetLeftPart(UriPartial.Authority),
            ["Orleans__SiloPort"] = FreePort().ToString(CultureInfo.InvariantCulture),
            ["Orleans__GatewayPort"] = FreePort().ToString(CultureInfo.InvariantCulture),
            ["Discord__Token"] = BotToken,
            ["Discord__ApiBaseUrl"] = Discord.ApiBase.ToString(),
            // One person of a test gives what many give in life; how many are taken is a test of its own.
            ["Discord__CommandsPerUser"] = "10000",
            ["Discord__CommandsPerGuild"] = "10000",
        };
        if (place is not null)
            settings["Orleans__AdvertisedAddress"] = place.AmongServers;
        foreach (var (name, value) in Settings)
            settings[name] = value;
        if (publicKey is not null)
            settings["Discord__PublicKey"] = publicKey;
        var server = CohortsProgram.BeginWithin(place?.Prefix ?? [], _ground.Folder.Location, settings, "serve");
        _servers.Add(server);
        using var http = new HttpClient { BaseAddress = address };
        await Eventually.HoldsAsync("the server is ready", ToStart, async () =>
        {
            Assert.False(server.HasEnded, server.Log);
            try
            {
                using var answer = await http.GetAsync(new Uri("/health/ready", UriKind.Relative));
                return answer.StatusCode == HttpStatusCode.OK;
            }
            catch (HttpRequestException)
            {
                return false;
            }
        });
        return (server, address);
    }

    /// <summary>Starts a server and waits until it is the one on the gateway and its commands are known in the guild.</summary>
    public async Task<CohortsProgram> ServeAndConnectAsync(string? publicKey = null)
    {
        var (server, _) = await ServeAsync(publicKey);
        await Eventually.HoldsAsync("the bot is connected and its commands are known", ToStart, async () =>
            await Discord.GatewayConnectionsAsync() == 1 && await Discord.OffersAsync(Guild, "schedule") && await Discord.OffersAsync(OtherGuild, "schedule"));
        return server;
    }

    /// <summary>Another cohort of the same people's doubles, so that it is scheduled like the first and shares nobody with it.</summary>
    /// <param name="guild">Whose it is; null: nobody's, which is found where the bot is in one server only.</param>
    /// <returns>Its id.</returns>
    public async Task<int> AddCohortAsync(string name, LocalGuild? guild = null)
    {
        await using var connection = await Database.OpenConnectionAsync();
        return await connection.ExecuteScalarAsync<int>(
            """
            WITH made AS (
                INSERT INTO cohorts (cohort_name, course_id, cohort_start_date, duration_days, number_of_group_meetings, discord_guild_id)
                SELECT @name, course_id, cohort_start_date, duration_days, number_of_group_meetings, @Guild FROM cohorts WHERE cohort_id = @Original
                RETURNING cohort_id, course_id),
            doubles AS (
                INSERT INTO users (nickname, timezone, availability_utc, if_needed_availability_utc, notes)
                SELECT nickname, timezone, availability_utc, if_needed_availability_utc, user_id
                  FROM users JOIN courses_users USING (user_id) WHERE cohort_id = @Original
                RETURNING user_id, notes::int AS original),
            leads AS (
                INSERT INTO facilitators (user_id, max_active_groups)
                SELECT doubles.user_id, max_active_groups FROM doubles JOIN facilitators ON facilitators.user_id = original),
            enrolled AS (
                INSERT INTO courses_users (user_id, course_id, cohort_id, cohort_role)
                SELECT doubles.user_id, made.course_id, made.cohort_id, courses_users.cohort_role
                  FROM made CROSS JOIN doubles JOIN courses_users ON courses_users.user_id = original AND courses_users.cohort_id = @Original)
            SELECT cohort_id FROM made
            """,
            new { name, Original = _ground.CohortId, Guild = guild?.Id });
    }

    public async Task<T> AskAsync<T>(string sql, object? parameters = null)
    {
        await using var connection = await Database.OpenConnectionAsync();
        return (await connection.ExecuteScalarAsync<T>(sql, parameters))!;
    }

    public async Task<IReadOnlyList<T>> ListAsync<T>(string sql, object? parameters = null)
    {
        await using var connection = await Database.OpenConnectionAsync();
        return [.. await connection.QueryAsync<T>(sql, parameters)];
    }

    /// <summary>What servers wrote to their logs, those that were killed included, names neither the bot's token nor an interaction's.</summary>
    public async Task NoSecretIsInALogAsync()
    {
        var secrets = (await ListAsync<string>("SELECT payload->>'token' FROM interactions")).Append(BotToken).ToList();
        foreach (var server in _servers)
            Assert.DoesNotContain(secrets, secret => server.Log.Contains(secret, StringComparison.Ordinal));
    }

    public string Logs => string.Join("\n--- another server\n", _servers.Select(s => s.Log));

    /// <returns>
    /// Another one each time: a server listens on three. Below those that the system gives to whoever connects (Linux: 32768 and up), which
    /// may take a free one before the server does.
    /// </returns>
    public static int FreePort()
    {
        while (true)
        {
            var port = Random.Shared.Next(5_000, 12_000);
            if (!PortsGiven.TryAdd(port, 0))
                continue;
            try
            {
                using var listener = new TcpListener(IPAddress.Loopback, port);
                listener.Start();
                return port;
            }
            catch (SocketException)
            {
                // Somebody else's.
            }
        }
    }

    public async Task StopServersAsync()
    {
        foreach (var server in _servers)
            await server.DisposeAsync();
        _servers.Clear();
    }

    public async ValueTask DisposeAsync()
    {
        await StopServersAsync();
        await Database.DisposeAsync();
        await Discord.DisposeAsync();
    }
}
