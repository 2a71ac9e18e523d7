using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace Cohorts.SystemTests.Cluster;

/// <summary>
/// Two network namespaces with a line between them that can be cut, and one from each to this machine, on which the database is passed on
/// that listens on this machine's loopback. Addresses are of 198.18.0.0/15, which is for tests.
/// </summary>
internal sealed class TwoNetworks : IAsyncDisposable
{
    private readonly string _name = Guid.NewGuid().ToString("N")[..6];
    private readonly List<NetworkPlace> _places = [];

    private TwoNetworks()
    {
    }

    /// <summary>This machine's address for both, and for itself.</summary>
    public string Here { get; private set; } = "";

    public NetworkPlace First => _places[0];

    public NetworkPlace Second => _places[1];

    /// <returns>Why no namespace can be made here; null where one can.</returns>
    public static string? WhyNot()
    {
        if (!OperatingSystem.IsLinux() || Environment.UserName != "root" || !File.Exists("/usr/sbin/ip"))
            return "Only root on Linux, with the program ip, can make network namespaces.";
        var name = "cohorts-" + Guid.NewGuid().ToString("N")[..6];
        if (Ip("netns", "add", name) is { } refusal)
            return $"No network namespace can be made here: {refusal}";
        Ip("netns", "del", name);
        return null;
    }

    public static TwoNetworks Make()
    {
        var networks = new TwoNetworks();
        var third = Random.Shared.Next(1, 250);
        networks.Here = $"198.18.{third}.254";
        Do("addr", "add", $"{networks.Here}/32", "dev", "lo");
        for (var i = 0; i < 2; i++)
        {
            var space = $"cohorts-{networks._name}-{i}";
            var outside = $"ch{networks._name}{i}";
            var (here, there) = ($"198.18.{third}.{(i * 4) + 1}", $"198.18.{third}.{(i * 4) + 2}");
            Do("netns", "add", space);
            networks._places.Add(new NetworkPlace(space, here, there, $"198.19.{third}.{i + 1}"));
            Do("-n", space, "link", "set", "lo", "up");
            Do("link", "add", outside, "type", "veth", "peer", "name", "host", "netns", space);
            Do("addr", "add", $"{here}/30", "dev", outside);
            Do("link", "set", outside, "up");
            Do("-n", space, "addr", "add", $"{there}/30", "dev", "host");
            Do("-n", space, "link", "set", "host", "up");
            Do("-n", space, "route", "add", networks.Here, "via", here);
        }

        Do("-n", networks.First.Space, "link", "add", "other", "type", "veth", "peer", "name", "other", "netns", networks.Second.Space);
        foreach (var place in networks._places)
        {
            Do("-n", place.Space, "addr", "add", $"{place.AmongServers}/24", "dev", "other");
            Do("-n", place.Space, "link", "set", "other", "up");
        }

        return networks;
    }

    /// <summary>Nothing passes between the two any more; both still reach this machine.</summary>
    public void Cut() => Do("-n", First.Space, "link", "set", "other", "down");

    public void Mend() => Do("-n", First.Space, "link", "set", "other", "up");

    public async ValueTask DisposeAsync()
    {
        foreach (var place in _places)
        {
            await place.DisposeAsync();
            Ip("netns", "del", place.Space);
        }

        Ip("addr", "del", $"{Here}/32", "dev", "lo");
    }

    private static void Do(params string[] arguments)
    {
        if (Ip(arguments) is { } refusal)
            throw new InvalidOperationException($"ip {string.Join(' ', arguments)}: {refusal}");
    }

    /// <returns>What it complained about; null where it was done.</returns>
    private static string? Ip(params string[] arguments)
    {
        using var ip = Process.Start(new ProcessStartInfo("/usr/sbin/ip", arguments) { UseShellExecute = false, RedirectStandardError = true })!;
        var complaint = ip.StandardError.ReadToEnd();
        ip.WaitForExit();
        return ip.ExitCode == 0 ? null : complaint;
    }
}

/// <summary>A network namespace, as a server in it sees the world.</summary>
/// <param name="machine">This machine's address on its line.</param>
/// <param name="address">Its own on that line.</param>
/// <param name="amongServers">Its own on the line to the other.</param>
internal sealed class NetworkPlace(string space, string machine, string address, string amongServers) : IAsyncDisposable
{
    private readonly Dictionary<int, TcpListener> _passed = [];
    private readonly CancellationTokenSource _end = new();

    public string Space => space;

    public string Address => address;

    public string AmongServers => amongServers;

    public IReadOnlyList<string> Prefix => ["/usr/sbin/ip", "netns", "exec", space];

    public string Reach(string connectionString)
    {
        var reached = new NpgsqlConnectionStringBuilder(connectionString);
        PassOn(reached.Port);
        reached.Host = machine;
        return reached.ConnectionString;
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        foreach (var listener in _passed.Values)
            listener.Dispose();
        _end.Dispose();
    }

    private void PassOn(int port)
    {
        if (_passed.ContainsKey(port))
            return;
        var listener = _passed[port] = new TcpListener(IPAddress.Parse(machine), port);
        listener.Start();
        _ = AcceptAsync(listener, port, _end.Token);
    }

    private static async Task AcceptAsync(TcpListener listener, int port, CancellationToken end)
    {
        while (!end.IsCancellationRequested)
            _ = PassOnAsync(await listener.AcceptTcpClientAsync(end), port, end);
    }

    private static async Task PassOnAsync(TcpClient from, int port, CancellationToken end)
    {
        using (from)
        using (var to = new TcpClient())
        {
            await to.ConnectAsync(IPAddress.Loopback, port, end);
            await Task.WhenAny(from.GetStream().CopyToAsync(to.GetStream(), end), to.GetStream().CopyToAsync(from.GetStream(), end));
        }
    }
}
