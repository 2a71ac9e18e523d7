using System.Text.Json;
using Cohorts.Domain;
using Orleans.Storage;

namespace Cohorts.Hosting;

/// <summary>
/// Grains' states as JSON that names no .NET type: Orleans' own writes one beside each object, and cannot read a state whose class has
/// another name by now. What Orleans' own wrote is read too.
/// </summary>
public sealed class StateAsJson : IGrainStorageSerializer
{
    public BinaryData Serialize<T>(T? input) => new(JsonSerializer.SerializeToUtf8Bytes(input, CohortsJson.Options));

    public T Deserialize<T>(BinaryData input) => JsonSerializer.Deserialize<T>(input, CohortsJson.Options)
        ?? throw new InvalidOperationException($"A stored state of {typeof(T).Name} is null.");
}
