using System.Text.Json;
using Cohorts.Discord.Contract;
using CsCheck;

namespace Cohorts.Discord.Tests;

public class SlashCommandTests
{
    private static readonly SlashCommand Schedule = new("schedule", "Forms the groups of a cohort")
    {
        DefaultMemberPermissions = Permissions.Administrator,
        Options =
        [
            SlashOption.Integer("cohort", "Which cohort") with { Required = true, Autocomplete = true },
            SlashOption.Integer("max_people", "At most so many in a group") with { Min = 2, Max = 20 },
            SlashOption.Text("note", "Shown with the result") with { MaxLength = 100 },
            SlashOption.Boolean("balance", "Groups of even size"),
        ],
    };

    private static readonly SlashCommand List = new("list-cohorts", "Shows the cohorts");

    [Fact]
    public void A_command_is_sent_as_Discord_wants_it() => Assert.Equal(
        """
        [{"type":1,"name":"schedule","description":"Forms the groups of a cohort","options":[{"type":4,"name":"cohort","description":"Which cohort","required":true,"autocomplete":true},{"type":4,"name":"max_people","description":"At most so many in a group","required":false,"min_value":2,"max_value":20},{"type":3,"name":"note","description":"Shown with the result","required":false,"max_length":100},{"type":5,"name":"balance","description":"Groups of even size","required":false}],"default_member_permissions":8,"contexts":[0]}]
        """,
        JsonSerializer.Serialize(SlashCommand.ToApi([Schedule]), DiscordJson.Options));

    [Fact]
    public void The_hash_is_the_same_in_any_order_and_another_when_anything_differs()
    {
        var hash = SlashCommand.Hash([Schedule, List]);

        Assert.Equal("^[0-9a-f]{64}$", hash, new Matches());
        Assert.Equal(hash, SlashCommand.Hash([List, Schedule with { }]));
        SlashCommand[] others =
        [
            Schedule with { Description = "Forms groups" },
            Schedule with { DefaultMemberPermissions = null },
            Schedule with { Options = [.. Schedule.Options.Skip(1)] },
            Schedule with { Options = [.. Schedule.Options.Reverse().OrderBy(o => !o.Required)] },
            Schedule with { Options = [.. Schedule.Options.Select(o => o.Min == 2 ? o with { Min = 3 } : o)] },
            Schedule with { Options = [.. Schedule.Options.Select(o => o with { Autocomplete = false })] },
        ];
        Assert.Equal(others.Length + 1, others.Select(o => SlashCommand.Hash([o, List])).Append(hash).Distinct().Count());
    }

    /// <summary>A restart with the same program must not register anew; this changes only when what is sent does.</summary>
    [Fact]
    public void The_hash_is_the_same_in_another_process() =>
        Assert.Equal("3df4f1145a93e4a5", SlashCommand.Hash([List])[..16]);

    public static TheoryData<string, SlashCommand> Wrong => new()
    {
        { "no name", new SlashCommand("", "d") },
        { "upper case", new SlashCommand("Schedule", "d") },
        { "a space", new SlashCommand("a b", "d") },
        { "a slash", new SlashCommand("/a", "d") },
        { "a long name", new SlashCommand(new string('a', 33), "d") },
        { "no description", new SlashCommand("a", "") },
        { "a long description", new SlashCommand("a", new string('d', 101)) },
        { "a description of too many emoji", new SlashCommand("a", string.Concat(Enumerable.Repeat("😀", 51))) },
        { "26 options", With([.. Enumerable.Range(0, 26).Select(i => SlashOption.Boolean($"o{i}", "d"))]) },
        { "an option twice", With(SlashOption.Boolean("o", "d"), SlashOption.Integer("o", "d")) },
        { "required after optional", With(SlashOption.Boolean("a", "d"), SlashOption.Boolean("b", "d") with { Required = true }) },
        { "an upside-down range", With(SlashOption.Integer("a", "d") with { Min = 3, Max = 2 }) },
        { "a range of a text", With(SlashOption.Text("a", "d") with { Min = 3 }) },
        { "a length of a number", With(SlashOption.Integer("a", "d") with { MaxLength = 3 }) },
        { "a range beyond 53 bits", With(SlashOption.Integer("a", "d") with { Max = 1L << 53 }) },
        { "a length of 6001", With(SlashOption.Text("a", "d") with { MaxLength = 6001 }) },
        { "lengths upside down", With(SlashOption.Text("a", "d") with { MinLength = 3, MaxLength = 2 }) },
        { "autocomplete of true or false", With(SlashOption.Boolean("a", "d") with { Autocomplete = true }) },
        { "choices with autocomplete", With(SlashOption.Integer("a", "d") with { Autocomplete = true, Choices = [new CommandChoice("c", 1)] }) },
        { "a choice of another type", With(SlashOption.Integer("a", "d") with { Choices = [new CommandChoice("c", "1")] }) },
        { "26 choices", With(SlashOption.Integer("a", "d") with { Choices = [.. Enumerable.Range(0, 26).Select(i => new CommandChoice($"c{i}", i))] }) },
        { "a wrong name of an option", With(SlashOption.Integer("A", "d")) },
        { "8001 units", With([.. Enumerable.Range(0, 8).Select(i => SlashOption.Text($"o{i}", new string('d', 100)) with { Choices = [.. Enumerable.Range(0, 10).Select(j => new CommandChoice($"{j}" + new string('n', 98), $"{j}"))] })]) },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void What_Discord_would_refuse_is_refused_before(string what, SlashCommand command)
    {
        Assert.True(command.Problems().Count > 0, what);
        Assert.Throws<ArgumentException>(() => SlashCommand.ToApi([command]));
    }

    [Fact]
    public void A_command_declared_twice_is_refused()
    {
        var error = Assert.Throws<ArgumentException>(() => SlashCommand.ToApi([List, List with { Description = "other" }]));
        Assert.Contains("/list-cohorts is declared 2 times.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_declared_right_passes_Discords_own_description()
    {
        if (!DiscordContract.IsPresent)
            return;
        var name = Gen.String[Gen.Char["abcxyz0-_é"], 1, 32];
        var text = Gen.String[1, 100];
        var option = Gen.OneOf(
            Gen.Select(name, text, (n, t) => SlashOption.Boolean(n, t)),
            Gen.Select(name, text, Gen.Int[-9, 0], Gen.Int[0, 9], (n, t, a, b) => SlashOption.Integer(n, t) with { Min = a, Max = b }),
            Gen.Select(name, text, Gen.Int[0, 9], (n, t, a) => SlashOption.Text(n, t) with { MinLength = a, Choices = [new CommandChoice("c", "v")] }));
        Gen.Select(name, text, option.Array[0, 25])
            .Select(c => new SlashCommand(c.Item1, c.Item2) { Options = [.. c.Item3.DistinctBy(o => o.Name)] })
            .Where(c => c.Problems().Count == 0)
            .Sample(
                c => DiscordContract.Violations(new ApiRequest(
                    "PUT",
                    "/applications/1/guilds/2/commands",
                    new Dictionary<string, string>(StringComparer.Ordinal),
                    JsonSerializer.Serialize(SlashCommand.ToApi([c]), DiscordJson.Options),
                    [])).Count == 0,
                iter: 30);
    }

    private static SlashCommand With(params SlashOption[] options) => new("a", "d") { Options = options };

    private sealed class Matches : IEqualityComparer<string>
    {
        public bool Equals(string? x, string? y) => System.Text.RegularExpressions.Regex.IsMatch(y!, x!, default, TimeSpan.FromSeconds(1));

        public int GetHashCode(string obj) => 0;
    }
}
