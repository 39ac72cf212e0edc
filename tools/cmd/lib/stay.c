// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The file about a kernel B that stays, and the memory of the process that holds its pages; must never signal a process that
 * does not hold the lock.
 */
#include "cmd/lib/stay.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/lib/load_mark.h"
#include "core/parse.h"
#include "sys/compat.h"
#include "sys/io.h"

#define TEXT 1024u	/* of the file, padded with newlines: it is changed in place */
#define LOCK 6		/* LOCK_EX | LOCK_NB */

static int path_of(const char *root, char *path, size_t cap)
{
	return (size_t)snprintf(path, cap, "%s%s", root, KJ_STAY_FILE) >= cap ? -ENAMETOOLONG : 0;
}

static int lock(int fd)
{
	return (int)kj_syscall(SYS_flock, fd, LOCK, 0, 0, 0, 0);
}

/* ---- text ---- */

static void hex(const uint8_t id[16], char ret[33])
{
	for (unsigned int i = 0; i < 16; i++)
		snprintf(ret + 2 * i, 3, "%02x", id[i]);
}

static const char *value(const char *text, const char *key, size_t *len)
{
	const size_t n = strlen(key);

	for (const char *p = text; *p;) {
		const size_t line = strcspn(p, "\n");

		if (line > n && !memcmp(p, key, n) && p[n] == '=') {
			*len = line - n - 1;
			return p + n + 1;
		}
		p += line + (p[line] == '\n');
	}
	return NULL;
}

static int number(const char *text, const char *key, uint64_t *ret)
{
	size_t len;
	const char *p = value(text, key, &len);

	return p && !kj_parse_u64(p, len, ret) ? 0 : -EBADMSG;
}

static int id(const char *text, const char *key, uint8_t ret[16])
{
	size_t len;
	const char *p = value(text, key, &len);
	uint64_t v;

	if (!p || len != 32)
		return -EBADMSG;
	for (unsigned int i = 0; i < 16; i++) {
		if (kj_parse_hex(p + 2 * i, 2, &v))
			return -EBADMSG;
		ret[i] = (uint8_t)v;
	}
	return 0;
}

static int parse(const char *text, struct kj_stay *s)
{
	uint64_t pid, jobs;

	if (number(text, "PID", &pid) || number(text, "JOBS", &jobs) || number(text, "MADE_OF", &s->made_of) ||
	    number(text, "JOB_VA", &s->va[0]) || number(text, "JOB_PA", &s->pa[0]) || id(text, "JOB_NONCE", s->nonce[0]) ||
	    number(text, "MBOX_VA", &s->va[1]) || number(text, "MBOX_PA", &s->pa[1]) || id(text, "MBOX_NONCE", s->nonce[1]) ||
	    number(text, "IMAGE", &s->image.addr) || number(text, "HEAD", &s->image.head) ||
	    number(text, "START", &s->image.start))
		return -EBADMSG;
	/* never init, nor a process group */
	if (pid < 2 || pid > INT32_MAX || jobs > UINT32_MAX)
		return -EBADMSG;
	s->pid = (uint32_t)pid;
	s->jobs = (uint32_t)jobs;
	return 0;
}

int kj_stay_write(const struct kj_stay *s)
{
	char text[TEXT + 1], nonce[2][33];
	int n;

	hex(s->nonce[0], nonce[0]);
	hex(s->nonce[1], nonce[1]);
	n = snprintf(text, sizeof(text),
		     "PID=%u\nJOBS=%u\nMADE_OF=0x%llx\nJOB_VA=0x%llx\nJOB_PA=0x%llx\nJOB_NONCE=%s\n"
		     "MBOX_VA=0x%llx\nMBOX_PA=0x%llx\nMBOX_NONCE=%s\nIMAGE=0x%llx\nHEAD=0x%llx\nSTART=0x%llx\n",
		     s->pid, s->jobs, (unsigned long long)s->made_of, (unsigned long long)s->va[0],
		     (unsigned long long)s->pa[0], nonce[0], (unsigned long long)s->va[1], (unsigned long long)s->pa[1],
		     nonce[1], (unsigned long long)s->image.addr, (unsigned long long)s->image.head,
		     (unsigned long long)s->image.start);
	if (n < 0 || n > (int)TEXT)
		return -EFBIG;
	memset(text + n, '\n', TEXT - (size_t)n);
	return kj_pwrite_full(s->fd, text, TEXT, 0);
}

/* ---- file ---- */

int kj_stay_open(const char *root, struct kj_stay *s)
{
	char path[512], text[TEXT + 1];
	size_t got = 0;
	int err;

	memset(s, 0, sizeof(*s));
	s->fd = -1;
	err = path_of(root, path, sizeof(path));
	if (err)
		return err;
	s->fd = kj_open_rw(path);
	if (s->fd < 0)
		return s->fd;
	err = kj_pread_full(s->fd, text, TEXT, 0, &got);
	text[got] = 0;
	/* who gets the lock has found nobody who holds it */
	if (!lock(s->fd))
		err = -ESRCH;
	else
		err = err ? -EBADMSG : parse(text, s);
	if (err)
		kj_stay_close(s);
	return err;
}

int kj_stay_make(const char *root, struct kj_stay *s)
{
	char path[512];
	int err = path_of(root, path, sizeof(path));

	if (err)
		return err;
	(void)unlink(path);
	s->fd = kj_open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW);
	if (s->fd < 0)
		return s->fd;
	err = fchmod(s->fd, 0600) ? -errno : lock(s->fd);
	if (!err)
		err = kj_stay_write(s);
	if (err) {
		(void)unlink(path);
		kj_stay_close(s);
	}
	return err;
}

void kj_stay_close(struct kj_stay *s)
{
	kj_close(s->fd);
	s->fd = -1;
}

void kj_stay_end(const char *root)
{
	struct kj_stay s;
	char path[512];

	if (!kj_stay_open(root, &s))
		(void)kill((pid_t)s.pid, SIGKILL);
	kj_stay_close(&s);
	if (!path_of(root, path, sizeof(path)))
		(void)unlink(path);
}

/* ---- the holder's memory ---- */

int kj_stay_check(const char *root, const struct kj_stay *s)
{
	struct kj_kimage now;

	if (kj_mark_look(root, 0) != 1 || kj_kcore_image(root, &now) || memcmp(&now, &s->image, sizeof(now)))
		return -ESTALE;
	for (unsigned int i = 0; i < KJ_PIN_PAGES; i++) {
		uint64_t pa;

		if (kj_pin_phys_of(s->pid, s->va[i], &pa) || pa != s->pa[i])
			return -ESTALE;
	}
	return 0;
}

static int open_memory(const struct kj_stay *s)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/%u/mem", s->pid);
	return kj_open_rw(path);
}

int kj_stay_put(const struct kj_stay *s, unsigned int n, const uint8_t *page)
{
	int fd = open_memory(s), err;

	if (fd < 0)
		return fd;
	err = kj_pwrite_full(fd, page, 4096, s->va[n]);
	kj_close(fd);
	return err;
}

int kj_stay_get(const struct kj_stay *s, unsigned int n, uint8_t *page)
{
	int fd = open_memory(s), err;

	if (fd < 0)
		return fd;
	err = kj_pread_full(fd, page, 4096, s->va[n], NULL);
	kj_close(fd);
	return err;
}
