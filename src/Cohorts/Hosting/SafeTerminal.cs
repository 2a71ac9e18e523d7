using System.Text;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Cohorts.Hosting;

/// <summary>
/// Text that somebody else wrote, in an argument, a file or a row, never reaches a terminal as it is: an escape sequence in a name
/// moves the cursor, sets the window's title or hides what comes after it. All that this program writes goes through here.
/// </summary>
public static class SafeTerminal
{
    /// <summary>
    /// Each control character but line feed and tab, and each mark that turns the direction of writing, as U+FFFD.
    /// </summary>
    public static string Safe(string text) =>
        text.Any(IsUnsafe) ? string.Concat(text.Select(c => IsUnsafe(c) ? '\uFFFD' : c)) : text;

    /// <summary>Standard output and standard error, from now on. Call it before anything is written.</summary>
    public static void Install()
    {
        Console.SetOut(new Writer(Console.Out));
        Console.SetError(new Writer(Console.Error));
    }

    /// <summary>A console whose own escape sequences, for colours and the progress bar, go out as they are.</summary>
    public static IAnsiConsole Open(TextWriter writer)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(writer is Writer safe ? safe.Inner : writer) });
        console.Pipeline.Attach(new Hook());
        return console;
    }

    private static bool IsUnsafe(char c) =>
        char.IsControl(c) && c is not ('\n' or '\t') || c is '\u061C' or '\u200E' or '\u200F' or (>= '\u202A' and <= '\u202E') or (>= '\u2066' and <= '\u2069');

    private sealed class Writer(TextWriter inner) : TextWriter
    {
        public TextWriter Inner => inner;

        public override Encoding Encoding => inner.Encoding;

        public override void Write(char value) => inner.Write(value == '\r' || !IsUnsafe(value) ? value : '\uFFFD');

        public override void Write(string? value) => inner.Write(Lines(value));

        public override void Write(char[] buffer, int index, int count) => Write(new string(buffer, index, count));

        public override void Write(ReadOnlySpan<char> buffer) => Write(new string(buffer));

        public override void WriteLine(string? value) => inner.WriteLine(Lines(value));

        public override Task WriteAsync(string? value) => inner.WriteAsync(Lines(value));

        public override Task WriteLineAsync(string? value) => inner.WriteLineAsync(Lines(value));

        public override void Flush() => inner.Flush();

        public override Task FlushAsync() => inner.FlushAsync();

        /// <summary>Ends of lines as this system writes them stay.</summary>
        private string? Lines(string? text) => text is null ? null : Safe(text.Replace(NewLine, "\n", StringComparison.Ordinal)).Replace("\n", NewLine, StringComparison.Ordinal);
    }

    private sealed class Hook : IRenderHook
    {
        public IEnumerable<IRenderable> Process(RenderOptions options, IEnumerable<IRenderable> renderables) => renderables.Select(r => new Cleaned(r));
    }

    private sealed class Cleaned(IRenderable inner) : IRenderable
    {
        public Measurement Measure(RenderOptions options, int maxWidth) => inner.Measure(options, maxWidth);

        public IEnumerable<Segment> Render(RenderOptions options, int maxWidth) =>
            inner.Render(options, maxWidth).Select(s => s.IsControlCode || !s.Text.Any(IsUnsafe) ? s : new Segment(Safe(s.Text), s.Style));
    }
}
