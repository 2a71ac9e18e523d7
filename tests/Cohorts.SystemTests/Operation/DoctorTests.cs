using System.Text.Json;
using Cohorts.SystemTests.Bot;

namespace Cohorts.SystemTests.Operation;

public sealed class DoctorTests(SharedGround shared) : IClassFixture<SharedGround>
{
    [Fact]
    public async Task With_everything_in_order_nothing_is_wrong_and_the_server_is_found()
    {
        await using var world = await BotWorld.StartAsync(shared.Ground);
        await world.Discord.SetApplicationAsync(botPublic: false);
        await world.ServeAndConnectAsync();

        var (code, findings, said) = await ExamineAsync(world);

        Assert.True(code == 0, said);
        Assert.Equal(
            ["configuration", "database", "migrations", "cluster", "runs", "token", "intents", "permissions"], findings.Select(f => f.Check));
        Assert.All(findings, f => Assert.Equal("good", f.Health));
        Assert.DoesNotContain(world.BotToken, said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_wrong_is_told_with_what_to_do_and_without_secrets()
    {
        await using var world = await BotWorld.StartAsync(shared.Ground);
        await world.AskAsync<object>("UPDATE cohorts SET discord_guild_id = '1234567890123456789'");
        await world.AskAsync<object>("INSERT INTO runs (cohort_id, kind, requested_by, lease_until) SELECT cohort_id, 'realizing', 'x', now() - interval '1 hour' FROM cohorts");
        var outside = await ExamineAsync(world);
        await world.AskAsync<object>("DELETE FROM schemaversions WHERE scriptname = (SELECT max(scriptname) FROM schemaversions)");
        var behind = await ExamineAsync(world);
        var noPort = await ExamineAsync(world, ("Orleans__SiloPort", "many"));
        var noServer = await ExamineAsync(world, ("ConnectionStrings__Cohorts", $"Host=127.0.0.1;Port={BotWorld.FreePort()};Username=u;Password=hushhush;Database=d"));

        foreach (var (seen, check, todo) in new[]
        {
            (outside, "permissions", "Invite it"), (outside, "runs", "serve"), (behind, "migrations", "migrate"), (noPort, "configuration", "Mend"), (noServer, "database", "PostgreSQL"),
        })
        {
            Assert.Equal(1, seen.Code);
            Assert.Contains(seen.Findings, f => f.Check == check && f.Health == "bad" && f.ToDo!.Contains(todo, StringComparison.Ordinal));
            Assert.DoesNotContain(world.BotToken, seen.Said, StringComparison.Ordinal);
            Assert.DoesNotContain("hushhush", seen.Said, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task What_Discord_refuses_is_told_with_what_to_do()
    {
        await using var world = await BotWorld.StartAsync(shared.Ground);
        await world.AskAsync<object>("UPDATE cohorts SET discord_guild_id = @Id", new { world.Guild.Id });

        await world.Discord.SetApplicationAsync(privilegedIntents: false);
        var noIntents = await ExamineAsync(world);
        // VIEW_CHANNEL and SEND_MESSAGES only.
        await world.Discord.SetApplicationAsync(privilegedIntents: true, botPermissions: "3072");
        var noPermissions = await ExamineAsync(world);
        await world.Discord.FailAsync("all", "status", 401, count: 20);
        var noToken = await ExamineAsync(world);
        await world.Discord.MendAsync();
        var noDiscord = await ExamineAsync(world, ("Discord__ApiBaseUrl", $"http://127.0.0.1:{BotWorld.FreePort()}/api/v10"));

        // As with a new application: nothing is broken, and somebody should know.
        Assert.Contains("Public Bot", Assert.Single(noIntents.Findings, f => f is { Check: "public bot", Health: "note" }).ToDo, StringComparison.Ordinal);
        foreach (var (seen, check, found, todo) in new[]
        {
            (noIntents, "intents", "Server Members", "Privileged Gateway Intents"),
            (noPermissions, "permissions", "ManageChannels", "oauth2/authorize"),
            (noToken, "token", "does not accept", "Discord__Token"),
            (noDiscord, "token", "does not answer", "Discord__ApiBaseUrl"),
        })
        {
            Assert.Equal(1, seen.Code);
            var wrong = Assert.Single(seen.Findings, f => f.Health == "bad");
            Assert.Equal(check, wrong.Check);
            Assert.Contains(found, wrong.Found, StringComparison.Ordinal);
            Assert.Contains(todo, wrong.ToDo, StringComparison.Ordinal);
            Assert.DoesNotContain(world.BotToken, seen.Said, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_silo_that_was_killed_does_not_count_as_a_server()
    {
        await using var world = await BotWorld.StartAsync(shared.Ground);
        var (server, _) = await world.ServeAsync();
        Assert.Contains((await ExamineAsync(world)).Findings, f => f is { Check: "cluster", Health: "good" });

        server.Kill();
        var seen = (Code: 0, Findings: (IReadOnlyList<Told>)[], Said: "");
        await Eventually.HoldsAsync(
            "the doctor sees that no server runs",
            TimeSpan.FromSeconds(60),
            async () => (seen = await ExamineAsync(world)).Findings.Any(f => f is { Check: "cluster", Health: "note" }),
            () => seen.Said);

        Assert.Contains("./cohorts serve", seen.Findings.Single(f => f.Check == "cluster").ToDo, StringComparison.Ordinal);
        Assert.Equal(0, seen.Code);
    }

    private async Task<(int Code, IReadOnlyList<Told> Findings, string Said)> ExamineAsync(BotWorld world, params (string Name, string Value)[] settings)
    {
        var all = new Dictionary<string, string>
        {
            ["ConnectionStrings__Cohorts"] = world.ConnectionString,
            ["Discord__Token"] = world.BotToken,
            ["Discord__ApiBaseUrl"] = world.Discord.ApiBase.ToString(),
        };
        foreach (var (name, value) in settings)
            all[name] = value;
        await using var program = CohortsProgram.Begin(shared.Ground.Folder.Location, all, "doctor", "--json");
        var ending = await program.EndAsync();
        return (ending.ExitCode, JsonSerializer.Deserialize<List<Told>>(ending.Output, JsonSerializerOptions.Web)!, ending.Output + ending.Errors);
    }

    private sealed record Told(string Check, string Health, string Found, string? ToDo);
}
