// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What is said of the path that a restore takes, or that there is none; and that the kernel is asked.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>
#include <unistd.h>

#include "cmd/lib/restore_path.h"
#include "fakekexec.h"
#include "mkimage.h"
#include "sys/log.h"
#include "tap.h"

#define MIB (1ull << 20)
#define TAKEN 80	/* exit status of a child: + the path */

static char path[256], said[256];

/* ---- the lines ---- */

static const struct kj_ranges none = { 0, { { 0, 0 } } };

/* 500 MiB for snapshot, 450 for kexec, 520 there; no direct. */
static struct kj_path_facts facts(void)
{
	struct kj_path_facts f = {
		.has_snapshot = 1,
		.need = 500 * MIB,
		.have = 520 * MIB,
		.kexec = KJ_KEXEC_ABLE,
		.window = &none,
		.ram = &none,
		.staged = 1,
		.stage_need = 450 * MIB,
		.runs = 10,
		.runs_max = 10,
	};

	return f;
}

static void taken(const struct kj_path_facts *f, enum kj_path want, const char *line, const char *what)
{
	char text[KJ_PATH_LINE];
	struct kj_path_choice c;

	is(kj_path_choose(f, want, &c), KJ_OK, what);
	kj_restore_path_taken(f, want, &c, text);
	is_str(text, line, what);
}

static void refused(const struct kj_path_facts *f, enum kj_path want, int status, const char *line, const char *what)
{
	char text[KJ_PATH_LINE];
	struct kj_path_choice c;

	is(kj_path_choose(f, want, &c), KJ_EUNSUPP, what);
	is(kj_restore_path_none(f, want, &c, text), status, what);
	is_str(text, line, what);
}

static void test_taken(void)
{
	struct kj_path_facts f = facts();

	taken(&f, KJ_PATH_AUTO, "there is memory for it (500 MiB needed beside this kernel, 520 there)", "snapshot");
	taken(&f, KJ_PATH_KEXEC, "asked for (450 MiB needed beside this kernel, 520 there)", "kexec, asked for");
	f.have = 480 * MIB;
	taken(&f, KJ_PATH_AUTO,
	      "not enough free memory to load the image; path direct: no kernel for it is here"
	      " (450 MiB needed beside this kernel, 480 there)",
	      "kexec, and why neither of the others");
}

static void test_none(void)
{
	struct kj_path_facts f = facts();

	f.have = 400 * MIB;
	refused(&f, KJ_PATH_AUTO, EX_TEMPFAIL,
		"path snapshot: not enough free memory to load the image: 500 MiB needed, 400 there"
		"; path direct: no kernel for it is here"
		"; path kexec: not enough free memory to load the image: 450 MiB needed, 400 there",
		"auto: all three");
	refused(&f, KJ_PATH_KEXEC, EX_TEMPFAIL,
		"path kexec: not enough free memory to load the image: 450 MiB needed, 400 there", "kexec alone");
	f.has_snapshot = 0;
	refused(&f, KJ_PATH_AUTO, EX_TEMPFAIL,
		"path snapshot: this kernel has no HIBERNATION; path direct: no kernel for it is here"
		"; path kexec: not enough free memory to load the image: 450 MiB needed, 400 there",
		"auto: more memory would help kexec");
	f.runs++;
	refused(&f, KJ_PATH_AUTO, EX_UNAVAILABLE,
		"path snapshot: this kernel has no HIBERNATION; path direct: no kernel for it is here"
		"; path kexec: the image's memory is in too many pieces",
		"auto: too many pieces");
	f.staged = 0;
	refused(&f, KJ_PATH_AUTO, EX_UNAVAILABLE,
		"path snapshot: this kernel has no HIBERNATION; path direct: no kernel for it is here",
		"auto: no word of kexec where the kernel has no patch");
	refused(&f, KJ_PATH_KEXEC, EX_UNAVAILABLE, "path kexec: needs a patched kernel", "unless it is wanted");
}

/* ---- the kernel ---- */

static int choose(void *ctx)
{
	const struct kj_ranges ram = { 0 };
	enum kj_path p = KJ_PATH_AUTO;
	int fd = open(said, O_WRONLY | O_CREAT | O_TRUNC, 0600), status;

	if (fd < 0 || dup2(fd, 2) < 0)
		return FAKE_NO_SECCOMP - 1;
	status = kj_restore_path(ctx, &ram, &p);
	return status ? status : TAKEN + (int)p;
}

/* kj_restore_path() on a kernel that answers @staged, and the line that it says. */
static void asked(struct kj_restore *r, uint32_t staged, int status, const char *line, const char *what)
{
	char text[600] = "";
	const int got = on_fake_kexec(staged, choose, r);
	FILE *f;

	if (got == FAKE_NO_SECCOMP) {
		skip("no seccomp here");
		return;
	}
	is(got, status, what);
	f = fopen(said, "r");
	if (!f || !fgets(text, sizeof(text), f))
		text[0] = 0;
	if (f)
		fclose(f);
	text[strcspn(text, "\n")] = 0;
	ok(strstr(text, line), "%s: %s", what, text);
}

static void test_asked(void)
{
	struct mki m = { .codec = 1, .limit = UINT64_MAX, .swap = MKI_DATA };
	struct kj_restore r;

	mki_make(&m);
	mki_write(&m, path);
	memset(&r, 0, sizeof(r));
	r.path = path;
	r.kernel = r.initrd = "";
	r.workers = 1;
	r.want = KJ_PATH_KEXEC;
	ok(!kj_restore_open(&r, 0) && !kj_restore_plan(&r), "planned");
	asked(&r, EFAULT, TAKEN + KJ_PATH_KEXEC, "path kexec for ", "a kernel that loads in stages");
	asked(&r, EINVAL, EX_UNAVAILABLE, "not restored: path kexec: needs a patched kernel", "one that does not");
	asked(&r, EPERM, EX_UNAVAILABLE, "not restored: path kexec: needs a patched kernel", "one that says nothing");
	/* the last unit at a place before the others */
	r.img.index[r.img.nunits - 1].pfn = kj_put_le64(0);
	asked(&r, EFAULT, EX_DATAERR, "page numbers out of order", "an index that is out of order");
	r.want = KJ_PATH_DIRECT;
	asked(&r, EFAULT, EX_UNAVAILABLE, "path direct: no kernel for it is here", "not asked: nothing is counted");
	kj_restore_close(&r);
	free(m.file);
	unlink(path);
	unlink(said);
}

int main(void)
{
	const char *dir = getenv("KJ_TMP") ? getenv("KJ_TMP") : "/tmp";

	snprintf(path, sizeof(path), "%s/restore_path.%d", dir, (int)getpid());
	snprintf(said, sizeof(said), "%s/restore_path_said.%d", dir, (int)getpid());
	kj_log_init("restore_path");
	test_taken();
	test_none();
	test_asked();
	return tap_done();
}
