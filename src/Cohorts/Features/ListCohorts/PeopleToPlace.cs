namespace Cohorts.Features.ListCohorts;

/// <summary>
/// Who awaits grouping, and who was left over: by the same measure as scheduling takes people up, in every list. Somebody who deleted their
/// account, or sits in a live group of the cohort, is neither.
/// </summary>
internal static class PeopleToPlace
{
    /// <summary>One row for each row of the table or subquery <c>matching</c>, which has a <c>cohort_id</c>: <c>pending</c> and <c>left_over</c>.</summary>
    /// <remarks>
    /// A cohort's live members are read once: looked up for each person instead, through all groups that person ever had, a list of 25
    /// took 200 ms.
    /// </remarks>
    public const string Counted =
        """
        LATERAL (WITH sits AS MATERIALIZED (
                     SELECT groups_users.user_id
                       FROM live_groups
                       JOIN groups_users USING (group_id)
                      WHERE live_groups.cohort_id = matching.cohort_id
                        AND groups_users.status = 'active')
                 SELECT (count(*) FILTER (WHERE grouping_status = 'awaiting_grouping'))::int AS pending,
                        (count(*) FILTER (WHERE grouping_status = 'ungroupable'))::int AS left_over
                   FROM courses_users
                   JOIN users USING (user_id)
                  WHERE courses_users.cohort_id = matching.cohort_id
                    AND grouping_status IN ('awaiting_grouping', 'ungroupable')
                    AND deleted_at IS NULL
                    AND NOT EXISTS (SELECT 1 FROM sits WHERE sits.user_id = courses_users.user_id)) AS counted
        """;
}
