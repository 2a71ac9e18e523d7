using System.CommandLine;
using System.Security.Cryptography;
using System.Text.Json;
using Cohorts.Domain;
using Cohorts.Grains;
using MediatR;
using Npgsql;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Cohorts.Hosting;

public enum OutputFormat
{
    Text,
    Json,
}

/// <summary>What the command line verbs of the slices have in common: the way in, the way out, and how an end is told.</summary>
public static partial class Verb
{
    public const int Failed = 1;
    public const int Interrupted = 130;

    /// <summary>Terminals and pipes get tables of at most this width.</summary>
    private const int Columns = 100;

    public static readonly IAnsiConsole Out = Console(System.Console.Out);
    public static readonly IAnsiConsole Error = Console(System.Console.Error);

    public static Option<bool> Json() => new("--json") { Description = "Write the result as JSON, and nothing else, on standard output." };

    public static OutputFormat Format(this ParseResult parsed, Option<bool> json) =>
        parsed.GetValue(json) ? OutputFormat.Json : OutputFormat.Text;

    /// <summary>Opens the application, sends one request, and tells its end: exit code 0, or 1 with what to do on standard error.</summary>
    public static Task<int> SendAsync<T>(
        Needs needs,
        OutputFormat format,
        Func<Application, CancellationToken, Task<Outcome<T>>> work,
        Func<T, object> json,
        Func<T, IRenderable> text,
        CancellationToken cancellation)
        where T : class =>
        GuardAsync(
            async () =>
            {
                await using var application = await Application.OpenAsync(needs, cancellation);
                var outcome = await work(application, cancellation);
                if (outcome.IsRefused)
                    return Refuse(outcome.Refusal);
                Write(format, outcome.Result, json, text);
                return 0;
            },
            cancellation);

    public static void Write<T>(OutputFormat format, T result, Func<T, object> json, Func<T, IRenderable> text)
    {
        if (format == OutputFormat.Json)
            System.Console.Out.WriteLine(JsonSerializer.Serialize(json(result), CohortsJson.Indented));
        else
            Out.Write(text(result));
    }

    /// <summary>Runs a verb's work and turns the ways in which it can end badly into a sentence and an exit code.</summary>
    public static async Task<int> GuardAsync(Func<Task<int>> work, CancellationToken cancellation)
    {
        try
        {
            return await work();
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            System.Console.Error.WriteLine("Stopped. Nothing is half-written; the same command can be given again.");
            return Interrupted;
        }
        catch (ClusterAwayException e)
        {
            return Fail(e.Message);
        }
        catch (RunEndedException e)
        {
            return Fail(e.Message);
        }
        catch (SettingException e)
        {
            return Fail(e.Message);
        }
        catch (PrivatePostgresException e)
        {
            return Fail(e.Message);
        }
        catch (MigrationException e)
        {
            return Fail(e.Message);
        }
        catch (NpgsqlException e) when (DatabaseTrouble.IsFullDisk(e))
        {
            return Fail(DatabaseTrouble.DiskIsFull);
        }
        catch (NpgsqlException e)
        {
            return Fail($"The database could not be used: {e.Message.TrimEnd('.')}. Check that PostgreSQL runs, and ConnectionStrings__Cohorts if it is set.");
        }
#pragma warning disable CA1031 // The way out of every verb: whatever went wrong is told without a stack trace, which is in the log.
        catch (Exception e)
#pragma warning restore CA1031
        {
            var id = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4));
            using (var logs = StandardErrorLog.Create(LogLevel.Error))
                Unexpected(logs.CreateLogger("Cohorts"), e, id);
            return Fail($"Something went wrong here, and nothing was half-written. The log above has the whole of it as error {id}.");
        }
    }

    public static int Refuse(Refusal refusal)
    {
        System.Console.Error.WriteLine(refusal.Message);
        foreach (var detail in refusal.Details)
            System.Console.Error.WriteLine("  " + detail);
        return Failed;
    }

    public static int Fail(string message)
    {
        System.Console.Error.WriteLine(message);
        return Failed;
    }

    /// <summary>Sends a command that takes a cohort's turn, with a bar on standard error where somebody watches.</summary>
    public static Task<T> SendWatchedAsync<T>(this Application application, IRequest<T> command, CancellationToken cancellation) =>
        WatchAsync(progress => application.SendInTurnAsync(command, progress, cancellation));

    /// <summary>Long work with a bar on standard error; without one where that is a file or a pipe.</summary>
    public static async Task<T> WatchAsync<T>(Func<IProgress<RunProgress>, Task<T>> work)
    {
        if (System.Console.IsErrorRedirected)
            return await work(new Nobody());
        return await Error.Progress()
            .AutoClear(true)
            .HideCompleted(true)
            .Columns(new SpinnerColumn(), new ProgressBarColumn { Width = 30 }, new TaskDescriptionColumn { Alignment = Justify.Left })
            .StartAsync(context => work(new Bar(context.AddTask("Starting"))));
    }

    /// <summary>A table with little air, so that names have room within the width.</summary>
    public static Table Table(params string[] columns)
    {
        var table = new Table { Border = TableBorder.Simple };
        foreach (var column in columns)
            table.AddColumn(Column(column));
        return table;
    }

    public static TableColumn Column(string header) => new TableColumn(header).Padding(0, 0, 1, 0);

    [LoggerMessage(Level = LogLevel.Error, Message = "Error {Id}")]
    private static partial void Unexpected(ILogger logger, Exception exception, string id);

    /// <summary>Text that somebody else wrote: without control characters, which a terminal would obey, or which would upset a column.</summary>
    public static Text Plain(string text) => new(SafeTerminal.Safe(text));

    private static IAnsiConsole Console(TextWriter writer)
    {
        var console = SafeTerminal.Open(writer);
        console.Profile.Width = System.Console.IsOutputRedirected ? Columns : Math.Clamp(console.Profile.Width, 40, Columns);
        return console;
    }

    private sealed class Nobody : IProgress<RunProgress>
    {
        public void Report(RunProgress value)
        {
        }
    }

    private sealed class Bar(ProgressTask task) : IProgress<RunProgress>
    {
        public void Report(RunProgress value)
        {
            task.Description = Markup.Escape(value.Doing);
            task.Value = value.Share * task.MaxValue;
        }
    }
}
