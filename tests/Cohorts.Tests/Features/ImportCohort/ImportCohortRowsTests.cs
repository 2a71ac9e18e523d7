using System.Text.Json;
using Cohorts.Domain;
using Cohorts.Features.ImportCohort;
using Snapshooter.Xunit;

namespace Cohorts.Tests.Features.ImportCohort;

/// <summary>A snapshot of rows has ids in it, so this test has a database to itself.</summary>
public sealed class ImportCohortRowsTests(Slices slices) : IClassFixture<Slices>
{
    private const string First =
        "name,email,discord_id,discord_username,role,timezone,availability,if_needed,max_groups\n" +
        "Lea,lea@example.org,300000000000000001,lea,facilitator,Europe/Berlin,\"W18:00 W20:00, W17:00 W18:00\",,2\n" +
        "Ana,ana@example.org,,,participant,Europe/Berlin,W17:00 W19:00,R17:00 R19:00,\n" +
        "Kavya,,300000000000000003,,,Asia/Kolkata,W16:30 W18:30,,\n" +
        "Nobody Yet,,,,,,,,\n" +
        "Ann,,,,participant,America/New_York,U23:00 M01:00,,\n";

    private const string Second =
        "availability;name;email;role;max_groups;favourite colour;timezone\r\n" +
        "W08:00 W09:00;Ana;ana.maria@example.org;;;green;\r\n" +
        "W17:00 W20:00;Lea;LEA@example.org;facilitator;3;;\r\n" +
        "T09:00 M08:00;Max;;;2;;Europe/Paris\r\n";

    [Fact]
    public async Task A_file_becomes_a_cohort_and_another_changes_it()
    {
        var first = await slices.ImportedAsync(
            Files.Import(First, "January 2027") with { Meetings = 12, MeetingLengthMinutes = 90, Guild = new GuildId(200000000000000001) });
        await slices.Database.ExecuteAsync(
            """
            UPDATE courses_users SET grouping_status = 'ungroupable', ungroupable_reason = 'no_availability' WHERE user_id = 2;
            """);
        var second = await slices.ImportedAsync(Files.Import(Second, "January 2027") with { Meetings = 12 });

        Assert.Equal((5, 5, 0), (first.People, first.Created, first.Updated));
        Assert.Equal((3, 1, 2), (second.People, second.Created, second.Updated));
        var rows = await slices.Database.RowsAsync("courses", "cohorts", "users", "facilitators", "courses_users");
        Snapshot.Match(JsonSerializer.Serialize(
            new
            {
                First = ImportText.Lines(first),
                Second = ImportText.Lines(second),
                Json = ImportVerb.ToJson(second),
                Rows = rows.ToDictionary(
                    t => t.Key,
                    // Its time is that of the test; that it is written is seen by its being there.
                    t => t.Value.Select(r => r.ToDictionary(c => c.Key, c => c.Key == "availability_last_updated_at" ? "set" : c.Value))),
            },
            CohortsJson.Indented));
    }
}
