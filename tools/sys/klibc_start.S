/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Entry point of the klibc programs, before klibc's own _start. klibc has no thread-local
 * storage, but Debian's liblz4.a and libzstd.a read their stack canary at %fs:0x28, so FS
 * must point at something. It must never return or change what _start sees.
 *
 * Entry: as the kernel leaves it. rsp -> argc, argv[], 0, envp[], 0, auxv[]; rdx is 0 or a
 * function for atexit(), kept. Exit: jump to _start with rsp and rdx as they were.
 */
#define SYS_arch_prctl	158
#define ARCH_SET_FS	0x1002
#define AT_NULL		0
#define AT_RANDOM	25
#define CANARY		0x28

	.text
	.globl	kj_start
	.type	kj_start, @function
kj_start:
	/* arch_prctl(ARCH_SET_FS, kj_tls): cannot fail for a canonical user address */
	mov	$SYS_arch_prctl, %eax
	mov	$ARCH_SET_FS, %edi
	lea	kj_tls(%rip), %rsi
	syscall				/* clobbers rax, rcx, r11 */

	/* step over argc, argv and its NULL */
	mov	(%rsp), %rax
	lea	16(%rsp,%rax,8), %rbx
	/* step over envp and its NULL */
1:	mov	(%rbx), %rax
	add	$8, %rbx
	test	%rax, %rax
	jnz	1b
	/* find AT_RANDOM */
2:	mov	(%rbx), %rax
	cmp	$AT_NULL, %rax
	je	4f
	cmp	$AT_RANDOM, %rax
	je	3f
	add	$16, %rbx
	jmp	2b
	/* the canary: random, lowest byte 0 so that string functions stop at it */
3:	mov	8(%rbx), %rax
	mov	(%rax), %rax
	xor	%al, %al
	mov	%rax, kj_tls+CANARY(%rip)
4:	xor	%ebx, %ebx
	jmp	_start
	.size	kj_start, . - kj_start

	/* glibc's tcbhead_t ends well before this; only the canary is ever read */
	.local	kj_tls
	.comm	kj_tls, 128, 64
	.section .note.GNU-stack, "", @progbits
