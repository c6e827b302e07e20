/* A disk that fails at its k-th call: preloaded into a process, it counts the writes or the syncs of files below one
 * folder from `faults_arm` on, and lets the k-th of them fail. It reaches what a VFS inside SQLite could not: the lock,
 * the folder's own sync, and how SQLite itself takes a short write.
 *
 * Modes: 1 a write is EIO, 2 a write is ENOSPC, 3 a write is short, 4 a sync is EIO. k = 0 only counts.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static char armed[4096];
static long wanted, counted, fired; /* fired: 1 at a file, 2 at the folder itself */
static int mode, counter = -1;

static ssize_t (*real_pwrite)(int, const void *, size_t, off_t);

static void tell(void) {
  long both[2] = {__atomic_load_n(&counted, __ATOMIC_SEQ_CST), __atomic_load_n(&fired, __ATOMIC_SEQ_CST)};
  if (counter >= 0 && real_pwrite(counter, both, sizeof both, 0) < 0) counter = -1;
}

void faults_arm(const char *folder, long k, int which, const char *counter_path) {
  real_pwrite = dlsym(RTLD_NEXT, "pwrite");
  strncpy(armed, folder, sizeof armed - 1);
  wanted = k;
  mode = which;
  counter = open(counter_path, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
  tell();
}

/* Whether this call, of a write or of a sync, is the one that fails. */
static int fails(int file, int is_sync) {
  char link[64], path[4096];
  if (counter < 0 || file == counter || is_sync != (mode == 4)) return 0;
  snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length < 0) return 0;
  path[length] = 0;
  size_t size = strlen(armed);
  if (strncmp(path, armed, size) != 0 || (path[size] != '/' && path[size] != 0)) return 0;
  int is_it = __atomic_add_fetch(&counted, 1, __ATOMIC_SEQ_CST) == wanted;
  if (is_it) __atomic_store_n(&fired, path[size] == 0 ? 2 : 1, __ATOMIC_SEQ_CST);
  tell();
  return is_it;
}

static int error(void) {
  errno = mode == 2 ? ENOSPC : EIO;
  return -1;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
#define SHORT(size) ((size) > 1 ? (size) / 2 : (size))

ssize_t write(int file, const void *data, size_t size) {
  if (!fails(file, 0)) return REAL(write)(file, data, size);
  return mode == 3 ? REAL(write)(file, data, SHORT(size)) : error();
}

ssize_t pwrite(int file, const void *data, size_t size, off_t offset) {
  if (!fails(file, 0)) return REAL(pwrite)(file, data, size, offset);
  return mode == 3 ? REAL(pwrite)(file, data, SHORT(size), offset) : error();
}

ssize_t pwrite64(int file, const void *data, size_t size, off64_t offset) {
  if (!fails(file, 0)) return REAL(pwrite64)(file, data, size, offset);
  return mode == 3 ? REAL(pwrite64)(file, data, SHORT(size), offset) : error();
}

int ftruncate(int file, off_t size) {
  return mode != 3 && fails(file, 0) ? error() : REAL(ftruncate)(file, size);
}

int ftruncate64(int file, off64_t size) {
  return mode != 3 && fails(file, 0) ? error() : REAL(ftruncate64)(file, size);
}

int fsync(int file) { return fails(file, 1) ? error() : REAL(fsync)(file); }

int fdatasync(int file) { return fails(file, 1) ? error() : REAL(fdatasync)(file); }
