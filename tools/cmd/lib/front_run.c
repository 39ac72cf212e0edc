/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kjump hibernate, snapshot, test: load B, arm the job, jump, and say what came of it; never leaves a loaded image, a
 * running watchdog or an armed job behind.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "cmd/lib/front.h"
#include "cmd/lib/front_crypt.h"
#include "cmd/lib/front_run.h"
#include "cmd/lib/front_stay.h"
#include "core/image.h"
#include "sys/compat.h"
#include "sys/hold.h"
#include "sys/io.h"
#include "sys/log.h"
#include "sys/watchdog.h"

#define REBOOT_MAGIC1 0xfee1deadul
#define REBOOT_MAGIC2 672274793ul
#define REBOOT_KEXEC 0x45584543ul

uint64_t kj_run_now(void)
{
	uint64_t ns = 0;

	kj_clock_ns(CLOCK_REALTIME, &ns);
	return ns / 1000000000u;
}

static void boot_id(uint8_t out[16])
{
	char text[64];
	size_t len, n = 0;

	memset(out, 0, 16);
	if (kj_slurp("/proc/sys/kernel/random/boot_id", text, sizeof(text), &len))
		return;
	for (size_t i = 0; i < len && n < 32; i++) {
		unsigned int c = (unsigned char)text[i], d;

		if (c >= '0' && c <= '9')
			d = c - '0';
		else if (c >= 'a' && c <= 'f')
			d = c - 'a' + 10;
		else
			continue;
		out[n / 2] = (uint8_t)(n & 1 ? out[n / 2] | d : d << 4);
		n++;
	}
}

/* Where to write, into a job that has all the rest. Of a swap area that is not known before the last moment. */
static void job_target(struct kj_run *r)
{
	struct kj_le_job *j = (struct kj_le_job *)r->pin.page[0];
	const struct kj_front_target *t = &r->target;

	if (t->fd >= 0) {
		memcpy(j->label_uuid, t->label.uuid, 16);
		memcpy(j->partuuid, t->partuuid, 16);
		j->dev_size = kj_put_le64(t->dev_size);
		j->nextents = kj_put_le32(1);
		j->extent[0].off = kj_put_le64(0);
		j->extent[0].len = kj_put_le64(kj_target_usable(t->size));
		kj_front_crypt_limit(t, &r->crypt);
		j->crypt = r->crypt;
		if (t->kind != KJ_FRONT_WHOLE) {
			j->list = kj_put_le64(t->list.at);
			j->list_sum = kj_put_le64(kj_extents_sum(&t->list.x));
			j->list_size = kj_put_le64(t->size);
		}
	}
	kj_block_seal(j, KJ_JOB_MAGIC);
}

static void fill_job(struct kj_run *r, enum kj_mode mode, enum kj_dump_format format, uint32_t flags)
{
	struct kj_le_job *j = (struct kj_le_job *)r->pin.page[0];
	struct kj_le_mbox *m = (struct kj_le_mbox *)r->pin.page[1];

	memset(j, 0, sizeof(*j));
	memset(m, 0, sizeof(*m));
	memcpy(j->nonce, r->job_nonce, 16);
	memcpy(j->id, r->id, 16);
	j->armed = kj_put_le32(1);
	j->mode = kj_put_le32(mode);
	j->format = kj_put_le32(format);
	if (format == KJ_DUMP_ELF || format == KJ_DUMP_KDUMP) {
		j->codec = kj_put_le32(r->conf.dump.codec);
		j->level = kj_put_le32((uint32_t)r->conf.dump.level);
		j->filter = kj_put_le32(r->conf.dump.filter);
		if (format == KJ_DUMP_KDUMP && r->conf.dump.trim)
			flags |= KJ_JOB_TRIM;
	} else {
		j->codec = kj_put_le32(r->conf.codec);
		j->level = kj_put_le32((uint32_t)r->conf.level);
	}
	/* that kernel would have to be told the key */
	if (kj_get_le64(r->crypt.below_size))
		flags &= ~KJ_JOB_DIRECT;
	j->workers = kj_put_le32(r->conf.workers);
	j->deadline = kj_put_le32(r->conf.deadline);
	j->flags = kj_put_le32(flags);
	j->created = kj_put_le64(r->t_start);
	j->prints = r->prints;
	j->key = r->key;
	job_target(r);
	memcpy(m->nonce, r->mbox_nonce, 16);
	memcpy(m->id, r->id, 16);
	kj_block_seal(m, KJ_MBOX_MAGIC);
}

int kj_run_record(struct kj_run *r, uint32_t state, uint32_t result, const char *text)
{
	struct kj_le_record *rec = &r->record;

	if (r->target.fd < 0)
		return 0;
	memcpy(rec->id, r->id, 16);
	boot_id(rec->boot_id);
	rec->state = kj_put_le32(state);
	rec->mode = kj_put_le32(r->mode);
	rec->result = kj_put_le32(result);
	rec->t_pending = kj_put_le64(r->t_start);
	rec->t_state = kj_put_le64(kj_run_now());
	memset(rec->text, 0, sizeof(rec->text));
	snprintf(rec->text, sizeof(rec->text), "%s", text);
	kj_block_seal(rec, KJ_RECORD_MAGIC);
	return kj_front_record(&r->target, rec);
}

int kj_run_prepare(struct kj_run *r, enum kj_mode mode, enum kj_dump_format format, uint32_t flags)
{
	struct kj_pin_hole hole[KJ_WIN_MAX];
	size_t nhole = 0;
	int rc;

	r->mode = mode;
	r->format = format;
	r->t_start = kj_run_now();
	/* who dies between here and the report leaves B loaded, the watchdog running and the record open */
	kj_hold_signals();
	if (kj_getrandom(r->id, 16) ||
	    (!r->warm && (kj_getrandom(r->job_nonce, 16) || kj_getrandom(r->mbox_nonce, 16)))) {
		kj_log(KJ_LOG_ERR, "no random numbers from the kernel");
		return EX_OSERR;
	}
	if (r->stay)
		flags |= KJ_JOB_STAY;
	if (r->warm) {
		fill_job(r, mode, format, flags);
		return 0;
	}
	rc = kj_run_plan(r, hole, KJ_WIN_MAX, &nhole);
	if (rc)
		return rc;
	rc = kj_pin_open(&r->pin, hole, nhole);
	if (rc) {
		kj_log(KJ_LOG_ERR, "no page can be pinned for the job block: %s", strerror(-rc));
		return rc == -EPERM ? EX_NOPERM : rc == -ENOMEM ? EX_TEMPFAIL : EX_OSERR;
	}
	fill_job(r, mode, format, flags);
	rc = kj_run_load(r);
	/* a B that was loaded in advance is to be there again */
	if (rc && r->keep_loaded)
		kj_run_unload(r);
	return rc;
}

/* Notifiers, and the vetoes of whoever must not be saved (kernel/power/user.c: snapshot_open). */
static int hold_snapshot(void)
{
	int fd = kj_open("/dev/snapshot", O_RDONLY);

	if (fd >= 0)
		return fd;
	switch (fd) {
	case -EBUSY:
		kj_log(KJ_LOG_ERR, "/dev/snapshot: another hibernation is under way");
		break;
	case -EPERM:
		kj_log(KJ_LOG_ERR, "/dev/snapshot: the kernel forbids hibernation (lockdown, nohibernate or secretmem)");
		break;
	default:
		kj_log(KJ_LOG_ERR, "/dev/snapshot: %s", strerror(-fd));
	}
	return fd;
}

static int arm(const struct kj_run *r)
{
	int fd;

	if (!r->conf.watchdog)
		return -1;
	/* so long may B take to its first breath, from which on it feeds the watchdog itself */
	fd = kj_watchdog_arm(r->conf.watchdog);
	if (fd < 0 && fd != -ENOENT)
		kj_log(KJ_LOG_WARN, "/dev/watchdog: %s; a kernel B that hangs will not be reset", strerror(-fd));
	return fd < 0 ? -1 : fd;
}

/* Nobody wants the key again: what is left of this run may be found in free memory. */
static void forget_key(struct kj_run *r)
{
	kj_dmcrypt_wipe(&r->crypt);
	if (r->pin.page[0])
		kj_dmcrypt_wipe(&((struct kj_le_job *)r->pin.page[0])->crypt);
}

/* Everything that can fail has been done; from here to the end of the call A stands still or does not exist. */
static int jump(void)
{
	long rc;

	sync();
	/* ---- point of no return ---- */
	rc = kj_syscall(__NR_reboot, (long)REBOOT_MAGIC1, (long)REBOOT_MAGIC2, (long)REBOOT_KEXEC, 0, 0, 0);
	return (int)rc;
}

/* Bytes that an image can come to: what is in use now, and what the kernel's own pages may add. 0: not known. */
static uint64_t image_bytes(void)
{
	char text[8192];
	uint64_t total = 0, unused = 0;
	size_t len;

	if (kj_slurp("/proc/meminfo", text, sizeof(text), &len))
		return 0;
	for (const char *p = text; p; p = strchr(p, '\n') ? strchr(p, '\n') + 1 : NULL) {
		if (!strncmp(p, "MemTotal:", 9))
			total = strtoull(p + 9, NULL, 10);
		else if (!strncmp(p, "MemFree:", 8))
			unused = strtoull(p + 8, NULL, 10);
	}
	if (!total || unused > total || total > UINT64_MAX >> 12)
		return 0;
	return ((total - unused + total / 32) << 10) + (64u << 20);
}

/* The last thing before the jump: a swap area's blocks are reserved only while /dev/snapshot is open. */
static int take_swap(struct kj_run *r, int snapshot)
{
	const uint64_t want = image_bytes();
	int rc;

	if (r->target.kind != KJ_FRONT_SWAP)
		return 0;
	if (!want) {
		kj_log(KJ_LOG_ERR, "/proc/meminfo: does not say how much memory is in use");
		return EX_OSERR;
	}
	rc = kj_front_swap_take(&r->target, snapshot, want);
	if (!rc)
		job_target(r);
	return rc;
}

static void end_swap(struct kj_run *r)
{
	int rc;

	if (r->target.kind != KJ_FRONT_SWAP)
		return;
	rc = kj_front_swap_end(&r->target);
	if (rc)
		kj_log(KJ_LOG_WARN, "%s: header of the swap area could not be given back: %s; kjump discard tries it",
		       r->target.path, strerror(-rc));
}

/* Not entered: one that was there stays there. */
static void let_go(struct kj_run *r)
{
	if (!r->warm)
		kj_run_unload(r);
}

/* What B has left is told; then an image in kexec's hands is dead, as reboot(8) must not enter it, unless B stays. */
static int came_back(struct kj_run *r, int rc)
{
	int err = kj_front_stay_get(r);

	forget_key(r);
	if (rc) {
		let_go(r);
		return rc;
	}
	if (err)
		kj_log(KJ_LOG_ERR, "mailbox: %s", strerror(-err));
	kj_front_stay_settle(r);
	return 0;
}

int kj_run_jump(struct kj_run *r)
{
	int snapshot, dog, rc, sig, status;

	snapshot = hold_snapshot();
	if (snapshot < 0) {
		let_go(r);
		return snapshot == -EBUSY ? EX_TEMPFAIL : EX_UNAVAILABLE;
	}
	/* the last moment at which a person can think better of it */
	sig = kj_hold_pending();
	if (sig) {
		kj_log(KJ_LOG_ERR, "stopped by signal %d", sig);
		let_go(r);
		close(snapshot);
		return EX_TEMPFAIL;
	}
	rc = take_swap(r, snapshot);
	if (rc) {
		let_go(r);
		close(snapshot);
		return rc;
	}
	rc = kj_front_stay_put(r);
	if (rc) {
		kj_log(KJ_LOG_ERR, "kernel B in memory: %s", rc == -ESTALE ? "is not what was left there" : strerror(-rc));
		close(snapshot);
		return rc == -ESTALE ? EX_TEMPFAIL : EX_OSERR;
	}
	rc = kj_run_record(r, KJ_REC_PENDING, 0, "");
	if (rc) {
		kj_log(KJ_LOG_ERR, "%s: %s", r->target.path, strerror(-rc));
		let_go(r);
		end_swap(r);
		close(snapshot);
		return EX_IOERR;
	}
	/* B must find the device as the disk has it, and A must not believe its own cache afterwards */
	kj_front_target_leave(&r->target);
	dog = arm(r);
	rc = jump();
	kj_watchdog_disarm(dog);
	rc = came_back(r, rc);
	/* a swap area's blocks are ours as long as this is open */
	if (r->target.kind != KJ_FRONT_SWAP)
		close(snapshot);
	kj_run_reopen(r);
	if (rc) {
		kj_log(KJ_LOG_ERR, "the kernel did not jump: %s", strerror(-rc));
		kj_run_record(r, KJ_REC_DONE, EX_OSERR, "the kernel did not jump");
		status = rc == -EBUSY ? EX_TEMPFAIL : EX_OSERR;
	} else {
		status = kj_run_outcome(r);
	}
	if (r->target.kind == KJ_FRONT_SWAP) {
		end_swap(r);
		close(snapshot);
	}
	return status;
}

void kj_run_end(struct kj_run *r)
{
	kj_hold_end();
	kj_hold_unwatch();
	forget_key(r);
	kj_pin_close(&r->pin);
	kj_front_target_close(&r->target);
}
