# Counts the tests of each backend: from <UnitTestResult> elements of .trx files, one a line, to lines of 'backend passed failed skipped'. Runs under
# any awk, busybox' too.
function backend(name) {
    if (name ~ /\.Ashmem/) return "ashmem"
    if (name ~ /\.Service\.|\.Served/) return "service"
    if (name ~ /\.Backends\.Win32\./) return "win"
    if (name ~ /\.Backends\.(Memfd|HugePage|Prefault)/) return "memfd"
    if (name ~ /\.Backends\.(PosixShm|PosixName)/) return "posix"
    if (name ~ /\.Backends\.(SysV|AflTarget)/) return "sysv"
    if (name ~ /\.Backends\.(Heap|Guard)|\.RcHeap/) return "heap"
    if (name ~ /\.Backends\.(Std|Fallback)|\.RcStd/) return "chosen"
    return "other"
}
match($0, / testName="[^"(]*/) {
    row = backend(substr($0, RSTART, RLENGTH))
    seen[row] = 1
    if ($0 ~ / outcome="Passed"/) passed[row]++
    else if ($0 ~ / outcome="(Failed|Error|Timeout|Aborted)"/) failed[row]++
    else if ($0 ~ / outcome="(NotExecuted|Inconclusive)"/) skipped[row]++
}
END { for (row in seen) print row, passed[row] + 0, failed[row] + 0, skipped[row] + 0 }
