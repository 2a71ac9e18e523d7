using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;

namespace Cohorts.Domain;

/// <summary>Refusals for which the command line and Discord have advice of their own, beyond the message.</summary>
public enum RefusalReason
{
    Other,
    NoSuchCohort,
    NobodyUsableToLead,
}

/// <summary>
/// Why a request is not carried out: wrong input, an unknown cohort, a cohort that is busy. Nothing was written.
/// </summary>
/// <param name="Message">What, where, and the one thing to do, in words for an organizer.</param>
/// <param name="Details">One line for each thing that is wrong, in the order a person would mend them; often empty.</param>
[method: JsonConstructor]
public sealed record Refusal(string Message, IReadOnlyList<string> Details)
{
    public Refusal(string message)
        : this(message, [])
    {
    }

    public RefusalReason Reason { get; init; }

    /// <summary>With a sentence after the message, for a reader who can do what it says.</summary>
    public Refusal Advising(string advice) => this with { Message = $"{Message} {advice}" };
}

/// <summary>A response that can be a refusal, whatever else it holds.</summary>
public interface IRefusable
{
    bool IsRefused { get; }
}

/// <summary>What lets a pipeline step refuse for any request.</summary>
public interface IRefusable<out TSelf> : IRefusable
{
    static abstract TSelf Refused(Refusal refusal);
}

/// <summary>What a request came to: its result, or a refusal. Exactly one of the two is there. Travels as JSON.</summary>
public sealed record Outcome<T> : IRefusable<Outcome<T>>
    where T : class
{
    [JsonConstructor]
    private Outcome(T? result, Refusal? refusal)
    {
        if (result is null == refusal is null)
            throw new InvalidOperationException($"An outcome is a {typeof(T).FullName} or a refusal, and exactly one of them.");
        Result = result;
        Refusal = refusal;
    }

    public T? Result { get; }

    public Refusal? Refusal { get; }

    [JsonIgnore]
    [MemberNotNullWhen(true, nameof(Refusal))]
    [MemberNotNullWhen(false, nameof(Result))]
    public bool IsRefused => Refusal is not null;

    public static Outcome<T> Refused(Refusal refusal) => refusal;

    public static implicit operator Outcome<T>(T result) => new(result, null);

    public static implicit operator Outcome<T>(Refusal refusal) => new(null, refusal);
}
