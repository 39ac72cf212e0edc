/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ends of a kernel: power off, reset, jump into the loaded kexec image. On success none of
 * these returns, except that a jump that kept its context returns 0 when the peer jumps back.
 */
#ifndef KJ_SYS_POWER_H
#define KJ_SYS_POWER_H

/* Write back all file systems; cannot fail. */
void kj_power_sync(void);

/* -EPERM without CAP_SYS_BOOT. */
int kj_power_off(void);
int kj_power_reset(void);
/* Also -EINVAL: no image is loaded, -EBUSY: kexec_load is under way, and what device callbacks
 * say when the image was loaded with its context kept. */
int kj_power_kexec(void);

#endif
