namespace Cohorts.Domain;

/// <summary>Part of a person in a cohort or in a group; <c>cohort_role</c> and <c>group_user_role</c> in the database.</summary>
public enum CohortRole
{
    Participant,
    Facilitator,
}

/// <summary>Where a person's enrolment stands; <c>grouping_status</c> in the database.</summary>
public enum GroupingStatus
{
    AwaitingGrouping,
    Grouped,
    Ungroupable,
}
