using System.Data;
using Cohorts.Domain;
using Cohorts.Scheduling;
using Dapper;
using MediatR;
using NodaTime;
using Npgsql;

namespace Cohorts.Features.ImportCohort;

/// <summary>What the times in a file mean.</summary>
public enum Times
{
    Utc,

    /// <summary>The clocks of each row's own timezone.</summary>
    Local,
}

public enum ImportMode
{
    Save,

    /// <summary>Everything is checked and told; nothing is written, and nobody is kept from writing.</summary>
    DryRun,
}

/// <summary>
/// People from a CSV file into a cohort, which is made where it is new: all rows or none. Importing again updates the people of the file
/// and keeps those who are no longer in it.
/// </summary>
/// <remarks>
/// A cell left empty keeps what is stored, but for hours: availability is what the file says, and if_needed too where the file has that
/// column, because an empty cell there is how somebody says that they have none.
/// </remarks>
public static class ImportCohort
{
    public const int DefaultMeetingLengthMinutes = 60;

    /// <param name="Content">The file; read once, from where it stands.</param>
    /// <param name="FileName">As the person who imports it knows it.</param>
    /// <param name="Start">First day on which a group may meet.</param>
    /// <param name="Meetings">Weekly meetings, 1 to 200.</param>
    /// <param name="MeetingLengthMinutes">1 to 1440; null: as stored, 60 for a new cohort.</param>
    /// <param name="MeetingTimezone">Null: as stored, UTC for a new cohort.</param>
    /// <param name="Guild">The Discord server that a cohort which has none yet belongs to; null: the one that is configured, else the bot's only one.</param>
    /// <param name="ConfiguredGuild"><c>Discord__GuildId</c>.</param>
    public sealed record Command(
        Stream Content,
        string FileName,
        string Course,
        string Cohort,
        LocalDate Start,
        int Meetings,
        int? MeetingLengthMinutes = null,
        DateTimeZone? MeetingTimezone = null,
        Times Times = Times.Utc,
        ImportMode Mode = ImportMode.Save,
        GuildId? Guild = null,
        GuildId? ConfiguredGuild = null) : IRequest<Outcome<Result>>;

    /// <param name="CohortId">Null only where a dry run would have made the cohort.</param>
    /// <param name="People">In the file: <paramref name="Created"/> and <paramref name="Updated"/> together.</param>
    /// <param name="Updated">Known before, whether or not the file says anything new of them.</param>
    /// <param name="Unchanged">Of those updated: the file says what was known.</param>
    /// <param name="Enrolled">New in this cohort, people known before among them.</param>
    /// <param name="WithoutUsableHours">Of the file: nobody could meet them for a whole meeting at any start.</param>
    /// <param name="MissingFromFile">Enrolled, not in the file, and kept as they are.</param>
    /// <param name="AwaitingAgain">Left over by an earlier run, and no longer, because their hours or their role changed.</param>
    /// <param name="Warnings">Whole sentences: what was taken as it stands, and may not be meant.</param>
    /// <param name="Notes">Whole sentences: what was done that somebody may not expect.</param>
    public sealed record Result(
        ImportMode Mode,
        string FileName,
        CohortId? CohortId,
        string CohortName,
        string CourseName,
        CohortOrigin Origin,
        string? NearestName,
        LocalDate Start,
        int Meetings,
        int MeetingLengthMinutes,
        string? MeetingTimezone,
        int People,
        int Created,
        int Updated,
        int Unchanged,
        int Enrolled,
        Leaders Leaders,
        ReadBack? ReadBack,
        IReadOnlyList<string> WithoutUsableHours,
        IReadOnlyList<string> MissingFromFile,
        IReadOnlyList<string> AwaitingAgain,
        IReadOnlyList<MeetingMissed> MeetingsMissed,
        IReadOnlyList<ClockChange> ClockChanges,
        IReadOnlyList<string> Warnings,
        IReadOnlyList<string> Notes)
    {
        /// <summary>The Discord server that the cohort belongs to; null where it belongs to none.</summary>
        public GuildId? Guild { get; init; }

        /// <summary>It is this import that gave the cohort to its server, and nobody named it in the command.</summary>
        public bool IsGuildFound { get; init; }
    }

    public enum CohortOrigin
    {
        Existing,
        New,
        NewInNewCourse,
    }

    /// <summary>The cohort's facilitators, in the file or enrolled before.</summary>
    /// <param name="Groups">How many groups of this cohort they may lead; groups of other cohorts that they lead meanwhile are taken off.</param>
    /// <param name="Participants">Everybody else in the cohort.</param>
    public sealed record Leaders(int Facilitators, int Groups, int Participants)
    {
        /// <summary>Seats for participants in groups of eight, as large as scheduling makes them by default.</summary>
        public int Seats => Groups * 7;
    }

    /// <summary>One person's hours as this import has understood them.</summary>
    /// <param name="Place">Null where the person has no timezone, and the hours are UTC.</param>
    /// <param name="Hours">The first stretch of their week: <c>Monday 18:00-20:30</c>.</param>
    public sealed record ReadBack(string Name, string? Place, string Hours, int FurtherStretches);

    /// <summary>Somebody whose new hours no longer hold the whole meeting of a live group that they sit in.</summary>
    /// <param name="MeetingTimeUtc"><c>Wednesday 15:00-16:00</c>.</param>
    /// <param name="OtherCohort">Null when the group is of the cohort imported.</param>
    public sealed record MeetingMissed(string Name, string GroupName, string MeetingTimeUtc, string? OtherCohort);

    public sealed class Handler(NpgsqlDataSource database, IDateTimeZoneProvider provider, TimeProvider clock)
        : IRequestHandler<Command, Outcome<Result>>
    {
        /// <summary>Imports wait for each other: two with one new person in both would make that person twice.</summary>
        private const long ImportLock = 0x436F686F72747302;

        private const int Attempts = 3;

        private readonly ZoneNames zones = new(provider);

        public async Task<Outcome<Result>> Handle(Command request, CancellationToken cancellationToken)
        {
            request = request with { Course = OneLine(request.Course), Cohort = OneLine(request.Cohort) };
            if (Unusable(request) is { } refusal)
                return refusal;
            request = request with
            {
                Course = await Composed.NameAsync(database, request.Course, cancellationToken),
                Cohort = await Composed.NameAsync(database, request.Cohort, cancellationToken),
            };

            var bad = new BadRows();
            var warnings = new List<string>();
            if (await Sheet.LoadAsync(request.Content, cancellationToken) is not { } content)
            {
                return new Refusal(
                    $"{request.FileName} was not imported: it is larger than {Sheet.MaxBytes >> 20} MB, which no list of {Sheet.MaxRows} people is. " +
                    "Nothing was changed. Check that it is the right file, or split it.");
            }

            if (!Sheet.TryOpen(content, bad, out var sheet))
                return bad.Refuse(request.FileName);
            sheet.TellOtherClocks(request.Times, bad);
            var rules = new Entry.Rules(request.Times, request.Start, zones, sheet);
            var entries = new List<Entry>();
            foreach (var row in sheet.Rows(bad))
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (Entry.Read(row, rules, bad, warnings) is { } entry)
                    entries.Add(entry);
            }

            if (entries.Count == 0 && bad.Count == 0)
                bad.Add(1, null, "the file has a header and nobody below it");
            entries = await Composed.EntriesAsync(database, entries, cancellationToken);
            Recognition.TellRepeated(entries, bad);

            for (var attempt = 1; ; attempt++)
            {
                try
                {
                    return await ImportAsync(request, sheet, entries, bad, warnings, cancellationToken);
                }
                catch (PostgresException e) when (attempt < Attempts
                    && e.SqlState is PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure)
                {
                    // Something else changed the same people in another order; PostgreSQL took this transaction back as a whole.
                }
            }
        }

        private static string OneLine(string name) => string.Join(' ', name.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

        private static Refusal? Unusable(Command request)
        {
            const string Unchanged = "Nothing was changed.";
            foreach (var (what, name) in new[] { ("course", request.Course), ("cohort", request.Cohort) })
            {
                if (name.Length is 0 or > Entry.LongestName)
                    return new Refusal($"The name of the {what} has {name.Length} characters; give 1 to {Entry.LongestName}. {Unchanged}");
                if (TypedText.FirstUnseen(name) is { } unseen)
                    return new Refusal($"The name of the {what} holds a character that cannot be seen (U+{unseen.Value:X4}); type it anew. {Unchanged}");
                if (name.Contains('\uFFFD', StringComparison.Ordinal))
                    return new Refusal($"The name of the {what} holds a letter that was lost on its way; type it anew. {Unchanged}");
            }

            if (request.Start.Year is < 2000 or > 2199)
                return new Refusal($"The cohort cannot start on {Day(request.Start)}; give a date such as 2027-01-11. {Unchanged}");
            if (request.Meetings is < 1 or > 200)
                return new Refusal($"A cohort cannot have {request.Meetings} weekly meetings; give 1 to 200. {Unchanged}");
            if (request.MeetingLengthMinutes is < 1 or > WeekInterval.MinutesPerDay)
                return new Refusal($"A meeting cannot last {request.MeetingLengthMinutes} minutes; give 1 to {WeekInterval.MinutesPerDay}. {Unchanged}");
            return null;
        }

        private async Task<Outcome<Result>> ImportAsync(
            Command request, Sheet sheet, List<Entry> entries, BadRows bad, List<string> warnings, CancellationToken cancellation)
        {
            await using var connection = await database.OpenConnectionAsync(cancellation);
            await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.ReadCommitted, cancellation);
            await ExecuteAsync(
                transaction,
                request.Mode == ImportMode.DryRun ? "SET TRANSACTION READ ONLY" : "SELECT pg_advisory_xact_lock(@ImportLock)",
                new { ImportLock },
                cancellation);

            var cohorts = await StoredCohort.FindAsync(transaction, request.Course, request.Cohort, cancellation);
            if (cohorts.Count > 1)
            {
                return new Refusal(
                    $"{request.Course} has {cohorts.Count} cohorts called {request.Cohort} ({string.Join(", ", cohorts.Select(c => $"id {c.CohortId}"))}). " +
                    "Nothing was changed. Give all but one of them another name, and import again.");
            }

            var before = cohorts.SingleOrDefault();
            var known = await KnownPerson.ReadAsync(transaction, before?.CohortId, entries, request.Mode, cancellation);
            // Once more: a scheduling may have formed groups until the enrolments were locked.
            before = (await StoredCohort.FindAsync(transaction, request.Course, request.Cohort, cancellation)).SingleOrDefault();
            var now = Instant.FromDateTimeOffset(clock.GetUtcNow());
            var meetingZone = request.MeetingTimezone ?? (before?.MeetingTimezone is { } named ? zones.Find(named) : null);
            var dates = CohortDates.Of(request.Start, meetingZone, request.Meetings, now);
            var seats = await LiveSeat.ReadAsync(transaction, known, dates, now, cancellation);

            var recognized = Recognition.Recognize(entries, known, bad);
            var changes = entries.Select((e, i) => new Change(e, recognized[i])).ToList();
            foreach (var change in changes.Where(c => c.IsRoleChanged))
            {
                if (seats[change.Known!.UserId].FirstOrDefault(s => s.CohortId == before?.CohortId) is { } seat)
                {
                    bad.Add(
                        change.Entry.Line,
                        change.Entry.Name,
                        $"the role cannot become {Lower(change.Role)} while the person is {seat.Role} in {seat.GroupName}");
                }
            }

            if (bad.Count > 0)
                return bad.Refuse(request.FileName);
            if (before is not null && Fixed(request, before) is { } fixedNow)
                return fixedNow;
            var owner = await Ownership.FindAsync(transaction, request, before?.CohortId, cancellation);
            if (owner.Refusal is { } elsewhere)
                return elsewhere;

            var nearest = before is null ? await StoredCohort.NearestNameAsync(transaction, request.Course, request.Cohort, cancellation) : null;
            var (cohort, origin) = await SaveCohortAsync(transaction, request with { Guild = owner.Guild }, before, cancellation);
            var namesakes = await HandleDoubts.NamesakesAsync(transaction, changes, cancellation);
            if (request.Mode == ImportMode.Save)
                await SavePeopleAsync(transaction, cohort, changes, cancellation);
            List<string> doubts = [.. owner.Warnings, .. HandleDoubts.Doubts(changes, namesakes), .. warnings];
            var result = Tell(request, sheet, cohort, origin, nearest, changes, known, seats, doubts) with { Guild = owner.Guild, IsGuildFound = owner.IsFound };
            if (request.Mode == ImportMode.Save)
                await transaction.CommitAsync(cancellation);
            return result;
        }

        /// <summary>The calendar of a cohort stands once groups follow from it.</summary>
        private static Refusal? Fixed(Command request, StoredCohort before)
        {
            if (before.Groups == 0)
                return null;
            var wishes = new List<string>();
            if (request.Start != before.Start)
                wishes.Add($"The start stays {Day(before.Start)}, not {Day(request.Start)}: --start {Day(before.Start)}");
            if (request.Meetings != before.Meetings)
                wishes.Add($"The number of meetings stays {before.Meetings}, not {request.Meetings}: --meetings {before.Meetings}");
            var length = before.MeetingLengthMinutes ?? DefaultMeetingLengthMinutes;
            if (request.MeetingLengthMinutes is { } minutes && minutes != length)
                wishes.Add($"The length of a meeting stays {length} minutes, not {minutes}: --meeting-length {length}");
            if (request.MeetingTimezone is { } zone && zone.Id != (before.MeetingTimezone ?? "UTC"))
                wishes.Add($"The meetings stay in the zone {before.MeetingTimezone ?? "UTC"}, not {zone.Id}: leave --meeting-timezone out");
            return wishes.Count == 0
                ? null
                : new Refusal(
                    $"{request.FileName} was not imported, and nothing was changed: {request.Cohort} has " +
                    $"{Counted.Of(before.Groups, "group", "groups")} already, whose meetings follow from its dates. " +
                    "Give the command again with the dates as they stand:",
                    wishes);
        }

        private sealed record SavedCohort(
            CohortId CohortId, int CourseId, int MeetingLengthMinutes, string? MeetingTimezone, string Status);

        private static async Task<(SavedCohort Cohort, CohortOrigin Origin)> SaveCohortAsync(
            NpgsqlTransaction transaction, Command request, StoredCohort? before, CancellationToken cancellation)
        {
            var values = new
            {
                request.Course,
                request.Cohort,
                Id = before?.CohortId.Value,
                request.Start,
                request.Meetings,
                DurationDays = 7 * request.Meetings,
                Length = request.MeetingLengthMinutes ?? before?.MeetingLengthMinutes ?? DefaultMeetingLengthMinutes,
                Timezone = request.MeetingTimezone?.Id ?? before?.MeetingTimezone,
                Guild = request.Guild?.ToString(),
            };
            if (before is not null && request.Mode == ImportMode.DryRun)
                return (new SavedCohort(before.CohortId, before.CourseId, values.Length, values.Timezone, before.Status), CohortOrigin.Existing);
            if (before is not null)
            {
                // Where groups stand nothing differs, and a stored null stays null.
                if (before.Groups == 0)
                {
                    await ExecuteAsync(
                        transaction,
                        """
                        UPDATE cohorts
                           SET cohort_start_date = @Start,
                               number_of_group_meetings = @Meetings,
                               duration_days = @DurationDays,
                               meeting_length_minutes = @Length,
                               meeting_timezone = @Timezone,
                               updated_at = now()
                         WHERE cohort_id = @Id
                           AND (cohort_start_date, number_of_group_meetings, duration_days, meeting_length_minutes, meeting_timezone)
                               IS DISTINCT FROM (@Start, @Meetings, @DurationDays, @Length, @Timezone::text)
                        """,
                        values,
                        cancellation);
                }

                await ExecuteAsync(
                    transaction,
                    "UPDATE cohorts SET discord_guild_id = @Guild, updated_at = now() WHERE cohort_id = @Id AND discord_guild_id IS NULL AND @Guild::text IS NOT NULL",
                    values,
                    cancellation);
                return (new SavedCohort(before.CohortId, before.CourseId, values.Length, values.Timezone, before.Status), CohortOrigin.Existing);
            }

            var course = await transaction.Connection!.QueryFirstOrDefaultAsync<int?>(new CommandDefinition(
                "SELECT course_id FROM courses WHERE btrim(nfc(course_name)) = @Course ORDER BY course_id LIMIT 1",
                values,
                transaction,
                cancellationToken: cancellation));
            var origin = course is null ? CohortOrigin.NewInNewCourse : CohortOrigin.New;
            if (request.Mode == ImportMode.DryRun)
                return (new SavedCohort(new CohortId(0), course ?? 0, values.Length, values.Timezone, "active"), origin);
            course ??= await transaction.Connection!.ExecuteScalarAsync<int>(new CommandDefinition(
                "INSERT INTO courses (course_name) VALUES (@Course) RETURNING course_id", values, transaction, cancellationToken: cancellation));
            var cohort = await transaction.Connection!.ExecuteScalarAsync<int>(new CommandDefinition(
                """
                INSERT INTO cohorts (cohort_name, course_id, cohort_start_date, number_of_group_meetings, duration_days,
                                     meeting_length_minutes, meeting_timezone, discord_guild_id)
                VALUES (@Cohort, @CourseId, @Start, @Meetings, @DurationDays, @Length, @Timezone, @Guild)
                RETURNING cohort_id
                """,
                new
                {
                    values.Cohort,
                    CourseId = course.Value,
                    values.Start,
                    values.Meetings,
                    values.DurationDays,
                    values.Length,
                    values.Timezone,
                    values.Guild,
                },
                transaction,
                cancellationToken: cancellation));
            return (new SavedCohort(new CohortId(cohort), course.Value, values.Length, values.Timezone, "active"), origin);
        }

        /// <summary>Everybody of the file at once: a statement for each table, however many people there are.</summary>
        private static async Task SavePeopleAsync(
            NpgsqlTransaction transaction, SavedCohort cohort, List<Change> changes, CancellationToken cancellation)
        {
            var newcomers = changes.Where(c => c.Known is null).ToList();
            // Ids are taken first: what an INSERT returns is in no order that anybody promises.
            var ids = (await transaction.Connection!.QueryAsync<int>(new CommandDefinition(
                "SELECT nextval(pg_get_serial_sequence('users', 'user_id'))::int FROM generate_series(1, @Count)",
                new { newcomers.Count },
                transaction,
                cancellationToken: cancellation))).AsList();
            var idByLine = newcomers.Zip(ids).ToDictionary(n => n.First.Entry.Line, n => n.Second);
            int IdOf(Change change) => change.Known?.UserId.Value ?? idByLine[change.Entry.Line];

            if (newcomers.Count > 0)
                await ExecuteAsync(transaction, InsertUsers, Columns(newcomers, IdOf), cancellation);
            var updated = changes.Where(c => c.HoursChanged || c.DetailsChanged).ToList();
            if (updated.Count > 0)
                await ExecuteAsync(transaction, UpdateUsers, Columns(updated, IdOf), cancellation);

            var enrolled = changes.Where(c => c.Known is not { IsEnrolled: true }).ToList();
            if (enrolled.Count > 0)
                await ExecuteAsync(transaction, InsertEnrolments, Columns(enrolled, IdOf, cohort), cancellation);
            var moved = changes.Where(c => c.Known is { IsEnrolled: true } && (c.IsRoleChanged || c.AwaitsGroupingAgain)).ToList();
            if (moved.Count > 0)
                await ExecuteAsync(transaction, UpdateEnrolments, Columns(moved, IdOf, cohort), cancellation);

            var leaders = changes.Where(c => c.SetsMaxGroups).ToList();
            if (leaders.Count > 0)
                await ExecuteAsync(transaction, SetMaxGroups, Columns(leaders, IdOf), cancellation);
        }

        private static object Columns(List<Change> changes, Func<Change, int> idOf, SavedCohort? cohort = null) => new
        {
            Ids = changes.Select(idOf).ToArray(),
            Names = changes.Select(c => c.Entry.Name).ToArray(),
            Emails = changes.Select(c => c.Entry.Email).ToArray(),
            DiscordIds = changes.Select(c => c.Entry.DiscordId?.ToString()).ToArray(),
            Usernames = changes.Select(c => c.Entry.DiscordUsername).ToArray(),
            Timezones = changes.Select(c => c.Entry.Zone?.Id).ToArray(),
            HoursChanged = changes.Select(c => c.HoursChanged).ToArray(),
            Hours = changes.Select(c => c.Entry.Hours.ToString()).ToArray(),
            IfNeeded = changes.Select(c => c.Entry.IfNeeded?.ToString()).ToArray(),
            Roles = changes.Select(c => Lower(c.Role)).ToArray(),
            AwaitAgain = changes.Select(c => c.AwaitsGroupingAgain).ToArray(),
            MaxGroups = changes.Select(c => c.MaxGroups).ToArray(),
            Course = cohort?.CourseId,
            Cohort = cohort?.CohortId.Value,
        };

        private const string InsertUsers =
            """
            INSERT INTO users (user_id, nickname, email, discord_id, discord_username, timezone, availability_utc,
                               if_needed_availability_utc, availability_last_updated_at)
            OVERRIDING SYSTEM VALUE
            SELECT id, name, email, discord_id, username, timezone, hours, if_needed, now()
              FROM unnest(@Ids, @Names, @Emails::text[], @DiscordIds::text[], @Usernames::text[], @Timezones::text[], @Hours, @IfNeeded::text[])
                   AS person (id, name, email, discord_id, username, timezone, hours, if_needed)
            """;

        private const string UpdateUsers =
            """
            UPDATE users
               SET nickname = person.name,
                   -- An address that changed is one that nobody has verified.
                   email_verified_at = CASE WHEN lower(nfc(coalesce(person.email, users.email))) = lower(nfc(users.email)) THEN email_verified_at END,
                   email = coalesce(person.email, users.email),
                   discord_id = coalesce(person.discord_id, users.discord_id),
                   discord_username = coalesce(person.username, users.discord_username),
                   timezone = coalesce(person.timezone, users.timezone),
                   availability_utc = CASE WHEN hours_changed THEN person.hours ELSE availability_utc END,
                   if_needed_availability_utc =
                       CASE WHEN hours_changed THEN coalesce(person.if_needed, if_needed_availability_utc) ELSE if_needed_availability_utc END,
                   availability_last_updated_at = CASE WHEN hours_changed THEN now() ELSE availability_last_updated_at END,
                   updated_at = now()
              FROM unnest(@Ids, @Names, @Emails::text[], @DiscordIds::text[], @Usernames::text[], @Timezones::text[],
                          @HoursChanged, @Hours, @IfNeeded::text[])
                   AS person (id, name, email, discord_id, username, timezone, hours_changed, hours, if_needed)
             WHERE users.user_id = person.id
            """;

        private const string InsertEnrolments =
            """
            INSERT INTO courses_users (user_id, course_id, cohort_id, cohort_role)
            SELECT id, @Course, @Cohort, role::cohort_role
              FROM unnest(@Ids, @Roles) WITH ORDINALITY AS person (id, role, place)
             ORDER BY place
                -- Somebody may have signed up by another way since the enrolments were read.
                ON CONFLICT (user_id, cohort_id) DO NOTHING
            """;

        private const string UpdateEnrolments =
            """
            UPDATE courses_users
               SET cohort_role = person.role::cohort_role,
                   grouping_status = CASE WHEN await_again THEN 'awaiting_grouping' ELSE grouping_status END,
                   ungroupable_reason = CASE WHEN await_again THEN NULL ELSE ungroupable_reason END,
                   ungroupable_detail = CASE WHEN await_again THEN NULL ELSE ungroupable_detail END,
                   updated_at = now()
              FROM unnest(@Ids, @Roles, @AwaitAgain) AS person (id, role, await_again)
             WHERE courses_users.user_id = person.id
               AND courses_users.cohort_id = @Cohort
            """;

        private const string SetMaxGroups =
            """
            WITH lead AS (
                SELECT *
                  FROM unnest(@Ids, @MaxGroups) AS person (id, max_groups)
            ), known AS (
                UPDATE facilitators
                   SET max_active_groups = lead.max_groups,
                       updated_at = now()
                  FROM lead
                 WHERE facilitators.user_id = lead.id
                RETURNING facilitators.user_id
            )
            INSERT INTO facilitators (user_id, max_active_groups)
            SELECT id, max_groups
              FROM lead
             WHERE id NOT IN (SELECT user_id FROM known)
             ORDER BY id
            """;

        private static Task ExecuteAsync(NpgsqlTransaction transaction, string sql, object values, CancellationToken cancellation) =>
            transaction.Connection!.ExecuteAsync(new CommandDefinition(sql, values, transaction, cancellationToken: cancellation));

        private Result Tell(
            Command request,
            Sheet sheet,
            SavedCohort cohort,
            CohortOrigin origin,
            string? nearest,
            List<Change> changes,
            IReadOnlyList<KnownPerson> known,
            ILookup<UserId, LiveSeat> seats,
            List<string> warnings)
        {
            var inFile = changes.Where(c => c.Known is not null).Select(c => c.Known!.UserId).ToHashSet();
            var missing = known.Where(k => k.IsEnrolled && !inFile.Contains(k.UserId)).ToList();
            var zoned = changes
                .Select(c => (Change: c, Zone: c.Entry.Zone ?? (c.Known?.Timezone is { } id ? zones.Find(id) : null)))
                .ToList();
            var meetingZone = (cohort.MeetingTimezone is { } name ? zones.Find(name) : null) ?? DateTimeZone.Utc;

            return new Result(
                request.Mode,
                request.FileName,
                request.Mode == ImportMode.DryRun && origin != CohortOrigin.Existing ? null : cohort.CohortId,
                request.Cohort,
                request.Course,
                origin,
                nearest,
                request.Start,
                request.Meetings,
                cohort.MeetingLengthMinutes,
                cohort.MeetingTimezone,
                changes.Count,
                changes.Count(c => c.Known is null),
                changes.Count(c => c.Known is not null),
                changes.Count(c => c.IsUnchanged),
                changes.Count(c => c.Known is not { IsEnrolled: true }),
                SumUp.CountLeaders(cohort.CohortId, changes, missing, seats),
                SumUp.ReadOneBack(zoned, request.Start),
                [.. changes.Where(c => c.AllHours.Starts(cohort.MeetingLengthMinutes, SlotSet.MinutesPerFineSlot).IsEmpty).Select(c => c.Entry.Name)],
                [.. missing.Select(k => k.Name)],
                [.. changes.Where(c => c.AwaitsGroupingAgain).Select(c => c.Entry.Name)],
                [.. SumUp.FindMissedMeetings(cohort.CohortId, changes, seats)],
                ClockChange.Find(
                    zoned.Where(z => z.Zone is not null).Select(z => (z.Change.Entry.Name, z.Zone!)), meetingZone, request.Start, request.Meetings),
                [.. SumUp.Doubts(request, zoned, clock.GetUtcNow()), .. warnings],
                [.. SumUp.Remarks(request, sheet, cohort.Status, changes)]);
        }

        private static string Day(LocalDate date) => date.ToString("uuuu-MM-dd", null);

        private static string Lower(CohortRole role) => role.ToString().ToLowerInvariant();
    }
}
