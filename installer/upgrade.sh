#!/bin/sh
# Upgrades the Lockstep of this machine, installed as a service, to the version of this bundle; or goes back.
set -eu
started_in=$(pwd -P)
cd "$(dirname "$0")"
# shellcheck source=installer/common.sh
. ./common.sh

usage() {
    cat <<'END'
Upgrade the Lockstep that install.sh installed as a service to the version of this bundle, without a network.

Usage: ./upgrade.sh --public-key FILE [OPTIONS]
       ./upgrade.sh --public-key FILE --back --yes

  --public-key FILE          verify the bundle with this key, which came another way than the bundle
  --allow-unsigned           use a bundle that nobody signed
  --back                     return to the version before the last upgrade, and to the backup that was made then
  --yes                      with --back: what was done since that upgrade may be lost
  --python FILE              the Python to use
  --root DIR                 the installation is below DIR
  --no-start                 stop and start nothing: for a machine without systemd, where Lockstep is stopped already

Lockstep is stopped while it is backed up and its tables are migrated. If anything fails, it is put back as it was. If the
upgrade is killed or the machine goes down, run the same again: it goes on, or says what --back would lose.
END
}

back=
yes=
while [ $# -gt 0 ]; do
    case $1 in
        --help | -h) usage && exit 0 ;;
        --allow-unsigned) allow_unsigned=yes && shift && continue ;;
        --no-start) starts= && shift && continue ;;
        --back) back=yes && shift && continue ;;
        --yes) yes=yes && shift && continue ;;
    esac
    [ $# -ge 2 ] || die "'$1' is no option, or its value is missing. See ./upgrade.sh --help."
    case $1 in
        --public-key) case $2 in /*) public_key=$2 ;; *) public_key=$started_in/$2 ;; esac ;;
        --python) python=$2 ;;
        --root) root=$2 ;;
        *) die "'$1' is no option. See ./upgrade.sh --help." ;;
    esac
    shift 2
done

phase=
backup=
since=

upgrade() {
    if [ -f "$unfinished" ] && [ "$used" = "$version" ] && [ "$(noted 1)" != "$version" ]; then
        finish_upgrade
        return
    fi
    refuse_unfinished
    [ "$used" != "$version" ] || { say "Lockstep $version is installed already: nothing was changed." && exit 0; }
    newer "$version" "$used" || die "Lockstep $used is newer than this bundle ($version). To return to an earlier version, run --back."
    require_machine
    require_room "$backups" "$(du -sk "$data" | cut -f 1)"
    former=$used
    catch
    umask 022
    phase=installing
    say "Installing Lockstep $version beside $used"
    lay_out_release
    phase=stopping
    say "Stopping Lockstep $used: running tasks finish first"
    stop_services
    back_up "$used"
    begin_unfinished "$used" "$backup"
    phase=migrating
    say "Migrating the tables"
    lockstep "$version" migrate --no-input --verbosity 0
    switch_to "$version"
    since=$(date +%H:%M:%S)
    phase=checking
    start_services
    check_itself "$version"
    keep
}

# The version in use was interrupted before it had checked itself. People may have worked with it since.
finish_upgrade() {
    former=$(noted 1)
    backup=$(noted 2)
    catch
    phase=finishing
    say "Finishing the upgrade from Lockstep $former to $version"
    switch_to "$version"
    start_services
    check_itself "$version"
    keep
}

# Whoever is killed before the last line has a version that checked itself, and the same command finishes.
keep() {
    trap '' INT TERM HUP PIPE
    enable_services
    mv "$unfinished" "$opt/releases/$version/upgraded-from"
    phase=
    {
        say "Upgraded Lockstep from $former to $version. The backup is $backup"
        say "To return, run this with --back: what is done from now on would be lost."
    } || true
}

catch() {
    trap 'ended $?' EXIT
    trap 'exit 130' INT TERM HUP PIPE
}

# From now on nothing but this script may start Lockstep. The note comes last: without it, the version in use may be
# started again, and nothing that is done with it then is lost. $1: the version to return to, $2: its backup
begin_unfinished() {
    printf '%s\n%s\n' "$1" "$2" >"$unfinished.new"
    disable_services
    mv "$unfinished.new" "$unfinished"
}

# $1: the version that makes it
back_up() {
    if [ ! -d "$backups" ]; then
        install -d -m 0700 "$backups"
        [ -n "$root" ] || chown "$name:$name" "$backups"
    fi
    backup=$backups/lockstep-$1-$(date +%Y-%m-%d-%H%M%S).tar
    say "Backing up into $backup"
    lockstep "$1" instance backup --into "$backup"
}

# $1: the version that made it, and is used again, $2: the backup
put_back() {
    stop_services &&
        switch_to "$1" &&
        lockstep "$1" instance restore "$2" --yes --replace &&
        echo restored >>"$unfinished" &&
        finish_return "$1"
}

# People may work from its start on, so nothing is restored after that. $1: the version
finish_return() {
    start_services &&
        check_itself "$1" &&
        trap '' INT TERM HUP PIPE &&
        enable_services &&
        rm "$unfinished"
}

# Repeat what comes in, and go on reading if nobody hears it: who writes it must not fail for that.
aloud() { while IFS= read -r line; do printf '%s\n' "$line" >&2; done; }

# After a failure: the version before runs again, on what it had.
ended() {
    set +e
    trap '' INT TERM HUP PIPE
    [ "$1" != 0 ] || return 0
    trap - EXIT
    if [ "$phase" = checking ] && [ "$1" = 130 ]; then phase=finishing; fi
    case $phase in
        installing | stopping)
            rm -rf "$opt/releases/$version" "$unfinished" "$unfinished.new"
            if enable_services && start_services; then
                echo "Not upgraded: Lockstep $used is as it was." >&2
            else
                echo "Not upgraded: Lockstep $used is as it was, but does not start. See journalctl -u lockstep-web -u lockstep-worker." >&2
            fi
            ;;
        migrating | checking)
            echo "The upgrade failed. Going back to Lockstep $used and its backup" >&2
            put_back "$used" "$backup" 2>&1 | aloud
            if [ ! -f "$unfinished" ]; then
                rm -rf "$opt/releases/$version"
                [ -z "$since" ] || echo "If anybody has signed in meanwhile: what was done with Lockstep $version since $since is lost." >&2
                echo "Not upgraded: Lockstep $used is used again, with everything that it had." >&2
            else
                echo "Going back failed, too. The backup is $backup: put right what is said above, and run ./upgrade.sh --back --yes." >&2
            fi
            ;;
        finishing)
            echo "Not finished: Lockstep $version has not checked itself, and does not start with the machine. Run the same again to finish." >&2
            echo "Or run ./upgrade.sh --back --yes to return to Lockstep $former and its backup $backup: what was done since then is lost." >&2
            ;;
        returning)
            echo "Not finished. Put right what is said above, and run the same again. The backup is $old_backup" >&2
            ;;
    esac
}

go_back() {
    note=$unfinished
    [ -f "$note" ] || note=$opt/releases/$used/upgraded-from
    [ -f "$note" ] || die "Lockstep $used was not upgraded from another version here: there is nothing to return to."
    former=$(sed -n 1p "$note")
    old_backup=$(sed -n 2p "$note")
    [ -x "$opt/releases/$former/bin/lockstep" ] || die "Lockstep $former is not in $opt/releases any more."
    if [ "$(sed -n 3p "$note")" = restored ]; then
        catch
        phase=returning
        say "Finishing the return to Lockstep $former: the backup was restored already"
        finish_return "$former"
    else
        [ -f "$old_backup" ] || die "The backup of Lockstep $former is not there any more: $old_backup"
        [ -n "$yes" ] || die "This returns to Lockstep $former and its backup $old_backup. What was done since then is lost. Add --yes to do it."
        catch
        phase=returning
        say "Returning to Lockstep $former"
        stop_services
        begin_unfinished "$former" "$old_backup"
        put_back "$former" "$old_backup"
    fi
    phase=
    say "Lockstep $former is used again, with the backup $old_backup" || true
}

place_paths
verify
used=$(current)
[ -n "$used" ] && [ -f "$settings" ] || die "No Lockstep is installed as a service in ${root:-/}opt/lockstep. Run ./install.sh first."
if [ -n "$back" ]; then go_back; else upgrade; fi
