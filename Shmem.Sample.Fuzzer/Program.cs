using Shmem.Sample.Fuzzer.Commands;

return await CommandLine.RunAsync(args, new CommandHandlers(), Console.Out, Console.Error);
