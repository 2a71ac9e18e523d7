using System.Net;
using Cohorts.SystemTests.Bot;

namespace Cohorts.SystemTests.Weather;

/// <summary>Discord refuses one request, or the bot's token as such, and accepts it again.</summary>
public sealed class RefusedTokenTests(SharedGround shared) : IClassFixture<SharedGround>
{
    private const int ForGood = 1_000_000;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task One_401_is_one_requests_failure_a_refused_token_is_told_and_the_bot_comes_back_by_itself()
    {
        await using var world = await BotWorld.StartAsync(shared.Ground);
        // Its registration is refused at first too.
        await world.Discord.FailAsync("PUT /applications/{application.id}/guilds/{guild.id}/commands", "status", 401, count: 2);
        var (server, address) = await world.ServeAsync();
        using var readiness = new Readiness(address);
        await Eventually.HoldsAsync("the commands are known", Patience, () => world.Discord.OffersAsync(world.Guild, "realize-groups"), () => server.Log);
        var cohort = await RealizeTests.AddGroupsAsync(world, groups: 2, absent: null);

        await world.Discord.FailAsync("GET /guilds/{guild.id}/members", "status", 401);
        var once = await PreviewAsync();
        Assert.Contains("this request alone was refused", once.Content, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await readiness.LookAsync()).Status);
        Assert.Contains("what would be made", (await PreviewAsync()).Embed.GetProperty("title").GetString(), StringComparison.Ordinal);

        foreach (var route in new[] { "GET /users/@me", "GET /guilds/{guild.id}", "GET /applications/@me" })
            await world.Discord.FailAsync(route, "status", 401, ForGood);
        var refused = await PreviewAsync();
        Assert.True(refused.IsEphemeral);
        Assert.Contains("Discord does not accept the bot's token", refused.Content, StringComparison.Ordinal);
        Assert.DoesNotContain("Try again in some minutes", refused.Content, StringComparison.Ordinal);
        await readiness.SaysAsync("Discord does not accept the bot's token", server);
        await Eventually.HoldsAsync("the server's trouble is there for doctor", Patience, async () =>
            (await world.ListAsync<string>("SELECT trouble FROM bot_troubles WHERE valid_until > now()")).Any(t => t.Contains("bot's token", StringComparison.Ordinal)));

        await world.Discord.MendAsync();
        await readiness.IsWellAgainAsync(server);
        Assert.Contains("what would be made", (await PreviewAsync()).Embed.GetProperty("title").GetString(), StringComparison.Ordinal);
        await Eventually.HoldsAsync("doctor is told that it is over", Patience, async () => await world.AskAsync<int>("SELECT count(*)::int FROM bot_troubles") == 0);
        await world.NoSecretIsInALogAsync();

        Task<Seen> PreviewAsync() => world.Discord.RunAsync(world.Guild, world.Administrator, "realize-groups", new { cohort, preview = true });
    }
}
