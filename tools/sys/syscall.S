/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * long kj_syscall(long nr, long a, long b, long c, long d, long e, long f)
 *
 * The raw x86-64 system call, for libcs without syscall(). Returns what the kernel
 * returned (-errno on failure); it must never touch the libc's errno.
 *
 * Entry: System V ABI; nr rdi, a rsi, b rdx, c rcx, d r8, e r9, f at 8(%rsp).
 * Kernel: nr rax, a rdi, b rsi, c rdx, d r10, e r8, f r9; it clobbers rcx and r11.
 */
	.text
	.globl	kj_syscall
	.type	kj_syscall, @function
kj_syscall:
	mov	%rdi, %rax
	mov	%rsi, %rdi
	mov	%rdx, %rsi
	mov	%rcx, %rdx
	mov	%r8, %r10
	mov	%r9, %r8
	mov	8(%rsp), %r9
	syscall
	ret
	.size	kj_syscall, . - kj_syscall
	.section .note.GNU-stack, "", @progbits
