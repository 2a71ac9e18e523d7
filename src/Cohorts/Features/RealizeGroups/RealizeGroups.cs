using System.Text.Json.Serialization;
using Cohorts.Discord;
using Cohorts.Domain;
using Dapper;
using MediatR;
using NodaTime;
using Npgsql;

namespace Cohorts.Features.RealizeGroups;

/// <summary>
/// Makes Discord match the groups of a cohort that stand in the database. It can be ended at any moment and begun again: what stands is
/// found, what is missing is made, what people changed by hand is respected.
/// </summary>
public static class RealizeGroups
{
    /// <param name="Guild">Null: the one that the cohort belongs to.</param>
    [CarriedOutAs(RunKind.Realizing)]
    public sealed record Command(CohortId CohortId, GuildId? Guild = null, CancelledEvents Cancelled = CancelledEvents.Leave) : ITakesCohortTurn<Result>
    {
        int? ITakesCohortTurn.Seed => null;

        bool ITakesCohortTurn.GoesOnAfterCrash => true;

        ITakesCohortTurn ITakesCohortTurn.Repeated() => this with { Cancelled = CancelledEvents.Leave };
    }

    /// <param name="GroupsMade">That became complete, or nearer to it, for the first time.</param>
    /// <param name="GroupsRepaired">That were complete before, and from which something was missing.</param>
    /// <param name="AccessGranted">People who got access to a group's channels.</param>
    /// <param name="NotHere">People whose Discord id is known and who are not in the Discord server; they get access when they join.</param>
    /// <param name="Unknown">People of whom neither a Discord id nor a user name is known.</param>
    /// <param name="EventsLater">Meetings whose event waits until the server has room.</param>
    /// <param name="Failures">Empty when all stands.</param>
    /// <param name="Remarks">What somebody should know, each as a sentence: a group without facilitator, or without time.</param>
    public sealed record Result(
        RunId RunId,
        CohortId CohortId,
        string CohortName,
        string CourseName,
        GuildId Guild,
        string CategoryName,
        int GroupsMade,
        int GroupsRepaired,
        int GroupsUnchanged,
        IReadOnlyList<Person> AccessGranted,
        IReadOnlyList<Person> AccessRemoved,
        IReadOnlyList<Person> NotHere,
        IReadOnlyList<Person> Unknown,
        int EventsMade,
        int EventsLater,
        IReadOnlyList<EventOfGroup> EventsMoved,
        IReadOnlyList<EventOfGroup> EventsCancelled,
        IReadOnlyList<Failure> Failures,
        IReadOnlyList<string> Remarks)
    {
        /// <summary>Everything in the plan, each once; null in a result that an earlier version kept.</summary>
        public Tallies? Counted { get; init; }

        /// <summary>Results that were kept before these were told apart have them among those who are not here.</summary>
        public IReadOnlyList<Unfound> NoMember { get; init; } = [];
    }

    /// <param name="Groups">By the worst of what belongs to each: one of which something failed has failed.</param>
    /// <param name="Access">Of members who are in the server; of those who left a group, access that was taken counts as repaired.</param>
    /// <param name="Events">Of meetings to come that nobody cancelled.</param>
    /// <param name="Mentions">Of members who came after their group's welcome.</param>
    public sealed record Tallies(Counts Groups, Counts Channels, Counts Access, Counts Events, Counts Welcomes, Counts Mentions);

    /// <param name="NotTried">Because Discord or somebody ended the work before, or because what it depends on failed.</param>
    /// <param name="Later">Events for which the server has no room yet.</param>
    public sealed record Counts(int Made, int Repaired, int ThereAlready, int Failed, int NotTried, int Later)
    {
        [JsonIgnore]
        public int All => Made + Repaired + ThereAlready + Failed + NotTried + Later;
    }

    /// <summary>Somebody of whom only a user name is known, which no member of the server has, nor anybody who ever joined it had.</summary>
    /// <param name="Username">As it was written down.</param>
    public sealed record Unfound(UserId Id, string Name, string Group, string Username);

    /// <param name="Group">The group's name.</param>
    public sealed record Person(UserId Id, string Name, string Group);

    /// <param name="Meeting">1 for the group's first.</param>
    public sealed record EventOfGroup(string Group, int Meeting, DateTimeOffset Time);

    /// <param name="What">"Group 3: voice channel".</param>
    /// <param name="Why">As Discord says it, and what to do.</param>
    public sealed record Failure(string What, string Why);

    public sealed class Handler(
        NpgsqlDataSource database, Turn turn, IServiceProvider services, IDateTimeZoneProvider zones, TimeProvider clock, IClock day, ILogger<Handler> log)
        : IRequestHandler<Command, Outcome<Result>>
    {
        /// <summary>Events end, or are deleted, at any hour; a look costs five calls.</summary>
        private static readonly TimeSpan UntilThereIsRoom = TimeSpan.FromMinutes(15);

        public async Task<Outcome<Result>> Handle(Command request, CancellationToken cancellationToken)
        {
            turn.Run.Progress.Report(new RunProgress("Reading what there is", 0));
            var looking = await Look.AsAsync(request.CohortId, request.Guild, request.Cancelled, services, database, zones, day, cancellationToken);
            if (looking.IsRefused)
                return looking.Refusal;
            var look = looking.Result;
            if (look.Plan.Missing.Count > 0)
                return new Refusal($"Nothing was made for {look.Wanted.Cohort.Name}, because something is missing first:", look.Plan.Missing);

            await BelongsAsync(request.CohortId, look.Actual.Guild, cancellationToken);
            var result = await new Making(look, database, turn.Run, zones, clock, log).CarryOutAsync(cancellationToken);
            if (result.EventsLater > 0)
                turn.ComesBackAfter = UntilThereIsRoom;
            return result;
        }

        /// <summary>The first command that names a guild decides where a cohort belongs.</summary>
        private async Task BelongsAsync(CohortId cohort, Snowflake guild, CancellationToken cancellation)
        {
            await using var connection = await database.OpenConnectionAsync(cancellation);
            await connection.ExecuteAsync(new CommandDefinition(
                "UPDATE cohorts SET discord_guild_id = @Guild, updated_at = now() WHERE cohort_id = @Cohort AND discord_guild_id IS NULL",
                new { Guild = guild.ToString(), Cohort = cohort.Value },
                cancellationToken: cancellation));
        }
    }
}
