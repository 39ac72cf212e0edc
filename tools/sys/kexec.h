/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kexec_load(2) and what the kernel says about loaded images; must never decide whether an image may be replaced.
 */
#ifndef KJ_SYS_KEXEC_H
#define KJ_SYS_KEXEC_H

#include <stddef.h>
#include <stdint.h>

#define KJ_KEXEC_ON_CRASH 1ul
#define KJ_KEXEC_PRESERVE 2ul	/* KEXEC_PRESERVE_CONTEXT: the image may jump back */
#define KJ_KEXEC_UPDATE 4ul	/* KEXEC_UPDATE_ELFCOREHDR: the kernel may write the ELF core header anew */
#define KJ_KEXEC_PLATFORM 0x20ul	/* KEXEC_JUMP_PLATFORM, of kernel-patch/: A's kernel prepares for ACPI S4 */
#define KJ_KEXEC_UNKNOWN 0x8000ul	/* in no kernel: -EINVAL, if one may load at all */
#define KJ_KEXEC_SEGMENTS 16u

/* Of kernel-patch/, if A's kernel writes the ELF core header: the bytes that it adds to it. */
#define KJ_KEXEC_CORE_SIZE "/sys/kernel/kexec_jump_elfcorehdr_size"

/* As the system call takes it: 64-bit pointers and sizes.  @memsz is never 0, see core/loadplan.c. */
struct kj_kexec_segment {
	const void *buf;	/* may be NULL if bufsz is 0 */
	size_t bufsz;
	uint64_t mem;		/* physical, page aligned */
	size_t memsz;		/* bytes, page aligned */
};

/*
 * Load @n segments, 0 to unload; KEXEC_ARCH_X86_64 is added to @flags.  0 or -errno: -EPERM no CAP_SYS_BOOT, lockdown, or
 * kernel.kexec_load_disabled; -EINVAL a flag that this kernel does not know, or segments that it refuses; -ENOMEM;
 * -EBUSY another load is under way; -EADDRNOTAVAIL outside the crash reservation; -ENOSYS no CONFIG_KEXEC.
 */
int kj_kexec_load(uint64_t entry, const struct kj_kexec_segment *seg, size_t n, unsigned long flags);

/* The same in a child that the OOM killer takes before any other process: when memory runs out, A loses nothing, and
 * this returns -ENOMEM. */
int kj_kexec_load_guarded(uint64_t entry, const struct kj_kexec_segment *seg, size_t n, unsigned long flags);

/* Only a way to @entry, and back to this kernel: needs one with kernel-patch/, which takes the empty segment that this
 * is, and maps the page of @entry. Another one that takes it dies in the jump. */
int kj_kexec_load_entry(uint64_t entry);

/* Both are in /sys/kernel/kexec from linux 6.19 on, and directly in /sys/kernel before
 * (Documentation/ABI/obsolete/sysfs-kernel-kexec-kdump).  @root is put before that path: "" but in tests. */

/* 1: an image of that kind is loaded, 0: none, -errno: the kernel does not say. */
int kj_kexec_loaded(const char *root, int crash);
/* Bytes of the crashkernel= reservation; 0: there is none.  0 or -errno: -ENOENT a kernel without crash dumps. */
int kj_kexec_crash_size(const char *root, uint64_t *ret);

/* 1: this kernel has CONFIG_KEXEC_JUMP, 0: it has not, -errno: it says nothing to us. Nothing is loaded or unloaded. */
int kj_kexec_can_jump(void);
/* The same of KJ_KEXEC_PLATFORM. -EOPNOTSUPP: it has it, and the machine has no S4. */
int kj_kexec_can_sleep(void);

/* 1 if kernel.kexec_load_disabled is set, 1 if the kernel is locked down; else 0, also when unknown. */
int kj_kexec_disabled(void);
int kj_kexec_locked_down(void);

#endif
