using Shmem.Samples.BabyFuzzer;

// The broker starts its workers by this same program.
return args is ["worker"] ? await BabyWorker.RunAsync() : await BabyBroker.RunAsync();
