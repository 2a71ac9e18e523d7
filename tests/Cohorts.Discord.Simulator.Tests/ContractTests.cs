using Cohorts.Discord.Contract;

namespace Cohorts.Discord.Simulator.Tests;

/// <summary>Skipped where Discord's description does not lie beside the repository.</summary>
internal sealed class ContractFactAttribute : FactAttribute
{
    public ContractFactAttribute()
    {
        if (!DiscordContract.IsPresent)
        {
            Skip = "Discord's OpenAPI description does not lie beside the repository; answers are not judged.";
        }
    }
}

/// <inheritdoc cref="ContractFactAttribute"/>
internal sealed class ContractTheoryAttribute : TheoryAttribute
{
    public ContractTheoryAttribute() => Skip = new ContractFactAttribute().Skip;
}

public class ContractTests
{
    [ContractFact]
    public async Task A_wrong_field_is_caught()
    {
        await using var simulation = await Simulation.Start();
        var channel = (await simulation.Get($"/channels/{simulation.ChannelId}")).Json!;
        ApiAnswer Answered() => new("GET", $"/channels/{simulation.ChannelId}", 200, channel.ToJsonString());
        Assert.Empty(DiscordContract.Violations(Answered()));

        channel["position"] = "first";
        Assert.NotEmpty(DiscordContract.Violations(Answered()));
        channel["position"] = 1;
        channel["id"] = "not a snowflake";
        Assert.NotEmpty(DiscordContract.Violations(Answered()));
        channel["id"] = "1";
        channel.AsObject().Remove("guild_id");
        Assert.NotEmpty(DiscordContract.Violations(Answered()));
    }

    [ContractFact]
    public void An_answer_that_no_route_may_give_is_caught()
    {
        Assert.NotEmpty(DiscordContract.Violations(new ApiAnswer("GET", "/gateway/bot", 201, "{}")));
        Assert.NotEmpty(DiscordContract.Violations(new ApiAnswer("GET", "/gateway/bot", 404, """{"code": "10003", "message": 5}""")));
        Assert.NotEmpty(DiscordContract.Violations(new ApiAnswer("DELETE", "/channels/1/messages/2", 204, "{}")));
        Assert.NotEmpty(DiscordContract.Violations(new ApiAnswer("GET", "/no/such/route", 200, "{}")));
    }
}
