// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kjump-exec: jump into the system that waits behind this kernel. It must never enter it while an
 * image of it could be restored later, or at an address that was not proved to be its own.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "cmd/lib/amem.h"
#include "cmd/lib/cryptdev.h"
#include "cmd/lib/record.h"
#include "cmd/lib/target.h"
#include "core/image.h"
#include "core/jumpinfo.h"
#include "core/sealed.h"
#include "core/swsusp.h"
#include "sys/compat.h"
#include "sys/die.h"
#include "sys/io.h"
#include "sys/kexec.h"
#include "sys/log.h"
#include "sys/power.h"

#define NONE 1 /* clean no */

static const char usage[] =
	"usage: kjump-exec [-knS] [VMCORE]\n"
	"\n"
	"Jump back into the system whose memory VMCORE (/proc/vmcore) shows. This kernel\n"
	"ends: no service is stopped, nothing is written back.\n"
	"\n"
	"  -n, --check   say whether that could be done, and do nothing\n"
	"  -S, --stay    this kernel waits in memory: 0 when it has been entered again\n"
	"  -k, --kmsg    messages to /dev/kmsg\n"
	"  -h, --help    this text\n"
	"\n"
	"Without -n and -S it returns only when that failed. Exit status: 1 nobody waits, or an\n"
	"image of that system is ready to be restored, 65 damaged, 66 no such file,\n"
	"69 kernel without kexec, or with -S without kernel-patch/, 71 refused by the kernel.\n";

static const struct option longopts[] = {
	{ "check", no_argument, NULL, 'n' },
	{ "stay", no_argument, NULL, 'S' },
	{ "kmsg", no_argument, NULL, 'k' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static int is_zero(const uint8_t *p, size_t n)
{
	while (n--)
		if (*p++)
			return 0;
	return 1;
}

/* Header and state of the image on the target, if it is of this job and could be loaded. */
static int image_is_live(const struct kj_target *t, const uint8_t id[16])
{
	uint32_t state;
	uint8_t *p;
	void *buf;
	int live = 0, r;

	r = kj_alloc_pages(8192, &buf);
	if (r)
		die(EX_TEMPFAIL, "out of memory");
	p = buf;
	r = kj_pread_full(t->fd, p, 8192, 0, NULL);
	if (r) {
		/* a header is written last, and was not if the device fails: go back */
		kj_log(KJ_LOG_WARN, "%s: %s", t->path, strerror(-r));
	} else {
		const struct kj_le_state *s = (const struct kj_le_state *)(p + 4096);
		struct kj_image_look look;

		if (!kj_image_look(p, t->usable, &look) && !memcmp(look.id, id, 16)) {
			/* a damaged state block is no permission */
			state = kj_state_check(s, id) ? KJ_ST_READY : kj_get_le32(s->state);
			live = state == KJ_ST_READY || state == KJ_ST_LOADING;
		} else {
			live = kj_swsusp_waits(p, t->usable, id);
		}
	}
	kj_munmap(buf, 8192);
	return live;
}

/* The next boot is to know that this job came to its end. */
static void note_return(const struct kj_target *t, const uint8_t id[16])
{
	struct kj_le_record *rec;
	char text[sizeof(rec->text)];
	void *buf;

	if (kj_alloc_pages(sizeof(*rec), &buf))
		return;
	rec = buf;
	if (!kj_record_read(t->fd, t->size, rec) && !memcmp(rec->id, id, 16)) {
		memcpy(text, rec->text, sizeof(text));
		if (kj_record_write(t->fd, t->size, rec, KJ_REC_RETURNED,
				    kj_get_le32(rec->result), text, kj_record_now()))
			kj_log(KJ_LOG_WARN, "%s: record of the job not written", t->path);
	}
	kj_munmap(buf, sizeof(*rec));
}

static int find_target(const struct kj_le_job *job, int flags, struct kj_cryptdev *d, struct kj_target *t)
{
	char why[KJ_CRYPTDEV_WHY];
	int r = kj_cryptdev_target(job, flags, d, t, why);

	if (why[0])
		kj_log(KJ_LOG_WARN, "target of the job: %s", why);
	return r;
}

/* The job's target: no live image there, and a note that we went back. */
static void settle_target(struct kj_amem *m, int check)
{
	const struct kj_facts *f = &m->facts;
	struct kj_cryptdev d = { 0 };
	struct kj_le_job job;
	struct kj_target t;
	int r, live, rw = !check;

	if (!f->job_pa)
		return; /* no job, hence no image of it */
	if (kj_amem_read(m, f->job_pa, &job, sizeof(job)) || kj_job_check(&job, f->job_nonce) ||
	    is_zero(job.label_uuid, sizeof(job.label_uuid))) {
		/* not one either, but it may have a key in it */
		kj_dmcrypt_wipe(&job.crypt);
		return;
	}
	r = find_target(&job, rw ? O_RDWR | O_EXCL | O_SYNC : O_RDONLY, &d, &t);
	if (r && rw) {
		/* a dump that hangs in its last write still holds it: then there may well be an image */
		rw = 0;
		if (!find_target(&job, O_RDONLY, &d, &t)) {
			kj_log(KJ_LOG_WARN, "%s: record of the job not written: %s", t.path,
			       strerror(-r));
			r = 0;
		}
	}
	kj_dmcrypt_wipe(&job.crypt);
	if (r) {
		kj_log(KJ_LOG_WARN, "%s: target of the job: %s",
		       t.path[0] ? t.path : "no device", strerror(-r));
		return;
	}
	live = image_is_live(&t, job.id);
	if (!live && rw)
		note_return(&t, job.id);
	kj_target_close(&t);
	/* this kernel may go on, and an open device would keep the key */
	kj_cryptdev_close(&d);
	if (live)
		die(NONE, "%s: holds an image of that system, to be restored: not entered", t.path);
}

/* What both kernels need to meet more than once. */
static void check_stay(struct kj_amem *m)
{
	uint8_t page[4096];

	if (access(KJ_KEXEC_CORE_SIZE, F_OK))
		die(EX_UNAVAILABLE, "this kernel cannot stay: it is without kernel-patch/");
	if (m->map_from != KJ_MAP_GIVEN || kj_amem_read_phys(m, m->cp.cp, page, sizeof(page)) ||
	    kj_jumpinfo_core(page, m->facts.re) != m->facts.core_pa)
		die(EX_UNAVAILABLE, "this kernel cannot stay: the other one hands over no ELF core header");
}

/* The re-entry code's page as its own segment: that makes the kernel map it, and the copy leaves
 * it as it is. */
static void load(struct kj_amem *m)
{
	struct kj_kexec_segment seg;
	void *page;
	int r;

	r = kj_alloc_pages(4096, &page);
	if (r)
		die(EX_TEMPFAIL, "out of memory");
	r = kj_amem_read_phys(m, m->cp.cp, page, 4096);
	if (r)
		die(EX_IOERR, "%s: page 0x%llx: %s", m->path, (unsigned long long)m->cp.cp,
		    strerror(-r));
	seg.buf = page;
	seg.bufsz = 4096;
	seg.mem = m->cp.cp;
	seg.memsz = 4096;
	r = kj_kexec_load(m->facts.re, &seg, 1, 0);
	if (r)
		die(r == -ENOSYS ? EX_UNAVAILABLE : r == -EPERM ? EX_NOPERM : EX_OSERR,
		    "kexec_load: %s", strerror(-r));
	kj_munmap(page, 4096);
}

/* Its page needs no segment there: what it holds by now is what counts when this kernel is entered again. */
static void load_stay(const struct kj_amem *m)
{
	const int r = kj_kexec_load_entry(m->facts.re);

	if (r)
		die(EX_OSERR, "kexec_load: %s", strerror(-r));
}

/* Entered again. Where nobody could tell what the other system wants, or find the way back later, this goes back at once: it
 * is the same way. Returns when the system can be seen; dies when there is no way. */
static void wait_seen(const char *path, uint64_t re)
{
	struct kj_amem m;
	int r;

	while (kj_amem_open(&m, path) || !m.is_jump || m.facts.re != re) {
		kj_log(KJ_LOG_ERR, "%s: %s: back at once", path, m.why[0] ? m.why : "not the system that was there");
		r = kj_kexec_load_entry(re);
		if (!r)
			r = kj_power_kexec();
		if (r)
			die(EX_OSERR, "jump: %s", strerror(-r));
	}
	kj_amem_close(&m);
}

int main(int argc, char **argv)
{
	int c, r, check = 0, stay = 0, kmsg = 0;
	const char *path;
	struct kj_amem m;
	uint64_t re;

	kj_log_init("kjump-exec");
	while ((c = getopt_long(argc, argv, "+hknS", longopts, NULL)) != -1) {
		switch (c) {
		case 'h':
			fputs(usage, stdout);
			return 0;
		case 'k':
			kmsg = 1;
			break;
		case 'n':
			check = 1;
			break;
		case 'S':
			stay = 1;
			break;
		default:
			fputs(usage, stderr);
			return EX_USAGE;
		}
	}
	if (argc - optind > 1) {
		fputs(usage, stderr);
		return EX_USAGE;
	}
	if (kmsg && kj_log_to_kmsg())
		die(EX_NOPERM, "/dev/kmsg: cannot open");
	path = optind < argc ? argv[optind] : "/proc/vmcore";
	r = kj_amem_open(&m, path);
	if (r)
		die(r == -EBADMSG || r == -ENOEXEC ? EX_DATAERR : EX_NOINPUT, "%s: %s", path,
		    m.why[0] ? m.why : strerror(-r));
	if (!m.is_jump)
		die(NONE, "%s: no system waits there", path);
	if (stay)
		check_stay(&m);
	settle_target(&m, check);
	if (check)
		return 0;
	if (stay)
		load_stay(&m);
	else
		load(&m);
	re = m.facts.re;
	/* this kernel changes what /proc/vmcore shows only if nobody has it open */
	kj_amem_close(&m);
	r = kj_power_kexec();
	if (stay && !r) {
		wait_seen(path, re);
		return 0;
	}
	die(EX_OSERR, "jump: %s", r ? strerror(-r) : "the kernel came back");
}
