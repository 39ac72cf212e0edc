// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kexec_load(2); must never be called with a segment of no size, but by kj_kexec_load_entry().
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sys/compat.h"
#include "sys/io.h"
#include "sys/kexec.h"

#define ARCH_X86_64 (62ul << 16)
#define CHILD_SILENT 255	/* an exit status that is no errno */

static_assert(sizeof(struct kj_kexec_segment) == 32, "struct kexec_segment of linux/kexec.h");

int kj_kexec_load(uint64_t entry, const struct kj_kexec_segment *seg, size_t n, unsigned long flags)
{
	for (size_t i = 0; i < n; i++)
		if (!seg[i].memsz)
			return -EINVAL;
	return (int)kj_syscall(SYS_kexec_load, (long)entry, (long)n, (long)seg, (long)(flags | ARCH_X86_64), 0, 0);
}

int kj_kexec_load_entry(uint64_t entry)
{
	const struct kj_kexec_segment none = { 0 };

	return (int)kj_syscall(SYS_kexec_load, (long)entry, 1, (long)&none, (long)(KJ_KEXEC_PRESERVE | ARCH_X86_64), 0, 0);
}

/* 1: the kernel knows these flags, 0: it does not. */
static int knows(unsigned long flags)
{
	/* flags are looked at before segments, and nothing can be read there */
	int err = (int)kj_syscall(SYS_kexec_load, 0, 1, 1, (long)(flags | ARCH_X86_64), 0, 0);

	return err == -EFAULT ? 1 : err == -EINVAL ? 0 : err ? err : -EIO;
}

int kj_kexec_can_jump(void)
{
	return knows(KJ_KEXEC_PRESERVE);
}

int kj_kexec_can_sleep(void)
{
	return knows(KJ_KEXEC_PRESERVE | KJ_KEXEC_PLATFORM);
}

int kj_kexec_load_guarded(uint64_t entry, const struct kj_kexec_segment *seg, size_t n, unsigned long flags)
{
	pid_t pid = fork(), got;
	int status, err;

	if (pid < 0)
		return -errno;
	if (!pid) {
		/* a load asks for whole pages one by one, and such a request never fails: it kills */
		(void)kj_spit("/proc/self/oom_score_adj", "1000", 4);
		err = -kj_kexec_load(entry, seg, n, flags);
		_exit(err >= 0 && err < CHILD_SILENT ? err : CHILD_SILENT);
	}
	do {
		got = waitpid(pid, &status, 0);
	} while (got < 0 && errno == EINTR);
	if (got < 0)
		return -errno;
	if (WIFSIGNALED(status))
		return WTERMSIG(status) == 9 ? -ENOMEM : -EINTR;
	return WEXITSTATUS(status) == CHILD_SILENT ? -EIO : -WEXITSTATUS(status);
}

/* One of the small files that moved: NAME is kexec/NAME now, and was kexec_NAME. */
static int read_kexec(const char *root, const char *name, char *text, size_t cap)
{
	char path[512];
	size_t len;
	int err = -ENOENT;

	for (size_t i = 0; i < 2 && err == -ENOENT; i++) {
		if ((size_t)snprintf(path, sizeof(path), "%s/sys/kernel/kexec%c%s", root, i ? '_' : '/', name) >= sizeof(path))
			return -ENAMETOOLONG;
		err = kj_slurp(path, text, cap, &len);
	}
	return err;
}

int kj_kexec_loaded(const char *root, int crash)
{
	char text[16];
	int err = read_kexec(root, crash ? "crash_loaded" : "loaded", text, sizeof(text));

	return err ? err : text[0] == '1';
}

int kj_kexec_crash_size(const char *root, uint64_t *ret)
{
	char text[32], *end;
	unsigned long long v;
	int err = read_kexec(root, "crash_size", text, sizeof(text));

	if (err)
		return err;
	errno = 0;
	v = strtoull(text, &end, 10);
	if (errno || end == text || text[0] < '0' || text[0] > '9' || (*end != '\n' && *end))
		return -EINVAL;
	*ret = v;
	return 0;
}

int kj_kexec_disabled(void)
{
	char text[16];
	size_t len;

	return !kj_slurp("/proc/sys/kernel/kexec_load_disabled", text, sizeof(text), &len) && text[0] == '1';
}

int kj_kexec_locked_down(void)
{
	char text[128];
	size_t len;

	/* "none [integrity] confidentiality" */
	return !kj_slurp("/sys/kernel/security/lockdown", text, sizeof(text), &len) && strchr(text, '[') &&
	       !strstr(text, "[none]");
}
