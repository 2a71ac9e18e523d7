using System.Text;

namespace Cohorts.Discord;

/// <summary>Whether a request may be sent again when nobody knows what became of it.</summary>
internal enum Repeat
{
    /// <summary>Doing it twice is doing it once.</summary>
    Safe,

    /// <summary>Only when it certainly was not carried out (refused, or never reached Discord).</summary>
    OnlyWhenNotCarriedOut,

    /// <summary>The first answer to an interaction: Discord takes one and refuses the second by 40060, which then means success.</summary>
    FirstAnswerOnly,
}

/// <summary>A route in the words of Discord's documentation; holds no ids and no tokens, so it may be shown anywhere.</summary>
internal sealed record Route(HttpMethod Method, string Template, Repeat Repeat)
{
    /// <summary>False: interaction callbacks, which do not count towards the bot's 50 requests a second and have no bucket.</summary>
    public bool Limited { get; init; } = true;

    /// <summary>Authorized by the interaction token in its path; a 401 says nothing about the bot's token.</summary>
    public bool ByInteractionToken { get; init; }

    public string Name { get; } = $"{Method.Method} {Template}";

    public static Route Get(string template) => new(HttpMethod.Get, template, Repeat.Safe);

    public static Route Put(string template) => new(HttpMethod.Put, template, Repeat.Safe);

    public static Route Patch(string template) => new(HttpMethod.Patch, template, Repeat.Safe);

    public static Route Delete(string template) => new(HttpMethod.Delete, template, Repeat.Safe);

    public static Route Post(string template) => new(HttpMethod.Post, template, Repeat.OnlyWhenNotCarriedOut);

    public override string ToString() => Name;
}

/// <summary>One request: a route and what fills it.</summary>
internal sealed record RestCall(Route Route, params IReadOnlyList<string> Values)
{
    /// <summary>Called before each attempt, after the waits; what it throws comes through.</summary>
    public Func<CancellationToken, Task>? Look { get; init; }

    /// <summary>How long attempts go on beyond the usual number while Discord fails or is not reached.</summary>
    public TimeSpan Patience { get; init; }

    public string? Query { get; init; }

    /// <summary>Serialized as the JSON body.</summary>
    public object? Body { get; init; }

    public IReadOnlyList<FileUpload> Files { get; init; } = [];

    /// <summary>For the guild's audit log.</summary>
    public string? Reason { get; init; }

    /// <summary>Null: as the route says.</summary>
    public Repeat? RepeatInstead { get; init; }

    public Repeat Repeat => RepeatInstead ?? Route.Repeat;

    /// <summary>Path and query, relative to the base address.</summary>
    public string Path()
    {
        var path = new StringBuilder();
        Walk((literal, _, value) => path.Append(value is null ? literal : Uri.EscapeDataString(value)));
        if (Query is { } query)
            path.Append('?').Append(query);
        return path.ToString();
    }

    /// <summary>Discord counts each channel, guild and webhook on its own, whatever the bucket.</summary>
    public string MajorParameters()
    {
        var major = new StringBuilder();
        Walk((_, name, value) =>
        {
            if (name is "channel.id" or "guild.id" or "interaction.token")
                major.Append(name).Append('=').Append(value).Append(';');
        });
        return major.ToString();
    }

    /// <summary>The ids are no secret, the interaction token is.</summary>
    public override string ToString() => Route.Name;

    private void Walk(Action<string, string?, string?> visit)
    {
        var next = 0;
        var rest = Route.Template.AsSpan(1);
        while (true)
        {
            var open = rest.IndexOf('{');
            if (open < 0)
                break;
            var close = rest.IndexOf('}');
            visit(rest[..open].ToString(), null, null);
            visit("", rest[(open + 1)..close].ToString(), Values[next++]);
            rest = rest[(close + 1)..];
        }
        visit(rest.ToString(), null, null);
        if (next != Values.Count)
            throw new InvalidOperationException($"{Route.Name} has {next} parameters, and {Values.Count} values were given.");
    }
}
