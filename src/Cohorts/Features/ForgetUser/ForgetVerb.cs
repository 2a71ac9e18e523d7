using System.CommandLine;
using Cohorts.Domain;
using Cohorts.Hosting;

namespace Cohorts.Features.ForgetUser;

public static class ForgetVerb
{
    public static Command Create()
    {
        var user = new Argument<string>("USER") { Description = "Their name, user id, e-mail address, Discord id or Discord user name." };
        var yes = new Option<bool>("--yes") { Description = "Do not ask, for scripts." };
        var json = Verb.Json();
        var command = new Command("forget", "Erase a person: rows, access and welcome in Discord; what stays is made anonymous. Cannot be undone.") { user, yes, json };
        command.SetAction((parsed, cancellation) => Verb.GuardAsync(
            () => ForgetAsync(
                parsed.GetValue(user)!, parsed.GetValue(yes) ? Consent.Given : Consent.ToBeAskedFor, parsed.Format(json), cancellation),
            cancellation));
        return command;
    }

    private enum Consent
    {
        ToBeAskedFor,
        Given,
    }

    /// <param name="AccessRemoved">Overwrites in Discord; null where no bot is configured, or no Discord id is known.</param>
    private sealed record Told(ForgetUser.Result? Erased, int? AccessRemoved, int WelcomesEdited, int MessagesDeleted);

    private static async Task<int> ForgetAsync(string given, Consent consent, OutputFormat format, CancellationToken cancellation)
    {
        await using var application = await Application.OpenAsync(Needs.Database, cancellation);
        var found = (await application.SendAsync(new FindUser.Query(given), progress: null, cancellation)).Result!.Candidates;
        if (found.Count > 1)
            return Verb.Refuse(new Refusal($"{Counted.Of(found.Count, "person", "people")} answer to \"{given}\". Nothing was changed; give one's user id:", [.. found.Select(c => c.ToString())]));
        if (found is [var person] && !IsAllowed(consent, $"erase {person}", out var refusal))
            return refusal;

        // Before the rows go: how Discord calls the person is what runs and commands may call them too.
        var one = found is [var row] ? row : null;
        var isId = AccessOf.IsDiscordId(given);
        var known = await AccessOf.FindAsync(
            application.Services,
            one is not null ? one.DiscordId : isId ? given : null,
            one is not null ? one.Username : isId || given.Any(char.IsWhiteSpace) ? null : given,
            cancellation);
        ForgetUser.Result? erased = null;
        if (one is not null || known.Id is not null)
        {
            // Whoever is told by a user name of Discord's alone is named once more; a Discord id is nobody else's.
            if (one is null && !isId && !IsAllowed(consent, $"erase what is left of the Discord user {known.Id}, {string.Join(", ", known.Names)}", out refusal))
                return refusal;
            var outcome = await application.SendAsync(
                new ForgetUser.Command(one?.UserId, known.Id) { Aliases = known.Names }, progress: null, cancellation);
            if (outcome.IsRefused)
                return Verb.Refuse(outcome.Refusal);
            erased = outcome.Result;
        }

        // After the rows: whatever Discord says, nobody mentions the person or lets them in again.
        // And where it was just asked in vain, it is not waited for twice more.
        var access = known.Failure is null ? await AccessOf.TakeAwayAsync(application.Services, known.Id, cancellation) : (null, null);
        var mended = known.Failure is null
            ? (await application.SendAsync(new MendMessages(), progress: null, cancellation)).Result!
            : new MendMessages.Result(0, 0, 0, null);
        var told = new Told(erased, access.Removed, mended.WelcomesEdited, mended.MessagesDeleted);
        if ((known.Failure ?? access.Failure ?? mended.Failure) is { } failure)
        {
            var done = erased?.UserId is null ? "Not everything was done in Discord" : $"{Rows(told)}Not everything was done in Discord";
            var where = !AccessOf.IsConfigured(application.Services) ? " where Discord__Token is set" : "";
            return Verb.Fail($"{done}: {failure}. To finish it, run it again{where}: ./cohorts forget {known.Id?.ToString() ?? given}");
        }

        if (erased is null or { ChangedNothing: true } && access.Removed is null or 0 && mended.WelcomesEdited + mended.MessagesDeleted == 0)
        {
            return Verb.Refuse(new Refusal(isId
                ? $"Nobody answers to \"{given}\", and no group's channel has access for that Discord id."
                : $"Nobody answers to \"{given}\". Give a name, a user id, an e-mail address, a Discord id or a Discord user name."));
        }

        Verb.Write(format, told, t => t, t => Verb.Plain(InWords(t)));
        return 0;
    }

    /// <summary>Where nobody can be asked, or somebody says no, nothing is done.</summary>
    private static bool IsAllowed(Consent consent, string what, out int refusal)
    {
        refusal = 0;
        if (consent == Consent.Given)
            return true;
        if (Console.IsInputRedirected)
        {
            refusal = Verb.Refuse(new Refusal($"This would {what}. Nothing was changed: add --yes to do it."));
            return false;
        }

        Console.Error.Write($"{char.ToUpperInvariant(what[0])}{what[1..]}? This cannot be undone. Type yes: ");
        if (Console.ReadLine()?.Trim() == "yes")
            return true;
        refusal = Verb.Fail("Nothing was changed.");
        return false;
    }

    private static string InWords(Told told) =>
        Rows(told)
        + (told.AccessRemoved is { } removed ? $"Access taken away in Discord: {removed}. " : "No access was taken away in Discord: no bot is configured here, or no Discord id is known. ")
        + $"Welcomes written anew: {told.WelcomesEdited}; other messages deleted: {told.MessagesDeleted}.\n"
        + "Backups and exports made before still hold the person; in Discord, what people wrote, and groups shared in a channel, stay: delete those by hand.\n";

    private static string Rows(Told told)
    {
        if (told.Erased is not { } erased)
            return "The rows were erased before.\n";
        var others = erased.OtherTextsMadeAnonymous == 0 ? "" : $" and {Counted.Of(erased.OtherTextsMadeAnonymous, "other text")}";
        var rows = erased.UserId is { } user
            ? $"User {user} is erased: {Counted.Of(erased.Enrolments, "enrolment")}, {Counted.Of(erased.Memberships, "membership")}; "
            : "No user is left to erase; ";
        rows += $"made anonymous in {Counted.Of(erased.RunsMadeAnonymous, "run")} and {Counted.Of(erased.InteractionsMadeAnonymous, "interaction")}{others}.\n";
        if (erased.NamesLeft.Count > 0)
            rows += $"Still called so, because it is not the person's name alone: {string.Join(", ", erased.NamesLeft)}.\n";
        if (erased.SameDiscordId.Count > 0)
            rows += $"The same Discord id stands with user {string.Join(", ", erased.SameDiscordId)}: ./cohorts forget {erased.SameDiscordId[0]}\n";
        return rows;
    }
}
