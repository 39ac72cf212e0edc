/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * First and last instructions between kernel A and kernel B; must never use A's stack, GDT or IDT, nor hang: where it
 * cannot go on it resets the machine.
 *
 * Entry (linux 6.12 arch/x86/kernel/relocate_kernel_64.S): long mode, interrupts off, A's identity page tables, CR4 as
 * A had it but for what a new kernel must not see, invalid GDT and IDT.  0(%rsp): A's physical re-entry address, or 0
 * when there is no way back.
 * Exit (Documentation/arch/x86/boot.rst, 64-bit protocol): CS 0x10, DS ES SS 0x18 flat, rsi = boot_params, direction
 * flag clear, interrupts off, all other general registers 0.
 *
 * Linked at 0 and loaded anywhere: every address is taken relative to rip.
 */
#include "purgatory/params.h"

#define CODE_SEG	0x10
#define DATA_SEG	0x18

	.section .head, "awx", @progbits
	.code64
	.globl	kj_purg_start
kj_purg_start:
	cli
	cld
	jmp	start

	.balign	KJ_PURG_PARAMS
	.globl	kj_purg_params
kj_purg_params:
	.ascii	"KJPURG\0\1"
	.quad	kj_purg_end		/* linked at 0: a size, not an address */
	.fill	KJ_PURG_PARAMS_SIZE - KJ_PURG_ENTRY, 1, 0

	.text
start:
	mov	(%rsp), %r12		/* before the stack is ours */
	lea	stack_top(%rip), %rsp

	/* our own descriptors: the base addresses are known only here */
	lea	gdt(%rip), %rax
	mov	%rax, gdt_ptr+2(%rip)
	lgdt	gdt_ptr(%rip)
	lidt	idt_none(%rip)		/* an exception is a triple fault, and that a reset */
	mov	$DATA_SEG, %eax
	mov	%eax, %ds
	mov	%eax, %es
	mov	%eax, %fs
	mov	%eax, %gs
	mov	%eax, %ss
	pushq	$CODE_SEG
	lea	1f(%rip), %rax
	pushq	%rax
	lretq
1:
	lea	kj_purg_params(%rip), %rdi
	mov	%r12, %rsi
	call	kj_purgatory		/* int (params, re) */
	test	%eax, %eax
	jnz	reset

	mov	kj_purg_params+KJ_PURG_BOOT_PARAMS(%rip), %rsi
	pushq	kj_purg_params+KJ_PURG_ENTRY(%rip)
	xor	%eax, %eax
	xor	%ebx, %ebx
	xor	%ecx, %ecx
	xor	%edx, %edx
	xor	%edi, %edi
	xor	%ebp, %ebp
	xor	%r8d, %r8d
	xor	%r9d, %r9d
	xor	%r10d, %r10d
	xor	%r11d, %r11d
	xor	%r12d, %r12d
	xor	%r13d, %r13d
	xor	%r14d, %r14d
	xor	%r15d, %r15d
	cld
	ret

	/* What was loaded is damaged, so nothing of it is run.  Three ways to reset, the gentlest first; the last works on
	 * every x86. */
reset:
	mov	$0xcf9, %edx		/* PCI reset control: choose full, then pull */
	mov	$0x02, %al
	out	%al, %dx
	mov	$0x0e, %al
	out	%al, %dx
	mov	$0x10000, %ecx
2:	pause
	dec	%ecx
	jnz	2b
	mov	$0xfe, %al		/* keyboard controller: pulse the reset line */
	out	%al, $0x64
	mov	$0x1000000, %ecx
3:	pause
	dec	%ecx
	jnz	3b
	lidt	idt_none(%rip)
	ud2				/* no IDT: triple fault */

	.data
	.balign	16
gdt:
	.quad	0
	.quad	0
	.quad	0x00af9a000000ffff	/* 0x10: 64-bit code, ring 0 */
	.quad	0x00cf92000000ffff	/* 0x18: data, ring 0, flat */
gdt_end:
	.balign	2
gdt_ptr:
	.word	gdt_end - gdt - 1
	.quad	0			/* set above */
	.balign	2
idt_none:
	.word	0
	.quad	0

	.bss
	.balign	16
stack:
	.skip	4096
stack_top:
	.section .note.GNU-stack, "", @progbits
