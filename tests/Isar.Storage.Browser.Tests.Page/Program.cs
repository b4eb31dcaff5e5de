using System.Runtime.Versioning;
using Isar.Storage.Cases;

[assembly: SupportedOSPlatform("browser")]

await CaseRunner.RunAsync(typeof(Program).Assembly);
