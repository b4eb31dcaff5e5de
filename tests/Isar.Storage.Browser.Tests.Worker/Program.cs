using System.Runtime.Versioning;
using Isar.Storage.Browser.Tests.Worker;

[assembly: SupportedOSPlatform("browser")]

await CaseRunner.RunAsync();
