namespace Cohorts.Discord.Simulator.Rest;

/// <summary>Who may call a route.</summary>
internal enum Door
{
    /// <summary>With the bot's token.</summary>
    Bot,
    /// <summary>By an interaction's token in the path: no Authorization, and outside the global pace.</summary>
    InteractionToken,
    Anybody,
}

/// <summary>One route in the form Discord's documentation gives it, such as <c>POST /guilds/{guild.id}/channels</c>.</summary>
internal sealed class ApiRoute
{
    public ApiRoute(string name, Pace? pace, Func<Call, Answer> handle, Door door = Door.Bot)
        : this(name, pace, (call, _) => Locked(call, handle), door)
    {
    }

    public ApiRoute(string name, Pace? pace, Func<Call, CancellationToken, Task<Answer>> handle, Door door = Door.Bot)
    {
        Name = name;
        Pace = pace;
        Handle = handle;
        Door = door;
        var space = name.IndexOf(' ', StringComparison.Ordinal);
        Method = name[..space];
        Pattern = new RoutePattern(name[(space + 1)..]);
        Major = Pattern.Parameters.FirstOrDefault(part => part is "guild.id" or "channel.id" or "application.id");
    }

    public string Name { get; }
    public string Method { get; }
    public Pace? Pace { get; }
    public Door Door { get; }
    public Func<Call, CancellationToken, Task<Answer>> Handle { get; }

    /// <summary>The parameter by whose value requests are counted.</summary>
    public string? Major { get; }

    public RoutePattern Pattern { get; }

    public IReadOnlyDictionary<string, string> Values(string[] path) => Pattern.Values(path);

    /// <summary>A route's name without the names of its parameters, so that <c>{guild_id}</c> and <c>{guild.id}</c> are one.</summary>
    public static string Normalize(string name) =>
        string.Join('/', name.Split('/').Select(part => part.StartsWith('{') ? "{}" : part));

    private static Task<Answer> Locked(Call call, Func<Call, Answer> handle)
    {
        lock (call.World.Gate)
        {
            call.World.Tick();
            return Task.FromResult(handle(call));
        }
    }
}
