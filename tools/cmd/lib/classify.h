/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Joins A's memory, its table of sections and the rules of page classes: a bitmap of the pages to
 * leave out, section by section; must never let a page be left out when anything on the way could
 * not be read or understood.
 */
#ifndef KJ_CMD_CLASSIFY_H
#define KJ_CMD_CLASSIFY_H

#include <stdint.h>

#include "core/memsection.h"
#include "core/pageclass.h"
#include "core/pgtable.h"
#include "cmd/lib/amem.h"

#define KJ_WHY_MAX 160

/* About 40 KiB, best static.  Holds no descriptor and nothing to free: a forked worker may go on
 * using its copy, as long as the struct kj_amem given in is its own too.  Not to be used by two
 * threads at once. */
struct kj_classifier {
	struct kj_pgtable pt;
	struct kj_memsection ms;
	struct kj_pageclass pc;
	struct kj_section_piece piece[KJ_SECTION_PIECES];
	uint64_t page_pa;   /* of ->page, UINT64_MAX: none */
	uint64_t page[512]; /* a page of struct pages that cannot, or need not, be mapped */
};

/*
 * Prepare to classify @m's pages at @level (KJ_LEVEL_*, core/pageclass.h); images that will run
 * again pass KJ_LEVEL_IMAGE, dumps KJ_LEVEL_FREE and whatever else is asked for.  0, or with a line
 * in @why (object not named): -ENODATA (no VMCOREINFO, or keys missing: keep everything),
 * -EOPNOTSUPP (memory encryption, or a layout that we do not know: keep everything), -EINVAL (bad
 * level). Any of these means that the dump is made without leaving pages out, not that it fails. On
 * 0, @why is empty, or one line that names the classes which this kernel does not let us recognise;
 * print it once.
 */
int kj_classifier_open(struct kj_amem *m, uint32_t level, struct kj_classifier *c,
		       char why[KJ_WHY_MAX]);

/*
 * Fill @bitmap: bit i (byte i / 8, LSB first) is set if page (section << 15) + i is to be left out.
 * @counts grow by the pages whose struct pages were seen.  The bitmap says nothing about RAM: bits
 * of pages that are no RAM mean nothing. 0 (also for a section that is not there or not online:
 * nothing to leave out), or -EIO / -EBADMSG when its struct pages cannot be had: @bitmap is then
 * all zeros and may be used as it is.
 */
int kj_classify_section(struct kj_amem *m, struct kj_classifier *c, uint64_t section,
			uint8_t bitmap[KJ_SECTION_BITMAP], struct kj_class_counts *counts);

#endif
