using System.Runtime.CompilerServices;

namespace Cohorts.Tests;

internal static class ModuleSetup
{
    /// <summary>
    /// Without it a snapshot that is missing would be written and pass. To write a new one, and then read it:
    /// <c>SNAPSHOOTER_STRICT_MODE=false dotnet test --filter …</c>.
    /// </summary>
    [ModuleInitializer]
    internal static void DemandSnapshots()
    {
        if (Environment.GetEnvironmentVariable("SNAPSHOOTER_STRICT_MODE") is null)
            Environment.SetEnvironmentVariable("SNAPSHOOTER_STRICT_MODE", "true");
    }
}
