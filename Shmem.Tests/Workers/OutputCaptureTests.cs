using System.Text;
using FsCheck.Xunit;
using Shmem.Actors.Workers;
using Xunit;

namespace Shmem.Tests.Workers;

public sealed class OutputCaptureTests
{
    [Property]
    public void What_fits_is_kept_whole_and_of_more_the_first_and_the_last_half(byte[] lengths)
    {
        const int Half = 40;
        var capture = new OutputCapture(2 * Half);
        var all = new StringBuilder();
        foreach (var length in lengths)
        {
            var piece = string.Concat(Enumerable.Range(all.Length, length).Select(i => (char)('a' + i % 26)));
            all.Append(piece);
            capture.Append(Encoding.UTF8.GetBytes(piece));
        }

        var text = all.ToString();
        var expected = text.Length <= 2 * Half ? text : $"{text[..Half]}\n[{text.Length - 2 * Half} bytes left out]\n{text[^Half..]}";
        Assert.Equal(expected, capture.ToString());
    }
}
