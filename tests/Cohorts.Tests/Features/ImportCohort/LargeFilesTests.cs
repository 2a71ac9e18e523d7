using System.Diagnostics;
using System.Text;
using Cohorts.Features.ImportCohort;

namespace Cohorts.Tests.Features.ImportCohort;

/// <summary>The sizes that are promised, and those that are refused before they cost anything.</summary>
public sealed class LargeFilesTests(Slices slices) : IClassFixture<Slices>
{
    [Fact]
    public async Task A_thousand_people_are_there_in_two_seconds_and_again_in_two()
    {
        await slices.ImportedAsync(Files.Import("name,availability\nWarm,\n", "Warm"));
        var csv = People(1000);

        var started = Stopwatch.StartNew();
        var first = await slices.ImportedAsync(Files.Import(csv, "Thousand"));
        var again = await slices.ImportedAsync(Files.Import(csv, "Thousand"));

        Assert.Equal((1000, 1000, 1000), (first.Created, again.Updated, again.Unchanged));
        // Two imports; each takes about a tenth of this.
        Assert.True(started.Elapsed < SystemTests.Bot.Machine.Allows(TimeSpan.FromSeconds(4)), $"{started.Elapsed}");
    }

    [Fact]
    public async Task As_many_people_as_a_file_may_hold_are_imported()
    {
        var result = await slices.ImportedAsync(Files.Import(People(Sheet.MaxRows), "Hundred thousand"));

        Assert.Equal(Sheet.MaxRows, result.Created);
    }

    [Fact]
    public void One_person_more_than_that_is_told_by_the_line()
    {
        var bad = new BadRows();
        Assert.True(Sheet.TryOpen(People(Sheet.MaxRows + 1), bad, out var sheet));

        Assert.Equal(Sheet.MaxRows, sheet.Rows(bad).Count());
        Assert.StartsWith($"line {Sheet.MaxRows + 2}: is beyond", Assert.Single(bad.Lines()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_an_endless_file_no_more_is_read_than_a_list_of_people_may_have()
    {
        await using var endless = new Endless(Encoding.UTF8.GetBytes("name,availability\n"), Encoding.UTF8.GetBytes("Ana,M09:00 M11:00\n"));

        var refusal = await slices.RefusedAsync(Files.Import("", "Endless") with { Content = endless });

        Assert.Contains("larger than 64 MB", refusal.Message, StringComparison.Ordinal);
        Assert.True(endless.BytesRead < Sheet.MaxBytes + (1 << 20), $"{endless.BytesRead} bytes were read");
    }

    [Fact]
    public async Task Of_many_bad_rows_the_first_are_named_and_the_others_counted()
    {
        var csv = "name,availability\n" + string.Concat(Enumerable.Range(0, 5000).Select(i => $"Bad {i},whenever\n"));

        var refusal = await slices.RefusedAsync(Files.Import(csv, "Many bad"));

        Assert.Equal(BadRows.LinesShown + 1, refusal.Details.Count);
        Assert.StartsWith("line 2 (Bad 0): availability: \"whenever\" is not an interval", refusal.Details[0], StringComparison.Ordinal);
        Assert.Equal("and 4950 more lines", refusal.Details[^1]);
    }

    private static byte[] People(int count)
    {
        var csv = new StringBuilder("name,email,discord_id,role,timezone,availability,if_needed,max_groups\n");
        for (var i = 0; i < count; i++)
        {
            var leads = i % 8 == 0;
            csv.Append("Person ").Append(i).Append(",person.").Append(i).Append('.').Append(count).Append("@example.org,")
                .Append(500_000_000_000_000_000UL + (ulong)count * 1_000_000 + (ulong)i).Append(leads ? ",facilitator," : ",participant,")
                .Append("Europe/Berlin,\"M").Append(10 + i % 10).Append(":00 M21:30, W17:00 W20:00\",F09:00 F10:30,").Append(leads ? "2\n" : "\n");
        }

        return Encoding.UTF8.GetBytes(csv.ToString());
    }

    /// <summary>A header, then the same row for ever.</summary>
    private sealed class Endless(byte[] header, byte[] row) : Stream
    {
        public long BytesRead { get; private set; }

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count)
        {
            for (var i = 0; i < count; i++, BytesRead++)
                buffer[offset + i] = BytesRead < header.Length ? header[BytesRead] : row[(BytesRead - header.Length) % row.Length];
            return count;
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
