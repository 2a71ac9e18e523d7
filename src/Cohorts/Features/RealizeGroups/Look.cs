using System.Net;
using Cohorts.Discord;
using Cohorts.Domain;
using Cohorts.Hosting;
using NodaTime;
using Npgsql;

namespace Cohorts.Features.RealizeGroups;

/// <summary>One look at both sides, and what lies between them. Changes nothing.</summary>
public sealed record Look(DiscordRest Discord, Wanted Wanted, Actual Actual, Plan Plan)
{
    /// <summary>What was over then is over for everything that follows from this look.</summary>
    public required Instant Now { get; init; }

    /// <param name="guild">Null: the cohort's own, else the one that is configured.</param>
    public static async Task<Outcome<Look>> AsAsync(
        CohortId cohort,
        GuildId? guild,
        CancelledEvents cancelled,
        IServiceProvider services,
        NpgsqlDataSource database,
        IDateTimeZoneProvider zones,
        IClock clock,
        CancellationToken cancellation)
    {
        if (services.GetService<DiscordRest>() is not { } discord)
        {
            return new Refusal(
                "No Discord token is set where this runs: set Discord__Token (and Discord__GuildId) in the environment of the program, " +
                "and of the server if one runs. The README says how to get one.");
        }

        if (await Wanted.ReadAsync(database, cohort, zones, cancellation) is not { } wanted)
            return new Refusal($"There is no cohort {cohort}. `./cohorts list` shows all of them with their ids.");
        if (wanted.Groups.Count == 0)
            return new Refusal($"{wanted.Cohort.Name} has no groups yet. Form them first (/schedule, or ./cohorts schedule), then come back.");
        if (wanted.Cohort.Guild is { } own && guild is { } other && own.Value != other.Value)
            return new Refusal($"{wanted.Cohort.Name} belongs to the Discord server {own}, not to {other}.");
        var where = wanted.Cohort.Guild ?? (guild is { } named ? new Snowflake(named.Value) : services.GetService<DiscordSettings>()?.OnlyGuild);
        if (where is not { } place)
        {
            return new Refusal(
                $"{wanted.Cohort.Name} belongs to no Discord server yet. Give it to one: ./cohorts assign {cohort} --guild ID");
        }

        if (services.GetService<DiscordSettings>()?.OnlyGuild is { } served && served != place)
            return new Refusal($"{wanted.Cohort.Name} belongs to the Discord server {place}, and Discord__GuildId says that {served} alone is served. Nothing was made.");

        try
        {
            var actual = await Actual.ReadAsync(discord, database, wanted, place, cancellation);
            var now = clock.GetCurrentInstant();
            var plan = Difference.Between(wanted, actual, now, cancelled);
            return new Look(discord, wanted, actual, plan) { Now = now };
        }
        catch (DiscordException e) when (e.Status is HttpStatusCode.Forbidden && e.Route.EndsWith("/members", StringComparison.Ordinal))
        {
            return new Refusal(
                "The bot may not see who is in the server: switch on \"Server Members Intent\" for it in Discord's developer portal, page Bot. Nothing was made.");
        }
        catch (DiscordException e) when (e.Status is HttpStatusCode.Forbidden or HttpStatusCode.NotFound)
        {
            return new Refusal($"The bot is not in the Discord server {place}. Invite it with the link that the server prints when it starts. Nothing was made.");
        }
        catch (DiscordException e) when (e.Failure == DiscordFailure.Unauthorized)
        {
            return new Refusal($"Nothing was made. {DiscordSettings.TokenIsRefused}");
        }
        catch (DiscordException e)
        {
            return new Refusal($"Discord could not be read, and nothing was made: {e.Message.TrimEnd('.')}. Try again in some minutes.");
        }
    }
}
