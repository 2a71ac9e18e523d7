using System.Text.Json;

namespace Cohorts.Discord.Simulator.Control;

/// <summary>A file of every REST call and its answer, a JSON object a line, in the order of the answers. What a killed process has answered is in it.</summary>
public sealed class Recording : IDisposable
{
    private readonly Lock gate = new();
    private readonly FileStream file;

    /// <param name="path">Written anew; its folder must be there.</param>
    /// <exception cref="IOException">It cannot be written.</exception>
    public Recording(string path) => file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 0);

    public void Add(RecordedCall call)
    {
        // One write for each, so that no line is ever half there.
        byte[] line = [.. JsonSerializer.SerializeToUtf8Bytes(call, JsonSerializerOptions.Web), (byte)'\n'];
        lock (gate)
        {
            file.Write(line);
        }
    }

    public void Dispose() => file.Dispose();
}
