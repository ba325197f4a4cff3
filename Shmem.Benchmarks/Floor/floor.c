/* The floor: the same system calls as Shmem makes, in C. Reads lines "<what> <rounds>" and answers each with nanoseconds per round. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/futex.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SIZE 65536

static char path[64];
static int owner, made;

static void check(int ok, const char *call) {
    if (!ok) { perror(call); exit(1); }
}

/* memfd_create, ftruncate, seal, statx (the inode is part of the id), mmap, munmap, close. */
static void create_memfd(void) {
    int f = memfd_create("shmem", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    check(f >= 0 && ftruncate(f, SIZE) == 0, "memfd_create");
    check(fcntl(f, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0, "F_ADD_SEALS");
    struct statx s;
    check(statx(f, "", AT_EMPTY_PATH, STATX_TYPE | STATX_SIZE | STATX_INO, &s) == 0, "statx");
    void *p = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, f, 0);
    check(p != MAP_FAILED, "mmap");
    munmap(p, SIZE);
    close(f);
}

static void create_posix(void) {
    int f = shm_open("/shmem-floor", O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    check(f >= 0 && posix_fallocate(f, 0, SIZE) == 0, "shm_open");
    void *p = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, f, 0);
    check(p != MAP_FAILED, "mmap");
    close(f);
    munmap(p, SIZE);
    shm_unlink("/shmem-floor");
}

static void create_sysv(void) {
    int id = shmget(IPC_PRIVATE, SIZE, IPC_CREAT | IPC_EXCL | 0600);
    check(id >= 0, "shmget");
    void *p = shmat(id, NULL, 0);
    check(p != (void *)-1, "shmat");
    shmctl(id, IPC_RMID, NULL);
    shmdt(p);
}

/* A bare open and map, without a check. The descriptor is closed once mapped, as everyone does who attaches many, and as Shmem does. */
static void attach_memfd(void) {
    int f = open(path, O_RDWR | O_CLOEXEC);
    check(f >= 0, "open");
    void *p = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, f, 0);
    check(p != MAP_FAILED, "mmap");
    close(f);
    munmap(p, SIZE);
}

/* The same, but closed last: a descriptor for as long as the mapping lives. The kernel frees a file sooner at a close than at an unmap. */
static void attach_memfd_closed_last(void) {
    int f = open(path, O_RDWR | O_CLOEXEC);
    check(f >= 0, "open");
    void *p = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, f, 0);
    check(p != MAP_FAILED, "mmap");
    munmap(p, SIZE);
    close(f);
}

/* The system calls of Shmem's attach: the owner's descriptor copied by a kept pidfd, with statx and the seals. */
static void attach_memfd_checked(void) {
    int f = syscall(SYS_pidfd_getfd, owner, made, 0);
    check(f >= 0, "pidfd_getfd");
    struct statx s;
    check(statx(f, "", AT_EMPTY_PATH, STATX_TYPE | STATX_SIZE | STATX_INO, &s) == 0, "statx");
    check(fcntl(f, F_GET_SEALS) >= 0, "F_GET_SEALS");
    void *p = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, f, 0);
    check(p != MAP_FAILED, "mmap");
    close(f);
    munmap(p, SIZE);
}

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1e9 + t.tv_nsec;
}

/*
 * A futex in a shared page; a child answers each notification of the first word by one of the second. The protocol is that of Shmem's signal, and nothing else: bit 0 says
 * that somebody may be asleep, the bits above count; who notifies calls the kernel only where somebody sleeps, who waits only where nothing has been counted yet.
 */
static uint32_t *words;
static pid_t echo;

static void wait_for_other(uint32_t *word, uint32_t seen) {
    if (__atomic_load_n(word, __ATOMIC_ACQUIRE) >> 1 != seen) return;
    for (;;) {
        uint32_t value = __atomic_or_fetch(word, 1, __ATOMIC_SEQ_CST);
        if (value >> 1 != seen) return;
        syscall(SYS_futex, word, FUTEX_WAIT, value, NULL, NULL, 0);
    }
}

static void count(uint32_t *word) {
    if (!(__atomic_fetch_add(word, 2, __ATOMIC_SEQ_CST) & 1)) return;
    __atomic_and_fetch(word, ~1u, __ATOMIC_SEQ_CST);
    syscall(SYS_futex, word, FUTEX_WAKE, INT32_MAX, NULL, NULL, 0);
}

static void start_echo(void) {
    words = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    check(words != MAP_FAILED, "mmap");
    echo = fork();
    check(echo >= 0, "fork");
    if (echo) return;
    /* Ends with its parent, which has one thread. */
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (uint32_t seen = 0;; seen = (seen + 1) & INT32_MAX) {
        wait_for_other(words, seen);
        count(words + 16);
    }
}

static int by_size(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Half a round trip, the median. */
static double wake(int rounds) {
    if (!echo) start_echo();
    double *taken = malloc(rounds * sizeof *taken);
    check(taken != NULL, "malloc");
    for (int i = 0; i < rounds; i++) {
        uint32_t seen = __atomic_load_n(words + 16, __ATOMIC_ACQUIRE) >> 1;
        double start = now();
        count(words);
        wait_for_other(words + 16, seen);
        taken[i] = now() - start;
    }
    qsort(taken, rounds, sizeof *taken, by_size);
    double median = taken[rounds / 2] / 2;
    free(taken);
    return median;
}

/* The atomic operations of Shmem's mutex when nobody waits. */
static uint64_t lock;

static void mutex(void) {
    uint64_t nobody = 0;
    if (!__atomic_compare_exchange_n(&lock, &nobody, 1, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) exit(1);
    __atomic_exchange_n(&lock, 0, __ATOMIC_SEQ_CST);
}

/* A message of 64 bytes into a ring and out of it, with Shmem's layout: length and bytes, tail, cursor, a count for each side. */
#define RING 65536
static struct { uint64_t tail, pad1[7], cursor, pad2[7]; uint32_t data, room; unsigned char bytes[RING]; } ring_memory;

static void copy_in(uint64_t at, const void *from, size_t length) {
    size_t first = RING - (at & (RING - 1));
    if (first > length) first = length;
    memcpy(ring_memory.bytes + (at & (RING - 1)), from, first);
    memcpy(ring_memory.bytes, (const char *)from + first, length - first);
}

static void copy_out(uint64_t at, void *to, size_t length) {
    size_t first = RING - (at & (RING - 1));
    if (first > length) first = length;
    memcpy(to, ring_memory.bytes + (at & (RING - 1)), first);
    memcpy((char *)to + first, ring_memory.bytes, length - first);
}

static void ring(void) {
    static unsigned char in[64], out[64];
    uint64_t nobody = 0;
    uint32_t length = sizeof in;
    if (!__atomic_compare_exchange_n(&lock, &nobody, 1, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) exit(1);
    copy_in(ring_memory.tail, &length, sizeof length);
    copy_in(ring_memory.tail + sizeof length, in, length);
    __atomic_store_n(&ring_memory.tail, ring_memory.tail + sizeof length + length, __ATOMIC_RELEASE);
    __atomic_exchange_n(&lock, 0, __ATOMIC_SEQ_CST);
    __atomic_add_fetch(&ring_memory.data, 2, __ATOMIC_SEQ_CST);

    if (__atomic_load_n(&ring_memory.tail, __ATOMIC_ACQUIRE) == ring_memory.cursor) exit(1);
    copy_out(ring_memory.cursor, &length, sizeof length);
    if (length > sizeof out) exit(1);
    copy_out(ring_memory.cursor + sizeof length, out, length);
    __atomic_store_n(&ring_memory.cursor, ring_memory.cursor + sizeof length + length, __ATOMIC_RELEASE);
    __atomic_add_fetch(&ring_memory.room, 2, __ATOMIC_SEQ_CST);
}

/*
 * A service in a child process, with Shmem's frames and the system calls of both its sides: a request for a segment is answered by a descriptor (SCM_RIGHTS), which is
 * checked and mapped; then the segment is released, which is answered too.
 */
enum { CREATE = 2, OPEN = 3, RELEASE = 4, HEADER = 8, WITH_ID = 72, GRANTED = 80 };
static int service = -1;

static int new_file(void) {
    int f = memfd_create("shmem", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    check(f >= 0 && ftruncate(f, SIZE) == 0, "memfd_create");
    check(fcntl(f, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0, "F_ADD_SEALS");
    return f;
}

static void send_frame(int s, void *frame, size_t length, int file) {
    union { struct cmsghdr header; char room[CMSG_SPACE(sizeof(int))]; } control = {0};
    struct iovec vector = {frame, length};
    struct msghdr m = {.msg_iov = &vector, .msg_iovlen = 1};
    if (file >= 0) {
        m.msg_control = &control;
        m.msg_controllen = sizeof control.room;
        control.header = (struct cmsghdr){.cmsg_len = CMSG_LEN(sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
        memcpy(CMSG_DATA(&control.header), &file, sizeof file);
    }
    check(sendmsg(s, &m, MSG_DONTWAIT | MSG_NOSIGNAL) == (ssize_t)length, "sendmsg");
}

static int receive_frame(int s, void *frame, size_t room, size_t expected) {
    union { struct cmsghdr header; char room[CMSG_SPACE(sizeof(int))]; } control;
    struct iovec vector = {frame, room};
    struct msghdr m = {.msg_iov = &vector, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control.room};
    check(recvmsg(s, &m, MSG_CMSG_CLOEXEC) == (ssize_t)expected && !(m.msg_flags & MSG_CTRUNC), "recvmsg");
    int file = -1;
    if (CMSG_FIRSTHDR(&m)) memcpy(&file, CMSG_DATA(&control.header), sizeof file);
    return file;
}

static void serve(int s) {
    static unsigned char request[4096], answer[GRANTED];
    int kept = new_file(), made = -1;
    struct pollfd entry = {.fd = s, .events = POLLIN};
    for (;;) {
        if (poll(&entry, 1, -1) < 0) continue;
        if (recv(s, request, sizeof request, MSG_DONTWAIT) <= 0) _exit(0);
        switch (request[6]) {
        case CREATE:
            made = new_file();
            send_frame(s, answer, GRANTED, made);
            break;
        case OPEN:
            send_frame(s, answer, GRANTED, kept);
            break;
        default:
            if (made >= 0) close(made);
            made = -1;
            send_frame(s, answer, HEADER, -1);
        }
    }
}

static void ask(unsigned char kind, size_t length, size_t answer_length) {
    static unsigned char frame[4096];
    if (service < 0) {
        int pair[2];
        check(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0, "socketpair");
        pid_t child = fork();
        check(child >= 0, "fork");
        if (child == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            close(pair[0]);
            serve(pair[1]);
        }
        close(pair[1]);
        service = pair[0];
    }
    frame[0] = length;
    frame[6] = kind;
    send_frame(service, frame, length, -1);
    int f = receive_frame(service, frame, sizeof frame, answer_length);
    if (answer_length != GRANTED) return;
    struct statx s;
    check(f >= 0 && statx(f, "", AT_EMPTY_PATH, STATX_TYPE | STATX_SIZE | STATX_INO, &s) == 0, "statx");
    void *p = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, f, 0);
    check(p != MAP_FAILED, "mmap");
    close(f);
    munmap(p, SIZE);
}

static void open_served(void) {
    ask(OPEN, WITH_ID, GRANTED);
    ask(RELEASE, WITH_ID, HEADER);
}

static void create_served(void) {
    ask(CREATE, HEADER + 8, GRANTED);
    ask(RELEASE, WITH_ID, HEADER);
}

int main(void) {
    int f = memfd_create("shmem", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    check(f >= 0 && ftruncate(f, SIZE) == 0, "memfd_create");
    check(fcntl(f, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0, "F_ADD_SEALS");
    owner = syscall(SYS_pidfd_open, getpid(), 0);
    check(owner >= 0, "pidfd_open");
    made = f;
    snprintf(path, sizeof path, "/proc/%d/fd/%d", getpid(), f);
    char what[32];
    int rounds;
    while (scanf("%31s %d", what, &rounds) == 2) {
        if (!strcmp(what, "wake")) {
            printf("%.1f\n", wake(rounds));
            fflush(stdout);
            continue;
        }
        void (*run)(void) = !strcmp(what, "create-memfd") ? create_memfd
            : !strcmp(what, "create-posix") ? create_posix
            : !strcmp(what, "create-sysv") ? create_sysv
            : !strcmp(what, "attach-memfd") ? attach_memfd
            : !strcmp(what, "attach-memfd-closed-last") ? attach_memfd_closed_last
            : !strcmp(what, "open-served") ? open_served
            : !strcmp(what, "create-served") ? create_served
            : !strcmp(what, "mutex") ? mutex
            : !strcmp(what, "ring") ? ring
            : !strcmp(what, "attach-memfd-checked") ? attach_memfd_checked : NULL;
        if (!run) return 2;
        double start = now();
        for (int i = 0; i < rounds; i++) run();
        printf("%.1f\n", (now() - start) / rounds);
        fflush(stdout);
    }
    if (echo) {
        kill(echo, SIGKILL);
        waitpid(echo, NULL, 0);
    }
    return 0;
}
