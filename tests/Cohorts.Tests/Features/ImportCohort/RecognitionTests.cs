using Cohorts.Domain;
using Cohorts.Features.ImportCohort;
using Cohorts.Scheduling;

namespace Cohorts.Tests.Features.ImportCohort;

/// <summary>People as an older system may have left them: ids and addresses that several have.</summary>
public sealed class RecognitionTests
{
    private static readonly DiscordUserId Id = new(300000000000000001);

    [Fact]
    public void An_id_that_two_people_have_is_settled_by_the_address_of_one_of_them()
    {
        KnownPerson[] known = [Known(1, "Ana", "ana@example.org", Id), Known(2, "Ana old", "old@example.org", Id)];

        Assert.Equal(known[1], Assert.Single(Recognize(known, out _, Row(2, "Ana", "OLD@example.org", Id))));
    }

    [Fact]
    public void An_id_that_two_people_have_is_otherwise_told()
    {
        KnownPerson[] known = [Known(1, "Ana", "ana@example.org", Id), Known(2, "Ana old", "old@example.org", Id)];

        Recognize(known, out var bad, Row(2, "Ana", null, Id));

        Assert.Equal(
            $"line 2 (Ana): matches 2 people: Ana (user 1, ana@example.org, {Id}) and Ana old (user 2, old@example.org, {Id}); give the discord_id and the email of one of them",
            Assert.Single(bad.Lines()));
    }

    [Fact]
    public void A_known_address_beside_an_unknown_id_is_enough_and_a_known_name_only_in_the_cohort()
    {
        KnownPerson[] known = [Known(1, "Ana", "ana@example.org", null), Known(2, "Ben", null, null), Known(3, "Cem", null, null) with { Role = null }];

        Assert.Equal(
            [known[0], known[1], null],
            Recognize(known, out _, Row(2, "Anna", "ana@example.org", Id), Row(3, " BEN ", "ben@example.org", null), Row(4, "Cem", null, null)));
    }

    [Fact]
    public void Rows_that_reach_one_person_by_different_ways_are_told_with_both_lines()
    {
        KnownPerson[] known = [Known(1, "Ana", "ana@example.org", Id)];

        Recognize(known, out var bad, Row(2, "Ana", null, Id), Row(3, "Anna", "ana@example.org", null));

        Assert.StartsWith("line 3 (Anna): is the same person as line 2: Ana (user 1", Assert.Single(bad.Lines()), StringComparison.Ordinal);
    }

    [Fact]
    public void Addresses_with_letters_beyond_ASCII_are_the_same_in_any_case()
    {
        KnownPerson[] known = [Known(1, "Jörg", "JÖRG@example.org", null)];

        Assert.Equal(known, Recognize(known, out _, Row(2, "J.", "jörg@example.org", null)));
    }

    private static IReadOnlyList<KnownPerson?> Recognize(KnownPerson[] known, out BadRows bad, params Entry[] rows)
    {
        bad = new BadRows();
        return Recognition.Recognize(rows, known, bad);
    }

    private static Entry Row(int line, string name, string? email, DiscordUserId? id) =>
        new(line, name, email, id, null, null, null, Availability.None, null, null);

    private static KnownPerson Known(int id, string name, string? email, DiscordUserId? discordId) =>
        new(new UserId(id), name, name, email, discordId?.ToString(), null, null, null, null, "participant", "awaiting_grouping", null);
}
