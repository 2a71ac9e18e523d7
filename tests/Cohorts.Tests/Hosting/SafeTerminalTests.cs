using Cohorts.Hosting;
using Spectre.Console;

namespace Cohorts.Tests.Hosting;

public sealed class SafeTerminalTests
{
    [Theory]
    [InlineData("Ana\u001b[2J\u001b]0;owned\u0007", "Ana\uFFFD[2J\uFFFD]0;owned\uFFFD")]
    [InlineData("\u009b31mred", "\uFFFD31mred")]
    [InlineData("over\rwritten\b\b", "over\uFFFDwritten\uFFFD\uFFFD")]
    [InlineData("tfel\u202Eright\u2066x\u200F", "tfel\uFFFDright\uFFFDx\uFFFD")]
    [InlineData("Zoë 李\tfree\nline", "Zoë 李\tfree\nline")]
    public void What_a_terminal_would_obey_is_replaced(string written, string shown) => Assert.Equal(shown, SafeTerminal.Safe(written));

    [Theory]
    [InlineData("markup")]
    [InlineData("table")]
    [InlineData("text")]
    public void A_rendered_name_reaches_the_console_without_what_a_terminal_would_obey(string kind)
    {
        const string name = "Ana\u001b[2J";
        using var written = new StringWriter();
        var console = SafeTerminal.Open(written);

        if (kind == "markup")
            console.Write(new Markup(Markup.Escape(name)));
        else if (kind == "table")
            console.Write(new Table().AddColumn("Name").AddRow(Markup.Escape(name)));
        else
            console.Write(new Text(name));

        Assert.Contains("Ana\uFFFD[2J", written.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', written.ToString());
    }
}
