/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Is this system's memory encrypted, so that another kernel cannot read it? From texts of the kernel; must never ask the
 * CPU, whose answer in a guest is the host's.
 */
#ifndef KJ_CORE_MEMCRYPT_H
#define KJ_CORE_MEMCRYPT_H

#include <stddef.h>

enum kj_memcrypt { KJ_MEMCRYPT_NONE, KJ_MEMCRYPT_SME, KJ_MEMCRYPT_SEV, KJ_MEMCRYPT_TDX };

/*
 * @cpuinfo: /proc/cpuinfo, of whose first flags line the words count. tdx_guest: TDX. hypervisor with sev, sev_es or
 * sev_snp: SEV, for to a guest of another kind the leaf is hidden; without hypervisor they say what the host could do.
 * @vmcoreinfo (NULL: unknown): NUMBER(sme_mask) other than 0, which is SME, or a SEV that hides itself.
 */
enum kj_memcrypt kj_memcrypt_find(const char *cpuinfo, size_t len, const char *vmcoreinfo, size_t vlen);

/* "AMD SEV", ...; "none". */
const char *kj_memcrypt_name(enum kj_memcrypt m);

#endif
