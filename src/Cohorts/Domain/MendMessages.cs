using MediatR;

namespace Cohorts.Domain;

/// <summary>
/// Writes the welcomes anew, and deletes the other messages, that stand in <c>messages_to_mend</c> because they name somebody who was
/// erased. Asked by whoever erases people, done by the slice that writes welcomes.
/// </summary>
public sealed record MendMessages : IRequest<Outcome<MendMessages.Result>>
{
    /// <param name="WelcomesEdited">Those that somebody had deleted are not counted.</param>
    /// <param name="Left">Messages that could not be mended now; sent again, it tries them again.</param>
    /// <param name="Failure">Why not, as Discord says it; null when nothing is left.</param>
    public sealed record Result(int WelcomesEdited, int MessagesDeleted, int Left, string? Failure);
}
