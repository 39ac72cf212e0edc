// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A profile behind VMCOREINFO. It must never be asked for an address: those of a running kernel stand in no vmlinux.
 */
#include "cmd/lib/profile.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/btfkeys.h"
#include "sys/compat.h"
#include "sys/io.h"

#define PROFILE_MAX (64u << 10)
#define VERSION 1

static int same_kernel(const struct kj_vmcoreinfo *vi, const struct kj_vmcoreinfo *p)
{
	struct kj_vmcoreinfo own = *vi;
	const char *a, *b;
	size_t alen, blen;
	uint32_t both;

	own.next = NULL;
	if (!kj_vmcoreinfo_str(&own, "BUILD-ID", &a, &alen) && !kj_vmcoreinfo_str(p, "BUILD-ID", &b, &blen))
		return alen == blen && !memcmp(a, b, alen);
	return !kj_btfkeys_agree(&own, p, &both);
}

static int take(struct kj_amem *m, const char *path, char *text, size_t len, char why[KJ_WHY_MAX])
{
	static struct kj_vmcoreinfo profile;
	static const char begin[] = "KJUMP_PROFILE=";
	int64_t version;

	kj_vmcoreinfo_init(text, len, &profile);
	if (profile.len != len || len < sizeof(begin) || memcmp(text, begin, sizeof(begin) - 1) ||
	    kj_vmcoreinfo_num(&profile, "KJUMP_PROFILE", &version)) {
		snprintf(why, KJ_WHY_MAX, "%s: no profile, not used", path);
		return -EBADMSG;
	}
	if (version != VERSION) {
		snprintf(why, KJ_WHY_MAX, "%s: a profile of version %lld, not used", path, (long long)version);
		return -EBADMSG;
	}
	if (!same_kernel(&m->vi, &profile)) {
		snprintf(why, KJ_WHY_MAX, "%s: not of this kernel, as far as can be told; not used", path);
		return -ESTALE;
	}
	m->vi.next = &profile;
	return 0;
}

int kj_profile_use(struct kj_amem *m, const char *path, char why[KJ_WHY_MAX])
{
	size_t len;
	void *p;
	int err = kj_alloc_pages(PROFILE_MAX, &p);

	if (!err)
		err = kj_slurp(path, p, PROFILE_MAX, &len);
	if (err) {
		snprintf(why, KJ_WHY_MAX, "%s: %s, not used", path, strerror(-err));
		return err;
	}
	return take(m, path, p, len, why);
}
