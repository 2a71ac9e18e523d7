using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Dapper;
using Npgsql;
using Orleans.Connections.Security;

namespace Cohorts.Hosting;

/// <summary>
/// The certificates that members and clients of the cluster show each other. They stand in the database: whoever can read it belongs to
/// the cluster, and nobody else does. No name, chain or date is looked at, only whether a certificate is byte for byte one of these.
/// </summary>
public sealed class ClusterCertificates
{
    /// <summary>A handshake of two processors that are busy elsewhere takes a second or two.</summary>
    public static readonly TimeSpan HandshakeTimeout = TimeSpan.FromSeconds(10);

    /// <summary>Members read the table so often; sooner, when somebody shows a certificate that they do not know.</summary>
    public static readonly TimeSpan RefreshPeriod = TimeSpan.FromSeconds(15);

    private const long MakeLock = 0x436F_686F_7274_7304;
    private const int YearsValid = 10;

    private const string Newest =
        """
        SELECT cluster_certificate_id AS id, certificate, private_key AS privatekey
          FROM cluster_certificates
         ORDER BY cluster_certificate_id DESC
         LIMIT 2
        """;

    /// <summary>A certificate that is that close to its end is renewed by whoever starts.</summary>
    private static readonly TimeSpan RenewedBefore = TimeSpan.FromDays(365);

    /// <summary>Who shows unknown certificates makes a member ask the database no more often than this.</summary>
    private static readonly TimeSpan LeastBetweenLooks = TimeSpan.FromSeconds(1);

    private readonly string _connectionString;
    private readonly TimeProvider _clock;
    private readonly Lock _looking = new();
    private volatile Kept _kept;
    private long? _lookedAt;

    private ClusterCertificates(string connectionString, TimeProvider clock, Kept kept)
    {
        // Not pooled: a look on behalf of a stranger takes no connection from anybody, and ends soon where the database is away.
        _connectionString = new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false, Timeout = 2, CommandTimeout = 2 }.ConnectionString;
        (_clock, _kept) = (clock, kept);
    }

    /// <summary>The newest, which this process shows.</summary>
    public X509Certificate2 Current => _kept.Own[0];

    /// <summary>The certificates of this database; the first is made where there is none, and the next where the last ends within a year.</summary>
    public static async Task<ClusterCertificates> ReadOrMakeAsync(
        NpgsqlDataSource database, string connectionString, TimeProvider clock, CancellationToken cancellation)
    {
        if (await ReadAsync(database, connectionString, clock, cancellation) is { } there && EndsLater(there.Current, clock.GetUtcNow() + RenewedBefore))
            return there;

        await using var connection = await database.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        await LockAsync(connection, transaction, cancellation);
        var rows = (await connection.QueryAsync<Row>(new CommandDefinition(Newest, transaction: transaction, cancellationToken: cancellation))).AsList();
        // Another process may have made one meanwhile.
        if (rows.Count == 0 || !EndsLater(rows[0], clock.GetUtcNow() + RenewedBefore))
            await MakeAsync(connection, transaction, clock.GetUtcNow(), cancellation);
        await transaction.CommitAsync(cancellation);
        return await ReadAsync(database, connectionString, clock, cancellation)
            ?? throw new InvalidOperationException("The certificate that was just made is not in cluster_certificates.");
    }

    /// <returns>Null where none was made yet.</returns>
    public static async Task<ClusterCertificates?> ReadAsync(
        NpgsqlDataSource database, string connectionString, TimeProvider clock, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        var rows = (await connection.QueryAsync<Row>(new CommandDefinition(Newest, cancellationToken: cancellation))).AsList();
        return rows.Count == 0 ? null : new ClusterCertificates(connectionString, clock, Kept.Of(rows));
    }

    /// <summary>
    /// Makes another, which all show from now on; the one before is accepted still, the one before that no longer.
    /// </summary>
    /// <returns>How long to wait before it can be done, because members may not have read the last one yet; null where it was done.</returns>
    public static async Task<TimeSpan?> RenewAsync(NpgsqlDataSource database, TimeProvider clock, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        await LockAsync(connection, transaction, cancellation);
        var last = await connection.ExecuteScalarAsync<double?>(new CommandDefinition(
            """
            SELECT extract(epoch FROM now() - max(created_at))::float8
              FROM cluster_certificates
            HAVING count(*) > 1
            """,
            transaction: transaction,
            cancellationToken: cancellation));
        if (last is { } age && 2 * RefreshPeriod - TimeSpan.FromSeconds(age) is var rest && rest > TimeSpan.Zero)
            return rest;
        await MakeAsync(connection, transaction, clock.GetUtcNow(), cancellation);
        await transaction.CommitAsync(cancellation);
        return null;
    }

    public async Task RefreshAsync(NpgsqlDataSource database, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        Take((await connection.QueryAsync<Row>(new CommandDefinition(Newest, cancellationToken: cancellation))).AsList());
    }

    /// <summary>Both ends of a connection show the newest certificate and demand one of the two.</summary>
    public void Secure(TlsOptions tls)
    {
        tls.LocalCertificate = Current;
        tls.RemoteCertificateMode = RemoteCertificateMode.RequireCertificate;
        tls.ClientCertificateMode = RemoteCertificateMode.RequireCertificate;
        tls.RemoteCertificateValidation = (certificate, _, _) => Accepts(certificate);
        tls.HandshakeTimeout = HandshakeTimeout;
        tls.OnAuthenticateAsServer = (_, o) =>
        {
            var server = (SslServerAuthenticationOptions)o.SslServerAuthenticationOptions;
            (server.ServerCertificate, server.ServerCertificateSelectionCallback, server.ServerCertificateContext) = (null, null, _kept.Shown);
            server.CertificateChainPolicy = _kept.Chain();
            // Each connection shows its certificate anew.
            server.AllowTlsResume = false;
        };
        tls.OnAuthenticateAsClient = (_, o) => Secure((SslClientAuthenticationOptions)o.SslClientAuthenticationOptions);
    }

    /// <summary>Shows the newest certificate. Whether the other end's is accepted is for <see cref="Accepts"/> to say.</summary>
    public void Secure(SslClientAuthenticationOptions client)
    {
        (client.ClientCertificates, client.LocalCertificateSelectionCallback, client.ClientCertificateContext) = (null, null, _kept.Shown);
        client.CertificateChainPolicy = _kept.Chain();
        client.AllowTlsResume = false;
    }

    /// <summary>Whether the other end of a connection belongs to the cluster, by the certificate that it shows; null where it shows none.</summary>
    public bool Accepts(X509Certificate? shown)
    {
        if (shown is null)
            return false;
        var raw = shown.GetRawCertData();
        if (_kept.Has(raw))
            return true;
        // It was made after this process read them, or it is not of this cluster.
        LookAgain();
        return _kept.Has(raw);
    }

    /// <summary>The callback of a handshake is synchronous, and strangers reach it: one thread at most waits for the database.</summary>
    private void LookAgain()
    {
        if (!_looking.TryEnter())
            return;
        try
        {
            if (_lookedAt is { } before && _clock.GetElapsedTime(before) < LeastBetweenLooks)
                return;
            _lookedAt = _clock.GetTimestamp();
            using var connection = new NpgsqlConnection(_connectionString);
            connection.Open();
            Take(connection.Query<Row>(Newest).AsList());
        }
        catch (NpgsqlException)
        {
            // The database is away: whoever it was comes again.
        }
        finally
        {
            _looking.Exit();
        }
    }

    private void Take(List<Row> rows)
    {
        // None is disposed of: a handshake may be using it.
        if (rows.Count > 0 && rows[0].Id > _kept.Id)
            _kept = Kept.Of(rows);
    }

    private static Task LockAsync(NpgsqlConnection connection, NpgsqlTransaction transaction, CancellationToken cancellation) =>
        connection.ExecuteAsync(new CommandDefinition("SELECT pg_advisory_xact_lock(@MakeLock)", new { MakeLock }, transaction, cancellationToken: cancellation));

    private static async Task MakeAsync(NpgsqlConnection connection, NpgsqlTransaction transaction, DateTimeOffset now, CancellationToken cancellation)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        // Anybody who connects is shown this name: it tells nothing of the cluster.
        var request = new CertificateRequest("CN=cohorts", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1"), new Oid("1.3.6.1.5.5.7.3.2")], critical: false));
        using var certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddYears(YearsValid));
        await connection.ExecuteAsync(new CommandDefinition(
            """
            WITH made AS (
                INSERT INTO cluster_certificates (certificate, private_key)
                VALUES (@Certificate, @Key)
                RETURNING cluster_certificate_id),
            kept AS (
                SELECT max(cluster_certificate_id) AS newest FROM cluster_certificates)
            DELETE FROM cluster_certificates USING kept WHERE cluster_certificate_id < newest
            """,
            new { Certificate = certificate.RawData, Key = key.ExportPkcs8PrivateKey() },
            transaction,
            cancellationToken: cancellation));
    }

    private static bool EndsLater(Row row, DateTimeOffset instant)
    {
        using var certificate = X509CertificateLoader.LoadCertificate(row.Certificate);
        return EndsLater(certificate, instant);
    }

    private static bool EndsLater(X509Certificate2 certificate, DateTimeOffset instant) => new DateTimeOffset(certificate.NotAfter) > instant;

    private sealed record Row(int Id, byte[] Certificate, byte[] PrivateKey);

    private sealed class Kept
    {
        private Kept(int id, X509Certificate2[] own) => (Id, Own, Shown) = (id, own, SslStreamCertificateContext.Create(own[0], additionalCertificates: null, offline: true));

        /// <summary>Of the newest.</summary>
        public int Id { get; }

        /// <summary>The newest first.</summary>
        public X509Certificate2[] Own { get; }

        public SslStreamCertificateContext Shown { get; }

        public static Kept Of(List<Row> rows) => new(rows[0].Id, [.. rows.Select(Load)]);

        public bool Has(byte[] certificate) => Own.Any(c => c.RawDataMemory.Span.SequenceEqual(certificate));

        /// <summary>Nothing of the machine's own certificates, which take long to load and say nothing here.</summary>
        public X509ChainPolicy Chain()
        {
            var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck, DisableCertificateDownloads = true };
            policy.CustomTrustStore.AddRange(Own);
            return policy;
        }

        private static X509Certificate2 Load(Row row)
        {
            using var key = ECDsa.Create();
            key.ImportPkcs8PrivateKey(row.PrivateKey, out _);
            using var certificate = X509CertificateLoader.LoadCertificate(row.Certificate);
            var both = certificate.CopyWithPrivateKey(key);
            if (!OperatingSystem.IsWindows())
                return both;
            // TLS on Windows takes no key that was only ever in memory.
            using (both)
                return X509CertificateLoader.LoadPkcs12(both.Export(X509ContentType.Pkcs12), password: null);
        }
    }
}
