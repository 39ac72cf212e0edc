/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who this processor is, as far as a memory image of another boot depends on it; must never run
 * anything privileged.
 */
#ifndef KJ_SYS_CPU_H
#define KJ_SYS_CPU_H

#include <stdint.h>

#define KJ_CPU_FEAT_WORDS 8u

struct kj_cpu {
	char vendor[16];	/* CPUID leaf 0, zero padded */
	uint32_t sig;		/* CPUID.1:EAX */
	uint32_t microcode;	/* of the first CPU; 0: not known */
	uint32_t la57;		/* 1: the running kernel uses 5-level page tables */
	uint32_t ncpus;		/* that this process may run on, at least 1 */
	/* CPUID 1.ecx 1.edx 7.ebx 7.ecx 7.edx D.1.eax 80000001.ecx .edx; 0 where there is no leaf */
	uint32_t feat[KJ_CPU_FEAT_WORDS];
};

/* Cannot fail: what cannot be known is 0. */
void kj_cpu_read(struct kj_cpu *ret);

#endif
