using System.Text.Json;
using Cohorts.Domain;

namespace Cohorts.Tests.Domain;

public sealed class OutcomeTests
{
    [Fact]
    public void A_refusal_that_travels_as_JSON_keeps_its_reason()
    {
        Outcome<string> outcome = new Refusal("No.", ["because"]) { Reason = RefusalReason.NobodyUsableToLead };

        var read = JsonSerializer.Deserialize<Outcome<string>>(JsonSerializer.Serialize(outcome, CohortsJson.Options), CohortsJson.Options)!;

        Assert.Equal(RefusalReason.NobodyUsableToLead, read.Refusal!.Reason);
        Assert.Equal("because", Assert.Single(read.Refusal.Details));
    }

    [Fact]
    public void A_refusal_kept_before_there_were_reasons_has_none() =>
        Assert.Equal(
            RefusalReason.Other,
            JsonSerializer.Deserialize<Outcome<string>>("""{"refusal":{"message":"No.","details":[]}}""", CohortsJson.Options)!.Refusal!.Reason);
}
