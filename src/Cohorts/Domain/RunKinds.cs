using System.Reflection;

namespace Cohorts.Domain;

/// <summary>What a run does.</summary>
public enum RunKind
{
    Scheduling,
    Realizing,
}

/// <summary>The kind of run that a command is, by which it is found again for a run that stands in the database.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class CarriedOutAsAttribute(RunKind kind) : Attribute
{
    public RunKind Kind { get; } = kind;
}

/// <summary>
/// The words in <c>runs.kind</c>. They stay whatever is renamed here: by them a run that an earlier version left is gone on with.
/// </summary>
public static class RunKinds
{
    private static readonly Dictionary<string, Type> Commands = typeof(RunKinds).Assembly.GetTypes()
        .Select(t => (Type: t, As: t.GetCustomAttribute<CarriedOutAsAttribute>()))
        .Where(c => c.As is not null)
        .ToDictionary(c => Word(c.As!.Kind), c => c.Type, StringComparer.Ordinal);

    public static string Word(RunKind kind) => kind switch
    {
        RunKind.Scheduling => "scheduling",
        RunKind.Realizing => "realizing",
        _ => throw new InvalidOperationException($"Run kind {(int)kind} has no word."),
    };

    /// <exception cref="InvalidOperationException">The class says no kind.</exception>
    public static RunKind Of(Type command) => command.GetCustomAttribute<CarriedOutAsAttribute>()?.Kind
        ?? throw new InvalidOperationException($"{command.FullName} does not say which kind of run it is.");

    /// <summary>Null where this version knows no such kind: a later one may have stored it.</summary>
    public static Type? CommandOf(string word) => Commands.GetValueOrDefault(word);
}
