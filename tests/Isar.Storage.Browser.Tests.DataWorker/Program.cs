using System.Runtime.Versioning;
using Isar.Storage.Browser;
using Isar.Storage.Cases;

[assembly: SupportedOSPlatform("browser")]

WasmSqliteEngine.Register();
await CaseRunner.RunAsync(typeof(Program).Assembly);
