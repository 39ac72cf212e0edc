// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * core/memcrypt on texts as such machines have them; none was at hand.
 */
#include <string.h>

#include "core/memcrypt.h"
#include "tap.h"

static enum kj_memcrypt find(const char *cpuinfo, const char *vmcoreinfo)
{
	return kj_memcrypt_find(cpuinfo, strlen(cpuinfo), vmcoreinfo, vmcoreinfo ? strlen(vmcoreinfo) : 0);
}

#define CPU(flags) "processor\t: 0\nvendor_id\t: AuthenticAMD\nflags\t\t: " flags "\nbugs\t\t: sev hypervisor tdx_guest\n"

int main(void)
{
	is(find(CPU("fpu vme hypervisor sse2"), "OSRELEASE=6.12\nNUMBER(sme_mask)=0\n"), KJ_MEMCRYPT_NONE, "a plain guest");
	is(find(CPU("fpu sme sev sev_es debug_swap"), "NUMBER(sme_mask)=0\n"), KJ_MEMCRYPT_NONE, "a host that could");
	is(find(CPU("fpu sme sev"), "OSRELEASE=6.12\nNUMBER(sme_mask)=140737488355328\n"), KJ_MEMCRYPT_SME, "a host that does");
	is(find(CPU("fpu hypervisor sev"), NULL), KJ_MEMCRYPT_SEV, "a SEV guest");
	is(find(CPU("sev_es fpu hypervisor"), ""), KJ_MEMCRYPT_SEV, "SEV-ES, first word");
	is(find(CPU("fpu hypervisor sev_snp"), ""), KJ_MEMCRYPT_SEV, "SEV-SNP, last word");
	is(find(CPU("fpu hypervisor tdx_guest"), NULL), KJ_MEMCRYPT_TDX, "a TDX guest");
	is(find(CPU("fpu tdx_host_platform seven hypervisor xsev tdx_guest2"), NULL), KJ_MEMCRYPT_NONE, "parts of words");
	is(find("flags: sev hypervisor", NULL), KJ_MEMCRYPT_SEV, "no newline");
	is(find("vmx flags\t: tdx_guest\n", NULL), KJ_MEMCRYPT_NONE, "another line");
	is(find("", NULL), KJ_MEMCRYPT_NONE, "nothing known");
	is(find("flags\n", "NUMBER(sme_mask)=x\n"), KJ_MEMCRYPT_NONE, "nothing that could be read");
	is_str(kj_memcrypt_name(KJ_MEMCRYPT_TDX), "Intel TDX", "name");
	is_str(kj_memcrypt_name(KJ_MEMCRYPT_NONE), "none", "no name");
	return tap_done();
}
