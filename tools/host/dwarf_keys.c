// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Questions of core/btf.h, asked of a vmlinux by libdw. It must never look into the debug information of functions, where
 * types with the same names may live.
 */
#include "host/dwarf_keys.h"

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <elfutils/libdwelf.h>
#include <gelf.h>
#include <stdio.h>
#include <string.h>

#define DEPTH KJ_BTF_DEPTH /* of nameless structs */

static void answer(struct kj_btf_want *w, int64_t v)
{
	if (w->found == KJ_BTF_NOT) {
		w->found = KJ_BTF_FOUND;
		w->value = v;
	} else if (w->value != v) {
		w->found = KJ_BTF_TWICE;
	}
}

static int number(Dwarf_Die *die, unsigned int name, uint64_t *ret)
{
	Dwarf_Attribute at;
	Dwarf_Word v;

	if (!dwarf_attr(die, name, &at) || dwarf_formudata(&at, &v))
		return 0;
	*ret = v;
	return 1;
}

/* The type of @die behind typedef, const and volatile. */
static int type_of(Dwarf_Die *die, Dwarf_Die *ret)
{
	Dwarf_Attribute at;
	Dwarf_Die t;

	return dwarf_attr(die, DW_AT_type, &at) && dwarf_formref_die(&at, &t) && !dwarf_peel_type(&t, ret);
}

/* Elements of the array that @member is. */
static int length_of(Dwarf_Die *member, int64_t *ret)
{
	Dwarf_Die type, sub, more;
	uint64_t n;

	if (!type_of(member, &type) || dwarf_tag(&type) != DW_TAG_array_type || dwarf_child(&type, &sub) ||
	    dwarf_tag(&sub) != DW_TAG_subrange_type || !dwarf_siblingof(&sub, &more))
		return 0;
	if (number(&sub, DW_AT_count, &n)) {
		*ret = (int64_t)n;
		return 1;
	}
	if (!number(&sub, DW_AT_upper_bound, &n))
		return 0;
	*ret = (int64_t)n + 1;
	return 1;
}

/* @member, at byte @off of the struct, is the one asked for. */
static void take_member(struct kj_btf_want *w, Dwarf_Die *member, uint64_t off)
{
	int64_t n = (int64_t)off;

	if (dwarf_hasattr(member, DW_AT_bit_size) || (w->ask == KJ_BTF_LENGTH && !length_of(member, &n)))
		w->found = KJ_BTF_TWICE;
	else
		answer(w, n);
}

/* Byte at which a member begins; of a union's there is none said, so 0. What stands there as an expression is not C's. */
static int offset_of(Dwarf_Die *m, uint64_t *ret)
{
	*ret = 0;
	return dwarf_tag(m) == DW_TAG_member &&
	       (!dwarf_hasattr(m, DW_AT_data_member_location) || number(m, DW_AT_data_member_location, ret));
}

static int nameless_struct(Dwarf_Die *m, Dwarf_Die *ret)
{
	return !dwarf_diename(m) && type_of(m, ret) &&
	       (dwarf_tag(ret) == DW_TAG_structure_type || dwarf_tag(ret) == DW_TAG_union_type);
}

/* Members of @type, those of nameless structs in it too. False: these go deeper than can be. */
static int members(struct kj_btf_want *w, Dwarf_Die *type)
{
	struct {
		Dwarf_Die m;
		uint64_t base;
	} at[DEPTH + 1];
	unsigned int depth = 0;

	if (dwarf_child(type, &at[0].m))
		return 1;
	at[0].base = 0;
	for (;;) {
		Dwarf_Die *m = &at[depth].m, inner;
		const char *name = dwarf_diename(m);
		uint64_t off;

		if (offset_of(m, &off)) {
			off += at[depth].base;
			if (name && !strcmp(name, w->name))
				take_member(w, m, off);
			if (nameless_struct(m, &inner)) {
				if (depth == DEPTH)
					return 0;
				if (!dwarf_child(&inner, &at[depth + 1].m)) {
					at[++depth].base = off;
					continue;
				}
			}
		}
		while (dwarf_siblingof(&at[depth].m, &at[depth].m))
			if (!depth--)
				return 1;
	}
}

static void enumerators(struct kj_btf_want *w, Dwarf_Die *type)
{
	Dwarf_Die e;

	if (dwarf_child(type, &e))
		return;
	do {
		const char *name = dwarf_diename(&e);
		Dwarf_Attribute at;
		Dwarf_Sword sv;
		Dwarf_Word v;

		if (dwarf_tag(&e) != DW_TAG_enumerator || !name || strcmp(name, w->name) ||
		    !dwarf_attr(&e, DW_AT_const_value, &at))
			continue;
		/* of the other forms dwarf_formsdata() takes the top bit for a sign */
		if (dwarf_whatform(&at) == DW_FORM_sdata || dwarf_whatform(&at) == DW_FORM_implicit_const) {
			if (!dwarf_formsdata(&at, &sv))
				answer(w, sv);
		} else if (!dwarf_formudata(&at, &v)) {
			answer(w, (int64_t)v);
		}
	} while (!dwarf_siblingof(&e, &e));
}

static int is_for(const struct kj_btf_want *w, int tag, const char *name)
{
	const int is_enum = w->ask == KJ_BTF_ENUM;

	return tag == (is_enum ? DW_TAG_enumeration_type : DW_TAG_structure_type) && !strcmp(name, w->type);
}

static int ask_type(struct kj_btf_want *w, uint32_t n, Dwarf_Die *type)
{
	const char *name = dwarf_diename(type);
	const int tag = dwarf_tag(type);
	uint64_t size;

	if (!name || dwarf_hasattr(type, DW_AT_declaration))
		return 1;
	for (uint32_t i = 0; i < n; i++) {
		if (!is_for(&w[i], tag, name) || w[i].found == KJ_BTF_TWICE)
			continue;
		if (w[i].ask == KJ_BTF_SIZE && number(type, DW_AT_byte_size, &size))
			answer(&w[i], (int64_t)size);
		else if (w[i].ask == KJ_BTF_ENUM)
			enumerators(&w[i], type);
		else if (w[i].ask != KJ_BTF_SIZE && !members(&w[i], type))
			return 0;
	}
	return 1;
}

/* Types that stand at the top of each unit. */
static const char *ask_units(Dwarf *dw, struct kj_btf_want *w, uint32_t n)
{
	Dwarf_CU *cu = NULL;
	Dwarf_Die unit, type;
	int r;

	while (!(r = dwarf_get_units(dw, cu, &cu, NULL, NULL, &unit, NULL))) {
		if (dwarf_child(&unit, &type))
			continue;
		do {
			const int tag = dwarf_tag(&type);

			if ((tag == DW_TAG_structure_type || tag == DW_TAG_enumeration_type) && !ask_type(w, n, &type))
				return "structs are nested too deep";
		} while (!dwarf_siblingof(&type, &type));
	}
	return r < 0 ? "debug information is damaged" : NULL;
}

/* ---- whose it is ---- */

static void read_build_id(Elf *elf, struct kj_dwarf_kernel *k)
{
	const void *id;
	ssize_t len = dwelf_elf_gnu_build_id(elf, &id);

	for (ssize_t i = 0; i < len && i < (ssize_t)(sizeof(k->build_id) / 2); i++)
		sprintf(k->build_id + 2 * i, "%02x", ((const uint8_t *)id)[i]);
}

/* "Linux version RELEASE ...", at most @len bytes. */
static void take_banner(const char *s, size_t len, struct kj_dwarf_kernel *k)
{
	static const char begin[] = "Linux version ";
	size_t n = 0;

	if (len <= sizeof(begin) || memcmp(s, begin, sizeof(begin) - 1))
		return;
	s += sizeof(begin) - 1;
	len -= sizeof(begin) - 1;
	while (n < len && n < sizeof(k->release) - 1 && s[n] > ' ' && s[n] < 127)
		n++;
	if (n == len || s[n] != ' ')
		return;
	memcpy(k->release, s, n);
}

/* Where symbol @sym lies in the file, if it does: files with debug information alone have no data. */
static void read_symbol(Elf *elf, const GElf_Sym *sym, struct kj_dwarf_kernel *k)
{
	Elf_Scn *scn = elf_getscn(elf, sym->st_shndx);
	Elf_Data *d;
	GElf_Shdr sh;

	if (!scn || !gelf_getshdr(scn, &sh) || sh.sh_type == SHT_NOBITS || sym->st_value < sh.sh_addr)
		return;
	d = elf_rawdata(scn, NULL);
	if (d && d->d_buf && sym->st_value - sh.sh_addr < d->d_size)
		take_banner((const char *)d->d_buf + (sym->st_value - sh.sh_addr),
			    d->d_size - (sym->st_value - sh.sh_addr), k);
}

static void read_release(Elf *elf, struct kj_dwarf_kernel *k)
{
	Elf_Scn *scn = NULL;
	GElf_Shdr sh;
	GElf_Sym sym;

	while ((scn = elf_nextscn(elf, scn))) {
		Elf_Data *d;

		if (!gelf_getshdr(scn, &sh) || sh.sh_type != SHT_SYMTAB || !(d = elf_getdata(scn, NULL)))
			continue;
		for (int i = 0; gelf_getsym(d, i, &sym); i++) {
			const char *name = elf_strptr(elf, sh.sh_link, sym.st_name);

			if (name && !strcmp(name, "linux_banner"))
				read_symbol(elf, &sym, k);
		}
	}
}

const char *kj_dwarf_answer(int fd, struct kj_btf_want *w, uint32_t n, struct kj_dwarf_kernel *ret)
{
	const char *why = NULL;
	GElf_Ehdr eh;
	Dwarf *dw;
	Elf *elf;

	memset(ret, 0, sizeof(*ret));
	elf_version(EV_CURRENT);
	elf = elf_begin(fd, ELF_C_READ, NULL);
	if (!elf || elf_kind(elf) != ELF_K_ELF || !gelf_getehdr(elf, &eh) || eh.e_machine != EM_X86_64) {
		elf_end(elf);
		return "no x86-64 ELF file";
	}
	dw = dwarf_begin_elf(elf, DWARF_C_READ, NULL);
	if (dw) {
		why = ask_units(dw, w, n);
		read_build_id(elf, ret);
		read_release(elf, ret);
	} else {
		why = "has no debug information";
	}
	dwarf_end(dw);
	elf_end(elf);
	return why;
}
