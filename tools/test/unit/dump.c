// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the formats of kjump-dump share, on a little A: targets too small, workers that die once
 * or twice, interruptions, erasing.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sysexits.h>
#include <unistd.h>

#include "cmd/lib/dump.h"
#include "cmd/lib/imgread.h"
#include "core/image.h"
#include "core/job.h"
#include "mkcore.h"
#include "core/kdump.h"
#include "sys/badpage.h"
#include "sys/compat.h"
#include "sys/io.h"
#include "sys/log.h"
#include "tap.h"

static struct mk_core core;
static struct kj_amem m;
static struct kj_dump d;
static volatile sig_atomic_t interrupted;
static char core_path[4096], out_path[4096];
static struct kj_ranges nothing;

static void setup(uint64_t capacity)
{
	memset(&d, 0, sizeof(d));
	d.m = &m;
	d.prog = "dump";
	d.quiet = 1;
	d.workers = 2;
	d.codec = KJ_CODEC_LZ4;
	d.interrupted = &interrupted;
	d.target = "out";
	d.capacity = capacity;
	d.fd = d.dfd = kj_open(out_path, O_RDWR | O_CREAT | O_TRUNC);
	interrupted = 0;
}

static void teardown(void)
{
	kj_dump_close(&d);
	(void)kj_close(d.fd);
}

static void test_image(void)
{
	static struct kj_le_image h;
	struct kj_le_state s;
	uint8_t first[8];

	setup(UINT64_MAX);
	is(kj_dump_image(&d), 0, "image");
	is(kj_pread_full(d.fd, &h, sizeof(h), 0, NULL), 0, "header");
	is(kj_image_check(&h, d.bytes), KJ_OK, "is right");
	is(kj_pread_full(d.fd, &s, sizeof(s), 4096, NULL), 0, "state");
	is(kj_state_check(&s, h.id), KJ_OK, "is right");
	is(kj_get_le64(h.ram_pages), 158 + 768, "pages of RAM");
	is(kj_get_le64(h.jump.re), MK_RE, "entry");
	is(kj_get_le64(h.jump.cr4), 0x1020, "cr4");
	is(kj_get_le64(h.jump.job_pa), MK_JOB, "job page");
	ok(!memcmp(h.jump.mbox_nonce, mk_nonce, 16), "nonce");
	is_str(h.host.release, "6.12.90-kj`reboot`", "host");
	is(kj_dump_erase(d.fd), 0, "erase");
	(void)kj_pread_full(d.fd, first, 8, 0, NULL);
	ok(!memcmp(first, "\0\0\0\0\0\0\0\0", 8), "no magic is left");
	teardown();

	setup(12288);
	is(kj_dump_image(&d), EX_CANTCREAT, "no room for the index");
	ok(strstr(d.sh->why, "target too small"), "%s", d.sh->why);
	teardown();
	setup(20480);
	is(kj_dump_image(&d), EX_CANTCREAT, "no room for the data");
	ok(strstr(d.sh->why, "target too small"), "%s", d.sh->why);
	(void)kj_pread_full(d.fd, first, 8, 0, NULL);
	ok(memcmp(first, KJ_IMAGE_MAGIC, 8), "no header");
	teardown();
}

/* ---- encrypted ---- */

static const uint8_t secret[40] = "bytes of a key file, forty of them     ";
static struct kj_le_key key;

/* Byte @at of the image changed: nothing may open that is not what it was. */
static int flip_is_seen(const uint8_t *sk, uint64_t at)
{
	struct kj_img_work w;
	const uint8_t *data;
	struct kj_img img;
	uint8_t b, was;
	int err;

	if (kj_pread_full(d.fd, &was, 1, at, NULL))
		return 0;
	b = was ^ 0x20;
	if (kj_pwrite_full(d.fd, &b, 1, at))
		return 0;
	err = kj_img_open(&img, out_path, 0);
	if (!err) {
		err = kj_img_unlock(&img, sk);
		if (!err)
			err = kj_img_index(&img);
		if (!err)
			err = kj_img_work_init(&w);
		for (uint64_t u = 0; !err && u < img.nunits; u++)
			err = kj_img_unit(&img, &img.index[u], &w, w.unit, img.why, &data);
		kj_img_close(&img);
	}
	(void)kj_pwrite_full(d.fd, &was, 1, at);
	return err == -EBADMSG || (at < 8 && err == -ENOMSG);
}

static void test_sealed(void)
{
	uint8_t sk[KJ_CRYPT_KEY], eph[32], page[4096];
	unsigned int bad = 0;
	struct kj_img_work w;
	const uint8_t *data;
	struct kj_img img;
	struct kj_le_entry e;
	uint64_t bytes;

	is(kj_key_make(KJ_KEY_FILE, 0, 0, secret, sizeof(secret), &key), 0, "a key");
	is(kj_key_open(&key, secret, sizeof(secret), sk), 0, "opens");
	setup(UINT64_MAX);
	d.key = &key;
	is(kj_dump_image(&d), 0, "encrypted image");
	ok(!d.seal, "its key is not there any more");
	bytes = d.bytes;
	is(kj_img_open(&img, out_path, 1), 0, "opens");
	ok(img.sealed && !img.head && !img.seal, "as one that is encrypted");
	is(kj_img_state_write(&img, KJ_ST_LOADING, 1), 0, "its state can be changed without a key");
	is(bytes, kj_get_le64(img.sealed->end_off) + 4096, "length");
	is(kj_img_unlock(&img, sk), 0, "is unlocked");
	is(kj_get_le64(img.head->jump.re), MK_RE, "entry");
	is(kj_img_index(&img), 0, "index");
	is(kj_img_work_init(&w), 0, "room");
	is(kj_img_page(&img, &w, MK_JOB >> 12, page), 0, "a page");
	is(kj_job_check((const void *)page, mk_nonce) == KJ_EMAGIC, 0, "and it is the job block");
	e = img.index[0];
	for (uint64_t u = 0; u < img.nunits; u++)
		if (kj_get_le32(img.index[u].dlen))
			e = img.index[u];
	kj_img_lock(&img);
	is(-kj_img_unit(&img, &e, &w, w.unit, img.why, &data), EBADMSG, "nothing opens without the key");
	kj_img_work_free(&w);
	kj_img_close(&img);
	is(kj_img_open(&img, out_path, 0), 0, "again");
	sk[5] ^= 1;
	is(-kj_img_unlock(&img, sk), EBADMSG, "not with another key");
	is_str(img.why, "header: does not open with its own key: damaged", "says so");
	ok(!img.head && !img.seal, "and nothing of it stays");
	kj_img_close(&img);
	sk[5] ^= 1;
	for (uint64_t at = 0; at < 256; at++)
		bad += !flip_is_seen(sk, at);
	for (uint64_t at = 8192; at < bytes; at += at < 16384 ? 37 : 4093)
		bad += !flip_is_seen(sk, at);
	is(bad, 0, "changed bytes are seen, wherever they are");
	teardown();

	setup(bytes - 1);
	d.key = &key;
	is(kj_dump_image(&d), EX_CANTCREAT, "no room for the header behind the chunks");
	ok(strstr(d.sh->why, "target too small"), "%s", d.sh->why);
	teardown();
	setup(bytes);
	d.key = &key;
	is(kj_dump_image(&d), 0, "room for it");
	memcpy(eph, d.sealed.eph, sizeof(eph));
	is(kj_dump_seal(&d), 0, "once more");
	ok(memcmp(eph, d.sealed.eph, sizeof(eph)), "is with another key");
	kj_dump_seal_end(&d);
	teardown();
	setup(UINT64_MAX);
	memset(key.pub, 0, sizeof(key.pub));
	d.key = &key;
	is(kj_dump_image(&d), EX_DATAERR, "a public key that is none");
	ok(strstr(d.sh->why, "no key for the image"), "%s", d.sh->why);
	teardown();
}

static void test_elf(void)
{
	setup(UINT64_MAX);
	is(kj_dump_elf(&d), 0, "elf");
	is(d.sh->data + d.sh->zero + d.sh->left, 158 + 768, "every page counts once");
	ok(d.bytes > 926 * 4096 && !(d.bytes % 4096), "size");
	teardown();
	setup(926 * 4096);
	is(kj_dump_elf(&d), EX_CANTCREAT, "elf on a target too small");
	ok(strstr(d.sh->why, "target too small"), "%s", d.sh->why);
	teardown();
}

/* ---- a source that goes away while it is read ---- */

#define CUT 100u /* pages that go */

static uint64_t desc_off(uint64_t desc, uint64_t n)
{
	struct kj_le_page_desc p;

	if (kj_pread_full(d.fd, &p, sizeof(p), desc + n * sizeof(p), NULL))
		return UINT64_MAX;
	return kj_get_le64(p.off);
}

static void cut_core(void)
{
	FILE *f = fopen(core_path, "wb");

	if (!f || fwrite(core.file, 1, core.size, f) != core.size || fclose(f) ||
	    kj_amem_open(&m, core_path) || truncate(core_path, (off_t)core.size - CUT * 4096))
		exit(1);
}

static void test_cut(void)
{
	static uint8_t head[KJ_KDUMP_HEAD], page[4096];
	struct kj_kdump k;
	uint64_t off;

	kj_amem_close(&m);
	mk_core(&core, MK_CRASH);
	cut_core();
	setup(UINT64_MAX);
	d.codec = KJ_KDUMP_LZO;
	is(kj_dump_kdump(&d), 0, "kdump of a core that is cut under it");
	is(d.sh->lost, CUT, "all lost pages are counted");
	is(d.sh->lost_first, 0x400 - CUT, "the first of them");
	is(d.sh->data, 846 - CUT, "the others are there");
	is(kj_pread_full(d.fd, head, sizeof(head), 0, NULL), 0, "header");
	is(kj_kdump_parse(head, sizeof(head), 0, &k), KJ_OK, "is right");
	ok(desc_off(k.desc, 846 - CUT - 1), "the last page before the cut has bytes");
	is(desc_off(k.desc, 846 - CUT), 0, "the first behind it is marked as lost");
	is(desc_off(k.desc, 845), 0, "so is the last");
	teardown();
	kj_amem_close(&m);

	cut_core();
	setup(UINT64_MAX);
	is(kj_dump_elf(&d), 0, "elf of a core that is cut under it");
	is(d.sh->lost, CUT, "all lost pages are counted");
	off = d.bytes - CUT * 4096;
	is(kj_pread_full(d.fd, page, sizeof(page), off - 4096, NULL), 0, "last page before the cut");
	ok(!kj_page_is_zero(page), "has bytes");
	is(kj_pread_full(d.fd, page, sizeof(page), off, NULL), 0, "the first behind it");
	ok(kj_page_is_zero(page), "is zeros");
	teardown();
	kj_amem_close(&m);

	/* to run again, all pages are needed */
	mk_core(&core, MK_JUMP);
	cut_core();
	setup(UINT64_MAX);
	is(kj_dump_image(&d), EX_IOERR, "image of a core that is cut under it");
	teardown();
	kj_amem_close(&m);
	cut_core();
}

/* ---- workers ---- */

static struct {
	int die_always;
	int fail;
	int leave;
} plan;

static int worker(unsigned int nr, void *ctx)
{
	struct kj_dump *p = ctx;
	int64_t i;

	while (!kj_dump_stopped(p) && (i = kj_claims_take(p->claims, nr)) >= 0) {
		if (i == 3 && plan.fail)
			return kj_dump_fail(p, EX_IOERR, "batch %d", (int)i) ? 0 : 0;
		if (i == 3 && plan.leave)
			return 0;
		if (i == 3 &&
		    (plan.die_always || !__atomic_exchange_n(&p->sh->next, 1, __ATOMIC_SEQ_CST)))
			raise(SIGSEGV);
		kj_dump_count(p, 1, 0, 0);
		kj_claims_done(p->claims, (uint32_t)i);
	}
	return 0;
}

static unsigned int restarts;

static void restart(struct kj_dump *p)
{
	(void)p;
	restarts++;
}

/* Ten batches, though the little A has one. */
static void run_setup(void)
{
	setup(UINT64_MAX);
	is(kj_dump_open(&d, 0, &nothing), 0, "open");
	d.nunits = 320;
	kj_munmap(d.claims, d.claims_len);
	d.claims_len = kj_claims_size(10);
	{
		void *p;

		if (kj_alloc_shared(d.claims_len, &p))
			exit(1);
		d.claims = p;
	}
}

static void test_workers(void)
{
	kj_log_limit(KJ_LOG_ERR);
	signal(SIGSEGV, SIG_DFL);
	run_setup();
	is(kj_dump_run(&d, worker, 0, NULL), 0, "a worker dies once");
	is(d.sh->data, 10, "every batch is done");
	teardown();

	run_setup();
	is(kj_dump_run(&d, worker, 1, restart), 0, "a worker dies once, all again");
	is(d.sh->data, 10, "every batch is done, the first round forgotten");
	is(restarts, 1, "started again");
	teardown();

	plan.die_always = 1;
	run_setup();
	is(kj_dump_run(&d, worker, 0, NULL), EX_OSERR, "a worker dies twice");
	ok(strstr(d.sh->why, "signal 11, twice"), "%s", d.sh->why);
	teardown();
	plan.die_always = 0;

	plan.fail = 1;
	run_setup();
	is(kj_dump_run(&d, worker, 0, NULL), EX_IOERR, "a worker fails");
	is_str(d.sh->why, "batch 3", "its reason");
	is(kj_dump_fail(&d, EX_OSERR, "later"), EX_IOERR, "the first failure counts");
	teardown();
	plan.fail = 0;

	plan.leave = 1;
	run_setup();
	is(kj_dump_run(&d, worker, 0, NULL), EX_SOFTWARE, "a worker leaves a batch undone");
	teardown();
	plan.leave = 0;

	run_setup();
	interrupted = 15;
	is(kj_dump_run(&d, worker, 0, NULL), EX_TEMPFAIL, "interrupted");
	is_str(d.sh->why, "out: interrupted", "says so");
	teardown();
}

static void test_errors(void)
{
	run_setup();
	is(kj_dump_fail_io(&d, "x", -ENOSPC), EX_CANTCREAT, "disk full");
	teardown();
	run_setup();
	is(kj_dump_fail_io(&d, "x", -ENOMEM), EX_OSERR, "no memory");
	teardown();
	run_setup();
	is(kj_dump_fail_io(&d, "x", -EIO), EX_IOERR, "bad disk");
	teardown();
	is(-kj_dump_erase(-1), EBADF, "erase nothing");
}

int main(void)
{
	const char *dir = getenv("KJ_TMP");
	FILE *f;

	dir = dir ? dir : "/tmp";
	snprintf(core_path, sizeof(core_path), "%s/core", dir);
	snprintf(out_path, sizeof(out_path), "%s/out", dir);
	core.file = calloc(1, MK_MAX);
	mk_core(&core, MK_JUMP);
	f = fopen(core_path, "wb");
	if (!f || fwrite(core.file, 1, core.size, f) != core.size || fclose(f))
		return 1;
	kj_log_init("dump");
	kj_log_limit(KJ_LOG_ERR);
	if (kj_bad_catch())
		return 1;
	if (kj_amem_open(&m, core_path)) {
		printf("Bail out! %s\n", m.why);
		return 1;
	}
	test_image();
	test_sealed();
	test_elf();
	test_cut();
	test_workers();
	test_errors();
	kj_amem_close(&m);
	free(core.file);
	unlink(core_path);
	unlink(out_path);
	return tap_done();
}
