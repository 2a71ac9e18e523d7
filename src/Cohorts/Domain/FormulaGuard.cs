namespace Cohorts.Domain;

/// <summary>
/// The apostrophe that keeps a spreadsheet from reading a cell as a formula, and the way back: a file that this program wrote says the
/// same when it is read again. A cell that would look guarded without it gets one too.
/// </summary>
public static class FormulaGuard
{
    private const char Guard = '\'';

    /// <summary>What a spreadsheet takes for the beginning of a formula, the wide forms of East Asian keyboards too.</summary>
    private const string FormulaStarts = "=+-@＝＋－＠";

    public static string Put(string text) => StartsFormula(text.AsSpan().TrimStart(Guard)) ? Guard + text : text;

    public static string TakeOff(string cell) =>
        cell.StartsWith(Guard) && StartsFormula(cell.AsSpan().TrimStart(Guard)) ? cell[1..] : cell;

    /// <summary>Also behind blanks, which spreadsheets skip.</summary>
    private static bool StartsFormula(ReadOnlySpan<char> text) =>
        text.TrimStart() is [var first, ..] && FormulaStarts.Contains(first, StringComparison.Ordinal);
}
