using System.Text.Json;
using System.Text.Json.Nodes;

namespace Cohorts.Scheduling.Tests;

public class GroupingFileTests
{
    private static readonly Grouping Grouping = new()
    {
        Groups =
        [
            new Group(630, 90, "f", [new Member("f", Role.Facilitator, false), new Member("p", Role.Participant, true)]),
            new Group(10050, 90, null, [new Member("q", Role.Participant, false)]),
        ],
        Ungroupable = [new UngroupablePerson("z", UngroupableReason.NotInBestGrouping, "“Zoë” <could> sit.") { Remedy = new Remedy(10080 - 60, 1, RemedyNeeds.OwnHour, 0) }],
        BestFacilitatorHour = new FacilitatorHour(1440, 2),
        Placed = 3,
        UpperBound = 3,
        Led = true,
        UsableFacilitators = 1,
        Elapsed = TimeSpan.FromMilliseconds(12.34),
        Seed = 7,
    };

    [Fact]
    public void A_grouping_is_written_field_by_field_as_the_format_says()
    {
        var expected = JsonNode.Parse("""
            { "placed": 3, "upperBound": 3, "optimal": true, "elapsedMs": 12.3, "seed": 7,
              "groups": [
                { "name": "Group 1", "startMinute": 630, "meetingTimeUtc": "Monday 10:30-12:00", "facilitatorId": "f",
                  "members": [ { "id": "f", "role": "facilitator", "ifNeeded": false }, { "id": "p", "role": "participant", "ifNeeded": true } ] },
                { "name": "Group 2", "startMinute": 10050, "meetingTimeUtc": "Sunday 23:30-01:00", "facilitatorId": null,
                  "members": [ { "id": "q", "role": "participant", "ifNeeded": false } ] } ],
              "ungroupable": [ { "id": "z", "reason": "not_in_best_grouping", "detail": "“Zoë” <could> sit.",
                "change": "Free on Sunday 23:00 UTC would be enough: Group 2 has a seat then." } ],
              "bestFacilitatorHour": { "startMinute": 1440, "places": 2, "sentence": "One more facilitator free on Tuesday 00:00 UTC would place 2 more people." } }
            """);
        var written = GroupingFile.Write(Grouping);
        Assert.Equal(expected!.ToJsonString(), JsonNode.Parse(written)!.ToJsonString());
        Assert.Contains("“Zoë” <could> sit.", written, StringComparison.Ordinal);
        Assert.DoesNotContain('\r', written);
    }

    [Theory]
    [InlineData(UngroupableReason.InvalidAvailability, "invalid_availability")]
    [InlineData(UngroupableReason.NoAvailability, "no_availability")]
    [InlineData(UngroupableReason.NoFacilitatorOverlap, "no_facilitator_overlap")]
    [InlineData(UngroupableReason.InsufficientGroupSize, "insufficient_group_size")]
    [InlineData(UngroupableReason.FacilitatorCapacity, "facilitator_capacity")]
    [InlineData(UngroupableReason.NotInBestGrouping, "not_in_best_grouping")]
    public void A_reason_has_its_name_in_the_format(UngroupableReason reason, string name) =>
        Assert.Equal($"\"{name}\"", JsonSerializer.Serialize(reason, GroupingFile.Format));

    [Fact]
    public void A_group_can_be_told_with_more_about_it()
    {
        var json = JsonNode.Parse(JsonSerializer.Serialize(new Saved(41, GroupJson.Of(Grouping.Groups[0], "Group 9")), GroupingFile.Format))!;
        Assert.Equal((41, "Group 9", "f"), ((int)json["groupId"]!, (string?)json["name"], (string?)json["facilitatorId"]));
        Assert.Equal(6, json.AsObject().Count);
    }

    private sealed record Saved : GroupJson
    {
        public Saved(int groupId, GroupJson group)
            : base(group) => GroupId = groupId;

        public int GroupId { get; }
    }
}
