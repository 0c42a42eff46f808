/* Notes every change a program makes to the files of one directory, in order, for the power-cut model.
 *
 *   LD_PRELOAD=disk_recorder.so RECORD_DIRECTORY=/dir RECORD_FILE=/log program
 *
 * A record is: kind (1 byte), length of the path (u16), offset (u64), length of the bytes (u32), path, bytes.
 * Kinds: W write, T truncate (offset is the new size), S sync of the path, U unlink, R rename (bytes are the new path),
 * A a line on standard output: what the program acknowledged. Paths are below the directory.
 * Descriptors are asked for their path when they are used, so nothing is kept that a fork or a dup could spoil.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static pthread_mutex_t in_order = PTHREAD_MUTEX_INITIALIZER;
static int log_fd = -1;
static char directory[PATH_MAX];

__attribute__((constructor)) static void begin(void) {
    const char *named = getenv("RECORD_DIRECTORY"), *file = getenv("RECORD_FILE");
    if (named && file && realpath(named, directory)) log_fd = open(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

/* While a file of the record's name and ".broken" is there, the card takes nothing: EIO, as from a dying one. */
static int broken(const char *path) {
    const char *file = getenv("RECORD_FILE");
    char name[PATH_MAX];
    if (!path || !file) return 0;
    snprintf(name, sizeof name, "%s.broken", file);
    if (access(name, F_OK)) return 0;
    errno = EIO;
    return 1;
}

static const char *below(const char *path) {
    size_t length = strlen(directory);
    if (log_fd < 0 || strncmp(path, directory, length) || (path[length] != '/' && path[length])) return NULL;
    return path[length] ? path + length + 1 : ".";
}

static const char *path_of(int fd, char *found) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, found, PATH_MAX - 1);
    if (length < 0) return NULL;
    found[length] = 0;
    return below(found);
}

static void note(char kind, const char *path, uint64_t offset, const void *bytes, uint32_t length) {
    if (!path) return;
    uint16_t named = (uint16_t)strlen(path);
    struct iovec parts[] = {{&kind, 1}, {&named, 2}, {&offset, 8}, {&length, 4}, {(void *)path, named}, {(void *)bytes, length}};
    if (syscall(SYS_writev, log_fd, parts, 6) < 0) abort();
}

#define REAL(type, name, ...) \
    static type (*real)(__VA_ARGS__); \
    if (!real) real = (type(*)(__VA_ARGS__))dlsym(RTLD_NEXT, name)
#define ORDERED(kind, path, offset, bytes, length, call) \
    pthread_mutex_lock(&in_order); \
    ssize_t done = call; \
    if (done >= 0) note(kind, path, offset, bytes, length); \
    pthread_mutex_unlock(&in_order); \
    return done

ssize_t write(int fd, const void *bytes, size_t length) {
    REAL(ssize_t, "write", int, const void *, size_t);
    char found[PATH_MAX];
    if (fd == 1 && log_fd >= 0) { ORDERED('A', ".", 0, bytes, (uint32_t)length, real(fd, bytes, length)); }
    const char *path = log_fd < 0 ? NULL : path_of(fd, found);
    if (!path) return real(fd, bytes, length);
    if (broken(path)) return -1;
    uint64_t offset = (uint64_t)lseek(fd, 0, SEEK_CUR);
    ORDERED('W', path, offset, bytes, (uint32_t)(done < 0 ? 0 : done), real(fd, bytes, length));
}

ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t offset) {
    REAL(ssize_t, "pwrite64", int, const void *, size_t, off64_t);
    char found[PATH_MAX];
    if (broken(path_of(fd, found))) return -1;
    ORDERED('W', path_of(fd, found), (uint64_t)offset, bytes, (uint32_t)(done < 0 ? 0 : done), real(fd, bytes, length, offset));
}
ssize_t pwrite(int fd, const void *bytes, size_t length, off_t offset) { return pwrite64(fd, bytes, length, offset); }

int ftruncate64(int fd, off64_t size) {
    REAL(int, "ftruncate64", int, off64_t);
    char found[PATH_MAX];
    ORDERED('T', path_of(fd, found), (uint64_t)size, "", 0, real(fd, size));
}
int ftruncate(int fd, off_t size) { return ftruncate64(fd, size); }

int fsync(int fd) {
    REAL(int, "fsync", int);
    char found[PATH_MAX];
    if (broken(path_of(fd, found))) return -1;
    ORDERED('S', path_of(fd, found), 0, "", 0, real(fd));
}
int fdatasync(int fd) {
    REAL(int, "fdatasync", int);
    char found[PATH_MAX];
    if (broken(path_of(fd, found))) return -1;
    ORDERED('S', path_of(fd, found), 0, "", 0, real(fd));
}

int unlink(const char *path) {
    REAL(int, "unlink", const char *);
    ORDERED('U', below(path), 0, "", 0, real(path));
}
int rename(const char *from, const char *to) {
    REAL(int, "rename", const char *, const char *);
    const char *target = below(to);
    ORDERED('R', target ? below(from) : NULL, 0, target ? target : "", target ? (uint32_t)strlen(target) : 0, real(from, to));
}
