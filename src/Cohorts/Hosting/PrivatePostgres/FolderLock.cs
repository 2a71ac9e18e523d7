namespace Cohorts.Hosting;

/// <summary>
/// A lock between processes, held through an open file: flock on Unix, a share mode on Windows. However its holder ends, the
/// system lets go of it.
/// </summary>
internal static class FolderLock
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(50);

    /// <summary>Held together with others that share it; null while somebody holds it alone.</summary>
    public static FileStream? TryShare(string path) => TryOpen(path, FileAccess.Read, FileShare.Read);

    /// <summary>Held alone; null while anybody else holds it.</summary>
    public static FileStream? TryHoldAlone(string path) => TryOpen(path, FileAccess.ReadWrite, FileShare.None);

    /// <summary>Repeats <paramref name="attempt"/> until it succeeds; null when it did not within <paramref name="limit"/>.</summary>
    public static async Task<FileStream?> WaitAsync(Func<FileStream?> attempt, TimeSpan limit, CancellationToken cancellationToken)
    {
        var deadline = Environment.TickCount64 + (long)limit.TotalMilliseconds;
        while (true)
        {
            if (attempt() is { } held)
                return held;
            if (Environment.TickCount64 > deadline)
                return null;
            await Task.Delay(Poll, cancellationToken);
        }
    }

    private static FileStream? TryOpen(string path, FileAccess access, FileShare share)
    {
        var options = new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = access, Share = share, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        try
        {
            return new FileStream(path, options);
        }
        catch (IOException e) when (e is not (FileNotFoundException or DirectoryNotFoundException) && IsTaken(e))
        {
            return null;
        }
    }

    /// <summary>EWOULDBLOCK (11 on Linux, 35 on macOS), ERROR_SHARING_VIOLATION, ERROR_LOCK_VIOLATION; a full disk is none of them.</summary>
    private static bool IsTaken(IOException e) =>
        OperatingSystem.IsWindows() ? (e.HResult & 0xFFFF) is 32 or 33 : e.HResult is 11 or 35;
}
