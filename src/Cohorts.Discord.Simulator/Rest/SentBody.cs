using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Connections;

namespace Cohorts.Discord.Simulator.Rest;

/// <summary>The body of a call: JSON and files, or nothing, or what cannot be read.</summary>
internal sealed class SentBody : IDisposable
{
    private static readonly JsonDocument Nothing = JsonDocument.Parse("null");

    private readonly JsonDocument? body;
    private readonly Refused? unreadable;

    private SentBody(JsonDocument? body, IReadOnlyList<Upload> files, IReadOnlyList<string> fileParts) => (this.body, Files, FileParts) = (body, files, fileParts);

    private SentBody(Refused unreadable) => this.unreadable = unreadable;

    public IReadOnlyList<Upload> Files { get; } = [];

    public IReadOnlyList<string> FileParts { get; } = [];

    public string? Json => body?.RootElement.GetRawText();

    /// <exception cref="Refused">It is not JSON, or too much of it.</exception>
    public JsonDocument Readable() => unreadable is null ? body ?? Nothing : throw unreadable;

    public void Dispose() => body?.Dispose();

    /// <summary>Reads all of it before anything is decided, so that a call that is refused or fails is known word for word too.</summary>
    public static async Task<SentBody> Read(HttpContext http)
    {
        var stop = http.RequestAborted;
        try
        {
            if (http.Request.HasFormContentType)
            {
                return await ReadMultipart(http.Request, stop);
            }

            using var text = new MemoryStream();
            await http.Request.Body.CopyToAsync(text, stop);
            return new SentBody(text.Length == 0 ? null : JsonText.Parse(text.GetBuffer().AsMemory(0, (int)text.Length)), [], []);
        }
        // A client that went away in the middle of its call called nothing: that ends the call. It may be seen before the request is told so.
        catch (IOException e) when (e is ConnectionResetException or BadHttpRequestException { StatusCode: not StatusCodes.Status413PayloadTooLarge })
        {
            throw new OperationCanceledException("The client went away in the middle of its call.", e);
        }
        catch (Exception e) when (!stop.IsCancellationRequested && e is JsonException or InvalidDataException or IOException)
        {
            return new SentBody(e is BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } ? Refused.TooLarge() : Refused.InvalidJson());
        }
    }

    private static async Task<SentBody> ReadMultipart(HttpRequest request, CancellationToken stop)
    {
        var form = await request.ReadFormAsync(stop);
        var files = new List<Upload>();
        foreach (var file in form.Files)
        {
            // files[n], or file as older clients call a single one.
            var digits = file.Name.Where(char.IsAsciiDigit).ToArray();
            using var bytes = new MemoryStream();
            await file.CopyToAsync(bytes, stop);
            files.Add(new Upload(
                digits.Length is > 0 and < 4 ? int.Parse(digits, CultureInfo.InvariantCulture) : files.Count,
                Path.GetFileName(file.FileName) is { Length: > 0 } name ? name : "file",
                string.IsNullOrEmpty(file.ContentType) ? "application/octet-stream" : file.ContentType,
                bytes.ToArray()));
        }

        var payload = form.TryGetValue("payload_json", out var json)
            ? json.ToString()
            : new JsonObject(form.Select(field => KeyValuePair.Create(field.Key, (JsonNode?)field.Value.ToString()))).ToJsonString();
        return new SentBody(JsonText.Parse(Encoding.UTF8.GetBytes(payload)), files, [.. form.Files.Select(file => file.Name)]);
    }
}
