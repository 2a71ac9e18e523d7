using System.Runtime.ExceptionServices;
using Cohorts.Domain;
using Dapper;
using Npgsql;

namespace Cohorts.Hosting;

/// <summary>
/// Whether the disk of the database is full. On a full disk reading goes well, so nothing but a write tells: of the private server the
/// free space is read, of any other it is remembered that PostgreSQL refused a statement of this process for it.
/// </summary>
public sealed class FullDisk : IDisposable
{
    /// <summary>PostgreSQL extends a table by up to half of it at a time.</summary>
    private const long LeastFreeBytes = 1_000_000;

    private readonly Func<long?> _freeBytes;
    private volatile bool _wasMet;

    /// <param name="freeBytes">Free bytes on the disk of the database; null where they are not known here.</param>
    public FullDisk(Func<long?> freeBytes)
    {
        _freeBytes = freeBytes;
        // Wherever a statement meets it, and whoever handles the exception.
        AppDomain.CurrentDomain.FirstChanceException += OnException;
    }

    /// <summary>
    /// Looks without writing, but where a full disk was met: then a temporary table of 64 kB, gone with its transaction, shows whether
    /// there is room again.
    /// </summary>
    public async Task<bool> IsFullAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        if (_freeBytes() is { } free)
            return free < LeastFreeBytes;
        if (!_wasMet)
            return false;
        try
        {
            await using var transaction = await connection.BeginTransactionAsync(cancellation);
            await connection.ExecuteAsync(new CommandDefinition(
                "CREATE TEMPORARY TABLE room ON COMMIT DROP AS SELECT repeat(md5(n::text), 32) AS filler FROM generate_series(1, 64) AS n",
                transaction: transaction,
                cancellationToken: cancellation));
            await transaction.CommitAsync(cancellation);
            _wasMet = false;
            return false;
        }
        catch (PostgresException e) when (DatabaseTrouble.IsFullDisk(e))
        {
            return true;
        }
    }

    public void Dispose() => AppDomain.CurrentDomain.FirstChanceException -= OnException;

    private void OnException(object? sender, FirstChanceExceptionEventArgs e)
    {
        if (e.Exception is PostgresException { SqlState: PostgresErrorCodes.DiskFull })
            _wasMet = true;
    }
}
