/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The one error type of core: every core function that can fail returns one of these
 * and leaves its out-parameters untouched. It must never carry an errno.
 */
#ifndef KJ_CORE_ERR_H
#define KJ_CORE_ERR_H

enum kj_err {
	KJ_OK = 0,
	KJ_ETRUNC,	/* the bytes end before the structure does */
	KJ_EMAGIC,	/* these are not the bytes of such a structure */
	KJ_EVERSION,	/* a version, or a must-understand feature, we do not know */
	KJ_ECRC,	/* a checksum differs */
	KJ_ERANGE,	/* a number lies outside what is possible */
	KJ_ENOSPC,	/* the caller's buffer or table is full */
	KJ_EFORMAT,	/* the structure contradicts itself, or text does not parse */
	KJ_ENOTFOUND,	/* clean no: what was asked for is not there */
	KJ_EUNSUPP,	/* well formed, but we do not do that */
	KJ_ECODEC,	/* the compressor refused, or compressed bytes do not unpack */
	KJ_EOVERLAP,	/* two ranges that must be apart are not */
	KJ_EMISMATCH,	/* well formed, but of another machine, job or image */
	KJ_ELIMIT,	/* more of something than we ever accept */
};

/* A short text, lower case, without full stop; never NULL, whatever @e is. */
const char *kj_strerror(enum kj_err e);

#endif
