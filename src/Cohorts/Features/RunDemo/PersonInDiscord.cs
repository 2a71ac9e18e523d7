using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Cohorts.Features.RunDemo;

/// <summary>An administrator who types and presses in the simulated Discord, through its control API.</summary>
internal sealed class PersonInDiscord : IDisposable
{
    private static readonly TimeSpan PatienceWithBot = TimeSpan.FromSeconds(30);

    private readonly HttpClient _http;
    private readonly string _guild;
    private readonly string _user;
    private readonly string _channel;

    private PersonInDiscord(HttpClient http, JsonElement guild)
    {
        _http = http;
        _guild = guild.GetProperty("id").GetString()!;
        _user = guild.GetProperty("administratorId").GetString()!;
        _channel = guild.GetProperty("channelId").GetString()!;
    }

    public static async Task<PersonInDiscord> AtAsync(Uri simulator, CancellationToken cancellation)
    {
        var http = new HttpClient { BaseAddress = simulator };
        using var guilds = JsonDocument.Parse(await http.GetStringAsync(new Uri("simulator/guilds", UriKind.Relative), cancellation));
        return new PersonInDiscord(http, guilds.RootElement[0].Clone());
    }

    /// <summary>What is offered while an option is typed.</summary>
    public async Task<IReadOnlyList<(string Name, long Value)>> TypeAsync(string command, string option, string typed, CancellationToken cancellation)
    {
        var answer = await PostCommandAsync(
            new { userId = _user, channelId = _channel, name = command, options = new Dictionary<string, string> { [option] = typed }, autocomplete = true },
            cancellation);
        return [.. answer.GetProperty("choices").EnumerateArray().Select(c => (c.GetProperty("name").GetString()!, c.GetProperty("value").GetInt64()))];
    }

    public async Task<ShownMessage> RunAsync(string command, Dictionary<string, long> options, CancellationToken cancellation)
    {
        var message = await PostCommandAsync(new { userId = _user, channelId = _channel, name = command, options }, cancellation);
        // What shows how far the work is has no embed yet.
        using var again = new PeriodicTimer(TimeSpan.FromMilliseconds(200));
        while (message.GetProperty("embeds").GetArrayLength() == 0 && message.GetProperty("content").GetString() is { } shown && shown.Contains('…', StringComparison.Ordinal))
        {
            await again.WaitForNextTickAsync(cancellation);
            var state = await StateAsync(_user, cancellation);
            message = state.GetProperty("messages").GetProperty(_channel).EnumerateArray().Single(m => m.GetProperty("id").GetString() == message.GetProperty("id").GetString());
        }

        return new ShownMessage(message);
    }

    /// <summary>People join, each by their user name.</summary>
    public async Task LetJoinAsync(IReadOnlyList<string> userNames, CancellationToken cancellation)
    {
        using var answer = await _http.PostAsJsonAsync($"simulator/guilds/{_guild}/members", new { join = userNames }, cancellation);
        answer.EnsureSuccessStatusCode();
    }

    /// <summary>The server as a member of the first group sees it: who it is, the channels below the group's category, and the welcome.</summary>
    public async Task<(string Member, IReadOnlyList<string> Channels, ShownMessage Welcome)> SeeAsAMemberAsync(string channel, CancellationToken cancellation)
    {
        var all = await StateAsync(seenBy: null, cancellation);
        var text = all.GetProperty("channels").EnumerateArray().First(c => c.GetProperty("name").GetString() == channel);
        var allowed = text.GetProperty("permission_overwrites").EnumerateArray().Select(o => o.GetProperty("id").GetString()).ToHashSet(StringComparer.Ordinal);
        var member = all.GetProperty("members").EnumerateArray().Select(m => m.GetProperty("user"))
            .Last(u => allowed.Contains(u.GetProperty("id").GetString()) && !(u.TryGetProperty("bot", out var bot) && bot.GetBoolean()));
        var seen = await StateAsync(member.GetProperty("id").GetString()!, cancellation);
        var category = text.GetProperty("parent_id").GetString();
        var id = text.GetProperty("id").GetString()!;
        return (
            member.GetProperty("username").GetString()!,
            [.. seen.GetProperty("channels").EnumerateArray().Where(c => c.GetProperty("id").GetString() == category || Parent(c) == category).Select(c => c.GetProperty("name").GetString()!)],
            new ShownMessage(seen.GetProperty("messages").GetProperty(id)[0]));

        static string? Parent(JsonElement of) => of.TryGetProperty("parent_id", out var parent) ? parent.GetString() : null;
    }

    private Task<JsonElement> StateAsync(string? seenBy, CancellationToken cancellation) => _http.GetFromJsonAsync<JsonElement>(
        $"simulator/guilds/{_guild}" + (seenBy is null ? "" : $"?as={seenBy}"), cancellation);

    public async Task<ShownMessage> PressAsync(ShownMessage message, string customId, CancellationToken cancellation) =>
        new(await PostAsync("buttons", new { userId = _user, channelId = _channel, messageId = message.Id, customId }, cancellation));

    public void Dispose() => _http.Dispose();

    /// <summary>The bot registers its commands within a second of its start: a command that is not known yet is typed again.</summary>
    private async Task<JsonElement> PostCommandAsync(object body, CancellationToken cancellation)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        patience.CancelAfter(PatienceWithBot);
        using var again = new PeriodicTimer(TimeSpan.FromMilliseconds(200));
        while (true)
        {
            try
            {
                return await PostAsync("commands", body, patience.Token);
            }
            catch (HttpRequestException e) when (e.StatusCode is System.Net.HttpStatusCode.NotFound)
            {
                await again.WaitForNextTickAsync(patience.Token);
            }
        }
    }

    private async Task<JsonElement> PostAsync(string what, object body, CancellationToken cancellation)
    {
        using var answer = await _http.PostAsJsonAsync($"simulator/guilds/{_guild}/{what}?wait=30&rest=0.2", body, cancellation);
        answer.EnsureSuccessStatusCode();
        return await answer.Content.ReadFromJsonAsync<JsonElement>(cancellation);
    }
}

/// <summary>A message as its reader sees it.</summary>
internal sealed partial class ShownMessage(JsonElement message)
{
    public JsonElement Json => message;

    public string Id => message.GetProperty("id").GetString()!;

    /// <returns>The button's id; null when there is none that can be pressed.</returns>
    public string? ButtonLabelled(string label) => message.GetProperty("components").EnumerateArray()
        .SelectMany(row => row.GetProperty("components").EnumerateArray())
        .Where(b => b.GetProperty("label").GetString() == label && !(b.TryGetProperty("disabled", out var disabled) && disabled.GetBoolean()))
        .Select(b => b.GetProperty("custom_id").GetString())
        .FirstOrDefault();

    public IRenderable Render()
    {
        var lines = new List<IRenderable>();
        if (message.GetProperty("content").GetString() is { Length: > 0 } content)
            lines.Add(new Text(Readable(content)));
        foreach (var embed in message.GetProperty("embeds").EnumerateArray())
        {
            foreach (var part in (string[])["title", "description"])
            {
                if (embed.TryGetProperty(part, out var text))
                    lines.Add(new Text(Readable(text.GetString()!)));
            }

            if (embed.TryGetProperty("fields", out var fields))
            {
                foreach (var field in fields.EnumerateArray())
                    lines.Add(new Padder(new Text($"{Readable(field.GetProperty("name").GetString()!)}\n{Readable(field.GetProperty("value").GetString()!)}"), new Padding(0, 1, 0, 0)));
            }

            if (embed.TryGetProperty("footer", out var footer))
                lines.Add(new Padder(new Text(Readable(footer.GetProperty("text").GetString()!)), new Padding(0, 1, 0, 0)));
        }

        foreach (var file in message.GetProperty("attachments").EnumerateArray())
            lines.Add(new Text($"Attached: {file.GetProperty("filename").GetString()}"));
        var buttons = message.GetProperty("components").EnumerateArray()
            .SelectMany(row => row.GetProperty("components").EnumerateArray())
            .Select(b => $"[{b.GetProperty("label").GetString()}]")
            .ToList();
        if (buttons.Count > 0)
            lines.Add(new Text(string.Join(' ', buttons)));
        return new Panel(new Rows(lines)) { Border = BoxBorder.Rounded };
    }

    /// <summary>Without Discord's marks: bold, escapes, mentions, and times, which it shows in each reader's zone.</summary>
    private string Readable(string markdown)
    {
        var timed = Timestamp().Replace(markdown, t =>
            DateTimeOffset.FromUnixTimeSeconds(long.Parse(t.Groups["unix"].Value, CultureInfo.InvariantCulture)).ToString("ddd d MMM yyyy HH:mm 'UTC'", CultureInfo.InvariantCulture));
        var named = Mention().Replace(timed, m => "@" + message.GetProperty("mentions").EnumerateArray()
            .Where(u => u.GetProperty("id").GetString() == m.Groups["id"].Value).Select(u => u.GetProperty("username").GetString()).FirstOrDefault("somebody"));
        // What keeps Discord from reading a time or a mention shows as nothing there, and takes a column here.
        return Mark().Replace(named, m => m.Groups["escaped"].Value).Replace("\u200b", "", StringComparison.Ordinal);
    }

    [GeneratedRegex(@"<@(?<id>\d{1,20})>", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Mention();

    [GeneratedRegex(@"<t:(?<unix>\d{1,12}):[a-zA-Z]>", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Timestamp();

    [GeneratedRegex(@"\\(?<escaped>[^\w\s])|\*\*|`", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Mark();
}
