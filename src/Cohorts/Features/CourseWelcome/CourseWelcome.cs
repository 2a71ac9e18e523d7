using Cohorts.Domain;
using Cohorts.Features.RealizeGroups;
using Dapper;
using MediatR;
using NodaTime;
using Npgsql;

namespace Cohorts.Features.CourseWelcome;

/// <summary>Shows what the groups of a course read first in their channels, and changes it. Welcomes that were sent stay as they are.</summary>
public static class CourseWelcome
{
    public enum Change
    {
        None,
        Set,
        Reset,
    }

    /// <param name="Course">Id or name, in any case; else a part of one course's name.</param>
    /// <param name="Template">The new text; only where it is to be set.</param>
    public sealed record Command(string Course, Change Change, string? Template) : IRequest<Outcome<Result>>;

    public enum Origin
    {
        Default,
        OwnOfCourse,
    }

    /// <param name="Template">In use from now on.</param>
    /// <param name="Sample">What a made-up group would read, with names and times as Discord shows them.</param>
    public sealed record Result(int CourseId, string CourseName, Change Change, Origin Origin, string Template, string Sample);

    public sealed class Handler(NpgsqlDataSource database, IDateTimeZoneProvider zones) : IRequestHandler<Command, Outcome<Result>>
    {
        public async Task<Outcome<Result>> Handle(Command request, CancellationToken cancellationToken)
        {
            var template = request.Template?.ReplaceLineEndings("\n");
            if (request.Change == Change.Set && WelcomeTemplate.Problem(template ?? "") is { } problem)
                return problem;

            var given = request.Course.Replace("\0", "", StringComparison.Ordinal);
            if (TypedText.FirstUnseen(given) is { } unseen)
                return new Refusal($"The name of the course holds a character that cannot be seen (U+{unseen.Value:X4}); type it anew. Nothing was changed.");
            var typed = TypedText.WithPlainBlanks(given).Trim();
            await using var connection = await database.OpenConnectionAsync(cancellationToken);
            var found = (await connection.QueryAsync<Row>(new CommandDefinition(
                """
                SELECT course_id AS Id,
                       course_name AS Name,
                       welcome_template AS Template,
                       lower(nfc(course_name)) = lower(nfc(@Text)) AS IsWhole
                  FROM courses
                 WHERE course_id::text = @Text
                    OR strpos(lower(nfc(course_name)), lower(nfc(@Text))) > 0
                 ORDER BY course_id::text = @Text DESC, lower(nfc(course_name)) = lower(nfc(@Text)) DESC, course_id
                """,
                new { Text = typed },
                cancellationToken: cancellationToken))).AsList();
            // A whole name goes before those that only hold it, and an id before both.
            var whole = found.Where(c => c.IsWhole || string.Equals(c.Name, typed, StringComparison.OrdinalIgnoreCase)).ToList();
            if (found.Count > 0 && $"{found[0].Id}" == typed)
                found = [found[0]];
            else if (whole.Count > 0)
                found = whole;
            else if (typed.Length == 0 || typed.All(char.IsAsciiDigit))
                found = [];
            if (found.Count == 0)
                return new Refusal($"There is no course \"{request.Course}\". `./cohorts list` shows all cohorts with their courses.");
            if (found.Count > 1)
            {
                return new Refusal(
                    whole.Count > 0 ? $"{found.Count} courses are called \"{request.Course}\". Name one by its id:" : $"{found.Count} courses have \"{request.Course}\" in their names. Name one by its id:",
                    [.. found.Select(c => $"{c.Id}  {c.Name}")]);
            }

            var course = found[0];
            if (request.Change != Change.None)
            {
                course = course with { Template = request.Change == Change.Set ? template : null };
                await connection.ExecuteAsync(new CommandDefinition(
                    """
                    UPDATE courses
                       SET welcome_template = @Template,
                           updated_at = now()
                     WHERE course_id = @Id
                    """,
                    course,
                    cancellationToken: cancellationToken));
            }

            // One that was written into the database by hand and is none is not used: see WelcomeMessage.
            var own = course.Template is { } text && WelcomeTemplate.Problem(text) is null ? text : null;
            return new Result(
                course.Id,
                course.Name,
                request.Change,
                own is null ? Origin.Default : Origin.OwnOfCourse,
                own ?? WelcomeTemplate.Default,
                SampleMessage.Read(course.Name, own, zones));
        }

        private sealed record Row(int Id, string Name, string? Template, bool IsWhole);
    }
}
