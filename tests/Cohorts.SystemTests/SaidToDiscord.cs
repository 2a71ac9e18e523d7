using System.Text.Json;
using Cohorts.Discord.Contract;

namespace Cohorts.SystemTests;

/// <summary>
/// What a program and the simulated Discord say to each other over REST. When it is disposed of, every request and every answer must have
/// been as Discord describes them.
/// </summary>
internal sealed class SaidToDiscord : IAsyncDisposable
{
    /// <summary>Where the simulator writes it: its option <c>--record</c>.</summary>
    public string File { get; } = Path.Combine(Path.GetTempPath(), $"cohorts-test-said-{Guid.NewGuid():N}.jsonl");

    public async Task<IReadOnlyList<Call>> CallsSoFarAsync()
    {
        await using var file = new FileStream(File, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var text = new StreamReader(file);
        // The last line may be half-written.
        var lines = (await text.ReadToEndAsync()).Split('\n')[..^1];
        return [.. lines.Select(line => JsonSerializer.Deserialize<Call>(line, JsonSerializerOptions.Web)!)];
    }

    public async ValueTask DisposeAsync()
    {
        var calls = await CallsSoFarAsync();
        System.IO.File.Delete(File);
        Assert.NotEmpty(calls);
        // Of many that are alike, a few show what is wrong.
        var violations = calls.SelectMany(c => c.Violations()).Take(5).ToList();
        Assert.True(violations.Count == 0, string.Join("\n\n", violations));
    }

    internal sealed record Call(
        string Method, string Path, IReadOnlyDictionary<string, string> Query, string? Request, IReadOnlyList<string> FileParts, int? Status, string? Answer)
    {
        public IEnumerable<string> Violations()
        {
            var asked = DiscordContract.Violations(new ApiRequest(Method, Path, Query, Request, FileParts));
            return Status is { } status ? asked.Concat(DiscordContract.Violations(new ApiAnswer(Method, Path, status, Answer))) : asked;
        }
    }
}
