using System.Globalization;
using System.Text;

namespace Cohorts.Benchmarks.Scheduling;

/// <summary>Time over people, both axes in powers of ten, as SVG.</summary>
internal static class GrowthPlot
{
    private const int Width = 640;
    private const int Height = 400;
    private const int Left = 70;
    private const int Top = 20;
    private const int Bottom = 350;
    private const int Right = 540;

    private static readonly (string Colour, string Dash)[] Strokes = [("#0072b2", "none"), ("#d55e00", "8 4"), ("#009e73", "2 4")];

    public static string Draw(IReadOnlyList<(string Family, List<(int People, double Ms)> Points)> lines)
    {
        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture,
            $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {Height}\" font-family=\"sans-serif\" font-size=\"13\" role=\"img\">\n");
        svg.Append("<title>Time to form groups, by people in the cohort</title>\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n");
        for (var power = 1; power <= 4; power++)
        {
            svg.Append(CultureInfo.InvariantCulture, $"<line x1=\"{X(power):0}\" y1=\"{Top}\" x2=\"{X(power):0}\" y2=\"{Bottom}\" stroke=\"#ddd\"/>");
            svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{X(power):0}\" y=\"{Bottom + 18}\" text-anchor=\"middle\">{Math.Pow(10, power):N0}</text>\n");
        }

        foreach (var (power, label) in ((int, string)[])[(0, "1 ms"), (1, "10 ms"), (2, "0.1 s"), (3, "1 s"), (4, "10 s"), (5, "100 s")])
        {
            svg.Append(CultureInfo.InvariantCulture, $"<line x1=\"{Left}\" y1=\"{Y(power):0}\" x2=\"{Right}\" y2=\"{Y(power):0}\" stroke=\"#ddd\"/>");
            svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{Left - 8}\" y=\"{Y(power) + 4:0}\" text-anchor=\"end\">{label}</text>\n");
        }

        svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{(Left + Right) / 2}\" y=\"{Bottom + 40}\" text-anchor=\"middle\">people in the cohort</text>\n");
        for (var i = 0; i < lines.Count; i++)
        {
            var (family, points) = lines[i];
            var (colour, dash) = Strokes[i % Strokes.Length];
            var at = points.Select(p => string.Create(CultureInfo.InvariantCulture, $"{X(Math.Log10(p.People)):0.0},{Y(Math.Log10(p.Ms)):0.0}"));
            svg.Append(CultureInfo.InvariantCulture,
                $"<polyline points=\"{string.Join(' ', at)}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\" stroke-dasharray=\"{dash}\"/>\n");
            svg.Append(CultureInfo.InvariantCulture,
                $"<line x1=\"{Right + 12}\" y1=\"{Top + 20 * i + 10}\" x2=\"{Right + 36}\" y2=\"{Top + 20 * i + 10}\" stroke=\"{colour}\" stroke-width=\"2\" stroke-dasharray=\"{dash}\"/>"
                + $"<text x=\"{Right + 42}\" y=\"{Top + 20 * i + 14}\">{family}</text>\n");
        }

        return svg.Append("</svg>\n").ToString();
    }

    private static double X(double power) => Left + (power - 1) / 3 * (Right - Left);

    private static double Y(double power) => Bottom - Math.Max(0, power) / 5 * (Bottom - Top);
}
