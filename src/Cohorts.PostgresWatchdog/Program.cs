using System.ComponentModel;
using System.Diagnostics;
using Cohorts.PostgresWatchdog;

// Waits until nobody holds a lock on USERS.LOCK any more, then runs COMMAND, which stops the database server, and ends.
//
//     Cohorts.PostgresWatchdog USERS.LOCK WATCHDOG.LOCK COMMAND ARGUMENTS…
//
// Every process that uses the server holds a shared lock on USERS.LOCK; the kernel lets go of it however that process ends,
// kill -9 and a crash included. The exclusive lock on WATCHDOG.LOCK tells them that this one is alive.
// A program of its own, without packages: it runs from a copy in the data folder, so that building anew never changes the
// files under a running one, and it stays small.
if (args is not [var usersLock, var watchdogLock, var command, .. var arguments])
{
    await Console.Error.WriteLineAsync("usage: Cohorts.PostgresWatchdog USERS.LOCK WATCHDOG.LOCK COMMAND [ARGUMENT…]");
    return 2;
}

// Before the first lock: who sees WATCHDOG.LOCK held may be killed with its whole process group, or by Ctrl-C.
if (!OperatingSystem.IsWindows())
    _ = Session.Leave();

// The server outlives the last user by this long, so that one command after another does not start it again each time.
var grace = TimeSpan.FromSeconds(2);
var poll = TimeSpan.FromMilliseconds(250);

using var alive = Exclusive(watchdogLock);
if (alive is null)
    return 0;

var free = Stopwatch.StartNew();
while (true)
{
    using (var nobodyElse = Exclusive(usersLock))
    {
        if (nobodyElse is null)
        {
            free.Restart();
        }
        else if (free.Elapsed >= grace)
        {
            var exitCode = await StopAsync();
            // This one first: whoever then gets USERS.LOCK and sees WATCHDOG.LOCK held may rely on it.
            await alive.DisposeAsync();
            return exitCode;
        }
    }

    await Task.Delay(poll);
}

async Task<int> StopAsync()
{
    try
    {
        using var stop = Process.Start(new ProcessStartInfo(command, arguments) { CreateNoWindow = true })!;
        await stop.WaitForExitAsync();
        return stop.ExitCode;
    }
    catch (Win32Exception)
    {
        // PostgreSQL was uninstalled meanwhile: nothing left to stop it with.
        return 1;
    }
}

static FileStream? Exclusive(string path)
{
    try
    {
        return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
    }
    catch (IOException)
    {
        // Held by another, or the folder is gone; in the second case every later attempt fails too, see below.
        if (!Directory.Exists(Path.GetDirectoryName(path)))
            Environment.Exit(0);
        return null;
    }
}
