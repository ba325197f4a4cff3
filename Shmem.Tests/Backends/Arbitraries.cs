using FsCheck;
using FsCheck.Fluent;
using Shmem.Backends;

namespace Shmem.Tests.Backends;

/// <summary>Valid ids and descriptions of every length.</summary>
public static class Arbitraries
{
    private static readonly Gen<char> SchemeEnd = Gen.Elements("abcdefghijklmnopqrstuvwxyz0123456789".ToCharArray());
    private static readonly Gen<char> ServiceCharacter = Gen.Elements("abcdefghijklmnopqrstuvwxyz0123456789-".ToCharArray());

    public static Arbitrary<ShMemId> Ids() => Id().ToArbitrary();

    public static Arbitrary<ShMemDescription> Descriptions() => (
        from id in Id()
        from size in ArbMap.Default.GeneratorFor<long>()
        from named in Gen.Elements(true, false)
        from service in Text(ServiceCharacter, 1, 32)
        select new ShMemDescription(id, Math.Max(1, size & long.MaxValue), named ? service : null)).ToArbitrary();

    private static Gen<ShMemId> Id() =>
        from first in Gen.Elements("abcdefghijklmnopqrstuvwxyz".ToCharArray())
        from scheme in Text(SchemeEnd, 0, 11)
        from rest in Text(Gen.Choose('!', '~').Select(c => (char)c), 1, ShMemId.Size - 2 - scheme.Length)
        select ShMemId.Parse($"{first}{scheme}:{rest}");

    private static Gen<string> Text(Gen<char> character, int shortest, int longest) =>
        from length in Gen.Choose(shortest, longest)
        from characters in character.ArrayOf(length)
        select new string(characters);
}
