// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * cmd/lib/dump_job.h: a job with the key of an encrypted device that cannot be done leaves no key behind; must never find a
 * device of this machine.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>
#include <unistd.h>

#include "cmd/lib/dump_job.h"
#include "mkcore.h"
#include "tap.h"

static struct kj_dump_job job;
static struct kj_amem m;
static struct mk_core c;
static char path[4096];

/* Open the job of a core, whose target is inside a device that no machine has. */
static int open_job(enum kj_mode mode, uint32_t codec)
{
	struct kj_le_job *j;
	FILE *f;
	int status;

	mk_core(&c, MK_JUMP);
	j = (struct kj_le_job *)mk_at(&c, MK_JOB);
	j->mode = kj_put_le32(mode);
	j->codec = kj_put_le32(codec);
	j->crypt.below_size = kj_put_le64((1ull << 62) + 512);
	j->crypt.hi = j->dev_size;
	j->crypt.sector_size = kj_put_le32(512);
	j->crypt.key_len = kj_put_le32(64);
	strcpy(j->crypt.cipher, "aes-xts-plain64");
	memset(j->crypt.key, 0x5a, 64);
	memset(j->label_uuid, 0x5b, 16);
	kj_block_seal(j, KJ_JOB_MAGIC);
	f = fopen(path, "wb");
	if (!f || fwrite(c.file, 1, c.size, f) != c.size || fclose(f) || kj_amem_open(&m, path)) {
		perror(path);
		exit(1);
	}
	memset(&job, 0xff, sizeof(job));
	status = kj_dump_job_open(&job, &m);
	kj_amem_close(&m);
	return status;
}

static int key_is_gone(void)
{
	static const struct kj_le_dmcrypt zero;

	return !memcmp(&job.job.crypt, &zero, sizeof(zero));
}

int main(void)
{
	const char *tmp = getenv("KJ_TMP");

	c.file = malloc(MK_MAX);
	if (!c.file)
		return 1;
	snprintf(path, sizeof(path), "%s/dump_job-%d", tmp ? tmp : "/tmp", (int)getpid());
	is(open_job(KJ_MODE_HIBERNATE, 2), EX_UNAVAILABLE, "no device for the fingerprints");
	is_str(job.why, "target: no partition or disk is like the one below its encrypted device", "why");
	ok(key_is_gone(), "its key is wiped");
	is(open_job(KJ_MODE_SNAPSHOT, 2), EX_UNAVAILABLE, "no device for the target");
	is_str(job.why,
	       "target 5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b: no partition or disk is like the one below its encrypted device", "why");
	ok(key_is_gone(), "its key is wiped");
	is(open_job(KJ_MODE_HIBERNATE, 3), EX_DATAERR, "a codec that is not for images");
	ok(key_is_gone(), "its key is wiped");
	unlink(path);
	free(c.file);
	return tap_done();
}
