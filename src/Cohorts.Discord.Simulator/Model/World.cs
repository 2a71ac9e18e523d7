using System.Text.Json.Nodes;
using Cohorts.Discord.Simulator.Gateway;
using Cohorts.Discord.Simulator.Interactions;

namespace Cohorts.Discord.Simulator.Model;

/// <summary>
/// All that the simulated Discord knows. Everything is read and changed under <see cref="Gate"/>, so that a call, the events
/// it leads to and their sequence numbers have one order.
/// </summary>
internal sealed class World : IDisposable
{
    private TaskCompletionSource changed = NewSignal();
    private DateTimeOffset lastForgetting;
    private readonly HashSet<Member> timedOut = [];

    public World(SimulatorClock clock, SimulatorOptions options)
    {
        Clock = clock;
        FirstAnswer = Limits.FirstAnswer * options.PatienceFactor;
        Ids = new Snowflakes(clock);
        Hub = new GatewayHub(this, options.HeartbeatInterval);
        var appId = Ids.Seed();
        Application = new Application(appId, new User(appId, "Cohorts", "Cohorts", isBot: true));
        Users.Add(appId, Application.Bot);
    }

    public Lock Gate { get; } = new();
    public SimulatorClock Clock { get; }

    /// <summary>Within this an interaction must be acknowledged.</summary>
    public TimeSpan FirstAnswer { get; }

    public Snowflakes Ids { get; }
    public Application Application { get; }
    public GatewayHub Hub { get; }
    public SortedDictionary<Snowflake, User> Users { get; } = [];
    public SortedDictionary<Snowflake, Guild> Guilds { get; } = [];
    public Dictionary<string, Interaction> InteractionsByToken { get; } = new(StringComparer.Ordinal);

    /// <summary>The base of addresses of attachments, known once the server listens.</summary>
    public Uri PublicAddress { get; set; } = new("http://127.0.0.1:8484");

    /// <summary>What GET /gateway/bot answers.</summary>
    public string GatewayUrl => new UriBuilder(PublicAddress) { Scheme = PublicAddress.Scheme == "https" ? "wss" : "ws", Path = "/gateway" }.Uri.AbsoluteUri;

    public DateTimeOffset Now => Clock.GetUtcNow();

    /// <summary>Ends with the next change of anything.</summary>
    public Task NextChange
    {
        get
        {
            lock (Gate)
            {
                return changed.Task;
            }
        }
    }

    /// <summary>Tells who waits, the pages among them, that something is no longer as it was.</summary>
    public void Pulse()
    {
        lock (Gate)
        {
            changed.TrySetResult();
            changed = NewSignal();
        }
    }

    /// <summary>Reads or changes what is there, as it stands at this moment.</summary>
    public T Locked<T>(Func<T> work)
    {
        lock (Gate)
        {
            Tick();
            return work();
        }
    }

    /// <param name="until">Null, or a time that has passed, ends a timeout.</param>
    public void TimeOut(Member member, DateTimeOffset? until)
    {
        member.TimedOutUntil = until > Now ? until : null;
        if (member.TimedOutUntil is null)
        {
            timedOut.Remove(member);
        }
        else
        {
            timedOut.Add(member);
        }
    }

    public Member BotIn(Guild guild) => guild.Members[Application.Bot.Id];

    public bool BotSees(Guild guild, Channel channel) =>
        Permissions.InChannel(guild, BotIn(guild), channel).Holds(Permission.ViewChannel);

    public (Guild Guild, Channel Channel)? FindChannel(Snowflake id)
    {
        foreach (var guild in Guilds.Values)
        {
            if (guild.Channels.TryGetValue(id, out var channel))
            {
                return (guild, channel);
            }
        }

        return null;
    }

    /// <summary>An event for the gateway, where the bot may see the channel it is about.</summary>
    public void Dispatch(string type, Intents any, JsonObject data, Guild? guild = null, Channel? about = null)
    {
        if (guild is null || about is null || Permissions.Sees(guild, BotIn(guild), about))
        {
            Hub.Dispatch(type, any, data);
        }
    }

    /// <summary>What time alone does: events begin, end or are given up; timeouts end; old interactions and sessions are forgotten.</summary>
    public void Tick()
    {
        lock (Gate)
        {
            var now = Now;
            foreach (var guild in Guilds.Values)
            {
                foreach (var scheduled in guild.Events.Values.Where(scheduled => scheduled.IsOpen).ToList())
                {
                    Rest.ScheduledEvents.Age(this, guild, scheduled, now);
                }
            }

            foreach (var member in timedOut.Where(member => member.TimedOutUntil <= now).ToList())
            {
                TimeOut(member, until: null);
            }

            Hub.ForgetOldSessions(now);
            // Once a minute: a benchmark leaves thousands of interactions, and every call comes by here.
            if (now - lastForgetting > TimeSpan.FromMinutes(1))
            {
                lastForgetting = now;
                foreach (var (token, interaction) in InteractionsByToken.Where(entry => now - entry.Value.CreatedAt > Limits.InteractionToken * 2).ToList())
                {
                    InteractionsByToken.Remove(token);
                }
            }
        }
    }

    public void Dispose() => Application.Dispose();

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
