/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Images and targets as kjump-info shows them. Must never show a header whose checksum is wrong.
 *
 * Each prints what is at @fd, @size bytes that messages call @path, and returns 0; it dies if that is damaged or cannot
 * be read.
 */
#ifndef KJ_CMD_INFO_IMAGE_H
#define KJ_CMD_INFO_IMAGE_H

#include <stdint.h>

#include "core/image.h"
#include "core/swsusp.h"

/* @h is its first block. */
int kj_info_image(const char *path, int fd, uint64_t size, const struct kj_le_image *h);
int kj_info_swsusp(const char *path, uint64_t size, const struct kj_le_swsusp_head *h);
/* The label of a target and the record of the last job; 1: there is none. */
int kj_info_label(const char *path, int fd, uint64_t size);

/* Prints nothing and does not die. Does a boot have to look at this device, or at the swap area that it is? @first is its
 * first block. 1: an image of any state is there, a job never finished, or something of ours is damaged or cannot be read;
 * 0: not so. */
int kj_info_waits(int fd, uint64_t size, const struct kj_le_image *first);

#endif
