using System.Text;
using CsCheck;

namespace Cohorts.Scheduling.Tests;

public class ProblemFileTests
{
    private const string Whole = """
        { "name": "led-24-a", "meetingLengthMinutes": 90, "minPeople": 3, "maxPeople": 7, "useIfNeeded": false, "balance": false,
          "people": [ { "id": "100000000000000001", "name": "Zoë", "role": "facilitator", "timeZone": "Europe/Berlin",
                        "availability": "M16:00 M18:30, U23:00 M01:00", "ifNeeded": "T09:00 T10:00", "maxGroups": 2 } ] }
        """;

    [Fact]
    public void Every_field_is_read()
    {
        var problem = ProblemFile.Read(Whole).Problem!;
        Assert.Equal(("led-24-a", 90, 3, 7, false, false), (problem.Name, problem.MeetingLengthMinutes, problem.MinPeople, problem.MaxPeople, problem.UseIfNeeded, problem.Balance));
        Assert.Null(problem.Led);
        Assert.Equal(
            [new Person("100000000000000001", "Zoë", Role.Facilitator, "Europe/Berlin", "M16:00 M18:30, U23:00 M01:00", "T09:00 T10:00", 2)],
            problem.People);
    }

    [Fact]
    public void What_is_optional_has_the_defaults_of_a_problem()
    {
        var problem = ProblemFile.Read("""{ "people": [ { "id": "a", "role": "participant", "availability": "", "name": null, "unknown": [1] } ], "minPeople": null }""").Problem!;
        Assert.Equal((60, 4, 8, true, true), (problem.MeetingLengthMinutes, problem.MinPeople, problem.MaxPeople, problem.UseIfNeeded, problem.Balance));
        Assert.Equal([new Person("a", "a", Role.Participant, "UTC", "", "", 1)], problem.People);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_byte_order_mark_changes_nothing(bool asStream)
    {
        var reading = asStream
            ? ProblemFile.Read(new MemoryStream([.. Encoding.UTF8.Preamble, .. Encoding.UTF8.GetBytes(Whole)]))
            : ProblemFile.Read('\uFEFF' + Whole);
        Assert.Null(reading.Error);
    }

    [Theory]
    [InlineData("", "Line 1, byte 1: this is not JSON.")]
    [InlineData("{ \"people\":\n [ } ]", "Line 2, byte 4: this is not JSON.")]
    [InlineData("id,name", "Line 1, byte 1: this is not JSON.")]
    [InlineData("{ \"people\": [], \"people\": [] }", "is not JSON. Duplicate property 'people'")]
    [InlineData("[]", "The file is []; expected an object in braces.")]
    [InlineData("{}", "The file has no \"people\".")]
    [InlineData("{ \"people\": {} }", "people is {}; expected a list.")]
    [InlineData("{ \"people\": [ 5 ] }", "people[0] is 5; expected an object in braces.")]
    [InlineData("{ \"people\": [ null ] }", "people[0] is null; expected an object in braces.")]
    [InlineData("{ \"people\": [ {} ] }", "people[0] has no \"id\".")]
    [InlineData("{ \"people\": [ { \"id\": 7 } ] }", "people[0].id is 7; expected text in quotes.")]
    [InlineData("{ \"people\": [ { \"id\": \"7\" } ] }", "people[0] has no \"role\".")]
    [InlineData("{ \"people\": [ { \"id\": \"7\", \"role\": \"boss\" } ] }", "people[0].role is \"boss\"; expected \"participant\" or \"facilitator\".")]
    [InlineData("{ \"people\": [ { \"id\": \"7\", \"role\": \"participant\" } ] }", "people[0] has no \"availability\".")]
    [InlineData("{ \"people\": [ { \"id\": \"7\", \"role\": \"participant\", \"availability\": [\"M10:00\"] } ] }", "people[0].availability is [\"M10:00\"]; expected text in quotes.")]
    [InlineData("{ \"people\": [ { \"id\": \"\\ud800\" } ] }", "people[0].id is \"\\ud800\"; expected text of whole characters.")]
    [InlineData("{ \"people\": [ { \"id\": \"7\", \"maxGroups\": -1 } ] }", "people[0].maxGroups is -1; expected 0 or more.")]
    [InlineData("{ \"people\": [ { \"id\": \"7\", \"maxGroups\": 1.5 } ] }", "people[0].maxGroups is 1.5; expected a whole number.")]
    [InlineData("{ \"people\": [], \"minPeople\": 99999999999 }", "minPeople is 99999999999; expected a whole number.")]
    [InlineData("{ \"people\": [], \"balance\": \"yes\" }", "balance is \"yes\"; expected true or false.")]
    [InlineData("{ \"\\ud800\": 1, \"people\": [] }", "The file has a field whose name is not text of whole characters.")]
    [InlineData("{ \"people\": [ { \"\\ud800d\": 1, \"id\": \"7\" } ] }", "The file has a field whose name is not text of whole characters.")]
    [InlineData("{ \"people\": [], \"minPeople\": 9 }", "A group cannot have at least 9 and at most 8 people: the most must not be less than the fewest.")]
    public void What_is_wrong_is_one_sentence_that_says_where(string json, string error)
    {
        var reading = ProblemFile.Read(json);
        Assert.True(reading.IsRefused);
        Assert.Null(reading.Problem);
        Assert.Contains(error, reading.Error, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', reading.Error);
        var bytes = ProblemFile.Read(new MemoryStream(Encoding.UTF8.GetBytes(json)));
        Assert.Equal(reading.Error, bytes.Error);
    }

    [Fact]
    public void Any_damage_to_a_file_is_read_or_refused_and_never_thrown() =>
        Gen.Select(Gen.Int[0, Whole.Length - 1], Gen.Int[0, 8], Gen.Byte.Array[0, 3]).Sample((at, cut, junk) =>
        {
            var bytes = Encoding.UTF8.GetBytes(Whole);
            byte[] damaged = [.. bytes.Take(at), .. junk, .. bytes.Skip(at + cut)];
            var reading = ProblemFile.Read(new MemoryStream(damaged));
            Assert.NotEqual(reading.Problem is null, reading.Error is null);
        });

    [Fact]
    public void A_file_in_another_encoding_is_refused() =>
        Assert.Equal("The file is not UTF-8 text.", ProblemFile.Read(new MemoryStream(Encoding.Latin1.GetBytes(Whole))).Error);

    [Fact]
    public void Nesting_without_end_is_refused() =>
        Assert.Contains("this is not JSON", ProblemFile.Read(new string('[', 100_000)).Error, StringComparison.Ordinal);
}
