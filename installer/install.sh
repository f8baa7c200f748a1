#!/bin/sh
# Installs Lockstep from this bundle, without a network: as a service, or in containers.
set -eu
started_in=$(pwd -P)
cd "$(dirname "$0")"
# shellcheck source=installer/common.sh
. ./common.sh
# shellcheck source=installer/containers.sh
. ./containers.sh

usage() {
    cat <<'END'
Install Lockstep from this bundle, without a network.

Usage: ./install.sh --service    --site NAME --public-key FILE [OPTIONS]
       ./install.sh --containers --site NAME --public-key FILE [OPTIONS]

  --public-key FILE          verify the bundle with this key, which came another way than the bundle
  --allow-unsigned           install a bundle that nobody signed
  --site NAME                host name under which browsers reach Lockstep
  --admin NAME               the first administrator (admin)
  --password-file FILE       their password, in the first line; - is standard input; without it you are asked

For --service:
  --database-url-file FILE   has the postgres://… of the database; without it, SQLite in the data directory
  --port NUMBER              where the web server listens, on 127.0.0.1 (8000)
  --python FILE              the Python to use
  --root DIR                 install below DIR, as the user who runs this
  --no-start                 start nothing: for a machine without systemd

Running it again goes on where it stopped, and changes nothing that is done.
END
}

kind=
site=
admin="admin"
password_file=
database_url_file=
port_number=

# A file that the command line names, from wherever it was given.
path_of() {
    case $1 in
        - | /*) echo "$1" ;;
        *) echo "$started_in/$1" ;;
    esac
}

while [ $# -gt 0 ]; do
    case $1 in
        --help | -h) usage && exit 0 ;;
        --service | --containers) kind=${1#--} && shift && continue ;;
        --allow-unsigned) allow_unsigned=yes && shift && continue ;;
        --no-start) starts= && shift && continue ;;
    esac
    [ $# -ge 2 ] || die "'$1' is no option, or its value is missing. See ./install.sh --help."
    case $1 in
        --public-key) public_key=$(path_of "$2") ;;
        --site) site=$2 ;;
        --admin) admin=$2 ;;
        --password-file) password_file=$(path_of "$2") ;;
        --database-url-file) database_url_file=$(path_of "$2") ;;
        --port) port_number=$2 ;;
        --python) python=$2 ;;
        --root) root=$2 ;;
        *) die "'$1' is no option. See ./install.sh --help." ;;
    esac
    shift 2
done

require_options() {
    [ -n "$kind" ] || die "Say --service or --containers. See ./install.sh --help."
    case $site in *[!A-Za-z0-9.-]*) die "--site is a host name such as lockstep.example.org, not '$site'." ;; esac
    [ -z "$port_number" ] || require_port
    case $admin in -* | '') die "--admin is a name, not '$admin'." ;; esac
    [ -z "$password_file" ] || [ "$password_file" = - ] || [ -r "$password_file" ] || die "The password file '$password_file' cannot be read."
    [ -z "$database_url_file" ] || [ -r "$database_url_file" ] || die "The file '$database_url_file' cannot be read."
}

require_port() {
    case $port_number in
        *[!0-9]* | 0* | ??????*) ;;
        *) if [ "$port_number" -ge 1024 ] && [ "$port_number" -le 65535 ]; then return; fi ;;
    esac
    die "--port is a number from 1024 to 65535, not '$port_number': lower ones are for root, and Lockstep runs as another user."
}

require_password_source() {
    [ -n "$password_file" ] || [ -t 0 ] || die "Nobody can be asked for the administrator's password here: add --password-file FILE."
}

# --- the service

changed=
made=
made_user=
kept=

# A path that this run makes, and removes again if it fails.
making() {
    changed=yes
    made="$1
$made"
}

install_service() {
    require_machine
    [ -f "$settings" ] || [ -n "$site" ] || die "Name the host of Lockstep: --site lockstep.example.org"
    used=$(current)
    refuse_unfinished
    [ -z "$used" ] || [ "$used" = "$version" ] || die "Lockstep $used is installed here. To upgrade it to $version, run ./upgrade.sh."
    [ -L "$opt/bin" ] || [ ! -e "$opt/bin" ] || die "A Lockstep that was installed by hand is in $opt: stop it and move that folder away; settings and data are kept."
    if [ -f "$settings" ]; then refuse_other_settings; else refuse_port; fi
    { [ "$used" = "$version" ] && has_account lockstep "$version"; } || require_password_source
    trap 'ended $?' EXIT
    trap 'exit 130' INT TERM HUP PIPE
    umask 022
    create_user
    install_release
    write_settings
    if [ "$(current)" != "$version" ]; then
        making "$opt/bin"
        making "$opt/current"
        switch_to "$version"
    fi
    create_tables
    create_first_admin
    start_and_check
}

# What is in the settings stays, so it must not be taken for what the command line says.
refuse_other_settings() {
    [ -z "$database_url_file" ] || cmp -s "$database_url_file" "$etc/database_url" ||
        refuse_other "another database than --database-url-file"
    had=$(port)
    [ -z "$port_number" ] || [ "${had:-8000}" = "$port_number" ] || refuse_other "LOCKSTEP_PORT=${had:-8000}, not $port_number"
    had=$(address)
    host=${had#*://}
    [ -z "$site" ] || [ "${host%%[:/]*}" = "$site" ] || refuse_other "LOCKSTEP_BASE_URL=$had, not $site"
}

refuse_other() { die "$settings exists and has $1: leave that option out, or change it there."; }

refuse_port() {
    port_number=${port_number:-8000}
    [ -z "$starts" ] || "$python" -ISc 'import socket, sys; socket.create_server(("127.0.0.1", int(sys.argv[1])))' "$port_number" 2>/dev/null ||
        die "Port $port_number is in use or invalid. Choose another with --port."
}

create_user() {
    if [ -z "$root" ] && ! id "$name" >/dev/null 2>&1; then
        say "Creating the user $name"
        useradd --system --home-dir "$data" --shell /usr/sbin/nologin "$name"
        changed=yes
        made_user=yes
    fi
    if [ ! -d "$data" ]; then
        making "$data"
        mkdir -p "$(dirname "$data")"
        install -d -m 0700 "$data"
        own "$data"
    fi
}

own() { [ -n "$root" ] || chown "$name:$name" "$1"; }

install_release() {
    release_is_complete && return
    [ ! -f "$opt/releases/$version/installed" ] || die "Another build of Lockstep $version is installed. A new build needs a new version; nothing was changed."
    as_service "$python" -c '' 2>/dev/null || die "The user $name may not run $python: name another Python with --python FILE."
    say "Installing the packages into $opt/releases/$version"
    making "$opt/releases/$version"
    lay_out_release
}

write_settings() {
    [ ! -f "$settings" ] || return 0
    if [ ! -d "$etc" ]; then
        making "$etc"
        install -d -m 0755 "$etc"
    fi
    making "$settings"
    database='/^DATABASE_URL=/d'
    if [ -n "$database_url_file" ]; then
        making "$etc/database_url"
        install -m 0600 "$database_url_file" "$etc/database_url"
        own "$etc/database_url"
        database="s|^DATABASE_URL=.*|DATABASE_URL_FILE=$etc/database_url|"
    fi
    (umask 077 && placed systemd/lockstep.env |
        sed "$database; s|lockstep\.example\.org|$site|g; s|^LOCKSTEP_PORT=.*|LOCKSTEP_PORT=$port_number|" >"$settings.new")
    own "$settings.new"
    mv "$settings.new" "$settings"
    say "Wrote $settings"
}

create_tables() {
    if lockstep "$version" migrate --check >/dev/null 2>&1; then
        kept=yes
        return
    fi
    say "Creating the tables"
    changed=yes
    lockstep "$version" check
    kept=yes
    lockstep "$version" migrate --no-input --verbosity 0
}

create_first_admin() {
    ! has_account lockstep "$version" || return 0
    changed=yes
    if [ -z "$password_file" ]; then
        lockstep "$version" create_admin "$admin"
    elif [ "$password_file" = - ]; then
        lockstep "$version" create_admin "$admin" --password-stdin
    else
        lockstep "$version" create_admin "$admin" --password-stdin <"$password_file"
    fi
}

start_and_check() {
    [ -z "$starts" ] || systemctl is-active --quiet lockstep-web lockstep-worker || changed=yes
    enable_services
    start_services
    check_itself "$version" || die "Lockstep is installed, but not ready. See journalctl -u lockstep-web -u lockstep-worker."
    if [ -n "$changed" ]; then say "Installed Lockstep $version."; else say "Lockstep $version is installed already: nothing was changed."; fi
    [ -n "$starts" ] || say "Nothing was started: ExecStart in $units has the commands."
    say "It listens on http://127.0.0.1:$(port). With a TLS proxy in front (docs/proxy.md), sign in at $(address)"
}

address() { sed -n 's/^LOCKSTEP_BASE_URL=//p' "$settings" | tail -n 1 | tr -d "\"'"; }

# What this run made goes again, unless the tables exist: their keys are in the data directory.
ended() {
    set +e
    trap '' INT TERM HUP PIPE
    [ "$1" != 0 ] || return 0
    if [ -n "$kept" ]; then
        echo "Not finished. What was installed stays; put right what is said above, and run the same again." >&2
        return
    fi
    [ -z "$made" ] || echo "$made" | while read -r each; do [ -z "$each" ] || rm -rf "$each"; done
    rm -f "$settings.new"
    [ -z "$made_user" ] || userdel "$name"
    [ -n "$used" ] || rm -f "$units/lockstep-web.service" "$units/lockstep-worker.service" "$command"
    echo "Not installed: what this run made has been removed." >&2
}

place_paths
require_options
verify
if [ "$kind" = containers ]; then install_containers; else install_service; fi
