/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The mark by which kjump knows an image for its own that the kernel has loaded; must never take one for ours that has
 * none.
 */
#ifndef KJ_CMD_LOAD_MARK_H
#define KJ_CMD_LOAD_MARK_H

#include <stdint.h>

/* A file for each kind, with what kjump-load has printed: loaded, loaded-crash. Gone with the next boot,
 * as the image. */
#define KJ_LOAD_MARK_DIR "/run/kjump"

/* 1: an image of that kind is loaded, and has the mark; 0: none is loaded, or the kernel does not say; -EEXIST: it is
 * another program's. @root is put before the paths: "" but in tests. */
int kj_mark_look(const char *root, int crash);
/* Pages of memory that our image for a jump has taken, by its mark; 0: none is loaded, or it does not say. */
uint64_t kj_mark_pages(const char *root);
/* What is loaded from now on is not ours. */
void kj_mark_forget(int crash);
/* It is ours, and @text says what it is. Without the mark the next load would take it for foreign: worth a warning in
 * the log, no more. */
void kj_mark_write(int crash, const char *text);

#endif
