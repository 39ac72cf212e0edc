// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kexec_load(2) in stages; must never be asked for by a call that loads otherwise where it is unknown.
 */
#include <errno.h>

#include "sys/compat.h"
#include "sys/stage.h"

/* include/uapi/linux/kexec.h, as patched */
#define ARCH_X86_64 (62ul << 16)
#define KEXEC_STAGED 0x10ul
#define KEXEC_STAGED_COMMIT 0xb900ul	/* _IO(0xB9, 0) */

static long load(uint64_t entry, const void *seg, size_t n)
{
	return kj_syscall(SYS_kexec_load, (long)entry, (long)n, (long)seg, (long)(KEXEC_STAGED | ARCH_X86_64), 0, 0);
}

int kj_stage_able(void)
{
	/* flags are looked at before segments, and nothing can be read there */
	long err = load(0, (const void *)1, 1);

	return err == -EFAULT ? 1 : err == -EINVAL ? 0 : err < 0 ? (int)err : -EIO;
}

int kj_stage_open(uint64_t entry, const struct kj_kexec_segment *seg, size_t n)
{
	/* without any, other kernels would unload what they have */
	int fd = n ? (int)load(entry, seg, n) : -EINVAL;

	/* that is what a load without stages returns */
	return fd ? fd : -EINVAL;
}

int kj_stage_commit(int fd)
{
	int err = kj_ioctl(fd, KEXEC_STAGED_COMMIT, NULL);

	return err < 0 ? err : 0;
}
