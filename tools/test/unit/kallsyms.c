// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * core/kallsyms: tokens, long names, the three ways from offset to address, and tables that lie;
 * must never need a kernel.
 */
#include <stdio.h>
#include <stdlib.h>

#include "core/kallsyms.h"
#include "core/vmcoreinfo.h"
#include "pgtable_mem.h"
#include "tap.h"

#define IMAGE 0xffffffff81000000ull /* mapped to 1 MiB, all of it that is used */
#define PHYS 0x100000ull
#define NUM 0x1000ull
#define BASE 0x1008ull
#define INDEX 0x1100ull
#define TOKENS 0x2000ull
#define OFFSETS 0x4000ull
#define NAMES 0x5ff0ull /* so that the names cross pages */
#define STEXT (IMAGE + 0x8000)

static struct kj_pgtable pt;
static struct kj_kallsyms ks;
static struct kj_vmcoreinfo vi;
static char text[1024];
static uint32_t nsyms, names;
static uint64_t base;
static int with_base;

static uint8_t *at(uint64_t off)
{
	return mem + PHYS + off;
}

static void put32(uint64_t off, uint32_t v)
{
	for (unsigned int i = 0; i < 4; i++)
		at(off)[i] = (uint8_t)(v >> 8 * i);
}

/* Token i is the character i; from 128 on words of two, from 0 to 31 of two as well. */
static void tokens(void)
{
	unsigned int used = 0;

	for (unsigned int i = 0; i < 256; i++) {
		at(INDEX)[2 * i] = (uint8_t)used;
		at(INDEX)[2 * i + 1] = (uint8_t)(used >> 8);
		if (i > 32 && i < 127) {
			at(TOKENS)[used++] = (uint8_t)i;
		} else {
			at(TOKENS)[used++] = '_';
			at(TOKENS)[used++] = i == 200 ? '_' : (uint8_t)('a' + i % 26);
		}
		used++;
	}
}

/* A symbol: its type and name by characters, "__" by token 200. */
static void symbol(const char *s, uint32_t off)
{
	uint8_t code[512];
	uint32_t n = 0;

	for (; *s; s++) {
		if (s[0] == '_' && s[1] == '_') {
			code[n++] = 200;
			s++;
		} else {
			code[n++] = (uint8_t)*s;
		}
	}
	if (n > 127) {
		at(NAMES)[names++] = (uint8_t)(0x80 | (n & 0x7f));
		at(NAMES)[names++] = (uint8_t)(n >> 7);
	} else {
		at(NAMES)[names++] = (uint8_t)n;
	}
	memcpy(at(NAMES) + names, code, n);
	names += n;
	put32(OFFSETS + 4ull * nsyms++, off);
	put32(NUM, nsyms);
}

/* Offset of what lies at IMAGE + @off by rule @rule, for the symbol that comes next. */
static uint32_t rule_off(int rule, uint32_t off)
{
	if (rule == 0)
		return (uint32_t)(base - 1 - (IMAGE + off));
	if (rule == 1)
		return (uint32_t)(IMAGE + off - base);
	return (uint32_t)(off - (OFFSETS + 4 * nsyms));
}

static void reset(void)
{
	mem_init(4);
	for (uint64_t off = 0; off < 0x20000; off += 4096)
		mem_map(IMAGE + off, PHYS + off, 0);
	tokens();
	nsyms = names = 0;
}

static void set_text(const char *without)
{
	static const struct {
		const char *name;
		uint64_t va;
	} key[] = {
		{ "kallsyms_names", IMAGE + NAMES },
		{ "kallsyms_num_syms", IMAGE + NUM },
		{ "kallsyms_token_table", IMAGE + TOKENS },
		{ "kallsyms_token_index", IMAGE + INDEX },
		{ "kallsyms_offsets", IMAGE + OFFSETS },
		{ "_stext", STEXT },
		{ "kallsyms_relative_base", IMAGE + BASE },
	};
	size_t n = 0;

	for (unsigned int i = 0; i < sizeof(key) / sizeof(key[0]); i++) {
		if (!strcmp(key[i].name, without) || (i == 6 && !with_base))
			continue;
		n += (size_t)sprintf(text + n, "SYMBOL(%s)=%llx\n", key[i].name,
				     (unsigned long long)key[i].va);
	}
	kj_vmcoreinfo_init(text, n, &vi);
	for (unsigned int i = 0; i < 8; i++)
		at(BASE)[i] = (uint8_t)(base >> 8 * i);
	if (kj_pgtable_init_at(MEM_TABLES, 4, mem_read, NULL, &pt))
		abort();
}

static enum kj_err init(void)
{
	set_text("");
	return kj_kallsyms_init(&vi, &pt, &ks);
}

/* A table with everything in it, by rule @rule. */
static void table(int rule)
{
	char longest[300];

	reset();
	base = IMAGE + (rule ? 0 : 0x100);
	with_base = rule < 2;
	symbol("Apercpu", rule ? rule_off(rule, 0) : 16);
	symbol("T_stext", rule_off(rule, 0x8000));
	symbol("T__start_BTF_ids", rule_off(rule, 0x9000));
	memset(longest, 'x', sizeof(longest));
	longest[sizeof(longest) - 1] = '\0';
	symbol(longest, 0);
	symbol("D__start_BTF", rule_off(rule, 0x9100));
	symbol("D__stop_BTF", rule_off(rule, 0x9fff));
	symbol("ttwice", rule_off(rule, 0x9100));
	symbol("ttwice", rule_off(rule, 0x9100));
}

static void rules(void)
{
	static const char *const want[] = { "__start_BTF", "__stop_BTF", "nowhere", "twice" };
	uint64_t va[4];

	for (int rule = 0; rule < 3; rule++) {
		table(rule);
		is(init(), KJ_OK, "tables read");
		memset(va, 1, sizeof(va));
		is(kj_kallsyms_find(&ks, want, 4, va), KJ_OK, "names looked up");
		ok(va[0] == IMAGE + 0x9100 && va[1] == IMAGE + 0x9fff, "rule %d: addresses", rule);
		ok(!va[2] && !va[3], "not there, and there twice");
	}
	is(kj_kallsyms_find(&ks, want, 0, va), KJ_OK, "no question");
}

static void lies(void)
{
	static const char *const key[] = { "kallsyms_names",       "kallsyms_num_syms",
					   "kallsyms_token_table", "kallsyms_token_index",
					   "kallsyms_offsets",     "_stext" };
	static const char *const want[] = { "__start_BTF" };
	static const char *const empty[] = { "" };
	static const char *const lengthy[] = {
		"a_name_that_is_much_longer_than_any_that_is_asked_for_ever_at_all"
	};
	uint64_t va = 5;

	table(1);
	for (unsigned int i = 0; i < 6; i++) {
		set_text(key[i]);
		is(kj_kallsyms_init(&vi, &pt, &ks), KJ_ENOTFOUND, key[i]);
	}
	is(init(), KJ_OK, "all there");
	is(kj_kallsyms_find(&ks, want, KJ_KALLSYMS_WANT + 1, &va), KJ_ERANGE, "too many names");
	is(kj_kallsyms_find(&ks, empty, 1, &va), KJ_ERANGE, "an empty name");
	is(kj_kallsyms_find(&ks, lengthy, 1, &va), KJ_ERANGE, "a name too long");
	put32(NUM, KJ_KALLSYMS_MAX + 1);
	is(init(), KJ_ELIMIT, "too many symbols");
	put32(NUM, 1);
	is(init(), KJ_OK, "one symbol");
	is(kj_kallsyms_find(&ks, want, 1, &va), KJ_EUNSUPP, "no _stext");
	put32(NUM, 100000);
	is(init(), KJ_OK, "more symbols than there are");
	is(kj_kallsyms_find(&ks, want, 1, &va), KJ_EFORMAT, "a name without tokens");

	table(1);
	at(NAMES)[0] = 0xff;
	at(NAMES)[1] = 0xff;
	is(init(), KJ_OK, "tables read");
	is(kj_kallsyms_find(&ks, want, 1, &va), KJ_EFORMAT, "a length of three bytes");
	table(1);
	put32(OFFSETS + 4, 0x1234);
	is(init(), KJ_OK, "tables read");
	is(kj_kallsyms_find(&ks, want, 1, &va), KJ_EUNSUPP, "_stext by no rule");
	table(1);
	put32(OFFSETS + 16, 0xf0000000);
	is(init(), KJ_OK, "tables read");
	is(kj_kallsyms_find(&ks, want, 1, &va), KJ_ERANGE, "an address outside the image");
	is(va, 5, "nothing written on error");

	table(1);
	at(INDEX)[2] = 0;
	is(init(), KJ_EFORMAT, "tokens that do not ascend");
	table(1);
	at(INDEX)[0] = 1;
	is(init(), KJ_EFORMAT, "the first token not at 0");
	table(1);
	at(INDEX)[511] = 0x10;
	is(init(), KJ_EFORMAT, "tokens too far");
	table(1);
	at(TOKENS)[2] = 'x';
	is(init(), KJ_EFORMAT, "a token without an end");
	table(1);
	mem_put64(mem_entry(IMAGE + NAMES, 0), 0);
	is(init(), KJ_OK, "tables read");
	is(kj_kallsyms_find(&ks, want, 1, &va), KJ_ENOTFOUND, "names not mapped");
	table(1);
	mem_put64(mem_entry(IMAGE + OFFSETS, 0), 0);
	is(init(), KJ_OK, "tables read");
	is(kj_kallsyms_find(&ks, want, 1, &va), KJ_ENOTFOUND, "offsets not mapped");
	table(1);
	mem_put64(mem_entry(IMAGE + TOKENS, 0), 0);
	is(init(), KJ_ENOTFOUND, "tokens not mapped");
}

int main(void)
{
	rules();
	lies();
	return tap_done();
}
