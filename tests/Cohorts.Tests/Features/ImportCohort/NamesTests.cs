using Cohorts.Domain;
using Cohorts.Features.ImportCohort;
using Cohorts.Features.ListCohorts;
using Dapper;
using static Cohorts.Features.ImportCohort.ImportCohort;

namespace Cohorts.Tests.Features.ImportCohort;

/// <summary>Names, addresses and user names as people type them, through a whole import and back out of it.</summary>
public sealed class NamesTests(Slices slices) : IClassFixture<Slices>
{
    private const string Composed = "name,email,role,timezone,availability\nZoë Noël,,facilitator,Europe/Paris,T18:00 T20:00\nJürgen Groß,,,Europe/Paris,T18:00 T20:00\n"
        + "André É,,,Europe/Paris,T18:00 T20:00\nSøren Å,,,Europe/Paris,T18:00 T20:00\nÖmer,ömer@example.org,,Europe/Paris,T18:00 T20:00\n";

    private const string Decomposed = "name,email,role,timezone,availability\nZoe\u0308 Noe\u0308l,,facilitator,Europe/Paris,T18:00 T20:00\nJu\u0308rgen Groß,,,Europe/Paris,T18:00 T20:00\n"
        + "Andre\u0301 E\u0301,,,Europe/Paris,T18:00 T20:00\nSøren A\u030A,,,Europe/Paris,T18:00 T20:00\nO\u0308mer,o\u0308mer@example.org,,Europe/Paris,T18:00 T20:00\n";

    [Theory]
    [InlineData(Decomposed, Composed, "decomposed first")]
    [InlineData(Composed, Decomposed, "composed first")]
    public async Task Letters_are_one_composed_or_not(string first, string second, string cohort)
    {
        await slices.ImportedAsync(Files.Import(first, cohort + " Café", "Cafe\u0301"));
        var again = await slices.ImportedAsync(Files.Import(second, cohort + " Cafe\u0301", "Café"));

        Assert.Equal((5, 0, 5, 5, CohortOrigin.Existing), (again.People, again.Created, again.Updated, again.Unchanged, again.Origin));
        Assert.Equal(
            ["André É", "Jürgen Groß", "Søren Å", "Zoë Noël", "Ömer"],
            (await TextsAsync("SELECT nickname FROM users JOIN courses_users USING (user_id) WHERE cohort_id = @id", again.CohortId!.Value.Value)).Order(StringComparer.Ordinal));
        Assert.Equal([cohort + " Café"], await TextsAsync("SELECT cohort_name FROM cohorts WHERE cohort_id = @id", again.CohortId!.Value.Value));
    }

    /// <summary>An older system may go on writing into the same database.</summary>
    [Fact]
    public async Task What_is_stored_with_letters_apart_is_found_and_becomes_composed()
    {
        await slices.ImportedAsync(Files.Import("name,email,availability\nFrançois,françois@example.org,T18:00 T20:00\n", "Été", "Théâtre"));
        await slices.Database.ExecuteAsync(
            """
            UPDATE users SET nickname = normalize(nickname, NFD), email = normalize(email, NFD), email_verified_at = now() WHERE nickname = 'François';
            UPDATE courses SET course_name = normalize(course_name, NFD) WHERE course_name = 'Théâtre';
            UPDATE cohorts SET cohort_name = normalize(cohort_name, NFD) WHERE cohort_name = 'Été';
            """);

        var found = (await Cohort.FindAsync(slices.DataSource, "Théâtre / Été", CancellationToken.None)).Result!;
        Assert.Equal(found, (await Cohort.FindAsync(slices.DataSource, "E\u0301te\u0301", CancellationToken.None)).Result);
        Assert.Contains(await slices.SendAsync(new CohortsToSchedule.Query("Été")), c => c.CohortId == found.Id);
        Assert.Contains(await slices.SendAsync(new CohortsToSchedule.Query("E\u0301te\u0301\u200B")), c => c.CohortId == found.Id);
        Assert.False((await slices.SendAsync(new Cohorts.Features.CourseWelcome.CourseWelcome.Command("Théâtre", Cohorts.Features.CourseWelcome.CourseWelcome.Change.None, null))).IsRefused);

        var again = await slices.ImportedAsync(Files.Import("name,email,availability\nFrançois,françois@example.org,T18:00 T20:00\n", "Été", "Théâtre"));

        Assert.Equal((found.Id, 0, 1), (again.CohortId, again.Created, again.Updated));
        Assert.Equal(["François françois@example.org true"], await TextsAsync(
            "SELECT format('%s %s %s', nickname, email, (email_verified_at IS NOT NULL)::text) FROM users JOIN courses_users USING (user_id) WHERE cohort_id = @id", found.Id.Value));
    }

    [Theory]
    [InlineData("name", "An\u200Ba")]
    [InlineData("name", "Ana\u00AD")]
    [InlineData("name", "\u3164")]
    [InlineData("email", "ana\u200D@example.org")]
    [InlineData("discord_username", "ana\u2060")]
    [InlineData("discord_id", "\uFEFF300000000000000001")]
    [InlineData("role", "facilitator\u200E")]
    [InlineData("timezone", "Europe/Berlin\u200B")]
    [InlineData("availability", "M10:00\u00AD M12:00")]
    public async Task What_cannot_be_seen_is_refused_in_every_column(string column, string value)
    {
        var cells = new Dictionary<string, string> { ["name"] = "Ana", ["email"] = "", ["discord_id"] = "", ["discord_username"] = "", ["role"] = "", ["timezone"] = "", ["availability"] = "" };
        cells[column] = value;
        var refusal = await slices.RefusedAsync(Files.Import($"{string.Join(',', cells.Keys)}\n{string.Join(',', cells.Values)}\n", "Unseen"));

        Assert.Contains($"{column} holds a character that cannot be seen (U+", Assert.Single(refusal.Details), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Names_of_courses_and_cohorts_with_what_cannot_be_seen_are_refused_wherever_they_are_given()
    {
        const string Csv = "name,availability\nAna,M10:00 M12:00\n";
        Assert.Contains("U+200B", (await slices.RefusedAsync(Files.Import(Csv, "Jan\u200Buary"))).Message, StringComparison.Ordinal);
        Assert.Contains("U+2800", (await slices.RefusedAsync(Files.Import(Csv, "January", "Rust\u2800"))).Message, StringComparison.Ordinal);
        Assert.Contains("U+200B", (await Cohort.FindAsync(slices.DataSource, "Jan\u200Buary", CancellationToken.None)).Refusal!.Message, StringComparison.Ordinal);
        Assert.Contains("U+00AD", (await slices.SendAsync(new Cohorts.Features.CourseWelcome.CourseWelcome.Command("Ru\u00ADst", Cohorts.Features.CourseWelcome.CourseWelcome.Change.None, null))).Refusal!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Columns_by_other_names_are_read_and_the_rest_is_listed()
    {
        var result = await slices.ImportedAsync(Files.Import(
            "\uFEFFName,E-Mail,Discord,Roles,Time zone,Availability,If-needed hours,Notes,\n"
            + "Ann H,ann@hd.example,Ana,facilitator,Europe/Paris,T18:00 T20:00,,likes tea,\nBob H,bob@hd.example,@ben,participant,Europe/Paris,T18:00 T20:00,W18:00 W20:00,,forgotten\n",
            "Headers"));

        Assert.Equal(
            ["Ann H|ann@hd.example|ana|Europe/Paris||facilitator", "Bob H|bob@hd.example|ben|Europe/Paris|W18:00 W20:00|participant"],
            await TextsAsync(
                """
                SELECT concat_ws('|', nickname, email, discord_username, timezone, coalesce(if_needed_availability_utc, ''), cohort_role)
                  FROM users JOIN courses_users USING (user_id) WHERE cohort_id = @id ORDER BY nickname
                """,
                result.CohortId!.Value.Value));
        Assert.Contains(result.Notes, n => n.Contains("Notes", StringComparison.Ordinal) && n.Contains("column 9", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("name,Emial,availability", "\"Emial\" is not one of ours; is email meant?")]
    [InlineData("name,Discrod,availability", "is discord_username meant?")]
    [InlineData("name,Tiem zone,availability", "is timezone meant?")]
    [InlineData("name,Role you want,availability", "is role meant?")]
    [InlineData("First name,email,availability", "the column name is missing; is \"First name\" meant?")]
    [InlineData("name,email,When free", "the column availability is missing; is \"When free\" meant?")]
    [InlineData("name,Email,availability,Mail", "the column email is there twice, as \"Email\" (number 2) and \"Mail\" (number 4)")]
    [InlineData("Name,Full name,availability", "the column name is there twice, as \"Name\" (number 1) and \"Full name\" (number 2)")]
    public async Task A_column_that_looks_like_one_of_ours_is_asked_about_before_anything_is_saved(string header, string question)
    {
        var before = await slices.ChecksumAsync();
        var refusal = await slices.RefusedAsync(Files.Import($"{header}\n{string.Join(',', header.Split(',').Select(_ => "x"))}\n", "Asked"));

        Assert.Contains(question, Assert.Single(refusal.Details), StringComparison.Ordinal);
        Assert.Equal(before, await slices.ChecksumAsync());
    }

    [Fact]
    public async Task Hours_whose_column_says_other_clocks_are_refused()
    {
        const string Csv = "name,timezone,availability_utc\nAna,Europe/Berlin,T18:00 T20:00\n";
        var refusal = await slices.RefusedAsync(Files.Import(Csv, "Clocks") with { Times = Times.Local });
        Assert.Contains("leave --times local out", Assert.Single(refusal.Details), StringComparison.Ordinal);
        refusal = await slices.RefusedAsync(Files.Import(Csv.Replace("availability_utc", "Availability (local time)", StringComparison.Ordinal), "Clocks"));
        Assert.Contains("add --times local", Assert.Single(refusal.Details), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_an_import_made_is_exported_and_imported_as_the_same()
    {
        var first = await slices.ImportedAsync(Files.Import(
            "name,email,discord_id,discord_username,role,timezone,availability,if_needed,max_groups\n"
            + "=cmd,formula@rt.example,,@rt.one,facilitator,Europe/Berlin,\"W18:00 W20:00, U23:00 M01:00\",R17:00 R19:00,3\n"
            + "''=cmd,,,rt.two,,UTC-5,T18:00 T20:00,,\n\"+Ana; \"\"Bee\"\"\",a+b@rt.example,300000000000000401,rt.three,facilitator,Eastern Standard Time,,,\n"
            + "-,,,,,,,,\nZoe\u0308 👩\u200D🚀,,300000000000000402,two words,,Asia/Kolkata,M00:00 T00:00,,0\n",
            "Round trip"));
        var folder = Path.Combine(Path.GetTempPath(), $"round-trip-{Guid.NewGuid():N}");
        try
        {
            var exported = (await slices.SendAsync(new Cohorts.Features.ExportCohort.ExportCohort.Command(first.CohortId!.Value, folder))).Result!;
            var again = await slices.ImportedAsync(Files.Import(await File.ReadAllBytesAsync(Path.Combine(exported.Folder, "enrolments.csv")), "Round trip again"));

            Assert.Equal((5, await PeopleAsync(first)), (again.People, await PeopleAsync(again)));
            Assert.Contains("'=cmd", await PeopleAsync(again), StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }

        Task<string> PeopleAsync(Result result) => TextAsync(
            """
            SELECT string_agg(concat_ws('|', nickname, email, discord_id, discord_username, timezone, availability_utc, coalesce(if_needed_availability_utc, ''),
                              cohort_role, CASE cohort_role WHEN 'facilitator' THEN max_active_groups END), E'\n' ORDER BY nickname)
              FROM users JOIN courses_users USING (user_id) LEFT JOIN facilitators USING (user_id) WHERE cohort_id = @id
            """,
            result.CohortId!.Value.Value);
    }

    [Fact]
    public async Task User_names_that_nobody_can_have_or_that_several_gave_are_told()
    {
        await slices.ImportedAsync(Files.Import("name,email,discord_username,availability\nOlder,older@tw.example,TWIN.three#0,M10:00 M12:00\n", "Twins before"));
        var result = await slices.ImportedAsync(Files.Import(
            "name,email,discord_username,availability\nAnn,a@tw.example,two words,M10:00 M12:00\nBen,b@tw.example,old#1234,M10:00 M12:00\nCat,c@tw.example,@Twin.One,M10:00 M12:00\n"
            + "Dan,d@tw.example,twin.one#0,M10:00 M12:00\nEve,e@tw.example,@twin.three,M10:00 M12:00\nFay,f@tw.example,300000000000000001,M10:00 M12:00\n",
            "Twins"));

        Assert.Contains(result.Warnings, w => w.Contains("2 discord_usernames that cannot be a Discord name", StringComparison.Ordinal)
            && w.Contains("line 2 (Ann): \"two words\" has a blank", StringComparison.Ordinal) && w.Contains("line 3 (Ben): \"old#1234\" is a name of the old kind", StringComparison.Ordinal));
        Assert.Contains(result.Warnings, w => w.Contains("\"twin.one\": line 4 (Cat) and line 5 (Dan)", StringComparison.Ordinal)
            && w.Contains("\"twin.three\": line 6 (Eve) and user", StringComparison.Ordinal));
        Assert.Contains(result.Warnings, w => w.Contains("name the column discord_id: line 7 (Fay)", StringComparison.Ordinal));
        Assert.Equal(
            ["two words", "old#1234", "twin.one", "twin.one", "twin.three", "300000000000000001"],
            await TextsAsync("SELECT discord_username FROM users JOIN courses_users USING (user_id) WHERE cohort_id = @id ORDER BY email", result.CohortId!.Value.Value));
    }

    [Fact]
    public async Task Zones_are_asked_about_or_told_as_they_were_read()
    {
        var refusal = await slices.RefusedAsync(Files.Import(
            "name,timezone,availability\nAna,EST,M10:00 M12:00\nBen,Pacific Time,M10:00 M12:00\nCat,Etc/GMT+5,M10:00 M12:00\n", "Zones"));
        var result = await slices.ImportedAsync(Files.Import(
            "name,timezone,availability\nAna,Eastern Standard Time,M10:00 M12:00\nBen,\"(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna\",M10:00 M12:00\nCat,UTC-5,M10:00 M12:00\n",
            "Zones"));

        Assert.Equal(3, refusal.Details.Count);
        Assert.Contains("is America/New_York meant?", refusal.Details[0], StringComparison.Ordinal);
        Assert.Contains("is America/Los_Angeles meant?", refusal.Details[1], StringComparison.Ordinal);
        Assert.Contains("UTC-05 or UTC+05", refusal.Details[2], StringComparison.Ordinal);
        Assert.Equal(
            ["America/New_York", "Europe/Berlin", "UTC-05"],
            await TextsAsync("SELECT timezone FROM users JOIN courses_users USING (user_id) WHERE cohort_id = @id ORDER BY nickname", result.CohortId!.Value.Value));
        Assert.Contains(result.Notes, n => n.Contains("was read as America/New_York", StringComparison.Ordinal));
        Assert.Contains(result.Warnings, w => w.Contains("UTC-05: Cat", StringComparison.Ordinal));
    }

    private async Task<string> TextAsync(string sql, int id) => string.Join('\n', await TextsAsync(sql, id));

    private async Task<IReadOnlyList<string>> TextsAsync(string sql, int id)
    {
        await using var connection = await slices.DataSource.OpenConnectionAsync();
        return (await connection.QueryAsync<string>(sql, new { id })).AsList();
    }
}
