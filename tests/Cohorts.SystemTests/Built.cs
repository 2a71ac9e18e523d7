namespace Cohorts.SystemTests;

/// <summary>What the build has made.</summary>
internal static class Built
{
    public static string Repository { get; } = FindRepository();

    /// <summary>
    /// The program as <c>./cohorts</c> starts it: compiled ahead of time where the build could do that, else as it lies beside the tests.
    /// </summary>
    /// <param name="name">Such as <c>Cohorts</c>.</param>
    public static string Program(string name)
    {
        // tests/Cohorts.SystemTests/bin/CONFIGURATION/net10.0/
        var configuration = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;
        var precompiled = Path.Combine(Repository, "src", "Cohorts", "bin", configuration, "precompiled", name + ".dll");
        return File.Exists(precompiled) ? precompiled : Path.Combine(AppContext.BaseDirectory, name + ".dll");
    }

    private static string FindRepository()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Cohorts.sln")))
            folder = folder.Parent ?? throw new InvalidOperationException("The tests do not run from the repository.");
        return folder.FullName;
    }
}
