// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * An image as it is loaded in stages: into a file, which takes pages at physical addresses as the kernel's does.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "cmd/lib/imgread.h"
#include "cmd/lib/restore_kexec.h"
#include "cmd/lib/restore_pool.h"
#include "cmd/lib/restore_stream.h"
#include "core/trampoline.h"
#include "fakekexec.h"
#include "mkimage.h"
#include "sys/log.h"
#include "sys/stage.h"
#include "tap.h"

static char path[256], mem[256];

struct bench {
	struct mki m;
	struct kj_img img;
	struct kj_stream s;
	struct kj_runs runs;
	struct kj_kexec_sink sink;
	uint8_t tramp[4096];
};

static void make(struct bench *b, int fill)
{
	struct kj_runs count = { 0 };

	memset(b, 0, sizeof(*b));
	b->m.codec = 1;
	b->m.limit = UINT64_MAX;
	b->m.swap = MKI_DATA;
	b->m.fill = (uint32_t)fill;
	mki_make(&b->m);
	mki_write(&b->m, path);
	ok(!kj_img_open(&b->img, path, 0) && !kj_img_index(&b->img), "image opens: %s", b->img.why);
	is(kj_stream_init(&b->s, &b->img, b->tramp), 0, "stream");
	kj_stream_plan(&b->s);
	is(kj_stream_pages(&b->s, &count), 0, "pages counted");
	is(count.pages, b->s.head.pages, "as many as will be sent");
	b->runs.run = calloc(count.n, sizeof(*b->runs.run));
	b->runs.cap = count.n - 1;
	is(kj_stream_pages(&b->s, &b->runs), -ENOSPC, "no room for the last run");
	b->runs = (struct kj_runs){ .run = b->runs.run, .cap = count.n };
	is(kj_stream_pages(&b->s, &b->runs), 0, "kept");
	is(b->runs.n, count.n, "as many runs");
	b->sink.runs = &b->runs;
	b->sink.buf = malloc(KJ_KEXEC_BUF);
	b->sink.fd = open(mem, O_RDWR | O_CREAT | O_TRUNC, 0600);
	b->s.sink = kj_kexec_take;
	b->s.sink_ctx = &b->sink;
}

static void done(struct bench *b)
{
	close(b->sink.fd);
	free(b->sink.buf);
	free(b->runs.run);
	kj_stream_free(&b->s);
	kj_img_close(&b->img);
	free(b->m.file);
}

static int run(struct bench *b, int *from_sink)
{
	struct kj_pool pool;
	int err = kj_pool_start(&pool, &b->img, 2);

	if (!err)
		err = kj_stream_bare(&b->s, &pool, from_sink);
	if (!err)
		err = kj_kexec_flush(&b->sink);
	return kj_pool_end(&pool) ? -ECHILD : err;
}

/* Every page of A's as it has to be, and nothing elsewhere. */
static uint64_t wrong_pages(const struct bench *b)
{
	uint64_t pfn, bad = 0;
	uint8_t page[4096];
	uint32_t i;

	for (pfn = 0; pfn < MKI_PAGES; pfn++) {
		uint8_t want[4096] = { 0 };

		if (b->m.kind[pfn] == MKI_DATA)
			mki_page((uint32_t)pfn, want);
		for (i = 0; i < b->s.npatch; i++)
			if (b->s.patch[i].pfn == pfn)
				memcpy(want, b->s.patch[i].page, 4096);
		if (kj_fill_page(&b->s.fill, pfn))
			memcpy(want, kj_fill_page(&b->s.fill, pfn), 4096);
		memset(page, 0, sizeof(page));
		if (pread(b->sink.fd, page, 4096, (off_t)(pfn << 12)) < 0)
			bad++;
		bad += memcmp(page, want, 4096) != 0;
	}
	return bad;
}

static void test_whole(struct bench *b, int fill)
{
	int from_sink = 1;

	make(b, fill);
	is(run(b, &from_sink), 0, "loads");
	is(from_sink, 0, "without complaint");
	is(wrong_pages(b), 0, "every page where it belongs");
	done(b);
}

static void test_refused(struct bench *b)
{
	int from_sink = 0;

	make(b, 0);
	/* one page less than the stream has */
	b->runs.run[b->runs.n - 1].n--;
	is(run(b, &from_sink), -EMSGSIZE, "a page more than was declared");
	is(from_sink, 1, "said by the sink");
	done(b);

	make(b, 0);
	close(b->sink.fd);
	b->sink.fd = open(mem, O_RDONLY);
	from_sink = 0;
	is(run(b, &from_sink), -EBADF, "a kernel that takes nothing");
	is(from_sink, 1, "said by the sink");
	done(b);
}

/* ---- the kernel's refusals ---- */

static void test_status(void)
{
	is(kj_kexec_status(-ENOMEM), EX_TEMPFAIL, "no memory: later");
	is(kj_kexec_status(-EBUSY), EX_TEMPFAIL, "another load: later");
	is(kj_kexec_status(-EPERM), EX_NOPERM, "not permitted");
	is(kj_kexec_status(-EINVAL), EX_UNAVAILABLE, "the kernel cannot");
	is(kj_kexec_status(-EADDRNOTAVAIL), EX_UNAVAILABLE, "nor have that memory");
	is(kj_kexec_status(-ENOSYS), EX_UNAVAILABLE, "nor load at all");
	is(kj_kexec_status(-ENODATA), EX_OSERR, "anything else");
}

static void put(const char *name, const char *text)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	ok(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text) && !close(fd), "written");
}

static void test_admit(const char *dir)
{
	struct kj_restore r = { .path = path };
	char root[200], sys[256], kernel[256], file[300];

	snprintf(root, sizeof(root), "%s/restore_kexec_root.%d", dir, (int)getpid());
	snprintf(sys, sizeof(sys), "%s/sys", root);
	snprintf(kernel, sizeof(kernel), "%s/sys/kernel", root);
	snprintf(file, sizeof(file), "%s/sys/kernel/kexec_loaded", root);
	ok(!mkdir(root, 0700) && !mkdir(sys, 0700) && !mkdir(kernel, 0700), "directories");
	is(kj_kexec_admit(&r, root), 0, "the kernel does not say what is loaded");
	put(file, "0\n");
	is(kj_kexec_admit(&r, root), 0, "nothing is loaded");
	put(file, "1\n");
	is(kj_kexec_admit(&r, root), EX_TEMPFAIL, "another program's image is");
	ok(strstr(kj_log_last(), "another program's kexec image is loaded"), "says so: %s", kj_log_last());
	ok(!unlink(file) && !rmdir(kernel) && !rmdir(sys) && !rmdir(root), "directories gone");
}

static int restore(void *ctx)
{
	return kj_kexec_restore(ctx);
}

static int open_stage(void *ctx)
{
	const struct kj_kexec_segment seg = { .mem = 4096, .memsz = 4096, .bufsz = 4096 };
	const int err = kj_stage_open(0, &seg, 1);

	(void)ctx;
	return err < 0 && -err < FAKE_NO_SECCOMP ? -err : 0;
}

static int able(void *ctx)
{
	const int r = kj_stage_able();

	(void)ctx;
	return r < 0 ? 90 : r;
}

/* @call on a kernel that answers @staged. */
static void refused(uint32_t staged, int (*call)(void *ctx), void *ctx, int want, const char *what)
{
	const int got = on_fake_kexec(staged, call, ctx);

	if (got == FAKE_NO_SECCOMP)
		skip("no seccomp here");
	else
		is(got, want, what);
}

/* The state in the file, and whether all of the image is as it was made. */
static int same(const struct mki *m, uint32_t *state)
{
	uint8_t *now = malloc(m->len);
	struct kj_img img;
	uint32_t loads = 99;
	int fd = open(path, O_RDONLY), r;

	r = fd >= 0 && read(fd, now, m->len) == (ssize_t)m->len && !memcmp(now, m->file, m->len);
	close(fd);
	free(now);
	*state = 0;
	if (!kj_img_open(&img, path, 0)) {
		*state = kj_img_state(&img, &loads);
		kj_img_close(&img);
	}
	ok(loads == 0, "no load is counted");
	return r;
}

static void test_kernel(void)
{
	struct mki m = { .codec = 1, .limit = UINT64_MAX, .swap = MKI_DATA };
	struct kj_le_entry *last;
	struct kj_restore r;
	uint32_t state;
	uint64_t pfn;

	refused(EFAULT, able, NULL, 1, "this kernel loads in stages");
	refused(EINVAL, able, NULL, 0, "this one does not");
	refused(EPERM, able, NULL, 90, "this one says nothing");
	refused(0, able, NULL, 90, "this one has loaded something");
	refused(0, open_stage, NULL, EINVAL, "0 is no file of ours");
	refused(EBUSY, open_stage, NULL, EBUSY, "another load is under way");
	mki_make(&m);
	mki_write(&m, path);
	memset(&r, 0, sizeof(r));
	r.path = path;
	r.workers = 1;
	r.loads = 1;
	ok(!kj_restore_open(&r, 1) && !kj_restore_plan(&r), "planned");
	last = &r.img.index[r.img.nunits - 1];
	pfn = kj_get_le64(last->pfn);
	last->pfn = kj_put_le64(0);
	refused(EPERM, restore, &r, EX_DATAERR, "pages out of order");
	last->pfn = kj_put_le64(pfn);
	ok(same(&m, &state), "nothing was written");
	refused(EPERM, restore, &r, EX_NOPERM, "not permitted");
	refused(ENOMEM, restore, &r, EX_TEMPFAIL, "no memory");
	refused(0, restore, &r, EX_UNAVAILABLE, "a kernel that loads otherwise");
	same(&m, &state);
	is(state, KJ_ST_READY, "ready to be tried again");
	kj_restore_close(&r);
	free(m.file);
}

int main(void)
{
	const char *dir = getenv("KJ_TMP") ? getenv("KJ_TMP") : "/tmp";
	struct bench *b = malloc(sizeof(*b));

	snprintf(path, sizeof(path), "%s/restore_kexec.%d", dir, (int)getpid());
	snprintf(mem, sizeof(mem), "%s/restore_kexec_mem.%d", dir, (int)getpid());
	test_whole(b, 0);
	test_whole(b, 1);
	test_refused(b);
	ok(kj_kexec_memory() >= KJ_KEXEC_BUF, "what it takes");
	is(kj_stage_open(0, NULL, 0), -EINVAL, "no segments: nothing is asked of the kernel");
	is(kj_stage_commit(-1), -EBADF, "no file to commit");
	kj_log_init("restore_kexec");
	kj_log_limit(KJ_LOG_ERR);
	test_status();
	test_admit(dir);
	test_kernel();
	unlink(path);
	unlink(mem);
	free(b);
	return tap_done();
}
