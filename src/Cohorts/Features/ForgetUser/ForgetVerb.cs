using System.CommandLine;
using Cohorts.Domain;
using Cohorts.Hosting;

namespace Cohorts.Features.ForgetUser;

public static class ForgetVerb
{
    public static Command Create()
    {
        var user = new Argument<string>("USER") { Description = "Their user id, e-mail address, Discord id or Discord user name." };
        var yes = new Option<bool>("--yes") { Description = "Do not ask, for scripts." };
        var json = Verb.Json();
        var command = new Command("forget", "Erase a person: rows, access in Discord; what stays is made anonymous. Cannot be undone.") { user, yes, json };
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
    private sealed record Told(ForgetUser.Result? Erased, int? AccessRemoved);

    private static async Task<int> ForgetAsync(string given, Consent consent, OutputFormat format, CancellationToken cancellation)
    {
        await using var application = await Application.OpenAsync(Needs.Database, cancellation);
        var found = (await application.SendAsync(new FindUser.Query(given), progress: null, cancellation)).Result!.Candidates;
        if (found.Count > 1)
            return Verb.Refuse(new Refusal($"{found.Count} people answer to \"{given}\". Nothing was changed; give one's user id:", [.. found.Select(c => c.ToString())]));
        if (found is [] && !AccessOf.IsDiscordId(given))
            return Verb.Refuse(new Refusal($"Nobody answers to \"{given}\". Give a user id, an e-mail address, a Discord id or a Discord user name."));
        if (found is [var person] && consent != Consent.Given)
        {
            if (Console.IsInputRedirected)
                return Verb.Refuse(new Refusal($"This would erase {person}. Nothing was changed: add --yes to do it."));
            Console.Error.Write($"Erase {person}? This cannot be undone. Type yes: ");
            if (Console.ReadLine()?.Trim() != "yes")
                return Verb.Fail("Nothing was changed.");
        }

        ForgetUser.Result? erased = null;
        if (found is [var one])
        {
            var outcome = await application.SendAsync(new ForgetUser.Command(one.UserId), progress: null, cancellation);
            if (outcome.IsRefused)
                return Verb.Refuse(outcome.Refusal);
            erased = outcome.Result;
        }

        // After the rows: whatever Discord says, nobody mentions the person or lets them in again.
        var access = await AccessOf.TakeAwayAsync(application.Services, erased is null ? given : erased.DiscordId, cancellation);
        if (access.Failure is { } failure)
            return Verb.Fail(failure);
        if (erased is null && access.Removed is null or 0)
            return Verb.Refuse(new Refusal($"Nobody answers to \"{given}\", and no group's channel has access for that Discord id."));
        Verb.Write(format, new Told(erased, access.Removed), told => told, told => Verb.Plain(InWords(told)));
        return 0;
    }

    private static string InWords(Told told)
    {
        var rows = told.Erased is { } erased
            ? $"User {erased.UserId} is erased: {erased.Enrolments} enrolments, {erased.Memberships} memberships; "
              + $"made anonymous in {erased.RunsMadeAnonymous} runs and {erased.InteractionsMadeAnonymous} interactions.\n"
            : "The rows were erased before.\n";
        return rows + (told.AccessRemoved is { } removed
            ? $"Access taken away in Discord: {removed}.\n"
            : "Nothing was changed in Discord: no bot is configured here, or no Discord id is known.\n")
            + "Backups and exports made before still hold the person; Discord holds what was written there.\n";
    }
}
