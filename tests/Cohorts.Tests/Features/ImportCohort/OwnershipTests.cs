using Cohorts.Domain;
using Cohorts.Features.ImportCohort;
using Dapper;

namespace Cohorts.Tests.Features.ImportCohort;

/// <summary>Which server a cohort belongs to once it is imported.</summary>
public sealed class OwnershipTests(Slices slices) : IClassFixture<Slices>
{
    private const string File = "name,email,availability\nAna,ana@example.org,M10:00 M12:00\n";
    private static readonly GuildId One = new(200000000000000001);
    private static readonly GuildId Two = new(200000000000000002);

    [Fact]
    public async Task The_named_server_comes_before_the_configured_one_and_that_before_the_only_one_of_the_bot()
    {
        await BotIsInAsync();
        var nowhere = await slices.ImportedAsync(Files.Import(File, "Nowhere"));
        var unconnected = await slices.ImportedAsync(Files.Import(File, "Named, never connected") with { Guild = Two });
        await BotIsInAsync(One);
        var only = await slices.ImportedAsync(Files.Import(File, "Only"));
        var configured = await slices.ImportedAsync(Files.Import(File, "Configured") with { ConfiguredGuild = Two });
        var named = await slices.ImportedAsync(Files.Import(File, "Named") with { Guild = One, ConfiguredGuild = Two });
        await BotIsInAsync(One, Two);
        var several = await slices.ImportedAsync(Files.Import(File, "Several"));

        Assert.Equal([null, Two, One, Two, One, null], new[] { nowhere, unconnected, only, configured, named, several }.Select(r => r.Guild));
        foreach (var result in new[] { nowhere, unconnected, only, configured, named, several })
            Assert.Equal(result.Guild?.ToString(), await OwnerAsync(result.CohortName));
        Assert.Empty(nowhere.Warnings.Concat(unconnected.Warnings));
        Assert.Contains($"It belongs to the Discord server {One}.", ImportText.Lines(only));
        Assert.Contains("was not in the Discord server", Assert.Single(configured.Warnings), StringComparison.Ordinal);
        Assert.Contains("./cohorts assign", Assert.Single(several.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Imported_again_a_cohort_keeps_its_server_and_gets_one_where_it_has_none()
    {
        await BotIsInAsync(One, Two);
        await slices.ImportedAsync(Files.Import(File, "Again"));
        var dry = await slices.ImportedAsync(Files.Import(File, "Again") with { Guild = One, Mode = ImportMode.DryRun });
        Assert.Equal((One, null), (dry.Guild, await OwnerAsync("Again")));
        await slices.ImportedAsync(Files.Import(File, "Again") with { Guild = One });
        var kept = await slices.ImportedAsync(Files.Import(File, "Again") with { ConfiguredGuild = Two });
        var refused = await slices.RefusedAsync(Files.Import(File, "Again") with { Guild = Two });

        Assert.Equal(One, kept.Guild);
        Assert.Contains("./cohorts assign", refused.Message, StringComparison.Ordinal);
        Assert.Equal(One.ToString(), await OwnerAsync("Again"));
    }

    private async Task BotIsInAsync(params GuildId[] guilds)
    {
        await using var connection = await slices.DataSource.OpenConnectionAsync();
        await connection.ExecuteAsync("DELETE FROM bot_guilds");
        foreach (var guild in guilds)
            await connection.ExecuteAsync("INSERT INTO bot_guilds (guild_id, application_id, guild_name) VALUES (@Id, '1', 'A school')", new { Id = guild.ToString() });
    }

    private async Task<string?> OwnerAsync(string cohort)
    {
        await using var connection = await slices.DataSource.OpenConnectionAsync();
        return await connection.ExecuteScalarAsync<string?>("SELECT discord_guild_id FROM cohorts WHERE cohort_name = @cohort", new { cohort });
    }
}
