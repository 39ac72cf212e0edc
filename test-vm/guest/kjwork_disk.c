// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kjwork disk: a process that appends checksummed records to a file and keeps
 * an unlinked file open. Must never rewrite a record: what was written before
 * the jump has to be there after it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "kjwork.h"
#include "kjwork_page.h"

#define STATE "disk"
#define RECORD_MAGIC 0x64726f63656a6b0au
#define RECORD_WORDS 64u
#define SYNC_EVERY 16u
#define PAUSE_MS 20
#define UNLINKED_PAGES 256u
#define REVERIFY_EVERY 256u

struct record {
	uint64_t magic;
	uint64_t seq;
	uint64_t seed;
	uint64_t payload[RECORD_WORDS - 4];
	uint64_t sum; /* of all words before it */
};

struct disk_state {
	struct kj_proc proc;
	struct kj_content content; /* of the unlinked file */
	volatile uint32_t ready;
	volatile int32_t broken;        /* errno that ended the writing */
	volatile uint64_t written;      /* records in the file */
	volatile uint64_t synced;       /* of these, on the disk */
	volatile uint64_t reverified;   /* times the writer read the unlinked file */
	volatile uint64_t unlinked_bad; /* pages that it then found wrong */
	int32_t unlinked_fd;
	uint32_t reserved;
	char path[256];
};

static void make_record(struct record *r, uint64_t seq, uint64_t seed)
{
	r->magic = RECORD_MAGIC;
	r->seq = seq;
	r->seed = seed;
	for (uint64_t i = 0; i < RECORD_WORDS - 4; i++)
		r->payload[i] = kj_mix64(seed ^ (seq * RECORD_WORDS + i));
	r->sum = kj_hash_words(seed, &r->magic, RECORD_WORDS - 1);
}

/* Wrong pages of the unlinked file; read from the disk, not from the cache. */
static uint64_t verify_unlinked(int fd, const struct kj_content *c)
{
	uint64_t page[KJ_PAGE_WORDS], hash = 0, bad = 0;
	struct kj_mismatch m;

	(void)posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	for (uint64_t i = 0; i < UNLINKED_PAGES; i++) {
		ssize_t n = pread(fd, page, sizeof(page), (off_t)(i * sizeof(page)));

		if (n != sizeof(page) || !kj_page_verify(c, i, page, &hash, &m))
			bad++;
	}
	return bad;
}

/* Creates, fills, syncs and unlinks it. Returns the open file. */
static int make_unlinked(const char *dir, const struct kj_content *c)
{
	uint64_t page[KJ_PAGE_WORDS];
	char path[320];
	int err = 0;

	snprintf(path, sizeof(path), "%s/kjwork.unlinked", dir);
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0)
		kj_die(EX_CANTCREAT, "%s: %s", path, strerror(errno));
	for (uint64_t i = 0; i < UNLINKED_PAGES && !err; i++) {
		kj_page_make(c, i, page);
		err = kj_write_full(fd, page, sizeof(page));
	}
	if (err || fsync(fd) || unlink(path))
		kj_die(EX_IOERR, "%s: %s", path, strerror(err ? -err : errno));
	return fd;
}

static int append_forever(struct disk_state *s, int fd)
{
	struct record r;
	int err = 0;

	kj_proc_self(&s->proc);
	s->ready = 1;
	while (!err) {
		make_record(&r, s->written, s->content.seed);
		err = kj_write_full(fd, &r, sizeof(r));
		if (err)
			break;
		s->written++;
		if (s->written % SYNC_EVERY == 0) {
			err = fdatasync(fd) ? -errno : 0;
			if (!err)
				s->synced = s->written;
		}
		if (s->written % REVERIFY_EVERY == 0) {
			s->unlinked_bad += verify_unlinked(s->unlinked_fd, &s->content);
			s->reverified++;
		}
		kj_sleep_ms(PAUSE_MS);
	}
	s->broken = -err;
	return 1;
}

int kj_disk_start(int argc, char **argv)
{
	if (argc != 2)
		kj_die(EX_USAGE, "disk: DIR is needed, and nothing else");
	if (argv[1][0] != '/' || strlen(argv[1]) > 200)
		kj_die(EX_USAGE, "disk: '%s' is not an absolute path", argv[1]);
	struct disk_state *s = kj_state_create(STATE, sizeof(*s));

	s->content.seed = kj_mix64(kj_now_ns(CLOCK_REALTIME));
	s->content.noise_percent = 50;
	snprintf(s->path, sizeof(s->path), "%s/kjwork.records", argv[1]);
	int fd = open(s->path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);

	if (fd < 0) {
		kj_disk_stop();
		kj_die(EX_CANTCREAT, "%s/kjwork.records: %s", argv[1], strerror(errno));
	}
	s->unlinked_fd = make_unlinked(argv[1], &s->content);
	int pid = kj_spawn("kjdisk");

	if (pid == 0)
		_exit(append_forever(s, fd));
	kj_await_ready(&s->ready, pid, "disk");
	kj_kv("", "PID", "%d", s->proc.pid);
	kj_kv("", "FILE", "%s", s->path);
	return 0;
}

/* Compares the first @n records. Returns how many are wrong or missing. */
static uint64_t verify_records(const struct disk_state *s, uint64_t n, long long *first)
{
	struct record got[32], want;
	uint64_t bad = 0;
	int fd = open(s->path, O_RDONLY | O_CLOEXEC);

	*first = -1;
	for (uint64_t at = 0; at < n; at += 32) {
		uint64_t have = 0, batch = n - at < 32 ? n - at : 32;
		ssize_t len =
			fd < 0 ? -1
			       : pread(fd, got, batch * sizeof(want), (off_t)(at * sizeof(want)));

		if (len > 0)
			have = (uint64_t)len / sizeof(want);
		for (uint64_t i = 0; i < batch; i++) {
			make_record(&want, at + i, s->content.seed);
			if (i < have && memcmp(&got[i], &want, sizeof(want)) == 0)
				continue;
			if (bad++ == 0)
				*first = (long long)(at + i);
		}
	}
	if (fd >= 0)
		close(fd);
	return bad;
}

/* Makes the next reading come from the disk. */
static void drop_cache(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	(void)fsync(fd);
	(void)posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	close(fd);
}

/* The unlinked file through the writer's descriptor, the only way to it left. */
static uint64_t check_unlinked(const struct disk_state *s)
{
	char path[64];
	struct stat st;

	snprintf(path, sizeof(path), "/proc/%d/fd/%d", s->proc.pid, s->unlinked_fd);
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return UNLINKED_PAGES;
	uint64_t bad = verify_unlinked(fd, &s->content);

	if (fstat(fd, &st) || st.st_nlink != 0 || (uint64_t)st.st_size != UNLINKED_PAGES * KJ_PAGE)
		bad++;
	close(fd);
	return bad;
}

int kj_disk_check(const char *prefix)
{
	struct disk_state *s = kj_state_open(STATE, sizeof(*s));
	long long first, first_disk;

	if (!s)
		return -1;
	bool alive = kj_proc_alive(&s->proc) && kj_await_progress(&s->synced, s->synced, 1);
	uint64_t n = s->written;
	uint64_t bad = verify_records(s, n, &first);

	drop_cache(s->path);
	uint64_t bad_disk = verify_records(s, n, &first_disk);
	uint64_t unlinked = check_unlinked(s) + s->unlinked_bad;

	kj_kv(prefix, "RECORDS", "%llu", (unsigned long long)n);
	kj_kv(prefix, "SYNCED", "%llu", (unsigned long long)s->synced);
	kj_kv(prefix, "BAD", "%llu", (unsigned long long)bad);
	kj_kv(prefix, "BAD_ON_DISK", "%llu", (unsigned long long)bad_disk);
	kj_kv(prefix, "FIRST_BAD", "%lld", bad ? first : first_disk);
	kj_kv(prefix, "UNLINKED_BAD", "%llu", (unsigned long long)unlinked);
	kj_kv(prefix, "REVERIFIED", "%llu", (unsigned long long)s->reverified);
	if (s->broken)
		kj_warn("%s: writing ended: %s", s->path, strerror(s->broken));
	else if (!alive)
		kj_warn("%s: the writer no longer appends", s->path);
	if (bad || bad_disk)
		kj_warn("%s: %llu records wrong, %llu on the disk", s->path,
			(unsigned long long)bad, (unsigned long long)bad_disk);
	if (unlinked)
		kj_warn("%s: %llu pages of the unlinked file wrong", s->path,
			(unsigned long long)unlinked);
	return alive && !s->broken && bad == 0 && bad_disk == 0 && unlinked == 0 ? 0 : 1;
}

void kj_disk_stop(void)
{
	struct disk_state *s = kj_state_open(STATE, sizeof(*s));

	if (!s)
		return;
	kj_proc_kill(&s->proc);
	(void)unlink(KJ_RUN "/" STATE);
}
