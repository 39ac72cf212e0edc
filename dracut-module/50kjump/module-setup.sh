#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# dracut module: looks for a system that kjump saved, before anything is mounted. It must never get into an initramfs for
# crash dumps, and it uses no function or variable of dracut's that the documentation does not promise, but those that it
# looks for first.

stage=/usr/lib/kjump/hook-stage

# called by dracut
check() {
    # kdump-utils and openSUSE's kdump say so while they build
    [[ -n ${IN_KDUMP-} ]] && return 1
    [[ -x $stage ]] || return 1
    # no target: only who asks for the module gets it, and names one on the command line
    "$stage" -q || return 255
    return 0
}

# called by dracut
depends() {
    # a module of its own from dracut 108 on
    local _m
    # shellcheck disable=SC2154 # dracut's
    for _m in "${moddir%/*}"/[0-9][0-9]initqueue; do
        [[ -d $_m ]] && echo initqueue
    done
    return 0
}

# called by dracut
installkernel() {
    local _modules
    _modules=$("$stage" -m)
    # shellcheck disable=SC2086 # names
    [[ -z $_modules ]] || hostonly='' instmods $_modules
}

# called by dracut
install() {
    local _stage _f
    # what install() returns is not looked at
    _stage=$(mktemp -d) || exit 1
    if ! "$stage" -a "$_stage"; then
        rm -rf "$_stage"
        dfatal "kjump: what brings back a saved system cannot be put in"
        exit 1
    fi
    while read -r _f; do
        inst_simple "$_stage/$_f" "/$_f" || exit 1
    done < <(cd "$_stage" && find . -type f | sed 's|^\./||' | sort)
    rm -rf "$_stage"
    inst_multiple cat rm sed sleep timeout tr || exit 1
    inst_multiple -o findfs
    inst_hook emergency 50 "$moddir/kjump-emergency.sh"
    if dracut_module_included systemd; then
        inst_simple "$moddir/kjump-resume.service" /usr/lib/systemd/system/kjump-resume.service
        inst_script "$moddir/kjump-generator.sh" /usr/lib/systemd/system-generators/kjump-generator
        return 0
    fi
    inst_simple "$moddir/kjump-wait.sh" /lib/kjump/wait
    inst_hook initqueue/finished 50 "$moddir/kjump-finished.sh"
    inst_hook pre-mount 05 "$moddir/kjump-pre-mount.sh"
    # gone, or without effect, where it is a module
    if [[ $(type -t dracut_need_initqueue) == function ]]; then
        dracut_need_initqueue
    fi
}
