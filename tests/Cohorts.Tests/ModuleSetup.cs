using System.Runtime.CompilerServices;

namespace Cohorts.Tests;

internal static class ModuleSetup
{
    /// <summary>Without it a snapshot that is missing would be written and pass.</summary>
    [ModuleInitializer]
    internal static void DemandSnapshots() => Environment.SetEnvironmentVariable("SNAPSHOOTER_STRICT_MODE", "true");
}
