using System.Runtime.Versioning;
using Isar.Storage.Browser;
using Isar.Storage.Browser.Tests.Worker;
using Isar.Storage.Cases;

[assembly: SupportedOSPlatform("browser")]

ProviderRecorder.Install();
WasmSqliteEngine.Register();
await CaseRunner.RunAsync(typeof(Program).Assembly);
