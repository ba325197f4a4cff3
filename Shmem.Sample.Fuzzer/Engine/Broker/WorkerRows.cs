using Shmem.Sample.Fuzzer.Ui;

namespace Shmem.Sample.Fuzzer.Engine.Broker;

/// <summary>A row for each slot that the campaign wants: of the process that holds it, or of the one that is to come. Thread-safe.</summary>
internal sealed class WorkerRows(int wanted)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<int, string> _closed = [];
    private string _missing = "starting";

    /// <summary>A killed process that does not end keeps the slot, and another slot is opened.</summary>
    public void Park(int slot) => Close(slot, "parked");

    /// <summary>No more processes are started for the slot.</summary>
    public void GiveUp(int slot) => Close(slot, "gave up");

    /// <summary>No more processes are started for any slot.</summary>
    public void Stop()
    {
        lock (_gate) _missing = "ended";
    }

    public IReadOnlyList<WorkerRow> Of(IEnumerable<LiveWorker> living, TimeSpan now)
    {
        lock (_gate)
        {
            var rows = new Dictionary<int, WorkerRow>();
            // While they are looked at one may go, and its successor come.
            foreach (var worker in living)
                if (worker.Slot is { } slot) rows[slot] = Row(worker, slot, now);
            // Beside a slot that is parked there is another.
            var slots = wanted + _closed.Values.Count(state => state == "parked");
            for (var missing = 0; missing < slots; missing++)
                rows.TryAdd(missing, new WorkerRow { Slot = missing, Generation = 0, State = _closed.GetValueOrDefault(missing, _missing), Executions = 0, ExecutionsPerSecond = 0 });
            return [.. rows.Values.OrderBy(row => row.Slot)];
        }
    }

    private void Close(int slot, string state)
    {
        lock (_gate) _closed[slot] = state;
    }

    private WorkerRow Row(LiveWorker worker, int slot, TimeSpan now)
    {
        var executions = worker.Executions;
        return new WorkerRow
        {
            Slot = slot,
            Generation = worker.Generation + 1,
            Pid = worker.Pid,
            State = _closed.GetValueOrDefault(slot, WorkerRow.Running),
            Executions = executions,
            ExecutionsPerSecond = worker.Rate.Sample(now, executions),
        };
    }
}
