using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace Cohorts.SystemTests.Bot;

/// <summary>Whoever adds the bot to a server of theirs is an administrator there: of other servers' cohorts they read and change nothing.</summary>
public sealed class OtherServersTests(SharedGround shared) : IClassFixture<SharedGround>
{
    private const string NoSuchCohort = "There is no such cohort in this server";

    [Fact]
    public async Task An_administrator_of_another_server_reads_nothing_and_changes_nothing_whatever_they_send()
    {
        await using var world = await BotWorld.StartAsync(shared.Ground, guilds: 2);
        await world.Discord.HurryAsync(50);
        await world.ServeAndConnectAsync();
        var (discord, guild, other, attacker) = (world.Discord, world.Guild, world.OtherGuild, world.OtherGuild.AdministratorId);
        var cohort = shared.Ground.CohortId;

        // Of no server, it is seen in neither; the first one's administrator waits until it is given to them.
        foreach (var (server, administrator) in new[] { (guild, world.Administrator), (other, attacker) })
        {
            await NothingAsync(world, server, administrator, cohort);
            Assert.Equal(0, await world.AskAsync<int>("SELECT count(*)::int FROM cohorts WHERE discord_guild_id IS NOT NULL"));
        }

        var listed = await RunAsync(world, "list");
        Assert.Contains($"./cohorts assign {cohort} --guild ID", listed.Output, StringComparison.Ordinal);
        Assert.Contains(guild.Id, listed.Output, StringComparison.Ordinal);
        Assert.Contains("./cohorts assign", (await RunAsync(world, "doctor")).Output, StringComparison.Ordinal);
        var assigned = await RunAsync(world, "assign", BotGround.Cohort, "--guild", guild.Id);
        Assert.Contains($"belongs to the Discord server {guild.Id} from now on", assigned.Output, StringComparison.Ordinal);

        var scheduled = await discord.RunAsync(guild, world.Administrator, "schedule", new { cohort });
        var realized = await discord.RunAsync(guild, world.Administrator, "realize-groups", new { cohort });
        Assert.Contains("made", realized.Embed.GetProperty("title").GetString(), StringComparison.Ordinal);
        var runs = await world.ListAsync<long>("SELECT run_id FROM runs ORDER BY run_id");
        Assert.Equal(2, runs.Count);
        var before = await StateAsync(world);

        await NothingAsync(world, other, attacker, cohort);
        var message = await discord.RunAsync(other, attacker, "list-cohorts");
        string[] buttons =
        [
            .. scheduled.Buttons.Select(b => b.CustomId),
            .. runs.Append(runs[^1] + 1).SelectMany(run => new[]
            {
                $"schedule:page:{run}:0", $"schedule:share:{run}", $"realize-groups:details:{run}", $"realize-groups:page:{run}:0",
            }),
            $"realize-groups:go:{cohort}", $"realize-groups:remake:{cohort}", $"realize-groups:go:{cohort + (1L << 32)}", $"realize-groups:go:-{cohort}",
            "list-cohorts:page:0", "schedule:page:x:0", "realize-groups:go:",
        ];
        // At once: what changes nothing is waited for in vain.
        await Task.WhenAll(buttons.Select(button => discord.PressAsync(other, attacker, message.MessageId, button, force: true, inVain: true)));
        await Eventually.HoldsAsync("all are answered", TimeSpan.FromSeconds(30), async () =>
            await world.AskAsync<int>("SELECT count(*)::int FROM interactions WHERE answered_at IS NULL") == 0);

        Assert.Equal(before, await StateAsync(world));
        var names = await world.ListAsync<string>("SELECT nickname FROM users UNION SELECT group_name FROM groups UNION SELECT cohort_name FROM cohorts");
        var told = string.Join('\n', (await discord.MessagesAsync(other)).Select(m => m.GetRawText()));
        Assert.DoesNotContain(names, name => told.Contains(name, StringComparison.Ordinal));
        Assert.DoesNotContain(guild.Id, told, StringComparison.Ordinal);

        // Moved by whoever runs Cohorts, it is the other server's, and no longer the first one's.
        var refused = await RunAsync(world, "assign", BotGround.Cohort, "--guild", other.Id);
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("--abandon", refused.Errors, StringComparison.Ordinal);
        Assert.Equal(before, await StateAsync(world));
        Assert.Equal(0, (await RunAsync(world, "assign", BotGround.Cohort, "--guild", other.Id, "--abandon")).ExitCode);
        await NothingAsync(world, guild, world.Administrator, cohort);
        Assert.Equal("1 cohort", (await discord.RunAsync(other, attacker, "list-cohorts")).Embed.GetProperty("title").GetString());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task With_a_server_configured_no_other_is_served_and_commands_registered_elsewhere_are_withdrawn(bool overHttp)
    {
        await using var world = await BotWorld.StartAsync(shared.Ground, guilds: 2);
        var (discord, guild, other, attacker) = (world.Discord, world.Guild, world.OtherGuild, world.OtherGuild.AdministratorId);
        await world.AskAsync<object>("UPDATE cohorts SET discord_guild_id = @Id", new { other.Id });
        world.Settings["Discord__GuildId"] = guild.Id;
        string[] everywhere = [$"applications/{guild.ApplicationId}/commands", $"applications/{guild.ApplicationId}/guilds/{other.Id}/commands"];
        foreach (var path in everywhere)
            await RegisterAsync(world, path);
        Assert.True(await discord.OffersAsync(other, "schedule"));
        // Recorded by a process that served that server, and left by it.
        await world.AskAsync<object>(
            "INSERT INTO interactions (interaction_id, guild_id, payload, acknowledged_at, lease_until) VALUES ('1234567890123456789', @Guild, @Payload::jsonb, now(), now())",
            new { Guild = other.Id, Payload = Schedule(other, shared.Ground.CohortId) });

        var (_, address) = await world.ServeAsync(guild.PublicKey);
        await Eventually.HoldsAsync("the commands stand in the one server alone", TimeSpan.FromSeconds(30), async () =>
            await discord.OffersAsync(guild, "schedule") && !await discord.OffersAsync(other, "schedule"));

        // As if they had never been withdrawn: the cohort is that server's own, and still nothing is done there.
        await RegisterAsync(world, everywhere[1]);
        if (overHttp)
            Assert.Equal(HttpStatusCode.OK, await discord.SendInteractionsToAsync(new Uri(address, "discord/interactions")));
        var ran = await discord.RunAsync(other, attacker, "schedule", new { cohort = shared.Ground.CohortId });
        var choices = await discord.TypeAsync(other, attacker, "schedule", new { cohort = "" });
        var pressed = await discord.PressAsync(other, attacker, ran.MessageId, "list-cohorts:page:0", force: true);
        var served = await discord.RunAsync(guild, world.Administrator, "list-cohorts");

        Assert.All([ran, pressed], seen => Assert.StartsWith("Cohorts serves another Discord server", seen.Content, StringComparison.Ordinal));
        Assert.Empty(choices);
        Assert.StartsWith("No cohorts yet", served.Content, StringComparison.Ordinal);
        await Eventually.HoldsAsync("what was left is settled", TimeSpan.FromSeconds(30), async () =>
            await world.AskAsync<int>("SELECT count(*)::int FROM interactions WHERE answered_at IS NULL") == 0);
        Assert.Equal([guild.Id], await world.ListAsync<string>("SELECT DISTINCT guild_id FROM interactions WHERE interaction_id <> '1234567890123456789'"));
        Assert.Equal(0, await world.AskAsync<int>("SELECT count(*)::int FROM runs"));
        Assert.Equal(2, await world.AskAsync<int>("SELECT count(*)::int FROM bot_guilds"));
    }

    /// <summary>Commands and what is offered while they are typed, by the cohort's id and by its name.</summary>
    private static async Task NothingAsync(BotWorld world, LocalGuild guild, string administrator, int cohort)
    {
        var discord = world.Discord;
        Assert.StartsWith("No cohorts yet", (await discord.RunAsync(guild, administrator, "list-cohorts")).Content, StringComparison.Ordinal);
        foreach (var command in new[] { "schedule", "realize-groups" })
        {
            foreach (var typed in new[] { "", "anuary", $"{cohort}" })
                Assert.Empty(await discord.TypeAsync(guild, administrator, command, new { cohort = typed }));
        }

        Assert.Contains(NoSuchCohort, (await discord.RunAsync(guild, administrator, "schedule", new { cohort })).Content, StringComparison.Ordinal);
        Assert.Contains(NoSuchCohort, (await discord.RunAsync(guild, administrator, "realize-groups", new { cohort })).Content, StringComparison.Ordinal);
        Assert.Contains(NoSuchCohort, (await discord.RunAsync(guild, administrator, "realize-groups", new { cohort, preview = true })).Content, StringComparison.Ordinal);
    }

    /// <summary>Every row of the cohort and its people as it stands, and everything in the first server.</summary>
    private static async Task<string> StateAsync(BotWorld world)
    {
        var rows = await world.ListAsync<string>(string.Join(
            " UNION ALL ",
            ((string[])["users", "courses_users", "cohorts", "groups", "groups_users", "meetings", "runs", "run_steps"]).Select(t =>
                $"SELECT '{t} ' || xmin::text || ' ' || {t}::text FROM {t}")));
        return string.Join('\n', rows.Order(StringComparer.Ordinal)) + (await world.Discord.StateAsync(world.Guild)).GetRawText();
    }

    private static string Schedule(LocalGuild guild, int cohort) => JsonSerializer.Serialize(new
    {
        id = "1234567890123456789",
        application_id = guild.ApplicationId,
        type = 2,
        token = "the-token-of-this-interaction",
        version = 1,
        guild_id = guild.Id,
        channel_id = guild.ChannelId,
        member = new { user = new { id = guild.AdministratorId, username = "adam" }, permissions = "8", roles = Array.Empty<string>() },
        data = new { id = "1", name = "schedule", type = 1, options = new[] { new { name = "cohort", type = 4, value = cohort } } },
    });

    private static async Task RegisterAsync(BotWorld world, string path)
    {
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Put, $"{world.Discord.ApiBase}/{path}")
        {
            Content = JsonContent.Create(new[]
            {
                new { name = "schedule", description = "Forms groups", options = new[] { new { type = 4, name = "cohort", description = "Which", required = true, autocomplete = true } } },
            }),
        };
        request.Headers.Add("Authorization", "Bot anything");
        using var answer = await http.SendAsync(request);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
    }

    private async Task<Ending> RunAsync(BotWorld world, params string[] arguments)
    {
        var settings = new Dictionary<string, string>
        {
            ["ConnectionStrings__Cohorts"] = world.ConnectionString,
            ["Discord__Token"] = world.BotToken,
            ["Discord__ApiBaseUrl"] = world.Discord.ApiBase.ToString(),
        };
        await using var program = CohortsProgram.Begin(shared.Ground.Folder.Location, settings, arguments);
        return await program.EndAsync();
    }
}
