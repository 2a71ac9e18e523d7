using System.Globalization;
using System.Net;
using System.Text;

namespace Cohorts.SystemTests.Operation;

/// <summary>Received metrics as a dashboard: a panel for each, a line for each of its series, from begin to end.</summary>
internal static class MetricsPicture
{
    private const int Columns = 2;
    private const int Wide = 470;
    private const int High = 190;
    private const int Plot = 80;
    private const int MostSeries = 6;

    private static readonly string[] Colours = ["#1f6feb", "#2da44e", "#bf3989", "#9a6700", "#8250df", "#cf222e"];

    private static readonly (string Metric, string Title, Func<ReceivedPoint, double> Value)[] Panels =
    [
        ("cohorts.runs", "Runs that ended, by kind and outcome", p => p.Value),
        ("cohorts.people", "People of schedulings", p => p.Value),
        ("cohorts.solver.duration", "Search for groups, seconds in all", p => p.Value),
        ("cohorts.solver.gap", "People short of the proven bound, in all", p => p.Value),
        ("discord.rest.duration", "Calls to Discord, by route and status", p => p.Count),
        ("discord.rest.rate_limit_wait", "Waits for rate limits, seconds in all", p => p.Value),
        ("discord.gateway.state", "Gateway: 1 connecting, 2 connected, 3 closed for good", p => p.Value),
        ("discord.gateway.sessions", "Sessions of the gateway, begun and resumed", p => p.Value),
        ("cohorts.waiting", "What waits", p => p.Value),
        ("discord.gateway.events", "Events of the gateway", p => p.Value),
    ];

    public static string Svg(IReadOnlyCollection<ReceivedPoint> points)
    {
        var (begin, end) = (points.Min(p => p.Time), points.Max(p => p.Time));
        var rows = (Panels.Length + Columns - 1) / Columns;
        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture, $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Columns * (Wide + 10) + 10} {rows * (High + 10) + 10}\" font-family=\"sans-serif\" font-size=\"11\"><rect width=\"100%\" height=\"100%\" fill=\"#f6f8fa\"/>\n");
        for (var i = 0; i < Panels.Length; i++)
        {
            var (metric, title, value) = Panels[i];
            svg.Append(CultureInfo.InvariantCulture, $"<g transform=\"translate({10 + (i % Columns * (Wide + 10))},{10 + (i / Columns * (High + 10))})\"><rect width=\"{Wide}\" height=\"{High}\" rx=\"6\" fill=\"#fff\" stroke=\"#d0d7de\"/><text x=\"10\" y=\"18\" font-weight=\"bold\">{WebUtility.HtmlEncode(title)}</text>\n");
            Draw(svg, [.. points.Where(p => p.Metric == metric)], value, begin, end);
            svg.Append("</g>\n");
        }

        return svg.Append("</svg>\n").ToString();
    }

    private static void Draw(StringBuilder svg, List<ReceivedPoint> points, Func<ReceivedPoint, double> value, ulong begin, ulong end)
    {
        var series = points.GroupBy(p => p.Labels)
            .Select(s => (Labels: s.Key, Points: s.OrderBy(p => p.Time).Select(p => (p.Time, Value: value(p))).ToList()))
            .OrderByDescending(s => s.Points[^1].Value)
            .ToList();
        var most = Math.Max(1, series.Select(s => s.Points.Max(p => p.Value)).DefaultIfEmpty().Max());
        svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{Wide - 10}\" y=\"18\" text-anchor=\"end\" fill=\"#57606a\">{(end - begin) / 1e9:0} s, up to {most:0.##}</text><line x1=\"10\" y1=\"{30 + Plot}\" x2=\"{Wide - 10}\" y2=\"{30 + Plot}\" stroke=\"#d0d7de\"/>\n");
        for (var s = 0; s < Math.Min(series.Count, MostSeries); s++)
        {
            var line = string.Join(' ', series[s].Points.Select(p => string.Create(CultureInfo.InvariantCulture,
                $"{10 + ((p.Time - begin) / (double)Math.Max(1, end - begin) * (Wide - 20)):0.0},{30 + Plot - (p.Value / most * Plot):0.0}")));
            var labels = series[s].Labels.Length == 0 ? "all" : series[s].Labels;
            var (x, y) = (10 + (s % 2 * (Wide / 2)), 48 + Plot + (s / 2 * 18));
            svg.Append(CultureInfo.InvariantCulture, $"<polyline points=\"{line}\" fill=\"none\" stroke=\"{Colours[s]}\" stroke-width=\"1.5\"/><rect x=\"{x}\" y=\"{y - 8}\" width=\"8\" height=\"8\" fill=\"{Colours[s]}\"/><text x=\"{x + 12}\" y=\"{y}\">{WebUtility.HtmlEncode(labels.Length > 30 ? "…" + labels[^29..] : labels)}: {series[s].Points[^1].Value:0.##}</text>\n");
        }

        if (series.Count > MostSeries)
            svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{Wide - 10}\" y=\"{High - 6}\" text-anchor=\"end\" fill=\"#57606a\">and {series.Count - MostSeries} more</text>\n");
    }
}
