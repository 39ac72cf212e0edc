/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads what is on a target before anything is written there. Must never take damaged bytes for somebody's session.
 */
#include <stdio.h>
#include <string.h>

#include "cmd/lib/front_run.h"
#include "cmd/lib/front_waits.h"
#include "core/date.h"
#include "core/image.h"
#include "core/sealed.h"
#include "core/swsusp.h"
#include "sys/io.h"

static int of_kernel(const struct kj_front_target *t, const void *block, char text[KJ_WAITS_TEXT])
{
	const struct kj_le_swsusp_head *h = block;
	char id[33], when[KJ_DATE_TEXT];

	if (kj_swsusp_check(h, kj_target_usable(t->size)) || !kj_swsusp_waits(block, kj_target_usable(t->size), h->id))
		return 0;
	kj_front_hex(h->id, id);
	snprintf(text, KJ_WAITS_TEXT, "swsusp image %s, saved %s", id, kj_date_text(kj_get_le64(h->t_saved), when));
	return 1;
}

int kj_front_waits(const struct kj_front_target *t, char text[KJ_WAITS_TEXT])
{
	char id[33], when[KJ_DATE_TEXT], release[65];
	struct kj_image_look look;
	struct kj_le_image h;
	struct kj_le_state s;

	if (t->fd < 0 || kj_pread_full(t->fd, &h, sizeof(h), 0, NULL) ||
	    kj_pread_full(t->fd, &s, sizeof(s), KJ_BLOCK, NULL))
		return 0;
	if (kj_image_look(&h, kj_target_usable(t->size), &look))
		return of_kernel(t, &h, text);
	if (kj_state_check(&s, look.id) ||
	    (kj_get_le32(s.state) != KJ_ST_READY && kj_get_le32(s.state) != KJ_ST_LOADING))
		return 0;
	kj_front_hex(look.id, id);
	if (look.sealed) {
		snprintf(text, KJ_WAITS_TEXT, "image %s, encrypted", id);
		return 1;
	}
	kj_run_printable(h.host.release, sizeof(h.host.release), release);
	snprintf(text, KJ_WAITS_TEXT, "image %s of kernel %s, saved %s", id, release,
		 kj_date_text(kj_get_le64(h.t_saved), when));
	return 1;
}
