using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using Xunit;

namespace Isar.Storage.Tests;

/// <summary>Rules for everything that is public in what is shipped.</summary>
public sealed class PublicApiTests
{
    /// <summary>Gets the public types of the shipped assemblies that these tests refer to.</summary>
    public static TheoryData<string, string> Types
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (SourceProject project in Repository.Shipped)
            {
                foreach (PublicType type in TypesOf(project.Name))
                    data.Add(project.Name, type.FullName);
            }
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void A_public_type_is_closed_for_inheritance_or_made_for_it(string assembly, string type)
    {
        TypeAttributes attributes = TypesOf(assembly).Single(t => t.FullName == type).Attributes;
        Assert.True((attributes & (TypeAttributes.Sealed | TypeAttributes.Interface)) != 0, $"{type} must be sealed, static or an interface.");
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void A_public_type_is_in_the_products_namespace(string assembly, string type)
        => Assert.Matches(@"^Isar\.Storage\.\w+$", $"{TypesOf(assembly).Single(t => t.FullName == type).FullName}");

    [Fact]
    public void The_contract_is_public() => Assert.Contains(TypesOf("Isar.Storage.Abstractions"), type => type.FullName == "Isar.Storage.IStorageBackend");

    private static IReadOnlyList<PublicType> TypesOf(string assembly)
    {
        string file = Path.Combine(AppContext.BaseDirectory, assembly + ".dll");
        if (!File.Exists(file))
            return [];
        using var image = new PEReader(File.OpenRead(file));
        MetadataReader metadata = image.GetMetadataReader();
        return
        [
            .. from handle in metadata.TypeDefinitions
               let type = metadata.GetTypeDefinition(handle)
               where (type.Attributes & TypeAttributes.VisibilityMask) == TypeAttributes.Public
               select new PublicType($"{metadata.GetString(type.Namespace)}.{metadata.GetString(type.Name)}", type.Attributes),
        ];
    }

    private sealed record PublicType(string FullName, TypeAttributes Attributes);
}
