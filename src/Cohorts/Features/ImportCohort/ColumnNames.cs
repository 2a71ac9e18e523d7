using System.Text.Json;

namespace Cohorts.Features.ImportCohort;

/// <summary>The columns that an import knows, in the order in which the documentation names them.</summary>
public enum Column
{
    Name,
    Email,
    DiscordId,
    DiscordUsername,
    Role,
    Timezone,
    Availability,
    IfNeeded,
    MaxGroups,
}

/// <summary>What the name of a column says of the clocks by which its hours are written.</summary>
public enum HoursBy
{
    NotSaid,
    Utc,
    LocalClocks,
}

/// <summary>What a column's name comes to.</summary>
public abstract record ColumnReading
{
    private ColumnReading()
    {
    }

    public sealed record Known(Column Column, HoursBy HoursBy) : ColumnReading;

    /// <summary>A name for people that counts only where the file has no better one.</summary>
    public sealed record InNeed(Column Column) : ColumnReading;

    /// <summary>Like one of the columns, and perhaps not it: to be asked.</summary>
    public sealed record Near(IReadOnlyList<Column> Columns) : ColumnReading;

    public sealed record Unknown : ColumnReading;
}

/// <summary>Columns by the names that people, sign-up forms and this program's own export give them.</summary>
public static class ColumnNames
{
    /// <summary>A whole question of a form fits; what is longer is no name.</summary>
    private const int LongestName = 200;

    private static readonly string[] Names = [.. Enum.GetNames<Column>().Select(JsonNamingPolicy.SnakeCaseLower.ConvertName)];

    /// <summary>Letters and digits only: capitals, hyphens, underscores and blanks make no difference, nor does a plural.</summary>
    private static readonly Dictionary<string, Column> Spellings = new(StringComparer.Ordinal)
    {
        ["name"] = Column.Name, ["fullname"] = Column.Name, ["realname"] = Column.Name, ["firstandlastname"] = Column.Name,
        ["nameandsurname"] = Column.Name, ["namesurname"] = Column.Name,
        ["email"] = Column.Email, ["mail"] = Column.Email, ["emailaddress"] = Column.Email, ["mailaddress"] = Column.Email, ["emailid"] = Column.Email,
        ["emailadress"] = Column.Email, ["contactemail"] = Column.Email,
        ["discordid"] = Column.DiscordId, ["discorduserid"] = Column.DiscordId, ["discordaccountid"] = Column.DiscordId,
        ["discordidnumber"] = Column.DiscordId,
        ["discord"] = Column.DiscordUsername, ["discordusername"] = Column.DiscordUsername, ["discordname"] = Column.DiscordUsername,
        ["discordhandle"] = Column.DiscordUsername, ["discorduser"] = Column.DiscordUsername, ["discordaccount"] = Column.DiscordUsername,
        ["discordaccountname"] = Column.DiscordUsername, ["discordtag"] = Column.DiscordUsername, ["usernameondiscord"] = Column.DiscordUsername,
        ["discordlogin"] = Column.DiscordUsername, ["handleondiscord"] = Column.DiscordUsername, ["nameondiscord"] = Column.DiscordUsername,
        ["role"] = Column.Role, ["cohortrole"] = Column.Role, ["courserole"] = Column.Role, ["roleincohort"] = Column.Role, ["roleincourse"] = Column.Role,
        ["timezone"] = Column.Timezone, ["tz"] = Column.Timezone, ["zone"] = Column.Timezone, ["ianatimezone"] = Column.Timezone,
        ["timezonename"] = Column.Timezone, ["timezoneid"] = Column.Timezone, ["localtimezone"] = Column.Timezone, ["hometimezone"] = Column.Timezone,
        ["availability"] = Column.Availability, ["availabilitie"] = Column.Availability, ["available"] = Column.Availability,
        ["availablehour"] = Column.Availability, ["availabletime"] = Column.Availability, ["hoursavailable"] = Column.Availability,
        ["timesavailable"] = Column.Availability, ["freehour"] = Column.Availability, ["freetime"] = Column.Availability,
        ["weeklyavailability"] = Column.Availability, ["availabilityhour"] = Column.Availability, ["availabilitytime"] = Column.Availability,
        ["whenavailable"] = Column.Availability, ["whenareyouavailable"] = Column.Availability,
        ["ifneeded"] = Column.IfNeeded, ["ifneededhour"] = Column.IfNeeded, ["ifneededtime"] = Column.IfNeeded, ["hoursifneeded"] = Column.IfNeeded,
        ["timesifneeded"] = Column.IfNeeded, ["ifneededavailability"] = Column.IfNeeded, ["availabilityifneeded"] = Column.IfNeeded,
        ["availableifneeded"] = Column.IfNeeded, ["ifneedbe"] = Column.IfNeeded, ["ifneed"] = Column.IfNeeded, ["ifnecessary"] = Column.IfNeeded,
        ["maxgroup"] = Column.MaxGroups, ["maximumgroup"] = Column.MaxGroups, ["maxactivegroup"] = Column.MaxGroups,
        ["maxnumberofgroup"] = Column.MaxGroups, ["maximumnumberofgroup"] = Column.MaxGroups, ["groupsmax"] = Column.MaxGroups,
        ["numberofgroup"] = Column.MaxGroups, ["howmanygroup"] = Column.MaxGroups,
    };

    private static readonly HashSet<string> NamesInNeed = new(StringComparer.Ordinal) { "nickname", "displayname", "preferredname", "callname" };

    /// <summary>Say whose column it is, not what is in it.</summary>
    private static readonly HashSet<string> Owners = new(StringComparer.Ordinal)
    {
        "your", "my", "the", "a", "s", "participant", "participants", "student", "students", "learner", "learners", "member", "members", "person",
        "please", "enter", "optional", "required",
    };

    public static string NameOf(Column column) => Names[(int)column];

    public static string List => string.Join(", ", Names);

    /// <param name="header">As it stands in the file, in which invisible marks may stand too.</param>
    public static ColumnReading Read(string header)
    {
        if (Exactly(Words(header)) is { } whole)
            return whole;
        // "Time zone (for example Europe/Berlin)", "Name: as we shall call you".
        var end = header.IndexOfAny(['(', '[', ':', '*', '?'], 0);
        if (end > 0 && Exactly(Words(header[..end])) is { } beginning)
        {
            var said = Said(Words(header[end..]));
            return beginning is ColumnReading.Known { HoursBy: HoursBy.NotSaid } known && IsOfHours(known.Column) ? known with { HoursBy = said } : beginning;
        }

        var near = Near(Words(header)).Distinct().ToList();
        return near.Count > 0 ? new ColumnReading.Near(near) : new ColumnReading.Unknown();
    }

    private static ColumnReading? Exactly(List<string> words)
    {
        var said = Said(words);
        var kept = words.Where(w => !Owners.Contains(w)).ToList();
        if (Find(kept) is { } column)
            return new ColumnReading.Known(column, HoursBy.NotSaid);
        if (NamesInNeed.Contains(string.Concat(kept)))
            return new ColumnReading.InNeed(Column.Name);
        var withoutClocks = kept.Where(w => w is not ("utc" or "gmt" or "in" or "local" or "localtime")).ToList();
        return said != HoursBy.NotSaid && Find(withoutClocks) is { } hours
            && IsOfHours(hours)
                ? new ColumnReading.Known(hours, said)
                : null;
    }

    private static Column? Find(IReadOnlyList<string> words)
    {
        var key = string.Concat(words);
        return Spellings.TryGetValue(key, out var column) || (key.Length > 3 && key[^1] == 's' && Spellings.TryGetValue(key[..^1], out column)) ? column : null;
    }

    private static HoursBy Said(List<string> words) =>
        words.Any(w => w is "utc" or "gmt") ? HoursBy.Utc : words.Any(w => w is "local" or "localtime") ? HoursBy.LocalClocks : HoursBy.NotSaid;

    private static bool IsOfHours(Column column) => column is Column.Availability or Column.IfNeeded;

    private static IEnumerable<Column> Near(List<string> words)
    {
        var key = string.Concat(words);
        if (key.Length > LongestName)
            yield break;
        if (key.Contains("discord", StringComparison.Ordinal))
        {
            yield return words.Contains("id") ? Column.DiscordId : Column.DiscordUsername;
            yield break;
        }

        foreach (var (spelling, column) in Spellings)
        {
            if (spelling.Length >= 4 && Wording.Mistypings(key, spelling) <= (spelling.Length < 6 ? 1 : 2))
                yield return column;
        }

        if (key.Contains("mail", StringComparison.Ordinal))
            yield return Column.Email;
        if (words.Any(w => w is "role" or "roles" || w.StartsWith("facilitat", StringComparison.Ordinal)))
            yield return Column.Role;
        if (key.Contains("timezone", StringComparison.Ordinal) || words.Any(w => w is "tz" or "zone" or "utc"))
            yield return Column.Timezone;
        if (key.Contains("ifneed", StringComparison.Ordinal) || words.Contains("needed"))
            yield return Column.IfNeeded;
        else if (key.Contains("availab", StringComparison.Ordinal) || words.Any(w => w is "hours" or "times" or "free"))
            yield return Column.Availability;
        if (words.Any(w => w is "groups" or "group") && words.Any(w => w is "max" or "maximum" or "most" or "many" or "number"))
            yield return Column.MaxGroups;
        if (words.Any(w => w is "username" or "handle"))
            yield return Column.DiscordUsername;
        if (words.Any(w => w is "name" or "names" or "surname" or "username"))
            yield return Column.Name;
    }

    /// <summary>In small letters; a capital within a word begins another: discordUsername.</summary>
    private static List<string> Words(string header)
    {
        var words = new List<string>();
        var word = "";
        var before = ' ';
        foreach (var c in header)
        {
            if (!char.IsLetterOrDigit(c) || (char.IsUpper(c) && char.IsLower(before)))
            {
                if (word.Length > 0)
                    words.Add(word);
                word = "";
            }

            // Marks that cannot be seen stand within words too.
            if (char.IsLetterOrDigit(c))
                word += char.ToLowerInvariant(c);
            before = c;
        }

        if (word.Length > 0)
            words.Add(word);
        return words;
    }
}
