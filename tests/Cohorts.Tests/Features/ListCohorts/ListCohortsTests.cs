using System.Text.Json;
using Cohorts.Domain;
using Cohorts.Features.ListCohorts;
using Dapper;
using Snapshooter.Xunit;

namespace Cohorts.Tests.Features.ListCohorts;

public sealed class ListCohortsTests(Slices slices) : IClassFixture<Slices>
{
    [Fact]
    public async Task Each_cohort_is_told_with_its_people_and_groups_counted_once()
    {
        var empty = await slices.AddCohortAsync("Nobody yet", course: "Go");
        var busy = await slices.AddCohortAsync("Busy");
        foreach (var (name, status) in new[] { ("A", "awaiting_grouping"), ("B", "grouped"), ("C", "grouped"), ("D", "ungroupable") })
        {
            var user = await slices.AddPersonAsync(busy, name, "M10:00 M12:00");
            await ExecuteAsync("UPDATE courses_users SET grouping_status = @status::grouping_status WHERE user_id = @user", new { user, status });
        }

        foreach (var (name, status) in new[] { ("Group 1", "active"), ("Group 2", "forming"), ("Group 3", "cancelled"), ("Group 4", "merged") })
            await ExecuteAsync("INSERT INTO groups (group_name, cohort_id, status) VALUES (@name, @busy, @status::group_status)", new { name, busy, status });

        var listed = (await slices.SendAsync(new Cohorts.Features.ListCohorts.ListCohorts.Query())).Result!;

        Assert.Equal([empty, busy], listed.Cohorts.Select(c => c.CohortId));
        Snapshot.Match(JsonSerializer.Serialize(ListVerb.ToJson(listed), CohortsJson.Indented));
    }

    private async Task ExecuteAsync(string sql, object parameters)
    {
        await using var connection = await slices.DataSource.OpenConnectionAsync();
        await connection.ExecuteAsync(sql, parameters);
    }
}
