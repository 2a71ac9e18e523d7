using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Orleans.Configuration;

namespace Cohorts.Hosting;

/// <summary>Where a silo listens, and where others reach it: the same address, unless something between them translates it.</summary>
/// <param name="Advertised">The address that it has in the membership table.</param>
/// <param name="Listen">One of this machine's, or all of them where that was asked for.</param>
public sealed record SiloEndpoints(IPAddress Advertised, IPAddress Listen, int SiloPort, int GatewayPort)
{
    private const int DefaultSiloPort = 11111;
    private const int DefaultGatewayPort = 30000;

    /// <summary>The configured ports, or the next pair of which both are free: several programs may run on one machine.</summary>
    /// <exception cref="SettingException">A setting that is wrong, or an address that this machine does not have.</exception>
    public static SiloEndpoints Choose(IConfiguration configuration)
    {
        var (advertised, listen) = Addresses(configuration);
        var silo = Settings.Port(configuration, "SiloPort", DefaultSiloPort);
        var gateway = Settings.Port(configuration, "GatewayPort", DefaultGatewayPort);
        var taken = IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpListeners().Select(e => e.Port).ToHashSet();
        var step = Enumerable.Range(0, 1000).First(i => !taken.Contains(silo + i) && !taken.Contains(gateway + i));
        return new SiloEndpoints(advertised, listen, silo + step, gateway + step);
    }

    /// <exception cref="SettingException">A setting that is wrong, or an address that this machine does not have.</exception>
    public static (IPAddress Advertised, IPAddress Listen) Addresses(IConfiguration configuration)
    {
        var advertised = Settings.Address(configuration, "AdvertisedAddress") ?? IPAddress.Loopback;
        if (advertised.Equals(IPAddress.Any) || advertised.Equals(IPAddress.IPv6Any))
        {
            throw new SettingException(
                $"Orleans__AdvertisedAddress is {advertised}, at which nobody can be reached; it is this machine's address for other machines, such as 10.0.0.5. "
                + "To listen on all addresses, set Orleans__ListenAddress.");
        }

        var listen = Settings.Address(configuration, "ListenAddress");
        if (listen is not null && !IsOfThisMachine(listen))
        {
            throw new SettingException(
                $"Orleans__ListenAddress is {listen}, which is not an address of this machine. Set it to one that is, or to 0.0.0.0 for all of them.");
        }

        if (listen is null && !IsOfThisMachine(advertised))
        {
            throw new SettingException(
                $"Orleans__AdvertisedAddress is {advertised}, which is not an address of this machine. "
                + "If another machine passes connections on to this one (NAT, mapped ports), set Orleans__ListenAddress to the address of this machine that they come to.");
        }

        return (advertised, listen ?? advertised);
    }

    public void Configure(EndpointOptions options)
    {
        (options.AdvertisedIPAddress, options.SiloPort, options.GatewayPort) = (Advertised, SiloPort, GatewayPort);
        options.SiloListeningEndpoint = new IPEndPoint(Listen, SiloPort);
        options.GatewayListeningEndpoint = new IPEndPoint(Listen, GatewayPort);
    }

    /// <summary>Asks the operating system, which knows of addresses that no list of interfaces has, such as all of 127.0.0.0/8.</summary>
    private static bool IsOfThisMachine(IPAddress address)
    {
        try
        {
            using var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(new IPEndPoint(address, 0));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
