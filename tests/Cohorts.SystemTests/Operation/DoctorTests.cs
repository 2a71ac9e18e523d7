using System.Text.Json;
using Cohorts.SystemTests.Bot;

namespace Cohorts.SystemTests.Operation;

public sealed class DoctorTests(BotGround ground) : IClassFixture<BotGround>
{
    [Fact]
    public async Task With_everything_in_order_nothing_is_wrong_and_the_server_is_found()
    {
        await using var world = await BotWorld.StartAsync(ground);
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
        await using var world = await BotWorld.StartAsync(ground);
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
        await using var program = CohortsProgram.Begin(ground.Folder.Location, all, "doctor", "--json");
        var ending = await program.EndAsync();
        return (ending.ExitCode, JsonSerializer.Deserialize<List<Told>>(ending.Output, JsonSerializerOptions.Web)!, ending.Output + ending.Errors);
    }

    private sealed record Told(string Check, string Health, string Found, string? ToDo);
}
