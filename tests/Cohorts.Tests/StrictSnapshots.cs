using System.Runtime.CompilerServices;

namespace Cohorts.Tests;

internal static class StrictSnapshots
{
    /// <summary>Otherwise a snapshot that is missing is written and passes.</summary>
    [ModuleInitializer]
#pragma warning disable CA2255 // This assembly is loaded by the test runner only.
    internal static void Require()
#pragma warning restore CA2255
    {
        // Who means to write a snapshot says so from outside: SNAPSHOOTER_STRICT_MODE=false.
        if (Environment.GetEnvironmentVariable("SNAPSHOOTER_STRICT_MODE") is null)
            Environment.SetEnvironmentVariable("SNAPSHOOTER_STRICT_MODE", "true");
    }
}
