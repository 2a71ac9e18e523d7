using Cohorts.Discord.Simulator.Rest;

namespace Cohorts.Discord.Simulator.Control;

internal enum FaultKind
{
    /// <summary>Answered with the status, not executed.</summary>
    Status,
    /// <summary>Neither executed nor answered.</summary>
    Timeout,
    /// <summary>Executed; the connection breaks before the answer.</summary>
    Lost,
    /// <summary>Executed and answered; the gateway is cut at that moment.</summary>
    Cut,
}

internal sealed record Fault(FaultKind Kind, int? Status);

/// <summary>What is to go wrong with the next calls, in the order in which it was asked for.</summary>
internal sealed class Faults
{
    private readonly Lock gate = new();
    private readonly List<Planned> planned = [];

    private sealed class Planned(string? route, Fault fault, int left)
    {
        public string? Route { get; } = route;
        public Fault Fault { get; } = fault;
        public int Left { get; set; } = left;
    }

    /// <param name="route">As <c>POST /guilds/{guild.id}/channels</c>, with any names in the braces; null is every route.</param>
    public void Plan(string? route, Fault fault, int count)
    {
        lock (gate)
        {
            planned.Add(new Planned(route is null ? null : ApiRoute.Normalize(route), fault, count));
        }
    }

    public Fault? Next(string route)
    {
        lock (gate)
        {
            var due = planned.Find(item => item.Route is null || item.Route == ApiRoute.Normalize(route));
            if (due is null)
            {
                return null;
            }

            if (--due.Left == 0)
            {
                planned.Remove(due);
            }

            return due.Fault;
        }
    }

    public void Clear()
    {
        lock (gate)
        {
            planned.Clear();
        }
    }
}

/// <summary>A REST call as it was made.</summary>
internal sealed class LoggedCall(string method, string route, string path, DateTimeOffset at)
{
    public string Method { get; } = method;
    public string Route { get; } = route;
    public string Path { get; } = path;
    public DateTimeOffset At { get; } = at;

    /// <summary>Null while it runs, and for good where no answer was ever made.</summary>
    public int? Status { get; set; }

    public string? Reason { get; init; }
    public FaultKind? Fault { get; set; }
}

/// <summary>Every REST call in the order of arrival.</summary>
internal sealed class CallLog
{
    private readonly Lock gate = new();
    private readonly List<LoggedCall> calls = [];

    public void Add(LoggedCall call)
    {
        lock (gate)
        {
            calls.Add(call);
        }
    }

    public IReadOnlyList<LoggedCall> All()
    {
        lock (gate)
        {
            return [.. calls];
        }
    }

    public void Clear()
    {
        lock (gate)
        {
            calls.Clear();
        }
    }
}
