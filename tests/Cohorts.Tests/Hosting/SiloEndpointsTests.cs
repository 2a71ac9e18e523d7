using System.Net;
using Cohorts.Hosting;
using Microsoft.Extensions.Configuration;

namespace Cohorts.Tests.Hosting;

/// <summary>Where a silo listens: at the address that others are told, unless something between them translates it.</summary>
public sealed class SiloEndpointsTests
{
    /// <summary>For documentation (RFC 5737): no machine has it.</summary>
    private const string Elsewhere = "192.0.2.7";

    [Theory]
    [InlineData(null, null, "127.0.0.1", "127.0.0.1")]
    [InlineData("127.0.0.9", null, "127.0.0.9", "127.0.0.9")]
    [InlineData(Elsewhere, "127.0.0.1", Elsewhere, "127.0.0.1")]
    [InlineData(Elsewhere, "0.0.0.0", Elsewhere, "0.0.0.0")]
    public void It_listens_at_the_address_that_it_advertises_or_at_the_one_that_was_asked_for(string? advertised, string? listen, string told, string bound)
    {
        var endpoints = SiloEndpoints.Choose(Configuration(advertised, listen));

        Assert.Equal((IPAddress.Parse(told), IPAddress.Parse(bound)), (endpoints.Advertised, endpoints.Listen));
    }

    [Theory]
    [InlineData(Elsewhere, null, "Orleans__ListenAddress")]
    [InlineData(Elsewhere, Elsewhere, "Orleans__ListenAddress")]
    [InlineData("0.0.0.0", null, "Orleans__AdvertisedAddress")]
    [InlineData("::", "0.0.0.0", "Orleans__AdvertisedAddress")]
    [InlineData(null, "my host", "Orleans__ListenAddress")]
    public void An_address_that_this_machine_does_not_have_is_refused_with_the_setting_to_change(string? advertised, string? listen, string setting)
    {
        var refusal = Assert.Throws<SettingException>(() => SiloEndpoints.Choose(Configuration(advertised, listen)));

        Assert.Contains(setting, refusal.Message, StringComparison.Ordinal);
    }

    private static IConfiguration Configuration(string? advertised, string? listen) => new ConfigurationBuilder()
        .AddInMemoryCollection(new Dictionary<string, string?> { ["Orleans:AdvertisedAddress"] = advertised, ["Orleans:ListenAddress"] = listen })
        .Build();
}
