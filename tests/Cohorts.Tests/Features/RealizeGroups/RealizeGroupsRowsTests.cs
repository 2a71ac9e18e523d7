using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Cohorts.Domain;
using Snapshooter.Xunit;

namespace Cohorts.Tests.Features.RealizeGroups;

/// <summary>A whole realization: what its handler answers, what it writes, and what it says to Discord.</summary>
public sealed partial class RealizeGroupsRowsTests
{
    [Fact]
    public async Task The_result_the_rows_and_the_calls_belong_together()
    {
        await using var world = await RealizeWorld.StartAsync(members: 4);
        var guild = await world.FirstGuildAsync();
        // As far away as Discord takes events, five years, so that its meetings are still to come for long.
        var cohort = await world.AddCohortAsync(guild, groups: 0, size: 0, meetings: 3, zone: "Europe/Berlin", start: new DateOnly(2031, 3, 17));
        var group = await world.AddGroupAsync(cohort, "Group 1", startMinute: 1020, [guild.MemberIds[0], guild.MemberIds[1], "990000000000000001"]);
        await world.AddMemberAsync(group, "Nameless", discordId: null, zone: null);
        var calls = new List<object>();
        world.Line.AfterEach = async request => calls.Add(new
        {
            Call = $"{request.Method} {request.RequestUri!.AbsolutePath}",
            Body = request.Content is { } body ? JsonNode.Parse(await body.ReadAsStringAsync()) : null,
        });

        var result = await world.RealizeWellAsync(cohort);

        Snapshot.Match(WithoutIds(JsonSerializer.Serialize(
            new
            {
                Result = result,
                Rows = await world.Slices.Database.RowsAsync("cohorts", "groups", "groups_users", "meetings", "run_steps"),
                Calls = calls,
            },
            CohortsJson.Indented)));
    }

    /// <summary>Discord's ids differ from run to run; each is told by the order in which it first comes.</summary>
    private static string WithoutIds(string json)
    {
        var ids = new Dictionary<string, string>();
        return Snowflakes().Replace(json, m => ids.TryGetValue(m.Value, out var known) ? known : ids[m.Value] = $"id-{ids.Count + 1}");
    }

    [GeneratedRegex(@"\d{17,20}", RegexOptions.None, 1000)]
    private static partial Regex Snowflakes();
}
