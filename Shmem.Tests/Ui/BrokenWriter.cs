using System.Text;

namespace Shmem.Tests.Ui;

/// <summary>A terminal that has gone away.</summary>
internal sealed class BrokenWriter : TextWriter
{
    public override Encoding Encoding => Encoding.UTF8;

    public override void Write(char value) => throw new IOException("gone");

    public override void Flush() => throw new IOException("gone");
}
