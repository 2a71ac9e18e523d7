namespace Cohorts.Domain;

/// <summary>Part of a person in a cohort or in a group; <c>cohort_role</c> and <c>group_user_role</c> in the database.</summary>
public enum CohortRole
{
    Participant,
    Facilitator,
}
