using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Cohorts.Hosting;
using Dapper;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Orleans.Configuration;

namespace Cohorts.Tests.Hosting;

/// <summary>What somebody who reaches a silo's ports can do: with a certificate of the cluster everything, without one nothing.</summary>
public sealed class ClusterPortsTests(ClusterPortsTests.TwoSilos cluster) : IClassFixture<ClusterPortsTests.TwoSilos>
{
    /// <summary>Orleans' silo port answers it with its own first message, which names the cluster.</summary>
    private static readonly byte[] Garbage = new byte[20];

    [Fact]
    public async Task Garbage_is_answered_with_nothing_that_names_the_cluster()
    {
        foreach (var port in cluster.Ports)
        {
            using var socket = new TcpClient();
            await socket.ConnectAsync(IPAddress.Loopback, port);
            await socket.GetStream().WriteAsync(Garbage);

            Assert.DoesNotContain(cluster.Name, await AllOfAsync(socket.GetStream()), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Encryption_without_a_certificate_of_the_cluster_ends_with_nothing_that_names_it()
    {
        using var stranger = Certificate();
        foreach (var port in cluster.Ports)
        {
            Assert.DoesNotContain(cluster.Name, await AnswerAsync(port, shown: null), StringComparison.Ordinal);
            Assert.DoesNotContain(cluster.Name, await AnswerAsync(port, stranger), StringComparison.Ordinal);
        }

        // With one, the same garbage is answered with the name: the others would have seen it.
        await NamedAsync(cluster.Ports[0], (await cluster.CertificatesAsync()).Current);
    }

    [Fact]
    public async Task A_client_that_knows_the_clusters_name_and_not_its_certificate_gets_nothing()
    {
        await using var elsewhere = await TwoSilos.OfAnotherClusterAsync();

        // Refused, a client tries again until it is stopped.
        var strangers = new[] { null, elsewhere.Certificates }.Select(c => Assert.ThrowsAnyAsync<Exception>(() => cluster.AskAsClientAsync(c, seconds: 5))).ToList();

        Assert.Equal(2, await cluster.AskAsClientAsync(await cluster.CertificatesAsync()));
        await Task.WhenAll(strangers);
    }

    [Fact]
    public async Task Who_connects_and_says_nothing_is_cut_off()
    {
        var idle = new List<TcpClient>();
        foreach (var port in cluster.Ports)
        {
            idle.Add(new TcpClient());
            await idle[^1].ConnectAsync(IPAddress.Loopback, port);
        }

        foreach (var socket in idle)
        {
            using (socket)
                Assert.Empty(await AllOfAsync(socket.GetStream()));
        }
    }

    [Fact]
    public async Task A_certificate_is_renewed_while_servers_run_and_nobody_falls_out()
    {
        var before = await cluster.CertificatesAsync();
        var oldest = before.Current;
        Assert.Null(await ClusterCertificates.RenewAsync(cluster.Database, TimeProvider.System, CancellationToken.None));
        var renewed = await cluster.CertificatesAsync();
        Assert.NotEqual(before.Current.Thumbprint, renewed.Current.Thumbprint);

        var second = renewed.Current;

        // It shows the one that the servers have not read yet, and so does a server that joins; clients that run still show the one before.
        Assert.Equal(2, await cluster.AskAsClientAsync(renewed));
        await using (await cluster.StartAsync(renewed))
            Assert.Equal(3, await cluster.AskAsClientAsync(before));
        Assert.Equal([renewed.Current.Thumbprint, renewed.Current.Thumbprint], await cluster.ShownAsync());
        await NamedAsync(cluster.Ports[0], oldest);

        // What members may not have read yet is not followed by another; the one before the last is accepted no longer. As if made a
        // minute from now, however long it took to get here.
        await cluster.ExecuteAsync("UPDATE cluster_certificates SET created_at = created_at + (now() + interval '1 minute' - (SELECT max(created_at) FROM cluster_certificates))");
        Assert.True(await ClusterCertificates.RenewAsync(cluster.Database, TimeProvider.System, CancellationToken.None) > TimeSpan.Zero);
        await cluster.ExecuteAsync("UPDATE cluster_certificates SET created_at = created_at - interval '3 minutes'");
        Assert.Null(await ClusterCertificates.RenewAsync(cluster.Database, TimeProvider.System, CancellationToken.None));
        Assert.Equal(2, await cluster.AskAsClientAsync(await cluster.CertificatesAsync()));
        await NamedAsync(cluster.Ports[0], second);
        Assert.DoesNotContain(cluster.Name, await AnswerAsync(cluster.Ports[0], oldest), StringComparison.Ordinal);
        Assert.Equal(2, await cluster.AskAsync<int>("SELECT count(*)::int FROM cluster_certificates"));
    }

    [Fact]
    public async Task A_member_to_which_nobody_shows_a_new_certificate_reads_it_by_itself()
    {
        await using var elsewhere = await TwoSilos.OfAnotherClusterAsync();
        using var refresher = new CertificateRefresher(elsewhere.Source, elsewhere.Certificates, new Hasty(), NullLogger<CertificateRefresher>.Instance);
        await refresher.StartAsync(CancellationToken.None);
        var before = elsewhere.Certificates.Current.Thumbprint;

        await ClusterCertificates.RenewAsync(elsewhere.Source, TimeProvider.System, CancellationToken.None);

        await Eventually.TrueAsync(() => Task.FromResult(elsewhere.Certificates.Current.Thumbprint != before));
        await refresher.StopAsync(CancellationToken.None);
        Assert.True(cluster.RefreshesCertificates);
    }

    [Fact]
    public async Task Many_that_start_at_once_make_one_certificate_and_one_that_nears_its_end_is_renewed()
    {
        await using var elsewhere = await TwoSilos.OfAnotherClusterAsync();

        var thumbprints = await Task.WhenAll(Enumerable.Range(0, 8).Select(async _ => (await elsewhere.ReadOrMakeAsync(TimeProvider.System)).Current.Thumbprint));
        var years = await elsewhere.ReadOrMakeAsync(new Later(TimeSpan.FromDays(365 * 8)));
        var later = await elsewhere.ReadOrMakeAsync(new Later(TimeSpan.FromDays((365 * 9) + 100)));

        Assert.Equal(elsewhere.Certificates.Current.Thumbprint, Assert.Single(thumbprints.Append(years.Current.Thumbprint).Distinct()));
        Assert.NotEqual(years.Current.Thumbprint, later.Current.Thumbprint);
        Assert.True(later.Accepts(years.Current));
    }

    /// <summary>What is said to somebody who shows a certificate, and then sends garbage.</summary>
    /// <summary>A server that closes at once on garbage may reset the connection before its answer is read: it is asked again.</summary>
    private Task NamedAsync(int port, X509Certificate2 shown) =>
        Eventually.TrueAsync(async () => (await AnswerAsync(port, shown)).Contains(cluster.Name, StringComparison.Ordinal));

    private static async Task<string> AnswerAsync(int port, X509Certificate2? shown)
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(IPAddress.Loopback, port);
#pragma warning disable CA5359 // A stranger, who accepts whatever the server shows.
        await using var tls = new SslStream(socket.GetStream(), leaveInnerStreamOpen: false, (_, _, _, _) => true);
#pragma warning restore CA5359
        try
        {
            await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "x", ClientCertificates = shown is null ? [] : [shown] });
            // By TLS 1.3 the server looks at the client's certificate when the client is done.
            await tls.WriteAsync(Garbage);
        }
        catch (Exception e) when (e is AuthenticationException or IOException)
        {
            return "";
        }

        return await AllOfAsync(tls);
    }

    private static async Task<string> AllOfAsync(Stream stream)
    {
        var said = new MemoryStream();
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(5));
        try
        {
            await stream.CopyToAsync(said, patience.Token);
        }
        catch (IOException)
        {
            // It was reset, which is an answer too.
        }

        return Encoding.Latin1.GetString(said.ToArray());
    }

    private static X509Certificate2 Certificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return new CertificateRequest("CN=cohorts", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddYears(1));
    }

    private sealed class Hasty : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            System.CreateTimer(callback, state, TimeSpan.FromMilliseconds(50), TimeSpan.FromMilliseconds(50));
    }

    private sealed class Later(TimeSpan by) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + by;
    }

    /// <summary>Another database with certificates of its own.</summary>
    public sealed class AnotherCluster(TestDatabase database, ClusterCertificates certificates) : IAsyncDisposable
    {
        public Npgsql.NpgsqlDataSource Source => database.DataSource;

        public ClusterCertificates Certificates => certificates;

        public Task<ClusterCertificates> ReadOrMakeAsync(TimeProvider clock) =>
            ClusterCertificates.ReadOrMakeAsync(database.DataSource, database.ConnectionString, clock, CancellationToken.None);

        public async ValueTask DisposeAsync() => await database.DisposeAsync();
    }

    public sealed class TwoSilos : IAsyncLifetime
    {
        private readonly TestDatabase _database = new();
        private readonly List<RunningSilo> _silos = [];

        public string Name { get; private set; } = "";

        public Npgsql.NpgsqlDataSource Database => _database.DataSource;

        public bool RefreshesCertificates => _silos[0].Host.Services.GetServices<IHostedService>().OfType<CertificateRefresher>().Any();

        public IReadOnlyList<int> Ports => [_silos[0].Endpoints.SiloPort, _silos[0].Endpoints.GatewayPort];

        public static async Task<AnotherCluster> OfAnotherClusterAsync()
        {
            var database = new TestDatabase();
            await database.InitializeAsync();
            return new AnotherCluster(
                database, await ClusterCertificates.ReadOrMakeAsync(database.DataSource, database.ConnectionString, TimeProvider.System, CancellationToken.None));
        }

        public async Task InitializeAsync()
        {
            await _database.InitializeAsync();
            Name = await Cluster.NameAsync(_database.DataSource, CancellationToken.None);
            for (var i = 0; i < 2; i++)
                _silos.Add(await StartAsync(await CertificatesAsync()));
        }

        public async Task DisposeAsync()
        {
            foreach (var silo in _silos)
                await silo.DisposeAsync();
            await _database.DisposeAsync();
        }

        /// <summary>As a process that starts now reads them.</summary>
        public Task<ClusterCertificates> CertificatesAsync() =>
            ClusterCertificates.ReadOrMakeAsync(_database.DataSource, _database.ConnectionString, TimeProvider.System, CancellationToken.None);

        public async Task<RunningSilo> StartAsync(ClusterCertificates certificates)
        {
            var builder = Host.CreateApplicationBuilder();
            builder.Logging.ToStandardError(Microsoft.Extensions.Logging.LogLevel.Error);
            builder.Services.AddCohorts(_database.ConnectionString);
            var endpoints = SiloEndpoints.Choose(builder.Configuration);
            builder.AddSilo(_database.ConnectionString, Name, certificates, endpoints);
            var host = builder.Build();
            await host.StartAsync();
            return new RunningSilo(host, endpoints);
        }

        /// <param name="certificates">Null: a client that does not encrypt.</param>
        /// <returns>How many silos the cluster says that it has.</returns>
        public async Task<int> AskAsClientAsync(ClusterCertificates? certificates, int seconds = 60)
        {
            var builder = Host.CreateApplicationBuilder();
            builder.Logging.ToStandardError(Microsoft.Extensions.Logging.LogLevel.Error);
            if (certificates is not null)
            {
                builder.AddClusterClient(_database.ConnectionString, Name, certificates);
            }
            else
            {
                builder.UseOrleansClient(client => client
                    .Configure<ClusterOptions>(o => (o.ClusterId, o.ServiceId) = (Name, "cohorts"))
                    .UseAdoNetClustering(o => (o.Invariant, o.ConnectionString) = ("Npgsql", _database.ConnectionString)));
            }

            using var host = builder.Build();
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(seconds));
            await host.StartAsync(patience.Token).WaitAsync(patience.Token);
            var hosts = await host.Services.GetRequiredService<IGrainFactory>().GetGrain<IManagementGrain>(0).GetHosts(onlyActive: true);
            await host.StopAsync(patience.Token);
            return hosts.Count;
        }

        /// <returns>The thumbprint of the certificate that each of the two silos shows.</returns>
        public async Task<IReadOnlyList<string>> ShownAsync()
        {
            var shown = new List<string>();
            var certificates = await CertificatesAsync();
            foreach (var silo in _silos)
            {
                using var socket = new TcpClient();
                await socket.ConnectAsync(IPAddress.Loopback, silo.Endpoints.SiloPort);
                await using var tls = new SslStream(socket.GetStream(), leaveInnerStreamOpen: false, (_, certificate, _, _) => certificates.Accepts(certificate));
                var options = new SslClientAuthenticationOptions();
                certificates.Secure(options);
                await tls.AuthenticateAsClientAsync(options);
                shown.Add(tls.RemoteCertificate!.GetCertHashString());
            }

            return shown;
        }

        public async Task<T> AskAsync<T>(string sql)
        {
            await using var connection = await _database.DataSource.OpenConnectionAsync();
            return (await connection.ExecuteScalarAsync<T>(sql))!;
        }

        public Task ExecuteAsync(string sql) => _database.ExecuteAsync(sql);
    }

    public sealed record RunningSilo(IHost Host, SiloEndpoints Endpoints) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await Host.StopAsync();
            await ((IAsyncDisposable)Host).DisposeAsync();
        }
    }
}
