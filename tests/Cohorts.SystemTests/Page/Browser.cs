using System.Diagnostics.CodeAnalysis;
using Microsoft.Playwright;

namespace Cohorts.SystemTests.Page;

/// <summary>Skipped where there is no chromium.</summary>
internal sealed class BrowserFactAttribute : FactAttribute
{
    public BrowserFactAttribute()
    {
        if (Browser.Program is null)
            Skip = "Chromium is not installed: nobody looked at the simulator's page. On Debian: apt-get install chromium";
    }
}

/// <summary>The machine's own chromium, one for a test class; each test has a window of its own that knows nothing of the others.</summary>
[SuppressMessage("Design", "CA1001", Justification = "xunit disposes of it through IAsyncLifetime.")]
public sealed class Browser : IAsyncLifetime
{
    /// <summary>What a person would wait at most, on a machine that others keep busy.</summary>
    private const float PatienceInMilliseconds = 30_000;

    private IPlaywright? _playwright;
    private IBrowser? _browser;

    /// <summary>Null where there is none.</summary>
    internal static string? Program { get; } =
        new[] { "chromium", "chromium-browser", "google-chrome" }
            .SelectMany(name => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Append("/usr/bin").Select(folder => Path.Combine(folder, name)))
            .FirstOrDefault(File.Exists);

    public async Task InitializeAsync()
    {
        if (Program is null)
            return;
        Assertions.SetDefaultExpectTimeout(PatienceInMilliseconds);
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = Program,
            // Tests may run as root, where chromium has no sandbox; the others keep it from calling anybody but the page.
            Args =
            [
                "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
                "--disable-background-networking", "--disable-component-update", "--disable-sync",
            ],
        });
    }

    public async Task DisposeAsync()
    {
        if (_browser is not null)
            await _browser.DisposeAsync();
        _playwright?.Dispose();
    }

    /// <summary>Opens the page as somebody in Berlin who likes it dark. Whatever the page itself reports as an error fails the test.</summary>
    internal async Task<Window> OpenAsync(Uri address)
    {
        var context = await _browser!.NewContextAsync(new BrowserNewContextOptions
        {
            ColorScheme = ColorScheme.Dark,
            TimezoneId = "Europe/Berlin",
            Locale = "en-GB",
            ViewportSize = new ViewportSize { Width = 1280, Height = 800 },
        });
        context.SetDefaultTimeout(PatienceInMilliseconds);
        var window = new Window(context, await context.NewPageAsync());
        await window.Page.GotoAsync(address.ToString());
        return window;
    }
}

/// <summary>The simulator's page in a window, by what a person sees of it.</summary>
internal sealed class Window : IAsyncDisposable
{
    private readonly IBrowserContext _context;
    private readonly List<string> _errors = [];

    public Window(IBrowserContext context, IPage page)
    {
        (_context, Page) = (context, page);
        page.PageError += (_, error) => _errors.Add(error);
        page.Console += (_, message) =>
        {
            if (message.Type == "error")
                _errors.Add(message.Text);
        };
    }

    public IPage Page { get; }

    public ILocator Input => Page.GetByRole(AriaRole.Combobox, new() { Name = "Message or command" });

    public ILocator CohortField => Page.GetByRole(AriaRole.Combobox, new() { Name = "cohort" });

    public ILocator Suggestions => Page.GetByRole(AriaRole.Listbox, new() { Name = "Suggestions" }).GetByRole(AriaRole.Option);

    /// <summary>The suggestion that Enter would pick: the one that a screen reader hears of.</summary>
    public ILocator Chosen => Page.Locator("#suggestions [aria-selected=true]");

    public ILocator Messages => Page.GetByRole(AriaRole.Article);

    /// <summary>Where the keyboard is.</summary>
    public ILocator Focused => Page.Locator(":focus");

    public ILocator Button(string label) => Page.GetByRole(AriaRole.Button, new() { Name = label, Exact = true });

    public async Task PressAsync(params string[] keys)
    {
        foreach (var key in keys)
            await Page.Keyboard.PressAsync(key);
    }

    public Task TypeAsync(string text) => Page.Keyboard.TypeAsync(text);

    /// <summary>From now on keeps whatever the last message says, however short it stands.</summary>
    public Task WatchLastMessageAsync() => Page.EvaluateAsync(
        """
        () => {
          window.said = [];
          new MutationObserver(() => {
            const text = [...document.querySelectorAll('article')].at(-1)?.innerText;
            if (text && window.said.at(-1) !== text) window.said.push(text);
          }).observe(document.getElementById('log'), { childList: true, subtree: true, characterData: true });
        }
        """);

    public async Task<IReadOnlyList<string>> SaidByLastMessageAsync() => await Page.EvaluateAsync<string[]>("() => window.said");

    public async ValueTask DisposeAsync()
    {
        await _context.DisposeAsync();
        Assert.Empty(_errors);
    }
}
