/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Settings of other crash dump tools, as far as kjump.conf has the same: kdump.conf (kdump-utils), /etc/default/kdump-tools
 * (Debian) and /etc/sysconfig/kdump (openSUSE, Fedora). It must never run any of it, and never take for a value what a
 * shell would have to work out.
 *
 * Two grammars are known. kdump.conf: `key value` a line, `#` starts a comment anywhere. Shell assignments: NAME=VALUE,
 * where VALUE is made of plain characters, '...' and "..." with nothing to expand in it. The first line that is no comment
 * decides which of them a text is in.
 */
#ifndef KJ_CORE_IMPORT_H
#define KJ_CORE_IMPORT_H

#include <stddef.h>

#include "core/conf.h"

/* One word about one line. */
struct kj_import_note {
	unsigned int line;	/* from 1; 0: about the whole text */
	int lost;		/* 1: the line has not been mapped; 0: it has, but there is something to know */
	const char *what;	/* a constant, lower case */
	char name[48];		/* whose value it is, cut if long; "" if there is none; printable, like @token */
	char token[64];		/* what the note is about, cut if long; "" if there is nothing to show */
};

typedef void (*kj_import_say)(void *arg, const struct kj_import_note *note);

/*
 * Add what @text says to @conf, which kj_conf_init() made, or an earlier call for another text. A setting that stands
 * there already gives way, with a note. @say hears of every line that comes to nothing, in order, and of oddities.
 * What @conf holds afterwards is what kj_conf_parse() reads back from kj_conf_emit().
 */
void kj_import(const char *text, size_t len, struct kj_conf *conf, kj_import_say say, void *arg);

#endif
