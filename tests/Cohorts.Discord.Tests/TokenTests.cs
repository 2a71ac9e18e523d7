namespace Cohorts.Discord.Tests;

/// <summary>When Discord refuses the bot's token, when it only seems so, and how the client comes back.</summary>
public class TokenTests
{
    private static readonly CancellationToken None = CancellationToken.None;
    private static readonly Snowflake Guild = new(1);
    private static readonly InteractionToken Secret = new("an-interaction-token-of-some-length");
    private const string Object = """{"id":"1","username":"bot"}""";

    [Fact]
    public async Task A_401_of_one_route_is_that_requests_failure_where_the_token_is_accepted()
    {
        await using var discord = await TestDiscord.StartAsync(r => new Answer(r.Path == "/guilds/1" ? 401 : 200, Object));
        using var rest = discord.Client(TimeProvider.System);

        var refused = await Assert.ThrowsAsync<DiscordException>(() => rest.GetGuildAsync(Guild, None));
        await rest.GetApplicationAsync(None);

        Assert.Equal(DiscordFailure.Refused, refused.Failure);
        Assert.Contains("this request alone", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("portal", refused.Message, StringComparison.Ordinal);
        Assert.False(rest.IsTokenRefused);
        Assert.Equal(["/guilds/1", "/users/@me", "/applications/@me"], discord.Requests.Select(r => r.Path));
    }

    [Fact]
    public async Task Where_Discord_does_not_say_whether_it_accepts_the_token_nothing_is_given_up()
    {
        await using var discord = await TestDiscord.StartAsync(r => r.Path switch
        {
            "/guilds/1" => new Answer(401),
            "/users/@me" => new Answer(503),
            _ => new Answer(200, Object),
        });
        using var rest = discord.Client(TimeProvider.System);

        Assert.Equal(DiscordFailure.Unavailable, (await Assert.ThrowsAsync<DiscordException>(() => rest.GetGuildAsync(Guild, None))).Failure);
        await rest.GetApplicationAsync(None);
        Assert.False(rest.IsTokenRefused);
    }

    [Fact]
    public async Task Many_refusals_at_once_are_one_question()
    {
        await using var discord = await TestDiscord.StartAsync(r => new Answer(r.Path.StartsWith("/guilds", StringComparison.Ordinal) ? 401 : 200, Object));
        using var rest = discord.Client(TimeProvider.System);

        await Task.WhenAll(Enumerable.Range(1, 20).Select(i => Assert.ThrowsAsync<DiscordException>(() => rest.GetGuildAsync(new Snowflake((ulong)i), None))));

        Assert.InRange(discord.Requests.Count(r => r.Path == "/users/@me"), 1, 10);
    }

    [Fact]
    public async Task A_refused_token_is_asked_for_again_after_growing_pauses_and_comes_back_without_a_restart()
    {
        var time = new WatchedTime();
        var good = false;
        await using var discord = await TestDiscord.StartAsync(_ => new Answer(Volatile.Read(ref good) ? 200 : 401, Object));
        using var rest = discord.Client(time);
        await Assert.ThrowsAsync<DiscordException>(() => rest.GetGuildAsync(Guild, None));
        Assert.True(rest.IsTokenRefused);

        // Somebody wants something every second, for twenty minutes.
        for (var second = 0; second < 1200; second++)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            Assert.Equal(DiscordFailure.Unauthorized, (await Assert.ThrowsAsync<DiscordException>(() => rest.GetGuildAsync(Guild, None))).Failure);
        }

        Assert.All(discord.Requests.Skip(1), r => Assert.Equal("/users/@me", r.Path));
        Assert.InRange(discord.Requests.Count, 20, 30);

        Volatile.Write(ref good, true);
        time.Advance(TimeSpan.FromMinutes(1));
        await rest.GetGuildAsync(Guild, None);
        Assert.False(rest.IsTokenRefused);
    }

    [Fact]
    public async Task Meanwhile_what_an_interactions_own_token_authorizes_is_sent_without_the_bots()
    {
        await using var discord = await TestDiscord.StartAsync(r => new Answer(r.Path.StartsWith("/webhooks", StringComparison.Ordinal) ? 200 : 401, Object));
        using var rest = discord.Client(TimeProvider.System);
        await Assert.ThrowsAsync<DiscordException>(() => rest.GetGuildAsync(Guild, None));

        await rest.EditOriginalResponseAsync(new Snowflake(8), Secret, new OutgoingMessage { Content = "Answered." }, None);

        Assert.DoesNotContain("Authorization", discord.Requests[^1].Headers.Keys, StringComparer.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Another_token_in_the_settings_is_taken_at_once()
    {
        var settings = new BotToken("the-first");
        await using var discord = await TestDiscord.StartAsync(r => new Answer(
            r.Headers.Single(h => h.Key.Equals("Authorization", StringComparison.OrdinalIgnoreCase)).Value == "Bot the-second" ? 200 : 401, Object));
        using var rest = discord.Client(new WatchedTime(), with: o => o with { Token = settings, LatestToken = () => settings });
        await Assert.ThrowsAsync<DiscordException>(() => rest.GetGuildAsync(Guild, None));

        settings = new BotToken("the-second");
        await rest.GetGuildAsync(Guild, None);

        Assert.False(rest.IsTokenRefused);
    }
}
