using System.Net;
using Npgsql;

namespace Cohorts.Hosting;

/// <summary>
/// Whether a silo may join without harm to members that run elsewhere. Orleans knows members by address: a silo that joins declares dead
/// whoever had its address and port before, and those that it cannot reach, or that cannot reach it, end one another.
/// </summary>
/// <param name="here">Where the silo would run.</param>
/// <param name="tell">Gets a sentence for whoever waits.</param>
public sealed class JoinCheck(NpgsqlDataSource database, string cluster, HostIdentity here, Action<string> tell)
{
    /// <summary>The first heartbeat that was seen of a member that is in the way: when another follows, it lives.</summary>
    private readonly Dictionary<(IPEndPoint, int), DateTime> _seen = [];

    private bool _told;

    /// <returns>
    /// False where it is to be asked again in a second: a member is in the way that may have been killed, and is told from one that lives by
    /// its next heartbeat.
    /// </returns>
    /// <exception cref="SettingException">A member that lives is in the way.</exception>
    public async Task<bool> MayJoinAsync(SiloEndpoints endpoints, CancellationToken cancellation)
    {
        var inTheWay = (await ClusterMembers.ReadAsync(database, cluster, cancellation))
            .Where(m => m.HasHeartbeat && !m.SharesLoopbackWith(here) && Objection(m, endpoints) is not null)
            .ToList();
        foreach (var member in inTheWay)
        {
            if (!_seen.TryAdd((member.Endpoint, member.Generation), member.Heartbeat) && _seen[(member.Endpoint, member.Generation)] != member.Heartbeat)
                throw new SettingException(Objection(member, endpoints)!);
        }

        if (inTheWay.Count > 0 && !_told)
        {
            _told = true;
            tell(
                $"Another server of this database was heard of less than {ClusterMembers.HeartbeatExpiry.TotalSeconds:0} s ago, on {inTheWay[0].HostName} at {inTheWay[0].Endpoint}, "
                + "which is another machine or container. Waiting until it is known whether it still runs …");
        }

        return inTheWay.Count == 0;
    }

    /// <returns>What to do about it; null where the two can be members together.</returns>
    private static string? Objection(ClusterMember member, SiloEndpoints endpoints)
    {
        var who = $"on {member.HostName} at {member.Endpoint}";
        return member switch
        {
            { Process: null } =>
                $"A server of an older version of this program runs {who}, and the two cannot work together. End it, then start this again.",
            { IsOnLoopback: true } =>
                $"A server of this database runs {who}, which is another machine or container: it cannot be reached from here, nor this process from there. "
                + "Set Orleans__AdvertisedAddress, there and here, to an address at which the other reaches it, such as 10.0.0.5; or work on that machine only.",
            _ when IPAddress.IsLoopback(endpoints.Advertised) =>
                $"A server of this database runs {who}, which is another machine or container, and this process could not be reached from there. "
                + "Set Orleans__AdvertisedAddress to this machine's address, such as 10.0.0.5.",
            _ when member.Endpoint.Address.Equals(endpoints.Advertised) && member.Endpoint.Port == endpoints.SiloPort =>
                $"A server of this database runs {who}, which is another machine or container that has this very address and port. "
                + "Set Orleans__AdvertisedAddress to an address that only this machine has, or Orleans__SiloPort to another port.",
            _ => null,
        };
    }
}
