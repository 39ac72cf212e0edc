/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kjump status, images and discard: what is ready, what is on the target, what became of the last job; writes nothing
 * but the mark that a job which never finished has been told.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "cmd/lib/front.h"
#include "cmd/lib/front_crash.h"
#include "cmd/lib/front_found.h"
#include "cmd/lib/front_image.h"
#include "cmd/lib/front_tested.h"
#include "cmd/lib/kcore.h"
#include "cmd/lib/keyfile.h"
#include "cmd/lib/load_mark.h"
#include "cmd/lib/record.h"
#include "cmd/lib/stay.h"
#include "core/date.h"
#include "core/image.h"
#include "core/sealed.h"
#include "core/swsusp.h"
#include "sys/io.h"
#include "sys/kexec.h"
#include "sys/log.h"

static int plain(int argc, char **argv, const char *help, int *status)
{
	if (argc == 1)
		return 1;
	*status = argc == 2 && (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h")) ? 0 : EX_USAGE;
	fprintf(*status ? stderr : stdout, "usage: kjump %s\n%s\n", argv[0], help);
	return 0;
}

/* Only a kernel that publishes its map can have this, and each question counts against kexec_load_limit_reboot. */
static void status_s4(int publishes)
{
	const int rc = publishes ? kj_kexec_can_sleep() : 0;

	printf("S4          %s\n", rc == 1 ? "prepared for by the kernel: hibernate --s4" :
		rc == -EOPNOTSUPP ? "this machine has none" :
		"this kernel does not prepare for it: hibernate --force-s4 does without");
}

/* An image for a jump, and what it costs as long as it is there. */
static void status_loaded(void)
{
	const unsigned long long mib = kj_mark_pages("") * 4096 >> 20;
	struct kj_stay s;
	const int err = kj_stay_open("", &s);

	kj_stay_close(&s);
	if (!err)
		printf("kernel B    stays in memory, jobs done: %u; it takes %llu MiB until kjump unload\n", s.jobs, mib);
	else if (err == -ENOENT)
		puts("kernel B    loaded");
	else
		printf("kernel B    in memory, cannot be entered again: its process is gone; it takes %llu MiB until kjump unload\n", mib);
}

/* Returns 1 if the machine could hibernate as far as can be seen without doing it. */
static int status_kernel(void)
{
	char text[64];
	size_t len;
	int loaded = kj_front_loaded(), ok = 1;
	struct kj_kcore k;

	if (loaded < 0) {
		puts("kernel      no kexec");
		ok = 0;
	} else if (!kj_kexec_can_jump()) {
		puts("kernel      no CONFIG_KEXEC_JUMP: no hibernation and no snapshots; crash dumps work (status --crash)");
		ok = 0;
	} else if (loaded) {
		status_loaded();
	} else {
		puts("kernel B    not loaded (hibernate and snapshot load it themselves)");
	}
	kj_kcore_read("", &k);
	printf("memory map  %s\n",
		!access(KJ_KEXEC_CORE_SIZE, F_OK) ? "handed over by the kernel" :
		kj_kcore_publishes(&k) ? "published by the kernel" :
		k.vmcoreinfo_len ? "found in the kernel's control page" : "/proc/kcore does not say");
	if (ok)
		status_s4(kj_kcore_publishes(&k));
	if (access("/dev/snapshot", F_OK)) {
		puts("hibernation /dev/snapshot is not there");
		ok = 0;
	}
	if (!kj_slurp("/sys/kernel/security/lockdown", text, sizeof(text), &len) && !strstr(text, "[none]")) {
		puts("lockdown    on: jumps are not possible");
		ok = 0;
	}
	if (!kj_slurp("/proc/sys/kernel/kexec_load_disabled", text, sizeof(text), &len) && text[0] == '1') {
		puts("kexec_load  disabled by kernel.kexec_load_disabled");
		ok = 0;
	}
	return ok;
}

/* Header and state of what is on the target, @h the first block whatever it is: 1: an image, with *e if it is damaged;
 * 0: none; -EIO. */
static int read_image(const struct kj_front_target *t, struct kj_le_image *h, struct kj_le_state *s,
		      struct kj_image_look *look, enum kj_err *e)
{
	static const uint8_t zero[8];

	*e = KJ_OK;
	if (kj_pread_full(t->fd, h, sizeof(*h), 0, NULL) || kj_pread_full(t->fd, s, sizeof(*s), KJ_BLOCK, NULL))
		return -EIO;
	if (!memcmp(h->magic, zero, sizeof(zero)))
		return 0;
	*e = kj_image_look(h, kj_target_usable(t->size), look);
	if (*e == KJ_EMAGIC) {
		*e = KJ_OK;
		return 0;
	}
	if (!*e)
		*e = kj_state_check(s, look->id);
	return 1;
}

static void status_job(struct kj_front_target *t)
{
	struct kj_le_record r;
	struct kj_le_image h;
	struct kj_le_state s;
	struct kj_image_look look;
	char when[KJ_DATE_TEXT], id[33], text[sizeof(r.text)];
	uint32_t state;
	enum kj_err e;
	int live;

	if (kj_front_record_read(t, &r) || kj_get_le32(r.state) == KJ_REC_NONE) {
		puts("last job    none");
		return;
	}
	state = kj_get_le32(r.state);
	kj_front_hex(r.id, id);
	printf("last job    %s %s, %s: %s", kj_mode_name(kj_get_le32(r.mode)), id,
	       kj_date_text(kj_get_le64(r.t_pending), when), kj_record_name(state));
	if (kj_get_le32(r.result))
		printf(", status %u", kj_get_le32(r.result));
	memcpy(text, r.text, sizeof(text));
	text[sizeof(text) - 1] = 0;
	for (char *p = text; *p; p++)
		if (*p < ' ' || *p > '~')
			*p = '?';
	printf("%s%s\n", text[0] ? ": " : "", text);
	if (state == KJ_REC_LOST) {
		puts("            it was not resumed: a later boot has given its image up");
		return;
	}
	live = read_image(t, &h, &s, &look, &e);
	live = kj_swsusp_waits(&h, kj_target_usable(t->size), r.id) ||
	       (live == 1 && !e && !memcmp(look.id, r.id, 16) && kj_get_le32(s.state) <= KJ_ST_LOADING);
	if (!kj_record_unfinished(&r, live) && state != KJ_REC_REPORTED)
		return;
	printf("            job %s never finished: the machine was reset before it did\n", id);
	if (state != KJ_REC_REPORTED) {
		r.state = kj_put_le32(KJ_REC_REPORTED);
		kj_block_seal(&r, KJ_RECORD_MAGIC);
		kj_front_record(t, &r);
	}
}

/* Returns 1 if hibernate has nothing against it. */
static int status_test(const struct kj_front *f)
{
	struct kj_tested now;
	char why[KJ_TESTED_WHY], date[KJ_DATE_TEXT];
	uint64_t when;

	if (kj_tested_now("", f, &now))
		return 0;
	if (kj_tested_passed("", &now, &when, why)) {
		printf("tested      on this kernel, %s\n", kj_date_text(when, date));
		return 1;
	}
	printf("tested      no: %s%s\n", why, f->require_test ? "" : "; not required");
	return !f->require_test;
}

/* Where a boot will look for an image. Returns 1 if that is where one would be. */
static int status_place(const struct kj_front_target *t)
{
	char why[KJ_FOUND_WHY];

	kj_front_place_tell(t);
	if (kj_front_found("", t, why))
		return 1;
	printf("            %s\n", why);
	return 0;
}

int kj_front_status(int argc, char **argv)
{
	struct kj_front f;
	struct kj_front_target t;
	char why[KJ_KEYFILE_WHY];
	struct kj_le_key key;
	int status, ok;

	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--crash"))
			continue;
		memmove(argv + i, argv + i + 1, (size_t)(argc - i) * sizeof(*argv));
		return kj_front_crash_status(argc - 1, argv);
	}
	if (!plain(argc, argv, "Exit status: 0 ready to hibernate, 1 not ready. --crash: ready for a panic, see its --help.",
		   &status))
		return status;
	kj_front_conf(&f, KJ_FRONT_CONF);
	ok = status_kernel();
	if (!kj_front_image_line(&f, KJ_FRONT_CONF, "") || !status_test(&f))
		ok = 0;
	if (f.encrypt[0]) {
		status = kj_keyfile_read(f.encrypt, &key, why);
		ok &= !status;
		printf("encryption  to %s%s%s%s\n", f.encrypt, status ? ": " : ", opened by a ",
		       status ? why : kj_key_kind_name(kj_get_le32(key.kind)), status ? ": not usable" : "");
	}
	status = kj_front_target_try(&t, f.target);
	if (status) {
		puts("target      not usable");
		ok = 0;
	} else if (t.fd < 0) {
		printf("target      %s, swap, %llu MiB free\n", t.path, (unsigned long long)(t.swap_free >> 20));
		ok &= status_place(&t);
	} else {
		printf("target      %s, %llu MiB\n", t.path, (unsigned long long)(kj_target_usable(t.size) >> 20));
		ok &= status_place(&t);
		if (t.kind == KJ_FRONT_SWAP) {
			puts("            it is not in use; kjump discard gives the swap area back");
			ok = 0;
		}
		status_job(&t);
		kj_front_target_close(&t);
	}
	puts(ok ? "ready" : "not ready");
	return !ok;
}

/* Is the first block that of an image for the kernel's own loader? Then say which and return 0, or 65. -1: no. */
static int show_swsusp(const struct kj_front_target *t, const void *block)
{
	const struct kj_le_swsusp_head *h = block;
	enum kj_err e = kj_swsusp_check(h, kj_target_usable(t->size));
	char id[33], when[KJ_DATE_TEXT];

	if (e == KJ_EMAGIC)
		return -1;
	if (e) {
		kj_log(KJ_LOG_ERR, "%s: swsusp image: %s", t->path, kj_strerror(e));
		return EX_DATAERR;
	}
	kj_front_hex(h->id, id);
	printf("%s: swsusp image %s, %s, saved %s, %llu MiB, for resume=%s\n", t->path, id,
	       kj_swsusp_state_name(kj_swsusp_state(h)), kj_date_text(kj_get_le64(h->t_saved), when),
	       (unsigned long long)(kj_get_le64(h->end_off) >> 20), t->path);
	return 0;
}

int kj_front_images(int argc, char **argv)
{
	struct kj_front f;
	struct kj_front_target t;
	struct kj_le_image h;
	struct kj_le_state s;
	struct kj_image_look look;
	enum kj_err e;
	char id[33], when[KJ_DATE_TEXT];
	int status, other;

	if (!plain(argc, argv, "Exit status: 0 there is an image, 1 there is none, 65 there is a damaged one.", &status))
		return status;
	kj_front_conf(&f, KJ_FRONT_CONF);
	status = kj_front_target_try(&t, f.target);
	if (status)
		return status;
	/* a swap area that is in use holds none */
	if (t.fd < 0) {
		printf("%s: no image\n", t.path);
		return 1;
	}
	status = read_image(&t, &h, &s, &look, &e);
	other = status ? -1 : show_swsusp(&t, &h);
	if (status < 0) {
		kj_log(KJ_LOG_ERR, "%s: cannot be read", t.path);
		status = EX_IOERR;
	} else if (other >= 0) {
		status = other;
	} else if (status == 0) {
		printf("%s: no image\n", t.path);
		status = 1;
	} else if (e) {
		kj_log(KJ_LOG_ERR, "%s: image: %s", t.path, kj_strerror(e));
		status = EX_DATAERR;
	} else {
		kj_front_hex(look.id, id);
		printf("%s: image %s, %s, %s%s, %llu MiB\n", t.path, id, kj_state_name(kj_get_le32(s.state)),
		       look.sealed ? "" : "saved ",
		       look.sealed ? "encrypted" : kj_date_text(kj_get_le64(h.t_saved), when),
		       (unsigned long long)(look.bytes >> 20));
		status = 0;
	}
	kj_front_target_close(&t);
	return status;
}

int kj_front_discard(int argc, char **argv)
{
	struct kj_front f;
	struct kj_front_target t;
	struct kj_le_image h;
	struct kj_le_state s;
	struct kj_image_look look;
	enum kj_err e;
	int status, rc;

	if (!plain(argc, argv, "Remove the image on the target. Exit status: 0 removed, 1 there was none.", &status))
		return status;
	kj_front_conf(&f, KJ_FRONT_CONF);
	status = kj_front_lock();
	if (!status)
		status = kj_front_target_try(&t, f.target);
	if (status)
		return status;
	if (t.fd < 0) {
		rc = kj_front_swap_mend(&t);
		if (rc) {
			kj_log(KJ_LOG_ERR, "%s: %s", t.path, strerror(-rc));
			return EX_IOERR;
		}
		printf("%s: no image\n", t.path);
		return 1;
	}
	status = read_image(&t, &h, &s, &look, &e) == 0 &&
		 kj_swsusp_check((const void *)&h, kj_target_usable(t.size)) == KJ_EMAGIC;
	rc = status ? 0 : kj_front_erase(&t);
	if (!rc && t.kind == KJ_FRONT_SWAP)
		rc = kj_front_swap_end(&t);
	if (rc) {
		kj_log(KJ_LOG_ERR, "%s: %s", t.path, strerror(-rc));
		status = EX_IOERR;
	} else {
		printf("%s: %s\n", t.path, status ? "no image" : "image removed");
	}
	kj_front_target_close(&t);
	return status;
}
