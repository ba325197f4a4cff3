using Shmem.Sample.Fuzzer.Findings;

return args is ["stacks", .. var rest] ? StackReader.Run(rest, Console.Out) : 0;
