using System.Globalization;
using System.Net;
using System.Text;

namespace Cohorts.SystemTests.Operation;

/// <summary>A trace as a picture, a bar for each span, in the order in which they began.</summary>
internal static class TracePicture
{
    private const int Width = 960;
    private const int Names = 340;
    private const int Line = 16;

    /// <param name="most">Bars; of a longer trace the first and the last, and how many lie between.</param>
    public static string Svg(IReadOnlyList<ReceivedSpan> trace, int most)
    {
        var spans = trace.OrderBy(s => s.Start).ThenByDescending(s => s.End).ToList();
        var (begin, end) = (spans.Min(s => s.Start), spans.Max(s => s.End));
        var left = Math.Max(0, spans.Count - most);
        List<ReceivedSpan?> shown = left == 0 ? [.. spans] : [.. spans.Take(most / 2), null, .. spans.TakeLast(most - most / 2)];
        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture, $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {(shown.Count + 2) * Line}\" font-family=\"sans-serif\" font-size=\"11\"><rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n");
        svg.Append(CultureInfo.InvariantCulture, $"<text x=\"8\" y=\"{Line}\" font-weight=\"bold\">{spans.Count} spans in {(end - begin) / 1e6:0} ms</text>\n");
        for (var i = 0; i < shown.Count; i++)
        {
            var y = (i + 2) * Line;
            if (shown[i] is not { } span)
            {
                svg.Append(CultureInfo.InvariantCulture, $"<text x=\"32\" y=\"{y - 4}\" fill=\"#555\">… {left} more …</text>\n");
                continue;
            }

            var indent = Depth(span, spans) * 12;
            var x = Names + (span.Start - begin) / (double)(end - begin) * (Width - Names - 70);
            var width = Math.Max(1.5, (span.End - span.Start) / (double)(end - begin) * (Width - Names - 70));
            svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{8 + indent}\" y=\"{y - 4}\">{WebUtility.HtmlEncode(span.Name)}</text>");
            svg.Append(CultureInfo.InvariantCulture, $"<rect x=\"{x:0.0}\" y=\"{y - 13}\" width=\"{width:0.0}\" height=\"10\" rx=\"2\" fill=\"{(indent == 0 ? "#1f6feb" : span.Name.StartsWith("run ", StringComparison.Ordinal) ? "#2da44e" : "#8250df")}\"/>");
            svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{x + width + 4:0.0}\" y=\"{y - 4}\" fill=\"#555\">{(span.End - span.Start) / 1e6:0.0} ms</text>\n");
        }

        return svg.Append("</svg>\n").ToString();
    }

    private static int Depth(ReceivedSpan span, List<ReceivedSpan> all) =>
        all.FirstOrDefault(s => s.SpanId == span.ParentId) is { } parent ? 1 + Depth(parent, all) : 0;
}
