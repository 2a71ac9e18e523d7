using System.Data;
using System.Text.Json;
using System.Text.Json.Serialization;
using Cohorts.Domain;
using Cohorts.Scheduling;
using Dapper;
using MediatR;
using NodaTime;
using Npgsql;

namespace Cohorts.Features.ScheduleCohort;

/// <summary>
/// Forms groups of everybody in a cohort who awaits grouping or was left over, and saves them in one transaction which checks that what
/// the groups follow from still stands.
/// </summary>
public static class ScheduleCohort
{
    /// <summary>What to do where facilitators are enrolled and none of them can lead a group now.</summary>
    public enum WithoutUsableFacilitators
    {
        Refuse,
        FormGroupsWithoutLeader,
    }

    /// <param name="MeetingLengthMinutes">Null: the cohort's own, 60 where it has none. What a cohort has is not held to these limits.</param>
    /// <param name="MinPeople">Within 1 to <see cref="Command.MostPeople"/>.</param>
    /// <param name="MaxPeople">Within 1 to <see cref="Command.MostPeople"/>.</param>
    /// <param name="Iterations">Search effort, 1 to <see cref="Command.MostIterations"/>: more finds better groups, and takes longer.</param>
    /// <param name="TimeLimitSeconds">When the search ends with the best it has found, 1 to <see cref="Command.LongestTimeLimitSeconds"/>.</param>
    /// <param name="Guild">Where it was asked in Discord: the cohort must be seen there, and belongs there from then on. Null: on the command line.</param>
    [CarriedOutAs(RunKind.Scheduling)]
    public sealed record Command(
        CohortId CohortId,
        int? MeetingLengthMinutes = null,
        int MinPeople = 4,
        int MaxPeople = 8,
        int Iterations = 1000,
        int TimeLimitSeconds = 10,
        bool Balance = true,
        bool UseIfNeeded = true,
        int? Seed = null,
        WithoutUsableFacilitators WithoutFacilitators = WithoutUsableFacilitators.Refuse,
        GuildId? Guild = null) : ITakesCohortTurn<Result>
    {
        public const int DefaultMeetingLengthMinutes = 60;

        public const int ShortestMeetingMinutes = 15;
        public const int LongestMeetingMinutes = 600;

        /// <summary>In a group, both the fewest and the most.</summary>
        public const int MostPeople = 100;

        public const int MostIterations = 1_000_000;
        public const int LongestTimeLimitSeconds = 3600;

        /// <summary>As many as an import takes; a database that was taken over may hold any number.</summary>
        public const int MostMeetings = 200;

        /// <summary>The same cohort forms the same groups again unless another seed is given.</summary>
        public const int DefaultSeed = 1;

        int? ITakesCohortTurn.Seed => Seed ?? DefaultSeed;
    }

    /// <summary>Who leads the groups that were formed.</summary>
    public enum Leadership
    {
        Facilitators,
        NobodyEnrolledToLead,
        NobodyUsableToLead,
    }

    /// <param name="UsersGrouped">Without facilitators who led a group of this cohort before.</param>
    /// <param name="UpperBound">Proven: no valid grouping places more of these people.</param>
    /// <param name="Optimal">Whether <paramref name="UsersGrouped"/> reaches it.</param>
    /// <param name="MeetingTimezone">The cohort's own zone, an IANA name; null where it keeps to UTC.</param>
    public sealed record Result(
        RunId RunId,
        CohortId CohortId,
        string CohortName,
        string CourseName,
        string? MeetingTimezone,
        Leadership Leadership,
        int GroupsCreated,
        int UsersGrouped,
        int UsersUngroupable,
        IReadOnlyList<FormedGroup> Groups,
        IReadOnlyList<UngroupedUser> Ungroupable,
        int UpperBound,
        bool Optimal,
        double ElapsedMs,
        int Seed)
    {
        /// <summary>What clock changes within the groups' meetings move, the next first; empty in results kept before this was told.</summary>
        public IReadOnlyList<ClockMove> ClockChanges { get; init; } = [];

        /// <summary>Where there was nobody to place; null otherwise, and in results kept before this was told.</summary>
        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public GroupedAlready? Already { get; init; }

        /// <summary>One sentence on where one more facilitator would place the most; null where that helps nobody, and in results kept before.</summary>
        public string? BestFacilitatorHour { get; init; }
    }

    /// <param name="FirstMeeting">When the group meets first: of one that was formed late, the next meeting that is left.</param>
    public sealed record FormedGroup(
        GroupId GroupId,
        string Name,
        int StartMinute,
        int LengthMinutes,
        string MeetingTimeUtc,
        DateTimeOffset FirstMeeting,
        UserId? FacilitatorId,
        IReadOnlyList<GroupMember> Members)
    {
        /// <summary>Set where the group was formed after its cohort's start.</summary>
        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public LateStart? Late { get; init; }
    }

    public sealed record GroupMember(UserId Id, string Name, string? Timezone, CohortRole Role, bool IfNeeded);

    public sealed record UngroupedUser(UserId Id, string Name, string? Timezone, CohortRole Role, UngroupableReason Reason, string Detail)
    {
        /// <summary>One sentence on what would place them, times in their own zone; null in results kept before this was told.</summary>
        public string? Change { get; init; }
    }

    public sealed class Handler(NpgsqlDataSource database, Turn turn, IDateTimeZoneProvider zones, SearchThreads searches, IClock clock)
        : IRequestHandler<Command, Outcome<Result>>
    {
        /// <summary>Sign-ups can arrive while groups are formed; a cohort whose data changes this often is not ready to be scheduled.</summary>
        private const int Attempts = 5;

        /// <summary>More names than somebody reads in a refusal.</summary>
        private const int FacilitatorsTold = 12;

        public async Task<Outcome<Result>> Handle(Command request, CancellationToken cancellationToken)
        {
            if (OutOfRange(request) is { } outOfRange)
                return new Refusal(outOfRange);
            // Within the run, which keeps the cohort from being given to another server until it has ended.
            if (request.Guild is { } guild && (await Cohort.FindInGuildAsync(database, request.CohortId, guild, cancellationToken)).Refusal is { } unseen)
                return unseen;
            for (var attempt = 1; attempt <= Attempts; attempt++)
            {
                // One moment for the reading and the saving: what is over by then does not depend on how long the search took.
                var now = clock.GetCurrentInstant();
                if (await ReadAsync(request.CohortId, now, cancellationToken) is not { } snapshot)
                    return new Refusal($"There is no cohort {request.CohortId}.") { Reason = RefusalReason.NoSuchCohort };

                var problem = Pose(request, snapshot);
                if (problem.Validate() is { } nonsense)
                    return new Refusal(nonsense);

                var grouping = await FormGroupsAsync(problem, request, cancellationToken);
                var leadership = Leadership.Facilitators;
                if (snapshot.Cohort.Facilitators == 0)
                {
                    leadership = Leadership.NobodyEnrolledToLead;
                }
                else if (grouping.UsableFacilitators == 0 && snapshot.SomebodyIsToBePlaced)
                {
                    if (request.WithoutFacilitators == WithoutUsableFacilitators.Refuse)
                        return NobodyCanLead(snapshot, grouping);
                    leadership = Leadership.NobodyUsableToLead;
                    grouping = await FormGroupsAsync(problem with { Led = false }, request, cancellationToken);
                }

                if (await SaveAsync(request, snapshot, grouping, problem, leadership, now, cancellationToken) is { } result)
                {
                    RunTelemetry.Scheduled(grouping.Placed, grouping.Ungroupable.Count, grouping.UpperBound, grouping.Elapsed);
                    return result;
                }
            }

            return new Refusal(
                $"Enrolments of this cohort changed {Attempts} times, or were held by something else, while its groups were being formed. Nothing was saved. " +
                "Wait until sign-ups and imports are quiet, then run it again.");
        }

        /// <summary>One sentence on the first option that is beyond its limits; null where none is.</summary>
        private static string? OutOfRange(Command request) => request switch
        {
            { MeetingLengthMinutes: < Command.ShortestMeetingMinutes or > Command.LongestMeetingMinutes } =>
                $"A meeting of {request.MeetingLengthMinutes} minutes is not possible: give {Command.ShortestMeetingMinutes} to {Command.LongestMeetingMinutes}.",
            { MinPeople: < 1 or > Command.MostPeople } =>
                $"A group of at least {request.MinPeople} people is not possible: give 1 to {Command.MostPeople}.",
            { MaxPeople: < 1 or > Command.MostPeople } =>
                $"A group of at most {request.MaxPeople} people is not possible: give 1 to {Command.MostPeople}.",
            { Iterations: < 1 or > Command.MostIterations } =>
                $"A search of {request.Iterations} iterations is not possible: give 1 to {Command.MostIterations}.",
            { TimeLimitSeconds: < 1 or > Command.LongestTimeLimitSeconds } =>
                $"A time limit of {request.TimeLimitSeconds} seconds is not possible: give 1 to {Command.LongestTimeLimitSeconds}.",
            _ => null,
        };

        private async Task<CohortSnapshot?> ReadAsync(CohortId cohort, Instant now, CancellationToken cancellation)
        {
            await using var connection = await database.OpenConnectionAsync(cancellation);
            await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellation);
            return await CohortSnapshot.ReadAsync(transaction, cohort, zones, now, cancellation);
        }

        private static Problem Pose(Command request, CohortSnapshot snapshot)
        {
            var meetings = snapshot.Meetings.ToLookup(m => m.UserId);
            return new Problem
            {
                Name = snapshot.Cohort.CohortName,
                MeetingLengthMinutes =
                    request.MeetingLengthMinutes ?? snapshot.Cohort.MeetingLengthMinutes ?? Command.DefaultMeetingLengthMinutes,
                MinPeople = request.MinPeople,
                MaxPeople = request.MaxPeople,
                UseIfNeeded = request.UseIfNeeded,
                Balance = request.Balance,
                Led = snapshot.Cohort.Facilitators > 0,
                People =
                [
                    .. snapshot.People.Select(p => new Person(
                        p.UserId.ToString(),
                        p.Name,
                        p.IsFacilitator ? Role.Facilitator : Role.Participant,
                        p.Timezone ?? "",
                        p.Availability,
                        p.IfNeeded,
                        p.GroupsAllowed - p.GroupsLed)
                    {
                        AlreadyPlaced = p.LeadsAlready,
                        Busy = Availability.From(meetings[p.UserId].Select(m => new WeekInterval(m.StartMinute, m.LengthMinutes))),
                    }),
                ],
            };
        }

        private Task<Grouping> FormGroupsAsync(Problem problem, Command request, CancellationToken cancellation) => searches.SolveAsync(
            problem,
            new SearchOptions(request.Iterations, request.Seed ?? Command.DefaultSeed) { TimeLimit = TimeSpan.FromSeconds(request.TimeLimitSeconds) },
            turn.Run.Progress,
            cancellation);

        private static Refusal NobodyCanLead(CohortSnapshot snapshot, Grouping grouping)
        {
            var why = grouping.Ungroupable.ToDictionary(u => u.Id, u => u.Detail);
            var facilitators = snapshot.People.Where(p => p.IsFacilitator).ToList();
            return new Refusal(
                $"No group was formed: {snapshot.Cohort.Facilitators} enrolled to facilitate {snapshot.Cohort.CohortName}, and none of them " +
                "can lead a group now. Enrol another, or raise what one may lead (max_groups), and import again.",
                [
                    .. facilitators.Take(FacilitatorsTold).Select(p =>
                        $"{p.Name}: {why.GetValueOrDefault(p.UserId.ToString(), $"leads {Counted.Of(p.GroupsLed, "group")} already, and may lead {p.GroupsAllowed}.")}"),
                    .. facilitators.Count > FacilitatorsTold ? new[] { $"and {facilitators.Count - FacilitatorsTold} more" } : [],
                ])
            {
                Reason = RefusalReason.NobodyUsableToLead,
            };
        }

        /// <summary>One transaction. Null when what the groups follow from has changed: nothing is saved then.</summary>
        private async Task<Result?> SaveAsync(
            Command request,
            CohortSnapshot snapshot,
            Grouping grouping,
            Problem problem,
            Leadership leadership,
            Instant now,
            CancellationToken cancellation)
        {
            await using var connection = await database.OpenConnectionAsync(cancellation);
            await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.ReadCommitted, cancellation);
            try
            {
                await transaction.HoldTurnAsync(turn.Run, cancellation);
                await LockAsync(transaction, request.CohortId, cancellation);
                if (!snapshot.Equals(await CohortSnapshot.ReadAsync(transaction, request.CohortId, zones, now, cancellation)))
                    return null;

                var groups = await InsertGroupsAsync(transaction, request, snapshot, grouping, problem, now, cancellation);
                var result = Tell(request, snapshot, grouping, leadership, groups);
                if (result is { UsersGrouped: 0, UsersUngroupable: 0 })
                    result = result with { Already = await GroupedAlready.ReadAsync(transaction, request.CohortId, cancellation) };
                await UpdateEnrolmentsAsync(transaction, result, snapshot, cancellation);
                await BelongsAsync(transaction, request, cancellation);
                await KeepResultAsync(transaction, result, cancellation);
                // From here on it is saved or not, and no cancellation may leave it open which.
                await transaction.CommitAsync(CancellationToken.None);
                return result;
            }
            catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure)
            {
                // An import or another cohort's run locked the same people in another order: start again from what it wrote.
                return null;
            }
            catch (NpgsqlException e) when (e.InnerException is TimeoutException && !cancellation.IsCancellationRequested)
            {
                // Something else has held these people for half a minute, such as a large import: once more.
                return null;
            }
        }

        /// <summary>People, not only enrolments: the same person may be scheduled in another cohort at this moment.</summary>
        private static Task LockAsync(NpgsqlTransaction transaction, CohortId cohort, CancellationToken cancellation) =>
            transaction.Connection!.ExecuteAsync(new CommandDefinition(
                """
                SELECT 1 FROM users
                 WHERE user_id IN (SELECT user_id FROM courses_users WHERE cohort_id = @Cohort)
                 ORDER BY user_id
                   FOR UPDATE;
                SELECT 1 FROM courses_users
                 WHERE cohort_id = @Cohort
                 ORDER BY course_user_id
                   FOR UPDATE;
                """,
                new { Cohort = cohort.Value },
                transaction,
                cancellationToken: cancellation));

        private async Task<IReadOnlyList<FormedGroup>> InsertGroupsAsync(
            NpgsqlTransaction transaction,
            Command request,
            CohortSnapshot snapshot,
            Grouping grouping,
            Problem problem,
            Instant now,
            CancellationToken cancellation)
        {
            var names = grouping.Groups.Select((_, i) => $"Group {snapshot.Cohort.LastGroupNumber + 1 + i}").ToArray();
            var ids = (await transaction.Connection!.QueryAsync<(string Name, GroupId Id)>(new CommandDefinition(
                """
                INSERT INTO groups (group_name, cohort_id, recurring_meeting_time_utc, meeting_start_minute, meeting_length_minutes,
                                    max_capacity, min_size_threshold, start_date)
                SELECT name, @Cohort, time, start, @Length, @MaxPeople, @MinPeople, @StartDate
                  FROM unnest(@names, @Times, @Starts) AS formed (name, time, start)
                RETURNING group_name, group_id
                """,
                new
                {
                    names,
                    Cohort = request.CohortId.Value,
                    Times = grouping.Groups.Select(g => MeetingTime.Text(g.StartMinute, g.LengthMinutes)).ToArray(),
                    Starts = grouping.Groups.Select(g => (short)g.StartMinute).ToArray(),
                    Length = problem.MeetingLengthMinutes,
                    request.MaxPeople,
                    request.MinPeople,
                    snapshot.Cohort.StartDate,
                },
                transaction,
                cancellationToken: cancellation))).ToDictionary(g => g.Name, g => g.Id);

            var people = snapshot.People.ToDictionary(p => p.UserId.ToString());
            var zone = Zone(snapshot.Cohort.MeetingTimezone);
            var late = grouping.Groups.Select(g => LateStart.Of(
                MeetingCalendar.Meetings(snapshot.Cohort.StartDate, zone, g.StartMinute, Meetings(snapshot)), now)).ToList();
            var groups = grouping.Groups.Select((g, i) => new FormedGroup(
                ids[names[i]],
                names[i],
                g.StartMinute,
                g.LengthMinutes,
                MeetingTime.Text(g.StartMinute, g.LengthMinutes),
                late[i] is { MeetingsLeft: [var next, ..] }
                    ? next
                    : MeetingCalendar.FirstMeeting(snapshot.Cohort.StartDate, zone, g.StartMinute).ToDateTimeOffset(),
                g.FacilitatorId is { } leader ? people[leader].UserId : null,
                [
                    .. g.Members.Select(m => new GroupMember(
                        people[m.Id].UserId, people[m.Id].Name, people[m.Id].Timezone, RoleOf(people[m.Id]), m.IfNeeded)),
                ])
            {
                Late = late[i],
            }).ToList();

            var seats = groups.SelectMany(g => g.Members, (g, m) => (Group: g.GroupId.Value, User: m.Id.Value, m.Role)).ToList();
            await transaction.Connection!.ExecuteAsync(new CommandDefinition(
                """
                INSERT INTO groups_users (user_id, group_id, role)
                SELECT seat.user_id, seat.group_id, seat.role::group_user_role
                  FROM unnest(@Users, @Groups, @Roles) AS seat (user_id, group_id, role)
                """,
                new
                {
                    Users = seats.Select(s => s.User).ToArray(),
                    Groups = seats.Select(s => s.Group).ToArray(),
                    Roles = seats.Select(s => s.Role.ToString().ToLowerInvariant()).ToArray(),
                },
                transaction,
                cancellationToken: cancellation));
            return groups;
        }

        private static Task UpdateEnrolmentsAsync(
            NpgsqlTransaction transaction, Result result, CohortSnapshot snapshot, CancellationToken cancellation)
        {
            var leading = snapshot.People.Where(p => p.LeadsAlready).Select(p => p.UserId).ToHashSet();
            var tried = result.Groups.SelectMany(g => g.Members).Select(m => m.Id).Distinct().Where(id => !leading.Contains(id))
                .Select(id => (Id: id.Value, Status: "grouped", Reason: (string?)null, Detail: (string?)null))
                .Concat(result.Ungroupable.Select(u =>
                    (Id: u.Id.Value, Status: "ungroupable", Reason: (string?)ReasonName(u.Reason), Detail: (string?)u.Detail)))
                .ToList();
            return transaction.Connection!.ExecuteAsync(new CommandDefinition(
                """
                UPDATE courses_users
                   SET grouping_status = tried.status::grouping_status,
                       ungroupable_reason = tried.reason,
                       ungroupable_detail = tried.detail,
                       grouping_attempt_count = coalesce(grouping_attempt_count, 0) + 1,
                       last_grouping_attempt_at = now(),
                       updated_at = now()
                  FROM unnest(@Users, @Statuses, @Reasons, @Details) AS tried (user_id, status, reason, detail)
                 WHERE courses_users.cohort_id = @Cohort
                   AND courses_users.user_id = tried.user_id
                """,
                new
                {
                    Cohort = result.CohortId.Value,
                    Users = tried.Select(t => t.Id).ToArray(),
                    Statuses = tried.Select(t => t.Status).ToArray(),
                    Reasons = tried.Select(t => t.Reason).ToArray(),
                    Details = tried.Select(t => t.Detail).ToArray(),
                },
                transaction,
                cancellationToken: cancellation));
        }

        /// <summary>A cohort without a server belongs to the one in which something of it was changed.</summary>
        private static Task BelongsAsync(NpgsqlTransaction transaction, Command request, CancellationToken cancellation) => request.Guild is null
            ? Task.CompletedTask
            : transaction.Connection!.ExecuteAsync(new CommandDefinition(
                "UPDATE cohorts SET discord_guild_id = @Guild, updated_at = now() WHERE cohort_id = @Cohort AND discord_guild_id IS NULL",
                new { Guild = request.Guild.ToString(), Cohort = request.CohortId.Value },
                transaction,
                cancellationToken: cancellation));

        /// <summary>In the transaction that saves the groups: a run that dies right after it is known to have succeeded, and with what.</summary>
        private Task KeepResultAsync(NpgsqlTransaction transaction, Result result, CancellationToken cancellation) =>
            transaction.Connection!.ExecuteAsync(new CommandDefinition(
                "UPDATE runs SET result = @Json::jsonb WHERE run_id = @Run",
                new { Run = turn.Run.Id.Value, Json = JsonSerializer.Serialize<Outcome<Result>>(result, CohortsJson.Options) },
                transaction,
                cancellationToken: cancellation));

        private Result Tell(
            Command request, CohortSnapshot snapshot, Grouping grouping, Leadership leadership, IReadOnlyList<FormedGroup> groups)
        {
            var people = snapshot.People.ToDictionary(p => p.UserId.ToString());
            return new Result(
                turn.Run.Id,
                request.CohortId,
                snapshot.Cohort.CohortName,
                snapshot.Cohort.CourseName,
                snapshot.Cohort.MeetingTimezone,
                leadership,
                groups.Count,
                grouping.Placed,
                grouping.Ungroupable.Count,
                groups,
                [
                    .. grouping.Ungroupable.Select(u => new UngroupedUser(
                        people[u.Id].UserId, people[u.Id].Name, people[u.Id].Timezone, RoleOf(people[u.Id]), u.Reason, u.Detail)
                    {
                        Change = u.Change(m => When(snapshot, people[u.Id].Timezone, m), g => groups[g].Name),
                    }),
                ],
                grouping.UpperBound,
                grouping.Optimal,
                Math.Round(grouping.Elapsed.TotalMilliseconds, 1),
                grouping.Seed)
            {
                BestFacilitatorHour = grouping.BestFacilitatorHour?.Tell(m => When(snapshot, snapshot.Cohort.MeetingTimezone, m)),
                ClockChanges = Domain.ClockChanges.Of(groups.Select(g => new WeeklyGroup(
                    snapshot.Cohort.StartDate,
                    Zone(snapshot.Cohort.MeetingTimezone),
                    g.StartMinute,
                    Meetings(snapshot),
                    [.. g.Members.Where(m => Zone(m.Timezone) is not null).Select(m => (m.Id, Zone(m.Timezone)!))])
                {
                    Over = g.Late?.MeetingsLost ?? 0,
                })),
            };
        }

        /// <summary><c>Wednesday 20:00 (Berlin; 18:00 UTC)</c>, as the clocks stand when the cohort starts.</summary>
        private string When(CohortSnapshot snapshot, string? timezone, int startMinute)
        {
            if (Zone(timezone) is not { } zone)
                return Remedy.Utc(startMinute);
            var utc = MeetingCalendar.FirstMeeting(snapshot.Cohort.StartDate, Zone(snapshot.Cohort.MeetingTimezone), startMinute).InUtc().LocalDateTime;
            var local = utc.InUtc().WithZone(zone).LocalDateTime;
            var day = utc.DayOfWeek == local.DayOfWeek ? "" : $"{utc.DayOfWeek} ";
            return $"{local.DayOfWeek} {local.Hour:00}:{local.Minute:00} ({zone.Id[(zone.Id.LastIndexOf('/') + 1)..].Replace('_', ' ')}; "
                + $"{day}{utc.Hour:00}:{utc.Minute:00} UTC)";
        }

        private DateTimeZone? Zone(string? name) => name is null ? null : zones.GetZoneOrNull(name);

        private static int Meetings(CohortSnapshot snapshot) => Math.Clamp(snapshot.Cohort.NumberOfMeetings, 0, Command.MostMeetings);

        private static CohortRole RoleOf(CohortSnapshot.PersonRow person) =>
            person.IsFacilitator ? CohortRole.Facilitator : CohortRole.Participant;
    }

    /// <summary>As the column <c>courses_users.ungroupable_reason</c> and the output for scripts have it: <c>no_facilitator_overlap</c>.</summary>
    public static string ReasonName(UngroupableReason reason) => JsonNamingPolicy.SnakeCaseLower.ConvertName(reason.ToString());
}
