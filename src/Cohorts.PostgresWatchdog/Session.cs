using System.Runtime.InteropServices;

namespace Cohorts.PostgresWatchdog;

internal static partial class Session
{
    /// <summary>Leaves the terminal's session and the process group of whoever started this. Unix only.</summary>
    /// <returns>The new session, or -1 when this process leads a group already and so has nothing to leave.</returns>
    [LibraryImport("libc", EntryPoint = "setsid")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static partial int Leave();
}
