// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Is this the machine and are these the disks that an image was made of? It must never change anything on them.
 */
#include <errno.h>
#include <stdio.h>
#include <sysexits.h>

#include "cmd/lib/prints.h"
#include "cmd/lib/restore_host.h"
#include "cmd/lib/restore_path.h"
#include "cmd/lib/restore_run.h"
#include "core/guard.h"
#include "sys/log.h"

#define NONE 1 /* clean no */

static void say_features(const struct kj_restore *r, const struct kj_guard_found *f)
{
	static const char *const leaf[KJ_GUARD_FEAT_WORDS] = {
		"1.ecx", "1.edx", "7.ebx", "7.ecx", "7.edx", "d.1.eax", "80000001.ecx",
		"80000001.edx",
	};
	char text[200] = "";
	size_t n = 0;
	unsigned int i;

	for (i = 0; i < KJ_GUARD_FEAT_WORDS; i++)
		if (f->missing[i])
			n += (size_t)snprintf(text + n, sizeof(text) - n, " %s=0x%x", leaf[i],
					      f->missing[i]);
	kj_log(KJ_LOG_ERR, "%s: image of another machine: %s:%s", r->path,
	       kj_guard_text(KJ_GUARD_FEATURES), text);
}

/* One line for one difference. */
static void say_guard(const struct kj_restore *r, enum kj_guard g, const struct kj_le_host *here,
		      const struct kj_guard_found *f)
{
	const struct kj_le_host *a = &r->img.head->host;
	const enum kj_log_level level = g & KJ_GUARD_REFUSE ? KJ_LOG_ERR : KJ_LOG_WARN;
	char text[128] = "";

	switch (g) {
	case KJ_GUARD_FEATURES:
		say_features(r, f);
		return;
	case KJ_GUARD_VENDOR:
		snprintf(text, sizeof(text), "'%.12s', here '%.12s'", a->vendor, here->vendor);
		break;
	case KJ_GUARD_LA57:
		snprintf(text, sizeof(text), "%d levels, here %d", 4 + !!kj_get_le32(a->la57),
			 4 + !!kj_get_le32(here->la57));
		break;
	case KJ_GUARD_E820:
		snprintf(text, sizeof(text), "checksum 0x%x, here 0x%x",
			 kj_get_le32(a->e820_crc), kj_get_le32(here->e820_crc));
		break;
	case KJ_GUARD_PHYSPAGES:
		snprintf(text, sizeof(text), "%llu pages, here %llu",
			 (unsigned long long)kj_get_le64(a->physpages),
			 (unsigned long long)kj_get_le64(here->physpages));
		break;
	case KJ_GUARD_RAM:
		snprintf(text, sizeof(text), "0x%llx-0x%llx", (unsigned long long)f->ram_start,
			 (unsigned long long)f->ram_end);
		break;
	case KJ_GUARD_MODEL:
		snprintf(text, sizeof(text), "signature 0x%x, here 0x%x",
			 kj_get_le32(a->cpu_sig), kj_get_le32(here->cpu_sig));
		break;
	case KJ_GUARD_MICROCODE:
		snprintf(text, sizeof(text), "0x%x, here 0x%x", kj_get_le32(a->microcode),
			 kj_get_le32(here->microcode));
		break;
	}
	kj_log(level, "%s: image of %s: %s: %s", r->path,
	       level == KJ_LOG_ERR ? "another machine" : "this machine, changed",
	       kj_guard_text(g), text);
}

int kj_restore_compare(struct kj_restore *r, const struct kj_le_host *here, const struct kj_ranges *ram)
{
	struct kj_guard_found found;
	uint32_t bits, bit;

	bits = kj_guard_compare(&r->img.head->host, &r->img.ram, here, ram, &found);
	/* one failure, one line: beside a reason to refuse, the others and the warnings are noise */
	if (bits & KJ_GUARD_REFUSE)
		bits = kj_guard_first(bits);
	for (bit = 1; bit && bit <= bits; bit <<= 1)
		if (bits & bit)
			say_guard(r, (enum kj_guard)bit, here, &found);
	return bits & KJ_GUARD_REFUSE ? EX_DATAERR : 0;
}

/* ---- all of it ---- */

/* Is each file system that A has mounted as A left it? */
static int guard_disks(struct kj_restore *r)
{
	char why[KJ_PRINTS_WHY];
	const struct kj_le_prints *p = &r->img.head->prints;
	int status = kj_prints_compare(p, r->wait ? 1 : 0, why);

	if (status == EX_NOINPUT && r->wait > 1) {
		kj_log(KJ_LOG_WARN, "%s: %s: waiting for up to %u s", r->path, why, r->wait);
		status = kj_prints_compare(p, r->wait - 1, why);
	}
	if (status)
		kj_log(KJ_LOG_ERR, "%s: not restored: %s", r->path, why);
	return status;
}

int kj_restore_guard(struct kj_restore *r, enum kj_path *ret)
{
	char why[KJ_HOST_WHY];
	struct kj_le_host here;
	struct kj_ranges ram;
	int err;

	if (kj_host_unwanted()) {
		kj_log(KJ_LOG_ERR, "%s: not restored: noresume on the kernel command line", r->path);
		return NONE;
	}
	err = kj_host_read(&here, &ram, why);
	if (err) {
		kj_log(KJ_LOG_ERR, "%s", why);
		return err == -EPERM ? EX_NOPERM : EX_UNAVAILABLE;
	}
	err = kj_restore_compare(r, &here, &ram);
	if (!err)
		err = guard_disks(r);
	return err ? err : kj_restore_path(r, &ram, ret);
}
