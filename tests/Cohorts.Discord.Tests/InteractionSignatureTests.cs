using System.Text;
using CsCheck;
using NSec.Cryptography;

namespace Cohorts.Discord.Tests;

public class InteractionSignatureTests
{
    private static readonly DateTimeOffset Signed = new(2027, 1, 4, 12, 0, 0, TimeSpan.Zero);
    private static readonly byte[] Body = Encoding.UTF8.GetBytes(InteractionTests.Command);
    private static readonly Key Discord = Key.Create(SignatureAlgorithm.Ed25519);
    private static readonly InteractionPublicKey PublicKey = InteractionPublicKey.Parse(Convert.ToHexString(Discord.PublicKey.Export(KeyBlobFormat.RawPublicKey)));
    private static readonly string Timestamp = Signed.ToUnixTimeSeconds().ToString();

    [Fact]
    public void What_Discord_signed_is_valid_in_either_case_of_letters()
    {
        Assert.Equal(SignatureVerdict.Valid, Verify(Sign(Timestamp, Body)));
        Assert.Equal(SignatureVerdict.Valid, Verify(Sign(Timestamp, Body).ToLowerInvariant()));
    }

    [Fact]
    public void Whatever_is_changed_in_body_timestamp_signature_or_key_is_forged()
    {
        var signature = Convert.FromHexString(Sign(Timestamp, Body));
        (from place in Gen.Int[0, Body.Length - 1]
         from bit in Gen.Int[0, 7]
         select (place, bit)).Sample(change =>
        {
            var body = Body.ToArray();
            body[change.place] ^= (byte)(1 << change.bit);
            var other = signature.ToArray();
            other[change.place % other.Length] ^= (byte)(1 << change.bit);
            return Verify(Convert.ToHexString(signature), body: body) == SignatureVerdict.Forged
                && Verify(Convert.ToHexString(other)) == SignatureVerdict.Forged;
        });
        Assert.Equal(SignatureVerdict.Forged, Verify(Convert.ToHexString(signature), timestamp: "1800000001"));
        // The same bytes in all, divided in another place.
        Assert.Equal(SignatureVerdict.Forged, Verify(Sign(Timestamp, Body), timestamp: Timestamp[..^1], body: [(byte)'0', .. Body, 1]));
        using var somebody = Key.Create(SignatureAlgorithm.Ed25519);
        var forged = Convert.ToHexString(SignatureAlgorithm.Ed25519.Sign(somebody, [.. Encoding.ASCII.GetBytes(Timestamp), .. Body]));
        Assert.Equal(SignatureVerdict.Forged, Verify(forged));
    }

    [Theory]
    [InlineData(-6.0, SignatureVerdict.Stale)]
    [InlineData(-5.0, SignatureVerdict.Valid)]
    [InlineData(0.0, SignatureVerdict.Valid)]
    [InlineData(300.0, SignatureVerdict.Valid)]
    [InlineData(300.1, SignatureVerdict.Stale)]
    [InlineData(86_400.0, SignatureVerdict.Stale)]
    public void A_request_is_good_for_five_minutes_and_for_a_clock_five_seconds_behind(double age, SignatureVerdict verdict) =>
        Assert.Equal(verdict, Verify(Sign(Timestamp, Body), now: Signed.AddSeconds(age)));

    [Fact]
    public void How_old_a_request_may_be_is_configurable()
    {
        Assert.Equal(SignatureVerdict.Valid, Verify(Sign(Timestamp, Body), now: Signed.AddSeconds(5), oldest: TimeSpan.FromSeconds(5)));
        Assert.Equal(SignatureVerdict.Stale, Verify(Sign(Timestamp, Body), now: Signed.AddSeconds(6), oldest: TimeSpan.FromSeconds(5)));
    }

    [Theory]
    [InlineData(null, "1800000000")]
    [InlineData("", "1800000000")]
    [InlineData("00", "1800000000")]
    [InlineData("zz", "1800000000")]
    [InlineData("ok", null)]
    [InlineData("ok", "")]
    [InlineData("ok", "now")]
    [InlineData("ok", "-1800000000")]
    [InlineData("ok", "+1800000000")]
    [InlineData("ok", " 1800000000")]
    [InlineData("ok", "1800000000.0")]
    [InlineData("ok", "9999999999999")]
    [InlineData("ok", "１８００００００００")]
    public void A_header_that_is_missing_or_none_is_malformed(string? signature, string? timestamp)
    {
        var given = signature switch
        {
            "ok" => new string('0', 128),
            "zz" => new string('z', 128),
            _ => signature,
        };
        Assert.Equal(SignatureVerdict.Malformed, InteractionSignature.Verify(PublicKey, given, timestamp, Body, Signed, TimeSpan.FromMinutes(5)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("not a key")]
    [InlineData("00")]
    [InlineData("zz51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025")]
    public void A_public_key_that_is_none_says_where_to_find_it(string text) =>
        Assert.Contains("General Information", Assert.Throws<FormatException>(() => InteractionPublicKey.Parse(text)).Message, StringComparison.Ordinal);

    private static string Sign(string timestamp, byte[] body) =>
        Convert.ToHexString(SignatureAlgorithm.Ed25519.Sign(Discord, [.. Encoding.ASCII.GetBytes(timestamp), .. body]));

    private static SignatureVerdict Verify(
        string signature, string? timestamp = null, byte[]? body = null, DateTimeOffset? now = null, TimeSpan? oldest = null) =>
        InteractionSignature.Verify(
            PublicKey, signature, timestamp ?? Timestamp, body ?? Body, now ?? Signed, oldest ?? InteractionSignature.DefaultOldest);
}
