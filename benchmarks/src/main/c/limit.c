/*
 * The limit that a walker can reach: reads every directory of a tree and looks at every name, and does nothing else.
 * Two threads, getdents64(2) and statx(2) relative to open directories, large directories shared between the threads;
 * hard links count each time, and errors are passed over. `benchmarks/compare` builds it and times it beside the others.
 *
 *     cc -O2 -pthread -o limit limit.c && ./limit DIRECTORY     prints the allocated bytes
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { THREADS = 2, BUFFER = 64 * 1024 };

struct name { /* struct linux_dirent64 of getdents64(2) */
  uint64_t inode;
  int64_t offset;
  unsigned short length;
  unsigned char type;
  char text[];
};

struct directory {
  struct directory *above; /* stays open until this one is opened */
  atomic_int users;
  int fd;
  char name[256];
};

struct work { /* a directory to read or, with names, some of it to look at */
  struct directory *directory;
  char *names;
  int bytes;
  struct work *next;
};

struct member {
  struct work *own;
  uint64_t blocks;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static struct work *shared;
static int idle;
static atomic_int hungry = 1;

static void leave(struct directory *directory) {
  if (atomic_fetch_sub(&directory->users, 1) == 1) {
    close(directory->fd);
    free(directory);
  }
}

static struct work *new_work(struct directory *directory, char *names, int bytes, struct work *next) {
  struct work *work = malloc(sizeof *work);
  *work = (struct work){directory, names, bytes, next};
  return work;
}

static void hand_over(struct work *first, struct work *last) {
  pthread_mutex_lock(&lock);
  last->next = shared;
  shared = first;
  hungry = 0;
  pthread_cond_broadcast(&changed);
  pthread_mutex_unlock(&lock);
}

static struct work *take(void) { /* NULL when there will be no more */
  pthread_mutex_lock(&lock);
  idle++;
  while (!shared && idle < THREADS) {
    hungry = 1;
    pthread_cond_wait(&changed, &lock);
  }
  struct work *work = shared;
  if (work) {
    shared = work->next;
    idle--;
  } else {
    pthread_cond_broadcast(&changed);
  }
  pthread_mutex_unlock(&lock);
  return work;
}

static void look(struct member *self, struct directory *directory, char *names, int bytes) {
  for (int at = 0; at < bytes;) {
    struct name *name = (struct name *)(names + at);
    at += name->length;
    if (!strcmp(name->text, ".") || !strcmp(name->text, "..")) continue;
    struct statx found;
    if (syscall(SYS_statx, directory->fd, name->text, AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS, &found)) continue;
    self->blocks += found.stx_blocks;
    if (S_ISDIR(found.stx_mode)) {
      struct directory *below = malloc(sizeof *below);
      below->above = directory;
      atomic_fetch_add(&directory->users, 1);
      strcpy(below->name, name->text);
      self->own = new_work(below, NULL, 0, self->own);
    }
  }
  if (hungry && self->own && self->own->next) { /* the newest one is kept, the older ones go */
    struct work *last = self->own->next;
    while (last->next) last = last->next;
    hand_over(self->own->next, last);
    self->own->next = NULL;
  }
}

static void read_all(struct member *self, struct directory *directory) {
  int above = directory->above ? directory->above->fd : AT_FDCWD;
  directory->fd = openat(above, directory->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  directory->users = 1;
  if (directory->above) leave(directory->above);
  char *names = malloc(BUFFER);
  int bytes;
  while ((bytes = syscall(SYS_getdents64, directory->fd, names, BUFFER)) > 0) {
    if (bytes > BUFFER / 2 && hungry) {
      atomic_fetch_add(&directory->users, 1);
      struct work *work = new_work(directory, names, bytes, NULL);
      hand_over(work, work);
      names = malloc(BUFFER);
    } else {
      look(self, directory, names, bytes);
    }
  }
  free(names);
  leave(directory);
}

static void *run(void *member) {
  struct member *self = member;
  for (;;) {
    struct work *work = self->own;
    if (work) {
      self->own = work->next;
    } else if (!(work = take())) {
      return NULL;
    }
    if (work->names) {
      look(self, work->directory, work->names, work->bytes);
      free(work->names);
      leave(work->directory);
    } else {
      read_all(self, work->directory);
    }
    free(work);
  }
}

int main(int count, char **arguments) {
  if (count != 2 || chdir(arguments[1])) {
    fprintf(stderr, "limit: name a directory\n");
    return 2;
  }
  struct directory *root = calloc(1, sizeof *root);
  strcpy(root->name, ".");
  shared = new_work(root, NULL, 0, NULL);
  struct member members[THREADS] = {0};
  pthread_t threads[THREADS];
  uint64_t blocks = 0;
  for (int i = 0; i < THREADS; i++) pthread_create(&threads[i], NULL, run, &members[i]);
  for (int i = 0; i < THREADS; i++) {
    pthread_join(threads[i], NULL);
    blocks += members[i].blocks;
  }
  struct stat self;
  if (stat(".", &self)) return 1;
  printf("%llu\n", (unsigned long long)(blocks + self.st_blocks) * 512);
  return 0;
}
