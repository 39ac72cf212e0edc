// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The trampoline into A, as bytes. It must never need a stack before it has set up its own, or a
 * mapping that A's identity tables do not hold.
 *
 * Entry, from core_restore_code (arch/x86/power/hibernate_asm_64.S, 6.1 and 6.12): 64-bit, IF=0,
 *   C's temporary tables with the 2 MiB around this page mapped executable at its physical
 *   address (set_up_temporary_text_mapping), %r9 = the cr3 of the image's header = A's identity
 *   tables, CR4 = C's mmu_cr4_features (PCIDE clear, CET possibly set), C's GDT; %rsp unusable,
 *   all of A's memory in place.
 * Exit, to A's relocate_kernel at RE: CR3 = A's identity tables, CR4 = PAE and A's LA57 (which C
 *   must share: the guard sees to it), %rsp at the top of the swap page, 0(%rsp) = 0: A then
 *   knows no peer that it could return to.
 *
 *	endbr64				C may have indirect branch tracking on
 *	cli
 *	mov	%r9, %cr3
 *	movabs	$(PAE | cr4 & LA57), %rax
 *	mov	%rax, %cr4		PGE off flushes the TLB, CET off ends the tracking
 *	movabs	$(swap + 4096), %rsp
 *	push	$0			a slot, as a call would leave one
 *	push	$0			the peer's re-entry address: none
 *	movabs	$re, %rax
 *	jmp	*%rax
 */
#include <string.h>

#include "core/trampoline.h"

#define CR4_PAE 0x20u
#define CR4_LA57 0x1000u
#define PHYS_MAX (1ULL << 47) /* identity mapped in the lower half of the address space */

/* The 8 bytes of an immediate. */
static void put_imm(uint8_t *p, uint64_t v)
{
	unsigned int i;

	for (i = 0; i < 8; i++)
		p[i] = (uint8_t)(v >> (8 * i));
}

enum kj_err kj_trampoline_build(uint64_t swap, uint64_t re, uint64_t cr4, uint8_t page[4096])
{
	static const uint8_t code[KJ_TRAMPOLINE_SIZE] = {
		0xf3, 0x0f, 0x1e, 0xfa,				/*  0 endbr64 */
		0xfa,						/*  4 cli */
		0x41, 0x0f, 0x22, 0xd9,				/*  5 mov %r9, %cr3 */
		0x48, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0,		/*  9 movabs $.., %rax */
		0x0f, 0x22, 0xe0,				/* 19 mov %rax, %cr4 */
		0x48, 0xbc, 0, 0, 0, 0, 0, 0, 0, 0,		/* 22 movabs $.., %rsp */
		0x6a, 0x00,					/* 32 push $0 */
		0x6a, 0x00,					/* 34 push $0 */
		0x48, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0,		/* 36 movabs $.., %rax */
		0xff, 0xe0,					/* 46 jmp *%rax */
	};

	if (swap & 4095 || !swap || swap > PHYS_MAX - 4096 || !re || re >= PHYS_MAX)
		return KJ_ERANGE;
	memset(page, 0, 4096);
	memcpy(page, code, sizeof(code));
	put_imm(page + 11, CR4_PAE | (cr4 & CR4_LA57));
	put_imm(page + 24, swap + 4096);
	put_imm(page + 38, re);
	return KJ_OK;
}

/*
 * Entry and exit as above; destroys %rax, %rcx, %rdx, %rsi, %rdi. Memory is reached by A's identity tables, which hold all
 * of its RAM. The list pages are read before anything fills them.
 *
 *	endbr64; cli; mov %r9, %cr3; movabs $.., %rax; mov %rax, %cr4; movabs $(swap + 4096), %rsp
 *	cld
 *	movabs	$pattern, %rdx
 *	movabs	$list, %rsi
 *	call	1f
 *	movabs	$tail, %rsi
 *	call	1f
 *	push	$0
 *	push	$0
 *	movabs	$re, %rax
 *	jmp	*%rax
 * 1:	lodsq			an entry
 *	mov	%rax, %rdi
 *	and	$0xfff, %eax
 *	and	$-4096, %rdi
 *	mov	%eax, %ecx
 *	shl	$9, %ecx	pages to words
 *	jz	2f
 *	mov	%rdx, %rax
 *	rep stosq
 *	jmp	1b
 * 2:	mov	%rdi, %rsi	where the list goes on
 *	test	%rdi, %rdi
 *	jnz	1b
 *	ret
 */
enum kj_err kj_trampoline_fill(uint64_t swap, uint64_t re, uint64_t cr4, const struct kj_fill *f, uint8_t page[4096])
{
	static const uint8_t code[] = {
		0xf3, 0x0f, 0x1e, 0xfa, 0xfa, 0x41, 0x0f, 0x22, 0xd9,
		0x48, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0,		/* 0x09 CR4 */
		0x0f, 0x22, 0xe0,
		0x48, 0xbc, 0, 0, 0, 0, 0, 0, 0, 0,		/* 0x16 stack */
		0xfc,
		0x48, 0xba, 0, 0, 0, 0, 0, 0, 0, 0,		/* 0x21 pattern */
		0x48, 0xbe, 0, 0, 0, 0, 0, 0, 0, 0,		/* 0x2b list */
		0xe8, 0x1f, 0, 0, 0,				/* 0x35 call 0x59 */
		0x48, 0xbe, 0, 0, 0, 0, 0, 0, 0, 0,		/* 0x3a tail */
		0xe8, 0x10, 0, 0, 0,				/* 0x44 call 0x59 */
		0x6a, 0x00, 0x6a, 0x00,
		0x48, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0,		/* 0x4d re */
		0xff, 0xe0,
		0x48, 0xad,					/* 0x59 lodsq */
		0x48, 0x89, 0xc7,
		0x25, 0xff, 0x0f, 0x00, 0x00,
		0x48, 0x81, 0xe7, 0x00, 0xf0, 0xff, 0xff,
		0x89, 0xc1,
		0xc1, 0xe1, 0x09,
		0x74, 0x08,					/* 0x6f jz 0x79 */
		0x48, 0x89, 0xd0,
		0xf3, 0x48, 0xab,
		0xeb, 0xe0,					/* 0x77 jmp 0x59 */
		0x48, 0x89, 0xfe,
		0x48, 0x85, 0xff,
		0x75, 0xd8,					/* 0x7f jnz 0x59 */
		0xc3,
	};
	enum kj_err e = kj_trampoline_build(swap, re, cr4, page);
	uint32_t i;

	if (e)
		return e;
	if (f->list & 4095 || f->list > PHYS_MAX - 4096)
		return KJ_ERANGE;
	if (f->ntail > KJ_FILL_TAIL)
		return KJ_ELIMIT;
	memset(page, 0, 4096);
	memcpy(page, code, sizeof(code));
	put_imm(page + 0x0b, CR4_PAE | (cr4 & CR4_LA57));
	put_imm(page + 0x18, swap + 4096);
	put_imm(page + 0x23, f->pattern);
	/* an empty list is one that is over at once: the tail's own end */
	put_imm(page + 0x2d, f->list ? f->list : swap + KJ_TRAMPOLINE_TAIL + 8 * KJ_FILL_TAIL);
	put_imm(page + 0x3c, swap + KJ_TRAMPOLINE_TAIL);
	put_imm(page + 0x4f, re);
	for (i = 0; i < f->ntail; i++)
		put_imm(page + KJ_TRAMPOLINE_TAIL + 8 * i, f->tail[i]);
	return KJ_OK;
}

/*
 * Entry, from relocate_kernel (arch/x86/kernel/relocate_kernel_64.S, 6.1 and 6.12) for an image without
 * KEXEC_PRESERVE_CONTEXT: 64-bit, IF=0, C's identity tables, which hold this page because it is part of the image,
 * CR4 = PAE and C's LA57, GDT and IDT invalid, the other registers 0; all of A's memory in place. Destroys %r9; exit to
 * the start of the page.
 *
 *	movabs	$cr3, %r9
 *	jmp	page
 */
enum kj_err kj_trampoline_door(uint64_t cr3, uint8_t page[4096])
{
	static const uint8_t code[] = {
		0x49, 0xb9, 0, 0, 0, 0, 0, 0, 0, 0,		/*  0 movabs $.., %r9 */
		0xe9, 0xf1, 0xf0, 0xff, 0xff,			/* 10 jmp -(KJ_TRAMPOLINE_DOOR + 15) */
	};

	if (!cr3 || cr3 & 4095 || cr3 >= PHYS_MAX)
		return KJ_ERANGE;
	memcpy(page + KJ_TRAMPOLINE_DOOR, code, sizeof(code));
	put_imm(page + KJ_TRAMPOLINE_DOOR + 2, cr3);
	return KJ_OK;
}
