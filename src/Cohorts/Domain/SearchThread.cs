using System.Runtime.InteropServices;
using Cohorts.Scheduling;

namespace Cohorts.Domain;

/// <summary>
/// One search on a thread that gives way to others, and a second one at ordinary priority that passes on what it reports and what it found.
/// On Linux a thread inherits the niceness of the one that starts it: were the search to wake the thread pool itself, threads that the pool
/// starts for it would give way from then on, and niceness cannot be lowered again without privileges.
/// </summary>
internal sealed partial class SearchThread : IProgress<SearchProgress>
{
    private readonly TaskCompletionSource<Grouping> _found = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Func<IProgress<SearchProgress>, Grouping> _search;
    private readonly IProgress<SearchProgress> _progress;
    private readonly int _niceness;
    private readonly object _changed = new();
    private SearchProgress? _latest;
    private Action? _end;

    private SearchThread(Func<IProgress<SearchProgress>, Grouping> search, IProgress<SearchProgress> progress, int niceness) =>
        (_search, _progress, _niceness) = (search, progress, niceness);

    /// <param name="search">Given what it reports to.</param>
    /// <param name="progress">Told the latest of what was reported, never by the search's own thread.</param>
    /// <param name="niceness">As Unix counts it: 0 to 19.</param>
    public static Task<Grouping> RunAsync(Func<IProgress<SearchProgress>, Grouping> search, IProgress<SearchProgress> progress, int niceness)
    {
        var thread = new SearchThread(search, progress, niceness);
        new Thread(thread.PassOn) { IsBackground = true, Name = "search's progress" }.Start();
        new Thread(thread.Search) { IsBackground = true, Name = "search" }.Start();
        return thread._found.Task;
    }

    void IProgress<SearchProgress>.Report(SearchProgress value)
    {
        lock (_changed)
        {
            _latest = value;
            Monitor.Pulse(_changed);
        }
    }

    private void Search()
    {
        // .NET ignores a thread's priority on Linux, where niceness is a thread's own; elsewhere niceness is the process's.
        if (OperatingSystem.IsLinux())
            _ = Nice(_niceness);
        else
            Thread.CurrentThread.Priority = ThreadPriority.BelowNormal;

        Action end;
        try
        {
            var grouping = _search(this);
            end = () => _found.SetResult(grouping);
        }
        catch (OperationCanceledException e)
        {
            end = () => _found.SetCanceled(e.CancellationToken);
        }
#pragma warning disable CA1031 // Whoever awaits the search gets whatever it threw.
        catch (Exception e)
#pragma warning restore CA1031
        {
            end = () => _found.SetException(e);
        }

        lock (_changed)
        {
            _end = end;
            Monitor.Pulse(_changed);
        }
    }

    private void PassOn()
    {
        Exception? refused = null;
        while (true)
        {
            SearchProgress? told;
            Action? end;
            lock (_changed)
            {
                while (_latest is null && _end is null)
                    Monitor.Wait(_changed);
                (told, end, _latest) = (_latest, _end, null);
            }

            try
            {
                if (told is { } progress)
                    _progress.Report(progress);
            }
#pragma warning disable CA1031 // Told to whoever awaits the search, at its end.
            catch (Exception e)
#pragma warning restore CA1031
            {
                refused ??= e;
            }

            if (end is null)
                continue;
            if (refused is null)
                end();
            else
                _found.SetException(refused);
            return;
        }
    }

    [LibraryImport("libc", EntryPoint = "nice")]
    private static partial int Nice(int increment);
}
