// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Symbols, BTF and VMCOREINFO joined; must never keep memory once the text is written.
 */
#include "cmd/lib/btfinfo.h"

#include <errno.h>

#include "core/kallsyms.h"
#include "sys/compat.h"

struct work {
	struct kj_pgtable *pt;
	uint64_t start; /* where BTF begins */
	struct kj_kallsyms ks;
	struct kj_btf btf;
};

static int read_btf(void *ctx, uint32_t off, void *buf, size_t len)
{
	const struct work *w = ctx;

	return kj_pgtable_read(w->pt, w->start + off, buf, len) ? -1 : 0;
}

static int code(enum kj_err e, const char *part, const char **why)
{
	*why = e == KJ_ENOTFOUND ? "not there" : part;
	return e == KJ_ENOTFOUND ? -ENODATA : -EBADMSG;
}

static int find(struct kj_amem *m, struct work *w, char *text, size_t *len, const char **why)
{
	static const char *const name[] = { "__start_BTF", "__stop_BTF" };
	struct kj_vmcoreinfo own = m->vi, got;
	uint64_t va[2];
	uint32_t both;
	enum kj_err e;

	e = kj_kallsyms_init(&m->vi, w->pt, &w->ks);
	if (!e)
		e = kj_kallsyms_find(&w->ks, name, 2, va);
	if (e)
		return code(e, "symbols not understood", why);
	if (!va[0] || va[1] <= va[0])
		return code(KJ_ENOTFOUND, NULL, why);
	w->start = va[0];
	e = kj_btf_init(read_btf, w, va[1] - va[0], &w->btf);
	if (!e)
		e = kj_btfkeys_write(&w->btf, text, len);
	if (e)
		return code(e, "not understood", why);
	own.next = NULL;
	kj_vmcoreinfo_init(text, *len, &got);
	e = kj_btfkeys_agree(&own, &got, &both);
	return e ? code(e, "contradicts VMCOREINFO", why) : 0;
}

int kj_btfinfo(struct kj_amem *m, struct kj_pgtable *pt, char text[KJ_BTFKEYS_MAX], size_t *len,
	       const char **why)
{
	void *p;
	int err = kj_alloc_pages(sizeof(struct work), &p);

	if (err) {
		*why = "out of memory";
		return err;
	}
	((struct work *)p)->pt = pt;
	err = find(m, p, text, len, why);
	kj_munmap(p, sizeof(struct work));
	return err;
}
