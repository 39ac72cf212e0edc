// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a restore writes besides A's memory: the state of the image, and the mailbox in which A finds how it came back.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>
#include <unistd.h>

#include "cmd/lib/imgread.h"
#include "cmd/lib/restore_mbox.h"
#include "cmd/lib/restore_run.h"
#include "cmd/lib/restore_state.h"
#include "mkimage.h"
#include "sys/log.h"
#include "tap.h"

static char path[256];

static void test_state(void)
{
	struct mki m = { .codec = 1, .limit = 100, .swap = MKI_DATA };
	struct kj_img img;
	uint32_t loads;

	is(kj_restore_decide(KJ_ST_READY, 0), KJ_ACT_LOAD, "READY is loaded");
	is(kj_restore_decide(KJ_ST_READY, 7), KJ_ACT_LOAD, "however often that failed cleanly");
	is(kj_restore_decide(KJ_ST_LOADING, 1), KJ_ACT_LOAD, "one crash while loading: again");
	is(kj_restore_decide(KJ_ST_LOADING, 2), KJ_ACT_STALE, "two: never again");
	is(kj_restore_decide(KJ_ST_LOADING, UINT32_MAX), KJ_ACT_STALE, "nor after more");
	is(kj_restore_decide(KJ_ST_CONSUMED, 1), KJ_ACT_NONE, "CONSUMED is no image");
	is(kj_restore_decide(KJ_ST_STALE, 0), KJ_ACT_NONE, "nor is STALE");
	is(kj_restore_decide(0, 0), KJ_ACT_NONE, "nor is a state that there is not");
	mki_make(&m);
	mki_write(&m, path);
	is(kj_img_open(&img, path, 1), 0, "open for writing");
	is(kj_img_state_write(&img, KJ_ST_LOADING, 3), 0, "write the state");
	is(kj_img_state(&img, &loads), KJ_ST_LOADING, "known at once");
	kj_img_close(&img);
	is(kj_img_open(&img, path, 0), 0, "open again");
	is(kj_img_state(&img, &loads), KJ_ST_LOADING, "and then");
	is(loads, 3, "with its count");
	kj_img_close(&img);
	free(m.file);
}

static void test_mbox(void)
{
	static const char stats[] = "PAGES_DATA=11\nMS_SAVE=1234\nBYTES=99999\nPAGES_ZERO=x\n"
				    "FOO=1\nPAGES_FREE=7";
	struct kj_mbox_report rep = { .entered = KJ_HOW_JUMP, .result = 74, .now = 2000,
				      .text = "disk\nfull\x80", .t_boot = 1900, .ms_boot = 2500,
				      .id = mki_id, .who = "6.12", .stays = 3 };
	struct kj_le_image h;
	struct kj_le_mbox m;
	uint32_t how;

	memset(&h, 0, sizeof(h));
	mki_page(MKI_MBOX, (uint8_t *)&m);
	kj_mbox_stats(&m, stats, sizeof(stats) - 1);
	kj_mbox_entered(&m, &rep);
	is(kj_mbox_check(&m, mki_nonce), KJ_OK, "filled and sealed");
	is(kj_get_le64(m.pages_data), 11, "data pages");
	is(kj_get_le64(m.pages_zero), 0, "what is no number is not taken");
	is(kj_get_le64(m.pages_free), 7, "last line without newline");
	is(kj_get_le64(m.ms_save), 1234, "milliseconds");
	is(kj_get_le32(m.result), 74, "result");
	is(kj_get_le64(m.t_saved), 2000, "saved");
	is_str(m.text, "disk?full?", "one printable line");
	is(kj_get_le32(m.stays), 3, "stays");
	h.t_saved = kj_put_le64(3000);
	h.data_pages = kj_put_le64(5);
	kj_mbox_restored(&m, KJ_HOW_S5, &h, 4000, "6.13");
	is(kj_mbox_check(&m, mki_nonce), KJ_OK, "restored and sealed");
	is(kj_get_le32(m.restored), KJ_HOW_S5, "how");
	is(kj_get_le64(m.t_restored), 4000, "when");
	is(kj_get_le64(m.t_saved), 3000, "when saved, from the image");
	is(kj_get_le64(m.pages_data), 5, "pages, from the image");
	is_str(m.who, "6.13", "who");
	is(kj_how_parse("s4", &how), KJ_OK, "s4");
	is(how, KJ_HOW_S4, "is S4");
	is(kj_how_parse("s3", &how), KJ_ENOTFOUND, "s3 is none");
}

/* A restore that tells A itself how it comes back. */
static void test_told(void)
{
	struct mki m = { .codec = 2, .limit = UINT64_MAX, .swap = MKI_DATA };
	const struct kj_le_mbox *box;
	struct kj_restore r;

	mki_make(&m);
	mki_write(&m, path);
	memset(&r, 0, sizeof(r));
	r.path = path;
	r.how = KJ_HOW_S4;
	is(kj_restore_open(&r, 0), 0, "open for a restore");
	is(kj_restore_unlock(&r), 0, "it is not encrypted");
	is(kj_restore_plan(&r), 0, "plan, with a word for A");
	box = (const struct kj_le_mbox *)(r.tramp + 4096);
	is(kj_mbox_check(box, mki_nonce), KJ_OK, "in its mailbox");
	is(kj_get_le32(box->restored), KJ_HOW_S4, "how");
	is(kj_get_le32(box->entered), KJ_HOW_S5, "what B had left there stays");
	is(kj_get_le64(box->t_saved), 1700000000, "when it was saved, from the image");
	is(r.stream.npatch, 2, "trampoline and mailbox are patched");
	is(r.stream.patch[1].pfn, MKI_MBOX, "where it belongs");
	kj_restore_close(&r);
	((struct kj_le_image *)m.file)->jump.mbox_pa = kj_put_le64(0);
	kj_image_seal((struct kj_le_image *)m.file);
	mki_write(&m, path);
	is(kj_restore_open(&r, 0), 0, "an image without a mailbox");
	is(kj_restore_plan(&r), EX_DATAERR, "cannot tell");
	kj_restore_close(&r);
	free(m.file);
}

int main(void)
{
	const char *dir = getenv("KJ_TMP") ? getenv("KJ_TMP") : "/tmp";

	snprintf(path, sizeof(path), "%s/restore_state.%d", dir, (int)getpid());
	test_state();
	test_mbox();
	kj_log_init("restore_state");
	kj_log_limit(KJ_LOG_ERR);
	test_told();
	unlink(path);
	return tap_done();
}
