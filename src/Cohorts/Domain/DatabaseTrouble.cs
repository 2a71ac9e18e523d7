using Npgsql;

namespace Cohorts.Domain;

/// <summary>What the database could not do through no fault of a command: what a person is told of it, with the one thing to do.</summary>
public static class DatabaseTrouble
{
    public const string DiskIsFull =
        "The disk of the database is full; nothing was half-written. Make room on it, then give the command again.";

    private const string TookTooLong =
        "The database took too long; nothing was half-written. Something holds its tables, such as a backup, a migration or a long query "
        + "(pg_stat_activity shows which). Give the command again when that is done.";

    private const string DoesNotAnswer =
        "The database did not answer while this ran; nothing was half-written. Run the command again once it does: /health/ready of a server says so.";

    /// <summary>Null where it is something else: a fault of the program's own, or of what it was given.</summary>
    public static string? InWords(Exception e) => e switch
    {
        _ when IsFullDisk(e) => DiskIsFull,
        PostgresException { SqlState: PostgresErrorCodes.QueryCanceled or PostgresErrorCodes.LockNotAvailable } => TookTooLong,
        // A command's time-out of Npgsql's own.
        NpgsqlException { InnerException: TimeoutException } => TookTooLong,
        NpgsqlException { IsTransient: true } or TimeoutException => DoesNotAnswer,
        _ => null,
    };

    /// <summary>Also as it comes from another silo, with its text alone.</summary>
    public static bool IsFullDisk(Exception? e) =>
        e is not null && (e is PostgresException { SqlState: PostgresErrorCodes.DiskFull }
            || e.Message.StartsWith(PostgresErrorCodes.DiskFull, StringComparison.Ordinal) || IsFullDisk(e.InnerException));
}
