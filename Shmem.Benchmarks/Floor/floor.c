/* The floor: the same system calls as Shmem makes, in C. Reads lines "<what> <rounds>" and answers each with nanoseconds per round. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define SIZE 65536

static char path[64], name[16];
static int kept;

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

/* The system calls of Shmem's attach: from a kept directory, with statx and the seals. */
static void attach_memfd_checked(void) {
    int f = openat(kept, name, O_RDWR | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    check(f >= 0, "openat");
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

int main(void) {
    int f = memfd_create("shmem", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    check(f >= 0 && ftruncate(f, SIZE) == 0, "memfd_create");
    check(fcntl(f, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0, "F_ADD_SEALS");
    snprintf(path, sizeof path, "/proc/%d/fd", getpid());
    kept = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    check(kept >= 0, "open /proc/<pid>/fd");
    snprintf(name, sizeof name, "%d", f);
    snprintf(path, sizeof path, "/proc/%d/fd/%d", getpid(), f);
    char what[32];
    int rounds;
    while (scanf("%31s %d", what, &rounds) == 2) {
        void (*run)(void) = !strcmp(what, "create-memfd") ? create_memfd
            : !strcmp(what, "create-posix") ? create_posix
            : !strcmp(what, "create-sysv") ? create_sysv
            : !strcmp(what, "attach-memfd") ? attach_memfd
            : !strcmp(what, "attach-memfd-closed-last") ? attach_memfd_closed_last
            : !strcmp(what, "attach-memfd-checked") ? attach_memfd_checked : NULL;
        if (!run) return 2;
        double start = now();
        for (int i = 0; i < rounds; i++) run();
        printf("%.1f\n", (now() - start) / rounds);
        fflush(stdout);
    }
    return 0;
}
