using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using Npgsql;

namespace Cohorts.Hosting;

/// <summary>Where clients of the cluster connect.</summary>
public static class Gateways
{
    private static readonly TimeSpan ToConnect = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Whether a silo of this database can be reached now. The membership table alone does not tell: a silo that was killed stands there as
    /// active until another notices, another program may have its port, and 127.0.0.1 may be another machine's.
    /// </summary>
    public static async Task<bool> AnyAnswersAsync(
        NpgsqlDataSource database, string cluster, ClusterCertificates certificates, CancellationToken cancellation)
    {
        foreach (var member in await ClusterMembers.ReadAsync(database, cluster, cancellation))
        {
            if (member is { IsActive: true, HasHeartbeat: true, GatewayPort: > 0 }
                && (!member.IsOnLoopback || member.SharesLoopbackWith(HostIdentity.Current))
                && await AnswersAsync(new IPEndPoint(member.Endpoint.Address, member.GatewayPort), certificates, cancellation))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether a member of the cluster listens there, shown by a handshake.</summary>
    private static async Task<bool> AnswersAsync(IPEndPoint gateway, ClusterCertificates certificates, CancellationToken cancellation)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        patience.CancelAfter(ToConnect);
        using var socket = new Socket(gateway.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(gateway, patience.Token);
            patience.CancelAfter(ClusterCertificates.HandshakeTimeout);
            await using var tls = new SslStream(new NetworkStream(socket), leaveInnerStreamOpen: false, (_, shown, _, _) => certificates.Accepts(shown));
            var options = new SslClientAuthenticationOptions();
            certificates.Secure(options);
            await tls.AuthenticateAsClientAsync(options, patience.Token);
            return true;
        }
        catch (Exception e) when (e is SocketException or IOException or AuthenticationException or OperationCanceledException && !cancellation.IsCancellationRequested)
        {
            return false;
        }
    }
}
