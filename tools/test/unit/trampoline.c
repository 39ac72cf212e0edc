// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The trampoline's bytes: equal to what the assembler makes of the source in trampoline.c, and
 * refused for addresses that it cannot hold.
 */
#include <stdlib.h>
#include <stdio.h>
#include <unistd.h>

#include "core/trampoline.h"
#include "tap.h"

static const char source[] = "	endbr64\n"
			     "	cli\n"
			     "	mov %%r9, %%cr3\n"
			     "	movabs $0x%llx, %%rax\n"
			     "	mov %%rax, %%cr4\n"
			     "	movabs $0x%llx, %%rsp\n"
			     "	push $0\n"
			     "	push $0\n"
			     "	movabs $0x%llx, %%rax\n"
			     "	jmp *%%rax\n";

/* Assemble the source for these numbers; the length of the code, or -1 without an assembler. */
static int assemble(uint64_t cr4, uint64_t rsp, uint64_t re, uint8_t *buf, size_t cap)
{
	const char *dir = getenv("KJ_TMP") ? getenv("KJ_TMP") : "/tmp";
	char s[256], o[256], b[256], cmd[2048];
	FILE *f;
	int n;

	snprintf(s, sizeof(s), "%s/tramp.%d.s", dir, (int)getpid());
	snprintf(o, sizeof(o), "%s/tramp.%d.o", dir, (int)getpid());
	snprintf(b, sizeof(b), "%s/tramp.%d.bin", dir, (int)getpid());
	f = fopen(s, "w");
	if (!f)
		return -1;
	fprintf(f, source, (unsigned long long)cr4, (unsigned long long)rsp,
		(unsigned long long)re);
	fclose(f);
	snprintf(cmd, sizeof(cmd),
		 "as --64 -o %s %s >/dev/null 2>&1 && objcopy -O binary -j .text %s %s", o, s, o,
		 b);
	n = system(cmd) ? -1 : 0;
	f = n ? NULL : fopen(b, "r");
	if (f) {
		n = (int)fread(buf, 1, cap, f);
		fclose(f);
	}
	unlink(s);
	unlink(o);
	unlink(b);
	return n;
}

static void test_bytes(uint64_t swap, uint64_t re, uint64_t cr4, uint64_t want_cr4)
{
	uint8_t page[4096], want[256];
	size_t i;
	int n, clean = 1;

	memset(page, 0xaa, sizeof(page));
	is(kj_trampoline_build(swap, re, cr4, page), KJ_OK, "builds");
	for (i = KJ_TRAMPOLINE_SIZE; i < sizeof(page); i++)
		clean &= !page[i];
	ok(clean, "the rest of the page is zero");
	ok(!memcmp(page, "\xf3\x0f\x1e\xfa", 4), "starts with endbr64");
	n = assemble(want_cr4, swap + 4096, re, want, sizeof(want));
	if (n < 0) {
		skip("no assembler");
		skip("no assembler");
		return;
	}
	is(n, KJ_TRAMPOLINE_SIZE, "as long as the assembler's");
	ok(!memcmp(page, want, KJ_TRAMPOLINE_SIZE), "the assembler's bytes, cr4 %llx",
	   (unsigned long long)cr4);
}

int main(void)
{
	uint8_t page[4096];

	/* only LA57 is taken over: PGE, PCIDE, CET and the like of A's come back in A */
	test_bytes(0x3a5c000, 0x3a5d0f3, 0x7526f0, 0x20);
	test_bytes(0x7fffe000, 0x12345f3, 0xf526f0 | 0x1000, 0x1020);
	test_bytes(0x7fff55550000, 0x7fffffffffff, 0, 0x20);

	is(kj_trampoline_build(0x1001, 0x2000, 0, page), KJ_ERANGE, "unaligned swap page");
	is(kj_trampoline_build(0, 0x2000, 0, page), KJ_ERANGE, "no swap page");
	is(kj_trampoline_build(0x1000, 0, 0, page), KJ_ERANGE, "no re-entry address");
	is(kj_trampoline_build(0x1000, 1ULL << 47, 0, page), KJ_ERANGE, "re beyond the lower half");
	is(kj_trampoline_build(1ULL << 47, 0x1000, 0, page), KJ_ERANGE, "swap beyond it");
	is(kj_trampoline_build((1ULL << 47) - 4096, 0x1000, 0, page), KJ_OK, "swap at its end");
	return tap_done();
}
