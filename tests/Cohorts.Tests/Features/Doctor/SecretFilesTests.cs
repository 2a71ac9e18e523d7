using Cohorts.Features.Doctor;
using Microsoft.Extensions.Configuration;

namespace Cohorts.Tests.Features.Doctor;

public sealed class SecretFilesTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("cohorts-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("""{"Discord": {"Token": "secret"}}""", UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead, "Discord__Token")]
    [InlineData("""{"ConnectionStrings": {"Cohorts": "Host=x;Password=secret"}}""", UnixFileMode.UserRead | UnixFileMode.GroupRead, "ConnectionStrings__Cohorts")]
    [InlineData("""{"Discord": {"Token": "secret"}}""", UnixFileMode.UserRead | UnixFileMode.UserWrite, null)]
    [InlineData("""{"Discord": {"GuildId": "1"}}""", UnixFileMode.UserRead | UnixFileMode.OtherRead, null)]
    public void A_file_with_a_secret_that_others_may_read_is_told_with_the_command_that_closes_it(string content, UnixFileMode mode, string? named)
    {
        if (OperatingSystem.IsWindows())
            return;
        var file = Path.Combine(_folder, "appsettings.json");
        File.WriteAllText(file, content);
        File.SetUnixFileMode(file, mode);

        var findings = SecretFiles.Examine(new ConfigurationBuilder().AddJsonFile(file).Build()).ToList();

        if (named is null)
        {
            Assert.Empty(findings);
            return;
        }

        var finding = Assert.Single(findings);
        Assert.Equal(Health.Bad, finding.Health);
        Assert.Contains(named, finding.Found, StringComparison.Ordinal);
        Assert.Equal($"Run: chmod 600 {file}", finding.ToDo);
        Assert.DoesNotContain("secret", finding.Found, StringComparison.Ordinal);
    }
}
