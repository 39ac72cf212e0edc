// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Into the window and out of it. It must never have a way on behind the first page that is written but the jump or a
 * reset.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "cmd/lib/amem.h"
#include "cmd/lib/front.h"
#include "cmd/lib/restore_direct.h"
#include "cmd/lib/restore_host.h"
#include "cmd/lib/restore_write.h"
#include "sys/child.h"
#include "sys/compat.h"
#include "sys/devmem.h"
#include "sys/io.h"
#include "sys/kexec.h"
#include "sys/log.h"
#include "sys/power.h"

#define VMCORE "/proc/vmcore"
#define RANGES_TEXT (KJ_WIN_MAX * 40)
#define WORDS_TEXT 2048

static int say(const struct kj_restore *r, int status, const char *why)
{
	kj_log(KJ_LOG_ERR, "%s: %s", r->path, why);
	return status;
}

static void hex(const uint8_t *p, char *ret)
{
	unsigned int i;

	for (i = 0; i < 16; i++)
		snprintf(ret + 2 * i, 3, "%02x", p[i]);
}

/* ---- C ---- */

static void window_text(const struct kj_ranges *w, char *ret, size_t cap)
{
	size_t n = 0;
	uint32_t i;

	for (i = 0; i < w->n; i++)
		n += (size_t)snprintf(ret + n, cap - n, "%s0x%llx-0x%llx", i ? "," : "",
				      (unsigned long long)w->r[i].start, (unsigned long long)w->r[i].end);
}

/* The image's key into a pipe, which is less than a pipe holds; @name: what kjump-load finds it by. The reading end, or
 * -errno. */
static int hand_over(const struct kj_restore *r, char *name, size_t cap)
{
	struct kj_le_handover h;
	int fd[2], err;

	if (pipe(fd) < 0)
		return -errno;
	kj_img_handover(&r->img, &h);
	err = kj_write_full(fd[1], &h, sizeof(h));
	kj_wipe(&h, sizeof(h));
	kj_close(fd[1]);
	if (err) {
		kj_close(fd[0]);
		return err;
	}
	snprintf(name, cap, "/proc/self/fd/%d", fd[0]);
	return fd[0];
}

/* Its own line on stderr has said what is wrong. */
static int load_window(const struct kj_restore *r)
{
	/* what this kernel leaves in the window is to be wiped: free pages, when that one starts, and its own */
	const char *wiped = r->img.sealed ? " init_on_free=1" : "";
	char ranges[RANGES_TEXT], words[WORDS_TEXT], tool[KJ_FRONT_TEXT], id[33], label[33], secret[32], out[8192];
	char *argv[] = {
		(char *)kj_front_tool("kjump-load", tool, sizeof(tool)),
		(char *)"--confine", ranges, (char *)"--kernel", (char *)r->kernel, (char *)"--initrd",
		(char *)r->initrd, (char *)"--append", words, r->img.sealed ? (char *)"--secret" : NULL, secret, NULL,
	};
	int status, err, n, key = -1;
	size_t len;

	window_text(&r->img.window, ranges, sizeof(ranges));
	hex(r->img.head->id, id);
	hex(r->img.head->label_uuid, label);
	n = snprintf(words, sizeof(words), "kjump.mode=direct kjump.image=%s kjump.target=%s%s%s%s", id, label, wiped,
		     r->append[0] ? " " : "", r->append);
	if (n < 0 || (size_t)n >= sizeof(words))
		return say(r, EX_USAGE, "path direct: too many words for the command line");
	if (r->img.sealed) {
		key = hand_over(r, secret, sizeof(secret));
		if (key < 0)
			return say(r, EX_OSERR, "path direct: the key cannot be handed on");
	}
	err = kj_child_run(argv, out, sizeof(out), &len, &status);
	kj_close(key);
	if (err) {
		kj_log(KJ_LOG_ERR, "%s: %s", tool, strerror(-err));
		return EX_OSERR;
	}
	if (status == 127)
		kj_log(KJ_LOG_ERR, "%s: cannot be run", tool);
	return status;
}

/* Only what A's kernel left to us: memory is as it was. */
static int stay(struct kj_restore *r, int status)
{
	(void)kj_kexec_load(0, NULL, 0, 0);
	r->img.why[0] = 0;
	if (kj_img_state_write(&r->img, KJ_ST_READY, r->loads - 1))
		say(r, 0, r->img.why);
	return status;
}

int kj_direct_enter(struct kj_restore *r)
{
	int err, status = kj_restore_verify(r);

	if (!status)
		status = load_window(r);
	if (status)
		return status;
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	/* from here on a C2 that dies is counted, and so cannot keep this machine from booting */
	if (kj_img_state_write(&r->img, KJ_ST_LOADING, r->loads))
		return stay(r, say(r, EX_IOERR, r->img.why));
	kj_img_lock(&r->img);
	kj_log(KJ_LOG_NOTE, "%s: verified in %llu ms, entering the window", r->path, (unsigned long long)r->ms);
	err = kj_power_kexec();
	kj_log(KJ_LOG_ERR, "jump into the window: %s", err ? strerror(-err) : "the kernel came back");
	return stay(r, EX_OSERR);
}

/* ---- C2 ---- */

int kj_direct_admit(struct kj_restore *r, const uint8_t id[16])
{
	uint32_t loads, state = kj_img_state(&r->img, &loads);

	if (memcmp(r->img.id, id, 16))
		return say(r, EX_DATAERR, "not the image that this kernel was started for");
	if (state != KJ_ST_LOADING) {
		kj_log(KJ_LOG_ERR, "%s: not being loaded (state %s)", r->path, kj_state_name(state));
		return EX_DATAERR;
	}
	r->loads = loads;
	return 0;
}

/* Read the page at @pa and wipe it. */
static int take_page(uint64_t pa, struct kj_le_handover *ret)
{
	uint8_t *p;
	int err = kj_devmem_map(KJ_DEVMEM_PATH, pa, 1, &p);

	if (err)
		return err;
	memcpy(ret, p, sizeof(*ret));
	kj_wipe(p, 4096);
	kj_munmap(p, 4096);
	return 0;
}

int kj_direct_unlock(struct kj_restore *r)
{
	struct kj_le_handover h;
	static struct kj_amem m;
	enum kj_err e;
	int err;

	if (!r->img.sealed)
		return 0;
	err = kj_amem_open(&m, VMCORE);
	if (err) {
		kj_log(KJ_LOG_ERR, "%s: %s", VMCORE, m.why[0] ? m.why : strerror(-err));
		return EX_UNAVAILABLE;
	}
	kj_amem_close(&m);
	if (!m.facts.secret_pa)
		return say(r, EX_UNAVAILABLE, "is encrypted, and no key was handed on");
	err = take_page(m.facts.secret_pa, &h);
	if (err) {
		kj_log(KJ_LOG_ERR, "%s: the key that was handed on: %s", KJ_DEVMEM_PATH, strerror(-err));
		return EX_UNAVAILABLE;
	}
	e = kj_handover_check(&h, r->img.id);
	err = e ? 0 : kj_img_unlock_handover(&r->img, &h);
	kj_wipe(&h, sizeof(h));
	if (e) {
		kj_log(KJ_LOG_ERR, "%s: the key that was handed on: %s", r->path, kj_strerror(e));
		return EX_DATAERR;
	}
	return err ? say(r, err == -EBADMSG ? EX_DATAERR : EX_IOERR, r->img.why) : 0;
}

/* What C knew of the machine, and our own place in it. */
static int check_place(struct kj_restore *r)
{
	static struct kj_amem m;
	struct kj_le_host here;
	struct kj_ranges own;
	char why[KJ_HOST_WHY];
	const uint32_t notes = KJ_HAVE(KJ_NT_HOST) | KJ_HAVE(KJ_NT_RAM) | KJ_HAVE(KJ_NT_WINDOW);
	uint32_t i;
	int err = kj_amem_open(&m, VMCORE);

	if (err) {
		kj_log(KJ_LOG_ERR, "%s: %s", VMCORE, m.why[0] ? m.why : strerror(-err));
		return EX_UNAVAILABLE;
	}
	if ((m.facts.have & notes) != notes || m.facts.re) {
		kj_log(KJ_LOG_ERR, "%s: this kernel was not confined by kjump-load", VMCORE);
		kj_amem_close(&m);
		return EX_UNAVAILABLE;
	}
	err = kj_host_read(&here, &own, why);
	if (err) {
		kj_log(KJ_LOG_ERR, "%s", why);
		kj_amem_close(&m);
		return err == -EPERM ? EX_NOPERM : EX_UNAVAILABLE;
	}
	/* our own map is the window; what the firmware says was C's to see */
	here.e820_crc = m.facts.host.e820_crc;
	here.physpages = m.facts.host.physpages;
	err = kj_restore_compare(r, &here, &m.facts.ram);
	kj_amem_close(&m);
	for (i = 0; i < own.n && !err; i++) {
		const struct kj_range *o = &own.r[i];

		if (kj_ranges_contain(&r->img.window, o->start, o->end - o->start))
			continue;
		kj_log(KJ_LOG_ERR, "%s: this kernel owns 0x%llx-0x%llx, which is not in the image's window", r->path,
		       (unsigned long long)o->start, (unsigned long long)o->end);
		err = EX_UNAVAILABLE;
	}
	return err;
}

/* As kjump-exec does it: the re-entry page as its own segment. */
static int load_jump(struct kj_restore *r)
{
	const uint64_t re = kj_get_le64(r->img.head->jump.re), cp = re & ~4095ULL;
	struct kj_kexec_segment seg = { NULL, 4096, cp, 4096 };
	struct kj_img_work w;
	void *page;
	int err;

	if (kj_alloc_pages(4096, &page))
		return say(r, EX_TEMPFAIL, "out of memory");
	err = kj_img_work_init(&w);
	if (err) {
		kj_munmap(page, 4096);
		return say(r, EX_TEMPFAIL, "out of memory");
	}
	err = kj_img_page(&r->img, &w, cp >> 12, page);
	kj_img_work_free(&w);
	if (err) {
		kj_munmap(page, 4096);
		return say(r, EX_DATAERR, r->img.why);
	}
	seg.buf = page;
	err = kj_kexec_load(re, &seg, 1, 0);
	kj_munmap(page, 4096);
	if (!err)
		return 0;
	kj_log(KJ_LOG_ERR, "kexec_load: %s", strerror(-err));
	return err == -ENOSYS ? EX_UNAVAILABLE : err == -EPERM ? EX_NOPERM : EX_OSERR;
}

/* As many as the window has room for. */
static uint32_t workers(const struct kj_restore *r)
{
	char why[KJ_HOST_WHY];
	uint64_t have = 0;
	uint32_t n = r->workers;

	if (!kj_host_memory(n * kj_write_memory() + (16u << 20), &have, why))
		while (n > 1 && n * kj_write_memory() + (16u << 20) > have)
			n--;
	return n;
}

int kj_direct_write(struct kj_restore *r)
{
	struct kj_write w = { .img = &r->img, .mem = KJ_DEVMEM_PATH, .quiet = r->quiet,
			      .blank = r->img.sealed != NULL };
	const uint64_t mbox = kj_get_le64(r->img.head->jump.mbox_pa) >> 12;
	int err, status = check_place(r);

	if (!status)
		status = load_jump(r);
	if (status)
		return status;
	w.workers = workers(r);
	err = kj_write_run(&w);
	if (!err && (r->mbox_path || r->how)) {
		err = kj_write_page(&w, mbox, r->tramp + 4096);
		if (err)
			snprintf(w.why, sizeof(w.why), "mailbox: %s", strerror(-err));
	}
	if (err)
		return say(r, err == -EBADMSG ? EX_DATAERR : EX_IOERR, w.why);
	/* this kernel's memory becomes A's backup pages, which A will free as they are */
	kj_img_lock(&r->img);
	if (kj_img_state_write(&r->img, KJ_ST_CONSUMED, r->loads))
		return say(r, EX_IOERR, r->img.why);
	kj_log(KJ_LOG_NOTE, "%s: written in %llu ms by %u workers, point of no return", r->path,
	       (unsigned long long)w.ms, w.workers);
	/* ---- point of no return ---- */
	err = kj_power_kexec();
	kj_log(KJ_LOG_ERR, "jump: %s", err ? strerror(-err) : "the kernel came back");
	return EX_OSERR;
}
