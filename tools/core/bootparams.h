/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Makes the page that a bzImage is entered with (struct boot_params, the "zero page"); must never carry over anything of
 * A's but screen, monitor and the place of the ACPI tables.
 *
 * Source: linux 6.12 Documentation/arch/x86/{boot,zero-page}.rst.
 */
#ifndef KJ_CORE_BOOTPARAMS_H
#define KJ_CORE_BOOTPARAMS_H

#include <stddef.h>
#include <stdint.h>

#include "core/bzimage.h"
#include "core/e820.h"
#include "core/err.h"

#define KJ_BOOTPARAMS_SIZE 4096u
#define KJ_SEED_SIZE 32u	/* bytes of randomness handed over */
#define KJ_SEED_NODE (16u + KJ_SEED_SIZE)	/* with struct setup_data before it */

struct kj_bootparams {
	const uint8_t *image;		/* the bzImage that @bz was parsed from */
	const struct kj_bzimage *bz;
	const uint8_t *theirs;		/* A's own boot_params, KJ_BOOTPARAMS_SIZE bytes, or NULL */
	const struct kj_e820 *map;	/* at most KJ_E820_ZEROPAGE entries */
	uint64_t kernel;		/* physical addresses and bytes from here on */
	uint64_t cmdline;
	uint64_t cmdline_len;		/* without the zero at the end */
	uint64_t initrd;
	uint64_t initrd_len;
	uint64_t seed;			/* of a node as kj_bootparams_seed() makes it; 0: none */
	uint64_t rsdp;			/* of the ACPI root pointer if @theirs does not say; 0: to be searched for */
};

/* KJ_OK; KJ_ELIMIT: too many map entries, or the command line is longer than this kernel takes. */
enum kj_err kj_bootparams_emit(const struct kj_bootparams *in, uint8_t ret[KJ_BOOTPARAMS_SIZE]);

/* The setup_data node that feeds @seed to the kernel's random number generator. */
void kj_bootparams_seed(const uint8_t seed[KJ_SEED_SIZE], uint8_t ret[KJ_SEED_NODE]);

/* Where A's boot_params say that the ACPI root pointer is; 0: they do not. */
uint64_t kj_bootparams_rsdp(const uint8_t theirs[KJ_BOOTPARAMS_SIZE]);

#endif
