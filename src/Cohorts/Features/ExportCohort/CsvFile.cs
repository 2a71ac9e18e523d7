using System.Text;
using System.Text.Json;
using Cohorts.Domain;
using CsvHelper;

namespace Cohorts.Features.ExportCohort;

/// <summary>A CSV that spreadsheets open as it is meant: UTF-8 with its mark, one line a row, and no text that becomes a formula.</summary>
public sealed class CsvFile : IDisposable
{
    private readonly FileStream _file;
    private readonly CsvWriter _csv;

    public CsvFile(string path, IEnumerable<string> columns)
    {
        _file = OwnFiles.Create(path);
        _file.Write(Encoding.UTF8.Preamble);
        _csv = CsvWriter.Create(_file, new CsvWriterOptions(), leaveOpen: true);
        foreach (var column in columns)
            _csv.WriteField(column);
        _csv.EndRecord();
    }

    public void Write(IEnumerable<JsonElement> values)
    {
        foreach (var value in values)
        {
            var cell = value.ValueKind switch
            {
                JsonValueKind.Null => "",
                JsonValueKind.String => Harmless(value.GetString()!),
                _ => value.GetRawText(),
            };
            // Quoted also where a spreadsheet that separates by semicolons would find the beginning of a cell in the middle.
            _csv.WriteField(cell, cell.Contains(';', StringComparison.Ordinal) ? CsvQuoting.Always : CsvQuoting.WhenNeeded);
        }

        _csv.EndRecord();
    }

    /// <summary>On one line; guarded where a spreadsheet would read a formula.</summary>
    public static string Harmless(string text)
    {
        var line = string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c));
        return FormulaGuard.Put(line);
    }

    public void Dispose()
    {
        _csv.Dispose();
        _file.Dispose();
    }
}
