using System.Collections.Concurrent;
using System.Globalization;
using Cohorts.Domain;
using Cohorts.Scheduling;

namespace Cohorts.Tests.Domain;

public sealed class SearchThreadsTests : IDisposable
{
    private static readonly Problem Four = new()
    {
        Name = "Four",
        People = [.. "abcd".Select(c => new Person($"{c}", $"{c}", Role.Participant, "UTC", "M10:00 M12:00", null, 0))],
    };

    private readonly SearchThreads _searches = new(TimeProvider.System);

    public void Dispose() => _searches.Dispose();

    [Fact]
    public async Task More_searches_than_there_are_threads_wait_say_so_and_are_done_in_the_end()
    {
        using var held = new Watcher();
        using var later = new Watcher();
        held.Hold();
        var first = Enumerable.Range(0, SearchThreads.AtOnce).Select(_ => SolveAsync(held)).ToList();
        await held.HoldsAsync(SearchThreads.AtOnce);

        var waiting = SolveAsync(later);
        using var enough = new CancellationTokenSource();
        var gaveUp = SolveAsync(later, enough.Token);
        await enough.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => gaveUp);

        Assert.Equal([SearchThreads.Waiting, SearchThreads.Waiting], later.Told);
        Assert.False(waiting.IsCompleted);
        held.LetGo();
        Assert.All(await Task.WhenAll([.. first, waiting]), g => Assert.Equal(4, g.Placed));
        Assert.Contains(later.Told, p => p != SearchThreads.Waiting);
    }

    [Fact]
    public async Task Searches_leave_the_thread_pool_alone_and_one_that_fails_makes_room()
    {
        using var watcher = new Watcher();
        for (var i = 0; i < SearchThreads.AtOnce; i++)
            await Assert.ThrowsAsync<ArgumentException>(() => _searches.SolveAsync(Four with { MinPeople = 0 }, new SearchOptions(), watcher, CancellationToken.None));

        Assert.Equal(4, (await SolveAsync(watcher)).Placed);
        Assert.All(watcher.OnPool, isOnPool => Assert.False(isOnPool));
        Assert.NotEmpty(watcher.OnPool);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 1)]
    [InlineData(3, 2)]
    [InlineData(16, 15)]
    public void One_processor_is_left_free_where_there_is_more_than_one(int processors, int searches)
    {
        Assert.Equal(searches, SearchThreads.AtOnceOn(processors));
        Assert.Equal(SearchThreads.AtOnceOn(Environment.ProcessorCount), SearchThreads.AtOnce);
    }

    [Fact]
    public async Task Searches_give_way_to_everything_else_and_what_follows_on_them_does_not()
    {
        var clock = new ClockOfSearches();
        using var searches = new SearchThreads(clock);
        using var watcher = new Watcher();
        var before = Yields.OfThisThread();

        // More than the pool has threads, so that it starts new ones for what follows.
        var after = await Task.WhenAll(Enumerable.Range(0, 40).Select(async _ =>
        {
            await searches.SolveAsync(Four, new SearchOptions(Iterations: 1), watcher, CancellationToken.None);
            var yields = Yields.OfThisThread();
            Thread.Sleep(20);
            return yields;
        }));

        Assert.NotEmpty(clock.Yielding);
        Assert.All(clock.Yielding, y => Assert.Equal(before.By(SearchThreads.Niceness), y));
        Assert.All(after.Concat(watcher.Yielding), y => Assert.Equal(before, y));
    }

    private Task<Grouping> SolveAsync(Watcher watcher, CancellationToken cancellation = default) =>
        _searches.SolveAsync(Four, new SearchOptions(Iterations: 1), watcher, cancellation);

    /// <summary>Looked at by the search's own threads alone.</summary>
    private sealed class ClockOfSearches : TimeProvider
    {
        public ConcurrentQueue<Yields> Yielding { get; } = [];

        public override long GetTimestamp()
        {
            Yielding.Enqueue(Yields.OfThisThread());
            return base.GetTimestamp();
        }
    }

    /// <summary>How much a thread gives way to others, by the kernel where that knows (Linux, where .NET's own word has no effect).</summary>
    private readonly record struct Yields(int? Niceness, ThreadPriority Priority)
    {
        // The 19th field; the second, the name, may hold anything, in parentheses.
        public static Yields OfThisThread() => OperatingSystem.IsLinux()
            ? new(int.Parse(File.ReadAllText("/proc/thread-self/stat").Split(") ")[^1].Split(' ')[16], CultureInfo.InvariantCulture), ThreadPriority.Normal)
            : new(null, Thread.CurrentThread.Priority);

        public Yields By(int niceness) => Niceness is { } now
            ? this with { Niceness = Math.Min(19, now + niceness) }
            : this with { Priority = ThreadPriority.BelowNormal };
    }

    /// <summary>A search is held for as long as whoever it reports to does not return.</summary>
    private sealed class Watcher : IProgress<RunProgress>, IDisposable
    {
        private readonly ManualResetEventSlim _mayGo = new(initialState: true);
        private int _held;

        public ConcurrentQueue<RunProgress> Told { get; } = [];

        public ConcurrentQueue<bool> OnPool { get; } = [];

        public ConcurrentQueue<Yields> Yielding { get; } = [];

        public void Hold() => _mayGo.Reset();

        public void LetGo() => _mayGo.Set();

        public Task HoldsAsync(int searches) =>
            Eventually.TrueAsync(() => Task.FromResult(Volatile.Read(ref _held) == searches));

        public void Report(RunProgress value)
        {
            Told.Enqueue(value);
            OnPool.Enqueue(Thread.CurrentThread.IsThreadPoolThread);
            Yielding.Enqueue(Yields.OfThisThread());
            if (_mayGo.IsSet)
                return;
            Interlocked.Increment(ref _held);
            _mayGo.Wait();
        }

        public void Dispose() => _mayGo.Dispose();
    }
}
