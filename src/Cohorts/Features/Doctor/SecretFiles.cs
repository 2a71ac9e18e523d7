using Microsoft.Extensions.Configuration.Json;

namespace Cohorts.Features.Doctor;

/// <summary>Files of settings that hold a secret and that others than their owner may read.</summary>
public static class SecretFiles
{
    private static readonly string[] Secrets = ["Discord:Token", "ConnectionStrings:Cohorts"];

    private const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.OtherRead | UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;

    public static IEnumerable<Finding> Examine(IConfiguration configuration)
    {
        if (OperatingSystem.IsWindows() || configuration is not IConfigurationRoot root)
            yield break;
        foreach (var file in root.Providers.OfType<JsonConfigurationProvider>())
        {
            var held = Secrets.Where(s => file.TryGet(s, out var value) && value is { Length: > 0 }).Select(s => s.Replace(":", "__", StringComparison.Ordinal)).ToList();
            if (held is [] || file.Source.FileProvider?.GetFileInfo(file.Source.Path ?? "").PhysicalPath is not { } path || !File.Exists(path))
                continue;
            if ((File.GetUnixFileMode(path) & Others) != UnixFileMode.None)
                yield return new Finding("secrets", Health.Bad, $"{path} holds {string.Join(" and ", held)}, and others than its owner may read it.", $"Run: chmod 600 {path}");
        }
    }
}
