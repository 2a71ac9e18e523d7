using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Cohorts.Hosting;

/// <summary>
/// A file that somebody names on the command line. Pipes and terminals are refused: they may never end, or never begin (opening a pipe
/// that nobody writes to waits for ever). Devices such as /dev/zero pass for files, so who reads one stops at a size.
/// </summary>
public static partial class InputFile
{
    /// <param name="path">As it was typed.</param>
    /// <param name="kind">What the file should be, for the sentence of a refusal, such as "CSV file".</param>
    /// <param name="content">To be disposed of by the caller.</param>
    /// <param name="problem">One sentence with what to do.</param>
    public static bool TryOpen(string path, string kind, out FileStream? content, out string? problem)
    {
        (content, problem) = (null, null);
        try
        {
            if (Directory.Exists(path))
                problem = $"{path} is a folder. Name the {kind} in it.";
            else if (Open(path) is { } file)
                content = file;
            else
                problem = $"{path} is a pipe or a device, which may never end. Save what it gives as a {kind}, and name that.";
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            problem = $"There is no file {path}. Check its name and the folder you are in.";
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException or ArgumentException or NotSupportedException)
        {
            problem = $"{path} cannot be read: {e.Message}";
        }

        return content is not null;
    }

    /// <returns>Null for what has no place to seek to: a pipe, a socket, a terminal.</returns>
    private static FileStream? Open(string path)
    {
        if (!OperatingSystem.IsWindows())
        {
            // O_RDONLY | O_NONBLOCK | O_NOCTTY: a pipe without a writer opens at once, and a terminal does not become this process's own.
            var descriptor = OpenFile(path, OperatingSystem.IsMacOS() ? 0x0004 | 0x20000 : 0x0800 | 0x0100);
            // Where it cannot be opened, the constructor below says why in .NET's words.
            if (descriptor >= 0)
            {
                using var looked = new FileStream(new SafeFileHandle(descriptor, ownsHandle: true), FileAccess.Read, bufferSize: 0);
                if (!looked.CanSeek)
                    return null;
            }
        }

        return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0, useAsync: true);
    }

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int OpenFile(string path, int flags);
}
