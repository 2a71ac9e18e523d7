using Cohorts.Domain;
namespace Cohorts.Features.ImportCohort;

/// <summary>
/// Which row is which person: by discord_id, else by e-mail (case-folded), else by name among the cohort's enrolments. A row that two
/// people answer to, or a person whom two rows name, is told with the lines and not guessed.
/// </summary>
public static class Recognition
{
    /// <summary>Rows that are one person whoever is in the database. A row with neither id nor e-mail has only its name to be told by.</summary>
    public static void TellRepeated(IReadOnlyList<Entry> entries, BadRows bad)
    {
        TellSame(entries, e => e.DiscordId?.ToString(), "discord_id", bad);
        TellSame(entries, e => e.Email?.ToLowerInvariant(), "email", bad);
        foreach (var namesakes in entries.GroupBy(e => Wording.Key(e.Name), StringComparer.Ordinal).Where(g => g.Skip(1).Any()))
        {
            var first = namesakes.First();
            var other = namesakes.Skip(1).First();
            foreach (var nameless in namesakes.Where(IsNameOnly))
            {
                bad.Add(
                    nameless.Line,
                    nameless.Name,
                    $"line {(nameless == first ? other : first).Line} has the same name; if they are two people, give each a discord_id or an email");
            }
        }
    }

    /// <returns>For each row the person whom it names, or null for somebody new.</returns>
    public static IReadOnlyList<KnownPerson?> Recognize(IReadOnlyList<Entry> entries, IReadOnlyList<KnownPerson> known, BadRows bad)
    {
        var byDiscordId = known.Where(k => !string.IsNullOrEmpty(k.DiscordId)).ToLookup(k => k.DiscordId!, StringComparer.Ordinal);
        var byEmail = known.Where(k => !string.IsNullOrEmpty(k.Email)).ToLookup(k => k.Email!.Trim().ToLowerInvariant(), StringComparer.Ordinal);
        var byName = known.Where(k => k.IsEnrolled).ToLookup(k => Wording.Key(k.Name), StringComparer.Ordinal);
        var claims = new Dictionary<KnownPerson, Entry>(ReferenceEqualityComparer.Instance);
        var recognized = new KnownPerson?[entries.Count];

        for (var i = 0; i < entries.Count; i++)
        {
            var entry = entries[i];
            var people = ByIdOrEmail(
                entry.DiscordId is { } id ? [.. byDiscordId[id.ToString()]] : [],
                entry.Email is { } email ? [.. byEmail[email.ToLowerInvariant()]] : []);
            recognized[i] = Claim(entry, people, claims, bad);
        }

        var claimedById = claims.ToDictionary(ReferenceEqualityComparer.Instance);
        for (var i = 0; i < entries.Count; i++)
        {
            var entry = entries[i];
            if (recognized[i] is not null || bad.Has(entry.Line))
                continue;
            var people = byName[Wording.Key(entry.Name)]
                .Where(k => !(claimedById.TryGetValue(k, out var claimant) && AreTwo(entry, k, claimant)) && !Contradicts(entry, k))
                .ToList();
            recognized[i] = Claim(entry, people, claims, bad);
        }

        return recognized;
    }

    /// <summary>The id goes before the address; where several people have the id, the address may single one of them out.</summary>
    private static List<KnownPerson> ByIdOrEmail(List<KnownPerson> withId, List<KnownPerson> withEmail)
    {
        var both = withId.Intersect(withEmail).ToList();
        if (both.Count == 1)
            return both;
        return withId.Count > 0 ? [.. withId.Union(withEmail)] : withEmail;
    }

    private static KnownPerson? Claim(Entry entry, List<KnownPerson> people, Dictionary<KnownPerson, Entry> claims, BadRows bad)
    {
        switch (people)
        {
            case []:
                return null;
            case [var person] when claims.TryGetValue(person, out var other):
                bad.Add(entry.Line, entry.Name, $"is the same person as line {other.Line}: {Describe(person)}");
                return null;
            case [var person]:
                claims[person] = entry;
                return person;
            default:
                bad.Add(
                    entry.Line,
                    entry.Name,
                    $"matches {Counted.Of(people.Count, "person", "people")}: {string.Join(" and ", people.Take(3).Select(Describe))}; " +
                    "give the discord_id and the email of one of them");
                return null;
        }
    }

    /// <summary>Namesakes with different ids or different addresses are two people, once the one in the database is taken by their own row.</summary>
    private static bool AreTwo(Entry entry, KnownPerson person, Entry claimant) =>
        Differ(entry.DiscordId?.ToString(), claimant.DiscordId?.ToString() ?? person.DiscordId)
        || Differ(entry.Email?.ToLowerInvariant(), (claimant.Email ?? person.Email)?.ToLowerInvariant());

    /// <summary>Another id and another address as well: a namesake, whatever the file says of the one that is known.</summary>
    private static bool Contradicts(Entry entry, KnownPerson person) =>
        Differ(entry.DiscordId?.ToString(), person.DiscordId) && Differ(entry.Email?.ToLowerInvariant(), person.Email?.Trim().ToLowerInvariant());

    private static bool Differ(string? left, string? right) => !string.IsNullOrEmpty(left) && !string.IsNullOrEmpty(right) && left != right;

    private static bool IsNameOnly(Entry entry) => entry.DiscordId is null && entry.Email is null;

    private static void TellSame(IReadOnlyList<Entry> entries, Func<Entry, string?> key, string column, BadRows bad)
    {
        var first = new Dictionary<string, Entry>(StringComparer.Ordinal);
        foreach (var entry in entries)
        {
            if (key(entry) is { } value && !first.TryAdd(value, entry))
                bad.Add(entry.Line, entry.Name, $"has the same {column} as line {first[value].Line} ({BadRows.Show(first[value].Name)})");
        }
    }

    private static string Describe(KnownPerson person)
    {
        var marks = new[] { person.Email, person.DiscordId }.Where(m => !string.IsNullOrEmpty(m)).Select(m => BadRows.Show(m!));
        return $"{BadRows.Show(person.Name)} ({string.Join(", ", marks.Prepend($"user {person.UserId}"))})";
    }
}
