using System.Security.Cryptography;
using System.Text;

namespace Cohorts.SystemTests.Bot;

/// <summary>
/// The commands that people of one test sent, and what is promised of each: acknowledged, it gets its final answer and is carried out once;
/// not acknowledged, Discord has said that it failed, and it is not carried out.
/// </summary>
internal sealed class CommandsSent(BotWorld world)
{
    private readonly List<string> _schedulings = [];
    private readonly List<string> _all = [];

    public int Count => _all.Count;

    public void Add(string interactionId, bool isScheduling)
    {
        Assert.NotEqual("", interactionId);
        _all.Add(interactionId);
        if (isScheduling)
            _schedulings.Add(interactionId);
    }

    /// <returns>How many were acknowledged.</returns>
    public async Task<int> AcknowledgedAsync()
    {
        var answers = await world.Discord.AnswersAsync(world.Guild);
        return _all.Count(answers.ContainsKey);
    }

    public async Task<bool> AllAreAcknowledgedAsync() => await AcknowledgedAsync() == _all.Count;

    /// <summary>Whether each that was acknowledged has its final answer.</summary>
    public async Task<bool> AllAreAnsweredAsync()
    {
        var answers = await world.Discord.AnswersAsync(world.Guild);
        return !_all.Any(id => answers.TryGetValue(id, out var text) && text is null);
    }

    public async Task EachRanOnceAsync()
    {
        var answers = await world.Discord.AnswersAsync(world.Guild);
        foreach (var id in _schedulings)
        {
            // Refused by the cohort's data is carried out too: it has its answer.
            var ended = await world.AskAsync<int>(
                "SELECT count(*)::int FROM runs WHERE request_key = ANY(@keys) AND state IN ('succeeded', 'refused')",
                new { keys = Enumerable.Range(1, 10).Select(run => KeyOf(id, run)).ToArray() });
            var text = answers.GetValueOrDefault(id);
            // Somebody else's command may have been at work on the cohort: then this one was told so, and did not run.
            var expected = text is null || text.Contains("has been scheduling this cohort since", StringComparison.Ordinal) ? 0 : 1;
            Assert.True(ended == expected, $"Interaction {id} has {ended} runs that ended of themselves, and its answer is {text}\n{world.Logs}");
        }

        Assert.Equal(0, await world.AskAsync<int>("SELECT count(*)::int FROM runs WHERE state NOT IN ('succeeded', 'refused', 'interrupted')"));
        // Groups stand once: nobody sits in two, and none came from a run that did not succeed.
        Assert.Equal(0, await world.AskAsync<int>(
            """
            SELECT count(*)::int
              FROM (SELECT user_id FROM groups_users WHERE status = 'active' AND role = 'participant' GROUP BY user_id HAVING count(*) > 1) AS twice
            """));
        Assert.Equal(
            await world.AskAsync<int>("SELECT coalesce(sum((result->'result'->>'groupsCreated')::int), 0)::int FROM runs WHERE state = 'succeeded'"),
            await world.AskAsync<int>("SELECT count(*)::int FROM groups"));
    }

    /// <summary>The key under which the program opens the runs of an interaction.</summary>
    private static Guid KeyOf(string interaction, int run) =>
        new(SHA256.HashData(Encoding.UTF8.GetBytes($"interaction {interaction} run {run}")).AsSpan(0, 16));
}
