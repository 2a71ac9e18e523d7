using Cohorts.Domain;

namespace Cohorts.Tests.Domain;

public sealed class DiscordUsernameTests(Slices slices) : IClassFixture<Slices>
{
    public static TheoryData<string, string> Written() => new()
    {
        { "nora", "nora" },
        { "Nora", "nora" },
        { "QUINN", "quinn" },
        { "@pablo.k", "pablo.k" },
        { "@@pablo.k", "pablo.k" },
        { "@ pablo.k", "pablo.k" },
        { " rosa ", "rosa" },
        { "rosa#0", "rosa" },
        { "rosa#0000", "rosa" },
        { "@Rosa_1#0 ", "rosa_1" },
        { "old#1234", "old#1234" },
        { "Two Words", "two words" },
        { "a#0b", "a#0b" },
        { "x#", "x#" },
        { "#0", "" },
        { "@", "" },
        { "", "" },
    };

    [Theory]
    [MemberData(nameof(Written))]
    public async Task Is_compared_as_Discord_writes_it_here_and_in_the_database(string typed, string compared)
    {
        Assert.Equal(compared, DiscordUsername.Of(typed)?.Value ?? "");
        await using var command = slices.DataSource.CreateCommand("SELECT discord_handle($1)");
        command.Parameters.Add(new() { Value = typed });
        Assert.Equal(compared, await command.ExecuteScalarAsync());
    }

    [Theory]
    [InlineData("ab")]
    [InlineData("ana.p")]
    [InlineData("_x_")]
    [InlineData("12345678901234567890123456789012")]
    [InlineData("@Nora#0")]
    public void Can_be_one(string typed) => Assert.Null(DiscordUsername.Of(typed)!.Value.Impossible);

    [Theory]
    [InlineData("two words", "has a blank in it")]
    [InlineData("old#1234", "a name of the old kind")]
    [InlineData("x", "has 1 character")]
    [InlineData("123456789012345678901234567890123", "has 33 characters")]
    [InlineData("a..b", "two dots in a row")]
    [InlineData("nora!", "has \"!\" in it")]
    [InlineData("zoë", "has \"ë\" in it")]
    [InlineData("nora-b", "has \"-\" in it")]
    [InlineData("discord.gg/nora", "has \"/\" in it")]
    [InlineData("rosa#12", "has \"#\" in it")]
    public void Cannot_be_one(string typed, string why) => Assert.Contains(why, DiscordUsername.Of(typed)!.Value.Impossible, StringComparison.Ordinal);
}
