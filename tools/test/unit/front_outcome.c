// SPDX-License-Identifier: GPL-2.0-or-later
/* front_run.h: what kjump says of a run, and its exit status, by what stands in the mailbox. */
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "cmd/lib/front_run.h"
#include "core/image.h"
#include "sys/log.h"
#include "tap.h"

#define ID "07000000000000000000000000000000"

static struct kj_run run = { .id = { 7 }, .mbox_nonce = { 1, 2, 3 }, .mode = KJ_MODE_HIBERNATE, .target.fd = -1 };
static char text[1024];

/* The status for such a mailbox; what was printed is in text. */
static int outcome(enum kj_how entered, enum kj_how restored, uint32_t result)
{
	static uint8_t page[4096] __attribute__((aligned(8)));
	struct kj_le_mbox *m = (struct kj_le_mbox *)page;
	int out = dup(STDOUT_FILENO), status;
	FILE *f = tmpfile();
	size_t n;

	memset(page, 0, sizeof(page));
	memcpy(m->nonce, run.mbox_nonce, 16);
	memcpy(m->id, run.id, 16);
	m->entered = kj_put_le32(entered);
	m->restored = kj_put_le32(restored);
	m->result = kj_put_le32(result);
	memcpy(m->who, "6.12", 4);
	kj_block_seal(m, KJ_MBOX_MAGIC);
	run.pin.page[1] = page;
	fflush(stdout);
	if (!f || out < 0 || dup2(fileno(f), STDOUT_FILENO) < 0)
		abort();
	/* after it, so that the time away is none */
	run.t_start = UINT64_MAX;
	status = kj_run_outcome(&run);
	if (dup2(out, STDOUT_FILENO) < 0)
		abort();
	close(out);
	rewind(f);
	n = fread(text, 1, sizeof(text) - 1, f);
	text[n] = 0;
	fclose(f);
	return status;
}

static void test_ours(void)
{
	run.format = KJ_DUMP_IMAGE;
	is(outcome(KJ_HOW_S5, KJ_HOW_S5, 0), 0, "from S5");
	is_str(text, "resumed from S5 by kernel 6.12: image " ID "\naway for 0 s\n", "as it says");
	is(outcome(KJ_HOW_S4, KJ_HOW_S4, 0), 0, "from S4");
	is_str(text, "resumed from S4 by kernel 6.12: image " ID "\naway for 0 s\n", "as it says");
	is(outcome(KJ_HOW_S4, KJ_HOW_S5, 0), 0, "left by S4");
	is_str(text, "resumed from S5 by kernel 6.12: image " ID "\n"
		     "the machine was left through S4, and nobody says how it was found\naway for 0 s\n", "both are said");
	is(outcome(KJ_HOW_S5, KJ_HOW_NONE, 0), EX_SOFTWARE, "an image of ours, and nobody says how");
	is_str(text, "", "nothing is made up");
}

static void test_swsusp(void)
{
	run.format = KJ_DUMP_SWSUSP;
	is(outcome(KJ_HOW_S5, KJ_HOW_NONE, 0), 0, "by the kernel's own loader");
	is_str(text, "resumed from S5 by kernel code alone (resume=): image " ID "\naway for 0 s\n", "as it says");
	is(outcome(KJ_HOW_S4, KJ_HOW_NONE, 0), 0, "by it after S4");
	is_str(text, "resumed from S5 by kernel code alone (resume=): image " ID "\n"
		     "the machine was left through S4, and nobody says how it was found\naway for 0 s\n", "both are said");
}

static void test_jump(void)
{
	is(outcome(KJ_HOW_JUMP, KJ_HOW_NONE, 73), 73, "B failed");
	is(outcome(KJ_HOW_JUMP, KJ_HOW_NONE, 0), EX_SOFTWARE, "B saved nothing");
	is(outcome(KJ_HOW_NONE, KJ_HOW_NONE, 0), EX_SOFTWARE, "nobody was in B");
	is_str(text, "", "nothing on stdout");
}

int main(void)
{
	kj_log_init("test");
	test_ours();
	test_swsusp();
	test_jump();
	return tap_done();
}
