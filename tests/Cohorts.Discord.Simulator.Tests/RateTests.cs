using System.Globalization;

namespace Cohorts.Discord.Simulator.Tests;

public class RateTests
{
    private static double Number(Reply reply, string header) => double.Parse(reply.Headers.GetValues(header).Single(), CultureInfo.InvariantCulture);

    [Fact]
    public async Task Five_messages_in_five_seconds_pass_in_a_channel_and_the_sixth_is_told_when_to_come_back()
    {
        await using var simulation = await Simulation.Start(rateFactor: 1);
        var other = await simulation.Channel("other");
        Task<Reply> Say(string channel) => simulation.Post($"/channels/{channel}/messages", new { content = "x" });
        for (var left = 4; left >= 0; left--)
        {
            var sent = await Say(simulation.ChannelId);
            Assert.Equal((200, 5, left), (sent.Status, (int)Number(sent, "X-RateLimit-Limit"), (int)Number(sent, "X-RateLimit-Remaining")));
        }

        simulation.Advance(2);
        var refused = await Say(simulation.ChannelId);
        Assert.Equal(429, refused.Status);
        Assert.Equal(3, refused["retry_after"].GetValue<double>());
        Assert.False(refused["global"].GetValue<bool>());
        Assert.Equal("user", refused.Headers.GetValues("X-RateLimit-Scope").Single());
        Assert.Equal(3, Number(refused, "Retry-After"));
        Assert.Equal(3, Number(refused, "X-RateLimit-Reset-After"));
        var elsewhere = await Say(other);
        Assert.Equal(200, elsewhere.Status);
        Assert.Equal(elsewhere.Headers.GetValues("X-RateLimit-Bucket"), refused.Headers.GetValues("X-RateLimit-Bucket"));
        simulation.Advance(3);
        Assert.Equal(200, (await Say(simulation.ChannelId)).Status);
    }

    [Fact]
    public async Task Fifty_requests_a_second_pass_over_all_routes()
    {
        await using var simulation = await Simulation.Start(rateFactor: 1);
        for (var i = 0; i < 50; i++)
        {
            Assert.Equal(200, (await simulation.Get(i % 2 == 0 ? "/users/@me" : "/gateway/bot")).Status);
        }

        var refused = await simulation.Get($"/guilds/{simulation.GuildId}");
        Assert.Equal(429, refused.Status);
        Assert.True(refused["global"].GetValue<bool>());
        Assert.Equal("global", refused.Headers.GetValues("X-RateLimit-Scope").Single());
        // Callbacks of interactions are outside of it.
        Assert.Equal(10062, (await simulation.Post("/interactions/1/x/callback", new { type = 5 })).Code);
        simulation.Advance(1);
        Assert.Equal(200, (await simulation.Get("/users/@me")).Status);
    }

    [Fact]
    public async Task A_channel_is_renamed_or_given_a_topic_twice_in_ten_minutes()
    {
        await using var simulation = await Simulation.Start(rateFactor: 1);
        var channel = await simulation.Channel("a");
        Assert.Equal(200, (await simulation.Patch($"/channels/{channel}", new { name = "b" })).Status);
        Assert.Equal(200, (await simulation.Patch($"/channels/{channel}", new { topic = "t" })).Status);
        var refused = await simulation.Patch($"/channels/{channel}", new { name = "c" });
        Assert.Equal((429, 600.0), (refused.Status, refused["retry_after"].GetValue<double>()));
        Assert.Equal(200, (await simulation.Patch($"/channels/{channel}", new { position = 3 })).Status);
        simulation.Advance(600);
        Assert.Equal(200, (await simulation.Patch($"/channels/{channel}", new { name = "c" })).Status);
    }

    [Theory]
    [InlineData(1, 10)]
    [InlineData(0.5, 5)]
    [InlineData(3, 30)]
    public async Task A_factor_multiplies_what_is_allowed(double factor, int channels)
    {
        await using var simulation = await Simulation.Start(rateFactor: 1);
        await simulation.Control("POST", "/simulator/rates", new { factor });
        for (var i = 0; i < channels; i++)
        {
            await simulation.Channel($"c{i}");
            if (i % 20 == 19)
            {
                simulation.Advance(1);
            }
        }

        Assert.Equal(429, (await simulation.Post($"/guilds/{simulation.GuildId}/channels", new { name = "x" })).Status);
    }
}
