// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The trampoline's bytes: equal to what the assembler makes of the source in trampoline.c, and
 * refused for addresses that it cannot hold.
 */
#include <stdlib.h>
#include <stdio.h>
#include <sys/mman.h>
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

/* Assemble @text; the length of the code, or -1 without an assembler. */
static int assemble(const char *text, uint8_t *buf, size_t cap)
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
	fputs(text, f);
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

static const char fill_source[] = "	endbr64\n"
				  "	cli\n"
				  "	mov %%r9, %%cr3\n"
				  "	movabs $0x%llx, %%rax\n"
				  "	mov %%rax, %%cr4\n"
				  "	movabs $0x%llx, %%rsp\n"
				  "	cld\n"
				  "	movabs $0x%llx, %%rdx\n"
				  "	movabs $0x%llx, %%rsi\n"
				  "	call 1f\n"
				  "	movabs $0x%llx, %%rsi\n"
				  "	call 1f\n"
				  "	push $0\n"
				  "	push $0\n"
				  "	movabs $0x%llx, %%rax\n"
				  "	jmp *%%rax\n"
				  "1:	lodsq\n"
				  "	mov %%rax, %%rdi\n"
				  "	and $0xfff, %%eax\n"
				  "	and $-4096, %%rdi\n"
				  "	mov %%eax, %%ecx\n"
				  "	shl $9, %%ecx\n"
				  "	jz 2f\n"
				  "	mov %%rdx, %%rax\n"
				  "	rep stosq\n"
				  "	jmp 1b\n"
				  "2:	mov %%rdi, %%rsi\n"
				  "	test %%rdi, %%rdi\n"
				  "	jnz 1b\n"
				  "	ret\n";

static void test_bytes(uint64_t swap, uint64_t re, uint64_t cr4, uint64_t want_cr4)
{
	uint8_t page[4096], want[256];
	char text[1024];
	size_t i;
	int n, clean = 1;

	memset(page, 0xaa, sizeof(page));
	is(kj_trampoline_build(swap, re, cr4, page), KJ_OK, "builds");
	for (i = KJ_TRAMPOLINE_SIZE; i < sizeof(page); i++)
		clean &= !page[i];
	ok(clean, "the rest of the page is zero");
	ok(!memcmp(page, "\xf3\x0f\x1e\xfa", 4), "starts with endbr64");
	snprintf(text, sizeof(text), source, (unsigned long long)want_cr4, (unsigned long long)swap + 4096,
		 (unsigned long long)re);
	n = assemble(text, want, sizeof(want));
	if (n < 0) {
		skip("no assembler");
		skip("no assembler");
		return;
	}
	is(n, KJ_TRAMPOLINE_SIZE, "as long as the assembler's");
	ok(!memcmp(page, want, KJ_TRAMPOLINE_SIZE), "the assembler's bytes, cr4 %llx",
	   (unsigned long long)cr4);
}

#define POISON 0xaaaaaaaaaaaaaaaaULL
#define ULL(x) ((unsigned long long)(x))

static void test_fill_bytes(uint64_t list, uint64_t want_list)
{
	const uint64_t swap = 0x3a5c000, re = 0x3a5d0f3;
	struct kj_fill f = { .pattern = POISON, .list = list, .tail = { 0x5000002, 0x6000fff }, .ntail = 2 };
	uint8_t page[4096], want[256];
	char text[2048];
	int n;

	is(kj_trampoline_fill(swap, re, 0x1020, &f, page), KJ_OK, "builds, with memory to fill");
	snprintf(text, sizeof(text), fill_source, 0x1020ULL, ULL(swap + 4096), ULL(POISON), ULL(want_list),
		 ULL(swap + KJ_TRAMPOLINE_TAIL), ULL(re));
	n = assemble(text, want, sizeof(want));
	if (n < 0) {
		skip("no assembler");
		return;
	}
	ok(n < (int)KJ_TRAMPOLINE_TAIL && !memcmp(page, want, (size_t)n), "the assembler's %d bytes", n);
	memcpy(want, page + KJ_TRAMPOLINE_TAIL, 24);
	ok(!memcmp(want, "\2\0\0\5\0\0\0\0\377\017\0\6\0\0\0\0\0\0\0\0\0\0\0\0", 24), "the tail, and its end");
}

/* The part that fills, run here: our own pages are its physical memory. */
static void test_walk(void)
{
	uint8_t *mem = mmap(NULL, 64 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	uint8_t *code = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	const uint64_t pa = (uint64_t)(uintptr_t)mem;
	struct kj_fill f = { .pattern = POISON, .list = pa + 8 * 4096, .tail = { (pa + 8 * 4096) | 2 }, .ntail = 1 };
	uint64_t *list[2] = { (uint64_t *)(mem + 8 * 4096), (uint64_t *)(mem + 9 * 4096) };
	uint64_t tail[KJ_FILL_TAIL + 1];
	unsigned int i, wrong = 0;

	if (mem == MAP_FAILED || code == MAP_FAILED) {
		skip("no memory in the lower half");
		return;
	}
	is(kj_trampoline_fill(0x3a5c000, 0x3a5d0f3, 0, &f, code), KJ_OK, "builds");
	memcpy(tail, code + KJ_TRAMPOLINE_TAIL, sizeof(tail));
	memset(mem, 0x11, 64 * 4096);
	/* pages 0 to 2, 4, over to the next list page, 10 to 63 */
	list[0][0] = pa | 3;
	list[0][1] = (pa + 4 * 4096) | 1;
	list[0][2] = pa + 9 * 4096;
	list[1][0] = (pa + 10 * 4096) | 54;
	list[1][1] = 0;
	mprotect(code, 4096, PROT_READ | PROT_EXEC);
	for (i = 0; i < 2; i++) {
		uint64_t si = i ? (uint64_t)(uintptr_t)tail : f.list, dx = POISON;

		__asm__ volatile("call *%2" : "+S"(si), "+d"(dx) : "r"(code + 0x59) : "rax", "rcx", "rdi", "memory", "cc");
	}
	for (i = 0; i < 64 * 4096; i++)
		wrong += mem[i] != (i / 4096 == 3 || (i / 4096 > 4 && i / 4096 < 8) ? 0x11 : 0xaa);
	is(wrong, 0, "fills what is listed, the list itself last, and nothing else");
	munmap(mem, 64 * 4096);
	munmap(code, 4096);
}

static const char door_source[] = "1:	.org 0x%x\n"
				  "	movabs $0x7123000, %%r9\n"
				  "	.byte 0xe9\n"
				  "	.long 1b - . - 4\n";

/* The way in at the end of a page. */
static void test_door(void)
{
	uint8_t page[4096], before[4096], want[4096];
	char text[2048];
	size_t i, moved = 0;
	int n;

	is(kj_trampoline_build(0x3a5c000, 0x3a5d0f3, 0x20, page), KJ_OK, "builds");
	memcpy(before, page, sizeof(page));
	is(kj_trampoline_door(0, page), KJ_ERANGE, "no tables");
	is(kj_trampoline_door(0x1008, page), KJ_ERANGE, "unaligned tables");
	is(kj_trampoline_door(1ULL << 47, page), KJ_ERANGE, "tables beyond the lower half");
	ok(!memcmp(page, before, sizeof(page)), "untouched");
	is(kj_trampoline_door(0x7123000, page), KJ_OK, "a way in");
	for (i = 0; i < KJ_TRAMPOLINE_DOOR; i++)
		moved += page[i] != before[i];
	is(moved, 0, "the rest is as it was");
	snprintf(text, sizeof(text), door_source, KJ_TRAMPOLINE_DOOR);
	n = assemble(text, want, sizeof(want));
	if (n < 0) {
		skip("no assembler");
		return;
	}
	is(n, KJ_TRAMPOLINE_DOOR + 15, "as long as the assembler's");
	ok(!memcmp(page + KJ_TRAMPOLINE_DOOR, want + KJ_TRAMPOLINE_DOOR, 15), "the assembler's bytes");
}

int main(void)
{
	struct kj_fill none = { 0 };
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
	test_fill_bytes(0x7123000, 0x7123000);
	test_fill_bytes(0, 0x3a5c000 + KJ_TRAMPOLINE_TAIL + 8 * KJ_FILL_TAIL);
	test_walk();
	test_door();
	is(kj_trampoline_fill(0x1001, 0x2000, 0, &none, page), KJ_ERANGE, "unaligned swap page, with a list");
	none.list = 0x1008;
	is(kj_trampoline_fill(0x1000, 0x2000, 0, &none, page), KJ_ERANGE, "unaligned list");
	none.list = 1ULL << 47;
	is(kj_trampoline_fill(0x1000, 0x2000, 0, &none, page), KJ_ERANGE, "list beyond the lower half");
	none.list = 0;
	none.ntail = KJ_FILL_TAIL + 1;
	is(kj_trampoline_fill(0x1000, 0x2000, 0, &none, page), KJ_ELIMIT, "too long a tail");
	return tap_done();
}
