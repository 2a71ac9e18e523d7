using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Cohorts.Tests;

/// <summary>Whoever passes the program on must pass on the notices of what it is built with.</summary>
public sealed partial class LicenceTests
{
    private static readonly string Root = FindRoot();

    [Fact]
    public void Each_package_that_the_program_is_built_with_is_in_the_notices()
    {
        var known = Package().Matches(File.ReadAllText(Path.Combine(Root, "THIRD-PARTY-NOTICES.md"))).Select(m => m.Groups["name"].Value).ToList();

        var used = Directory.EnumerateFiles(Path.Combine(Root, "src"), "*.csproj", SearchOption.AllDirectories)
            .SelectMany(file => XDocument.Load(file).Descendants("PackageReference"))
            .Select(reference => reference.Attribute("Include")!.Value)
            .Distinct(StringComparer.Ordinal)
            .ToList();

        Assert.NotEmpty(used);
        Assert.All(used, name => Assert.Contains(
            known, k => k == name || k.EndsWith(".*", StringComparison.Ordinal) && name.StartsWith(k[..^1], StringComparison.Ordinal)));
    }

    [Fact]
    public void The_licence_is_MIT() =>
        Assert.StartsWith("MIT License", File.ReadAllText(Path.Combine(Root, "LICENSE")), StringComparison.Ordinal);

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Cohorts.sln")))
            folder = folder.Parent ?? throw new InvalidOperationException("The tests do not run from the repository.");
        return folder.FullName;
    }

    [GeneratedRegex("`(?<name>[^`]+)`", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Package();
}
