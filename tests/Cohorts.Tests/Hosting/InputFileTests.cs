using System.Diagnostics;
using Cohorts.Features.CourseWelcome;
using Cohorts.Hosting;

namespace Cohorts.Tests.Hosting;

public sealed class InputFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("cohorts-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_pipe_that_nobody_writes_to_is_refused_at_once()
    {
        if (OperatingSystem.IsWindows())
            return;
        var pipe = Path.Combine(_folder, "pipe");
        using (var made = Process.Start("mkfifo", [pipe]))
            made.WaitForExit();

        Assert.False(InputFile.TryOpen(pipe, "CSV file", out _, out var problem));
        Assert.Equal($"{pipe} is a pipe or a device, which may never end. Save what it gives as a CSV file, and name that.", problem);
        Assert.Contains("is a pipe or a device", WelcomeVerb.Read(pipe).Refusal!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_device_that_never_ends_is_read_up_to_a_size()
    {
        if (!OperatingSystem.IsLinux())
            return;
        Assert.Contains("is larger than", WelcomeVerb.Read("/dev/zero").Refusal!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_is_read()
    {
        var file = Path.Combine(_folder, "file.csv");
        await File.WriteAllTextAsync(file, "name");

        Assert.True(InputFile.TryOpen(file, "CSV file", out var content, out var problem), problem);
        using var reader = new StreamReader(content!);
        Assert.Equal("name", await reader.ReadToEndAsync());
    }

    [Theory]
    [InlineData("", "is a folder. Name the CSV file in it.")]
    [InlineData("missing.csv", "There is no file")]
    [InlineData("a\0b", "cannot be read")]
    public void What_cannot_be_read_is_told_with_its_name(string name, string told)
    {
        Assert.False(InputFile.TryOpen(Path.Combine(_folder, name), "CSV file", out _, out var problem));
        Assert.Contains(told, problem, StringComparison.Ordinal);
    }
}
