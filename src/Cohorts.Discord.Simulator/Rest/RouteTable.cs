using Cohorts.Discord.Simulator.Model;

namespace Cohorts.Discord.Simulator.Rest;

/// <summary>A path with parameters in braces. One that is named as an id is a snowflake, as Discord describes them all; the others are free text.</summary>
internal sealed class RoutePattern(string path)
{
    private readonly Part[] parts = [.. path.Split('/', StringSplitOptions.RemoveEmptyEntries).Select(Part.Of)];

    public int Literals => parts.Count(part => part.Parameter is null);

    public IEnumerable<string> Parameters => parts.Select(part => part.Parameter).OfType<string>();

    /// <summary>instance_id and answer_id are the two in Discord's description that are none.</summary>
    public static bool IsSnowflake(string parameter) =>
        parameter.Split('.', '_').Contains("id", StringComparer.Ordinal) && parameter is not ("instance_id" or "answer_id");

    /// <param name="strictly">A segment that is no snowflake does not match an id.</param>
    public bool Matches(string[] path, bool strictly)
    {
        if (path.Length != parts.Length)
        {
            return false;
        }

        for (var i = 0; i < parts.Length; i++)
        {
            if (parts[i].Parameter is null ? parts[i].Text != path[i] : strictly && parts[i].IsId && !Snowflake.TryParse(path[i], out _))
            {
                return false;
            }
        }

        return true;
    }

    public IReadOnlyDictionary<string, string> Values(string[] path) => parts
        .Zip(path).Where(pair => pair.First.Parameter is not null).ToDictionary(pair => pair.First.Parameter!, pair => pair.Second, StringComparer.Ordinal);

    private readonly record struct Part(string Text, string? Parameter, bool IsId)
    {
        public static Part Of(string text)
        {
            var parameter = text[0] == '{' ? text.Trim('{', '}') : null;
            return new Part(text, parameter, parameter is not null && IsSnowflake(parameter));
        }
    }
}

/// <summary>What a method and a path come to.</summary>
/// <param name="Route">The simulated route; null where there is none.</param>
/// <param name="Described">The name of a route that Discord describes and the simulator does not have.</param>
/// <param name="PathIsKnown">Whether the path is there under another method.</param>
internal sealed record RouteMatch(ApiRoute? Route, IReadOnlyDictionary<string, string>? Values, string? Described, bool PathIsKnown);

/// <summary>Finds the route of a call among those that are simulated and those that Discord only describes.</summary>
internal sealed class RouteTable
{
    private static readonly Lazy<IReadOnlyList<string>> DescribedNames = new(ReadDescribed);

    private readonly List<Entry> entries;

    public RouteTable(IReadOnlyList<ApiRoute> simulated)
    {
        var known = simulated.Select(route => ApiRoute.Normalize(route.Name)).ToHashSet(StringComparer.Ordinal);
        entries =
        [
            .. simulated.Select(route => new Entry(route.Method, route.Pattern, route, route.Name)),
            .. DescribedNames.Value.Where(name => !known.Contains(ApiRoute.Normalize(name))).Select(name =>
            {
                var space = name.IndexOf(' ', StringComparison.Ordinal);
                return new Entry(name[..space], new RoutePattern(name[(space + 1)..]), Simulated: null, name);
            }),
        ];
    }

    /// <summary>Every route of Discord's OpenAPI description, such as <c>POST /guilds/{guild_id}/prune</c>.</summary>
    public static IReadOnlyList<string> Described => DescribedNames.Value;

    /// <summary>
    /// Literal segments win over parameters, and ids match snowflakes alone. Only where that finds nothing does a wrong id find
    /// its route, which then says that the id is wrong.
    /// </summary>
    public RouteMatch Find(string method, string[] path)
    {
        var strictly = entries.Where(entry => entry.Pattern.Matches(path, strictly: true)).ToList();
        var all = strictly.Count > 0 ? strictly : entries.Where(entry => entry.Pattern.Matches(path, strictly: false)).ToList();
        var found = all.Where(entry => entry.Method == method).MaxBy(entry => entry.Pattern.Literals);
        return new RouteMatch(
            found?.Simulated,
            found?.Simulated?.Values(path),
            found is { Simulated: null } ? found.Name : null,
            all.Count > 0);
    }

    private static IReadOnlyList<string> ReadDescribed()
    {
        using var text = new StreamReader(typeof(RouteTable).Assembly.GetManifestResourceStream("routes.txt")!);
        return text.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
    }

    private sealed record Entry(string Method, RoutePattern Pattern, ApiRoute? Simulated, string Name);
}
