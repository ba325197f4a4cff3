using System.Diagnostics;
using Shmem.Sample.Fuzzer.Commands;

var code = await CommandLine.RunAsync(args, new CommandHandlers(), Console.Out, Console.Error);
// It has said so. What its target has left running, or a handler of the process' end, would keep for ever a process that nobody watches any more.
if (code == ExitCodes.Failed && args is ["worker"] or ["verdict"]) Process.GetCurrentProcess().Kill();
return code;
