using Cohorts.Features.ListCohorts;
using Cohorts.Features.ScheduleCohort;
using Dapper;

namespace Cohorts.Tests.Features.ListCohorts;

/// <summary>The numbers beside a cohort that is offered, held against whom scheduling it would take up.</summary>
public sealed class PeopleToPlaceTests(Slices slices) : IClassFixture<Slices>
{
    [Fact]
    public async Task Those_are_counted_whom_scheduling_would_take_up_and_nobody_else()
    {
        var cohort = await slices.AddCohortAsync("Of every sort");
        var other = await slices.AddCohortAsync("Nobody to place");
        await using var connection = await slices.DataSource.OpenConnectionAsync();
        await connection.ExecuteAsync(
            """
            CREATE TEMPORARY TABLE person (name text, status grouping_status, role cohort_role, deleted_at timestamptz, sits_in text, as_role group_user_role, membership group_user_status);
            INSERT INTO person VALUES
                ('Awaits 1',              'awaiting_grouping', 'participant', NULL,  NULL,        NULL,          NULL),
                ('Awaits 2',              'awaiting_grouping', 'facilitator', NULL,  NULL,        NULL,          NULL),
                ('In a cancelled group',  'awaiting_grouping', 'participant', NULL,  'Cancelled', 'participant', 'active'),
                ('Has left a group',      'awaiting_grouping', 'participant', NULL,  'Forming',   'participant', 'dropped'),
                ('In another cohort''s',  'awaiting_grouping', 'participant', NULL,  'Elsewhere', 'participant', 'active'),
                ('Left over 1',           'ungroupable',       'participant', NULL,  NULL,        NULL,          NULL),
                ('Left over 2',           'ungroupable',       'participant', NULL,  'Cancelled', 'participant', 'active'),
                ('Deleted, awaiting',     'awaiting_grouping', 'participant', now(), NULL,        NULL,          NULL),
                ('Deleted, left over',    'ungroupable',       'participant', now(), NULL,        NULL,          NULL),
                ('In a forming group',    'awaiting_grouping', 'participant', NULL,  'Forming',   'participant', 'active'),
                ('In an active group',    'ungroupable',       'participant', NULL,  'Active',    'participant', 'active'),
                ('Leads an active group', 'awaiting_grouping', 'facilitator', NULL,  'Active',    'facilitator', 'active'),
                ('Grouped',               'grouped',           'participant', NULL,  'Active',    'participant', 'active');
            INSERT INTO groups (group_name, cohort_id, status)
            VALUES ('Forming', @cohort, 'forming'), ('Active', @cohort, 'active'), ('Cancelled', @cohort, 'cancelled'), ('Elsewhere', @other, 'active');
            INSERT INTO users (nickname, deleted_at) SELECT name, deleted_at FROM person;
            INSERT INTO courses_users (user_id, course_id, cohort_id, cohort_role, grouping_status)
            SELECT user_id, course_id, cohort_id, role, person.status FROM person JOIN users ON nickname = name JOIN cohorts ON cohort_id = @cohort;
            INSERT INTO groups_users (user_id, group_id, role, status)
            SELECT user_id, group_id, as_role, membership FROM person JOIN users ON nickname = name JOIN groups ON group_name = sits_in;
            -- Of the other cohort, only those who deleted their account.
            INSERT INTO courses_users (user_id, course_id, cohort_id, cohort_role, grouping_status)
            SELECT user_id, course_id, cohort_id, 'participant', 'awaiting_grouping' FROM users JOIN cohorts ON cohort_id = @other WHERE deleted_at IS NOT NULL;
            """,
            new { cohort, other });

        var choice = Assert.Single(await slices.SendAsync(new CohortsToSchedule.Query("")));

        Assert.Equal((cohort, 5, 2), (choice.CohortId, choice.Pending, choice.LeftOver));
        var row = (await slices.SendAsync(new Cohorts.Features.ListCohorts.ListCohorts.Query())).Result!.Cohorts.Single(c => c.CohortId == cohort);
        Assert.Equal((choice.Pending, choice.LeftOver, 4), (row.PendingUsers, row.Ungroupable, row.Grouped));
        await using var transaction = await connection.BeginTransactionAsync();
        var snapshot = await CohortSnapshot.ReadAsync(
            transaction, cohort, NodaTime.DateTimeZoneProviders.Tzdb, NodaTime.SystemClock.Instance.GetCurrentInstant(), CancellationToken.None);
        var taken = snapshot!.People.Where(p => !p.LeadsAlready).ToLookup(p => p.Standing, p => p.Name);
        Assert.Equal(["Awaits 1", "Awaits 2", "Has left a group", "In a cancelled group", "In another cohort's"], taken["awaiting_grouping"].Order(StringComparer.Ordinal));
        Assert.Equal(["Left over 1", "Left over 2"], taken["ungroupable"].Order(StringComparer.Ordinal));
    }
}
