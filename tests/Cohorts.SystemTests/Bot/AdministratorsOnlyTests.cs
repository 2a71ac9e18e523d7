using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using NSec.Cryptography;

namespace Cohorts.SystemTests.Bot;

/// <summary>Nobody without Administrator runs anything, through either door, whatever they send.</summary>
public sealed class AdministratorsOnlyTests(SharedGround shared) : IClassFixture<SharedGround>
{
    private const string Refused = "Only administrators of this server can do this.";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_member_is_refused_commands_choices_and_the_buttons_of_an_administrators_message(bool overHttp)
    {
        await using var world = await BotWorld.StartAsync(shared.Ground);
        var (_, address) = await world.ServeAsync(world.Guild.PublicKey);
        await Eventually.HoldsAsync("the commands are known", TimeSpan.FromSeconds(30), () => world.Discord.OffersAsync(world.Guild, "schedule"));
        if (overHttp)
            Assert.Equal(HttpStatusCode.OK, await world.Discord.SendInteractionsToAsync(new Uri(address, "discord/interactions")));
        var (discord, guild, member) = (world.Discord, world.Guild, world.Guild.MemberIds[0]);

        var scheduled = await discord.RunAsync(guild, world.Administrator, "schedule", new { cohort = shared.Ground.CohortId });
        var share = scheduled.Buttons.Single(b => b.CustomId.StartsWith("schedule:share:", StringComparison.Ordinal)).CustomId;
        var before = await StateAsync(world);

        var hidden = await discord.RunAsync(guild, member, "list-cohorts");
        var ran = await discord.RunAsync(guild, member, "schedule", new { cohort = shared.Ground.CohortId }, force: true);
        var listed = await discord.RunAsync(guild, member, "list-cohorts", force: true);
        var choices = await discord.TypeAsync(guild, member, "schedule", new { cohort = "" }, force: true);
        var pressed = await discord.PressAsync(guild, member, scheduled.MessageId, share, force: true);
        var turned = await discord.PressAsync(guild, member, scheduled.MessageId, "list-cohorts:page:0", force: true);

        Assert.Equal(HttpStatusCode.Forbidden, hidden.Status);
        Assert.All([ran, listed, pressed, turned], seen => Assert.Equal((Refused, true), (seen.Content, seen.IsEphemeral)));
        Assert.Empty(choices);
        Assert.Equal(before, await StateAsync(world));
        var messages = await discord.MessagesAsync(guild, seenBy: member);
        Assert.DoesNotContain(messages, m => m.GetRawText().Contains("Group 1", StringComparison.Ordinal));

        // By an administrator, the quickest of answers too comes after Discord knows that it was acknowledged.
        for (var i = 0; i < 5; i++)
            Assert.Equal("1 cohort", (await discord.RunAsync(guild, world.Administrator, "list-cohorts")).Embed.GetProperty("title").GetString());

        // The same button, pressed by whom it belongs to.
        await discord.PressAsync(guild, world.Administrator, scheduled.MessageId, share);
        messages = await discord.MessagesAsync(guild, seenBy: member);
        Assert.Contains(messages, m => m.GetRawText().Contains("Group 1", StringComparison.Ordinal));
        await world.NoSecretIsInALogAsync();
    }

    [Fact]
    public async Task A_request_that_Discord_did_not_sign_lately_as_it_stands_is_answered_401_and_runs_nothing()
    {
        await using var world = await BotWorld.StartAsync(shared.Ground);
        using var discordsKey = new Key(SignatureAlgorithm.Ed25519);
        using var someKey = new Key(SignatureAlgorithm.Ed25519);
        var (_, address) = await world.ServeAsync(Convert.ToHexStringLower(discordsKey.PublicKey.Export(KeyBlobFormat.RawPublicKey)));
        using var door = new Door(new Uri(address, "discord/interactions"));
        var byMember = Payload(world, permissions: "2147483648");
        var byAdministrator = Payload(world, permissions: "8");
        var now = DateTimeOffset.UtcNow;

        (string Why, HttpStatusCode Answer)[] forged =
        [
            ("raised permissions under the signature of what a member sent", await door.PostAsync(byAdministrator, Sign(discordsKey, byMember, now), now)),
            ("somebody's own key", await door.PostAsync(byAdministrator, Sign(someKey, byAdministrator, now), now)),
            ("a signature of another moment", await door.PostAsync(byAdministrator, Sign(discordsKey, byAdministrator, now.AddSeconds(-1)), now)),
            ("recorded ten minutes ago", await door.PostAsync(byAdministrator, Sign(discordsKey, byAdministrator, now.AddMinutes(-10)), now.AddMinutes(-10))),
            ("from the future", await door.PostAsync(byAdministrator, Sign(discordsKey, byAdministrator, now.AddMinutes(10)), now.AddMinutes(10))),
            ("no signature", await door.PostAsync(byAdministrator, null, now)),
            ("no timestamp", await door.PostAsync(byAdministrator, Sign(discordsKey, byAdministrator, now), null)),
            ("no hexadecimal digits", await door.PostAsync(byAdministrator, new string('g', 128), now)),
            ("half a signature", await door.PostAsync(byAdministrator, Sign(discordsKey, byAdministrator, now)[..64], now)),
        ];
        var refused = await door.AnswerAsync(byMember, Sign(discordsKey, byMember, now), now);

        Assert.All(forged, f => Assert.True(f.Answer == HttpStatusCode.Unauthorized, $"{f.Why}: {f.Answer}"));
        Assert.Contains(Refused, refused, StringComparison.Ordinal);
        Assert.Equal((0, 0), await StateAsync(world));

        // Signed by Discord, and holding what no database takes: the request is wrong, and the database is not away.
        foreach (var unstorable in new[] { @"\u0000", @"\ud83d", @"\udc00\ud83d" })
        {
            var body = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(byAdministrator).Insert(1, $"\"locale\":\"{unstorable}\","));
            Assert.Equal(HttpStatusCode.BadRequest, await door.PostAsync(body, Sign(discordsKey, body, now), now));
        }

        byte[] notUtf8 = [.. byAdministrator[..1], .. "\"locale\":\""u8, 0xFF, .. "\","u8, .. byAdministrator[1..]];
        Assert.Equal(HttpStatusCode.BadRequest, await door.PostAsync(notUtf8, Sign(discordsKey, notUtf8, now), now));
        Assert.Equal((0, 0), await StateAsync(world));

        // The same request as it should be is acknowledged, once.
        var signed = Sign(discordsKey, byAdministrator, now);
        Assert.Equal("""{"type":5,"data":{"flags":64}}""", await door.AnswerAsync(byAdministrator, signed, now));
        Assert.Equal(HttpStatusCode.Accepted, await door.PostAsync(byAdministrator, signed, now));

        // Discord, asked, knows nothing of it: nobody waits for what it would do, and it is not done.
        await Eventually.HoldsAsync("it is settled", TimeSpan.FromSeconds(30), async () =>
            await world.AskAsync<int>("SELECT count(*)::int FROM interactions WHERE answered_at IS NOT NULL") == 1);
        Assert.Equal((1, 0), await StateAsync(world));
        await world.NoSecretIsInALogAsync();
    }

    /// <returns>How many interactions were taken and how many runs begun.</returns>
    private static async Task<(int Interactions, int Runs)> StateAsync(BotWorld world) => (
        await world.AskAsync<int>("SELECT count(*)::int FROM interactions"),
        await world.AskAsync<int>("SELECT count(*)::int FROM runs"));

    private byte[] Payload(BotWorld world, string permissions) => Encoding.UTF8.GetBytes(new JsonObject
    {
        ["id"] = "1234567890123456789",
        ["application_id"] = world.Guild.ApplicationId,
        ["type"] = 2,
        ["token"] = "the-token-of-this-interaction-is-a-secret-too",
        ["version"] = 1,
        ["guild_id"] = world.Guild.Id,
        ["channel_id"] = world.Guild.ChannelId,
        ["member"] = new JsonObject
        {
            ["user"] = new JsonObject { ["id"] = world.Guild.MemberIds[0], ["username"] = "mallory" },
            ["permissions"] = permissions,
            ["roles"] = new JsonArray(),
        },
        ["data"] = new JsonObject
        {
            ["id"] = "1",
            ["name"] = "schedule",
            ["type"] = 1,
            ["options"] = new JsonArray(new JsonObject { ["name"] = "cohort", ["type"] = 4, ["value"] = shared.Ground.CohortId }),
        },
    }.ToJsonString());

    private static string Sign(Key key, byte[] body, DateTimeOffset at) =>
        Convert.ToHexStringLower(SignatureAlgorithm.Ed25519.Sign(key, [.. Encoding.ASCII.GetBytes(Seconds(at)), .. body]));

    private static string Seconds(DateTimeOffset at) => at.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);

    /// <summary>The address where the server takes what Discord posts.</summary>
    private sealed class Door(Uri address) : IDisposable
    {
        private readonly HttpClient _http = new();

        public async Task<HttpStatusCode> PostAsync(byte[] body, string? signature, DateTimeOffset? at)
        {
            using var answer = await SendAsync(body, signature, at);
            return answer.StatusCode;
        }

        public async Task<string> AnswerAsync(byte[] body, string signature, DateTimeOffset at)
        {
            using var answer = await SendAsync(body, signature, at);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            return await answer.Content.ReadAsStringAsync();
        }

        public void Dispose() => _http.Dispose();

        private async Task<HttpResponseMessage> SendAsync(byte[] body, string? signature, DateTimeOffset? at)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, address) { Content = new ByteArrayContent(body) };
            request.Content.Headers.ContentType = new("application/json");
            if (signature is not null)
                request.Headers.Add("X-Signature-Ed25519", signature);
            if (at is { } moment)
                request.Headers.Add("X-Signature-Timestamp", Seconds(moment));
            return await _http.SendAsync(request);
        }
    }
}
