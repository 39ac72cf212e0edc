// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Texts for enum kj_err. It must never print them: only cmd prints.
 */
#include "core/err.h"

const char *kj_strerror(enum kj_err e)
{
	switch (e) {
	case KJ_OK:
		return "no error";
	case KJ_ETRUNC:
		return "truncated";
	case KJ_EMAGIC:
		return "magic not found";
	case KJ_EVERSION:
		return "unknown version or feature";
	case KJ_ECRC:
		return "checksum mismatch";
	case KJ_ERANGE:
		return "number out of range";
	case KJ_ENOSPC:
		return "does not fit";
	case KJ_EFORMAT:
		return "malformed";
	case KJ_ENOTFOUND:
		return "not found";
	case KJ_EUNSUPP:
		return "not supported";
	case KJ_ECODEC:
		return "compressed data is damaged";
	case KJ_EOVERLAP:
		return "ranges overlap";
	case KJ_EMISMATCH:
		return "belongs to another machine or job";
	case KJ_ELIMIT:
		return "over the limit";
	}
	return "unknown error";
}
