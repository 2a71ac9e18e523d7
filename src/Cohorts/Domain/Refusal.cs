namespace Cohorts.Domain;

/// <summary>
/// A request that cannot be carried out as asked: wrong input, an unknown cohort, a cohort that is busy. Its message says what, where,
/// and the one thing to do, in words for an organizer; nothing was written. It is shown without a stack trace.
/// </summary>
public sealed class RefusalException : Exception
{
    public RefusalException(string message)
        : base(message)
    {
    }

    /// <param name="message">What was refused and what to do.</param>
    /// <param name="details">One line for each thing that is wrong, in the order a person would mend them.</param>
    public RefusalException(string message, IReadOnlyList<string> details)
        : base(message) => Details = details;

    public IReadOnlyList<string> Details { get; } = [];
}
