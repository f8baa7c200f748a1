# What install.sh and upgrade.sh share: verify this bundle, look at the machine, lay out a version, start and ask it.
# shellcheck shell=sh
# shellcheck disable=SC2034 # variables are for the script that reads this file

name=lockstep
root=
starts=yes
python=
public_key=
allow_unsigned=
used= # the version that is installed
patience=${PATIENCE:-120} # seconds until it has to be ready
# Whoever calls may have settings of another Python, or of another Lockstep
unset PYTHONPATH PYTHONHOME PYTHONDONTWRITEBYTECODE
# `su` without a hyphen keeps a PATH that lacks useradd and runuser
export PIP_CONFIG_FILE=/dev/null LC_ALL=C.UTF-8 PATH="$PATH:/usr/sbin:/sbin"

fact() { sed -n "s/^  \"$1\": \"\{0,1\}\([^\",]*\).*/\1/p" manifest.json; }

say() { echo "$*"; }

die() {
    echo "$*" >&2
    exit 1
}

place_paths() {
    case $root in
        '' | /*) ;;
        *) die "--root takes an absolute path, not '$root'." ;;
    esac
    root=${root%/}
    opt=$root/opt/$name
    etc=$root/etc/$name
    data=$root/var/lib/$name
    backups=$root/var/backups/$name
    units=$root/etc/systemd/system
    command=$root/usr/local/sbin/$name
    settings=$etc/$name.env
    unfinished=$opt/unfinished
}

# --- the bundle

# The hash and the path of every file, as sha256sum reads them.
listed() { sed -n 's/^    {"path": "\([^"]*\)", "sha256": "\([0-9a-f]\{64\}\)", "size": [0-9]*},\{0,1\}$/\2  \1/p' manifest.json; }

verify() {
    [ -f manifest.json ] || die "manifest.json is missing: unpack the whole archive again."
    command -v sha256sum >/dev/null || die "sha256sum is missing: install coreutils."
    verify_signature
    scratch=$(mktemp -d)
    listed | sed 's/^[0-9a-f]*  //' | sort >"$scratch/listed"
    find . ! -type d ! -path ./manifest.json ! -path ./manifest.json.sig | sed 's|^\./||' | sort >"$scratch/found"
    missing=$(comm -23 "$scratch/listed" "$scratch/found" | head -n 3 | tr '\n' ' ')
    added=$(comm -13 "$scratch/listed" "$scratch/found" | head -n 3 | tr '\n' ' ')
    changed=$(listed | sha256sum --check --quiet 2>/dev/null | sed 's/: [A-Z][A-Za-z ]*$//' | head -n 3 | tr '\n' ' ') || true
    amount=$(wc -l <"$scratch/listed")
    rm -r "$scratch"
    [ "$amount" -gt 0 ] || die "The manifest names no files. Unpack the archive again; nothing was installed."
    [ -z "$missing" ] || die "Missing from this bundle: $missing- unpack the archive again; nothing was installed."
    [ -z "$added" ] || die "Not in the manifest: $added- unpack the archive into an empty folder; nothing was installed."
    [ -z "$changed" ] || die "Changed since the bundle was made: $changed- get the archive again; nothing was installed."
    version=$(fact version)
    say "Verified $amount files of Lockstep $version."
}

verify_signature() {
    if [ ! -f manifest.json.sig ]; then
        [ -z "$public_key" ] || die "This bundle is not signed, so your public key proves nothing. Get a signed one."
        [ -n "$allow_unsigned" ] || die "This bundle is not signed: nothing shows who made it. To install it all the same, add --allow-unsigned."
        say "Not signed, as allowed by --allow-unsigned."
        return
    fi
    [ -n "$public_key" ] || die "Give the public key of whoever made this bundle with --public-key FILE; it has to come another way than the bundle."
    [ -f "$public_key" ] || die "There is no public key in '$public_key'."
    command -v openssl >/dev/null || die "openssl is missing, which verifies the signature: install openssl 3."
    openssl pkey -pubin -in "$public_key" -noout 2>/dev/null || die "'$public_key' is not a public key (PEM)."
    fingerprint=$(openssl pkey -pubin -in "$public_key" -outform DER | sha256sum)
    say "Public key sha256:${fingerprint%% *}"
    openssl pkeyutl -verify -pubin -inkey "$public_key" -rawin -in manifest.json -sigfile manifest.json.sig >/dev/null 2>&1 ||
        die "The signature is not by this key. Compare the fingerprint above with its owner's; nothing was installed."
}

# --- the machine

require_machine() {
    [ -n "$root" ] || [ "$(id -u)" = 0 ] || die "Run this as root, or give --root DIR."
    [ "$(uname -m)" = "$(fact machine)" ] || die "This bundle is for $(fact machine), and this machine is $(uname -m): get the bundle for it."
    libc=$(getconf GNU_LIBC_VERSION 2>/dev/null | sed 's/.* //')
    { [ -n "$libc" ] && newer "$libc" "$(fact glibc)"; } ||
        die "This bundle needs glibc $(fact glibc), and this machine has ${libc:-none}: use a newer system, or the containers."
    [ -z "$starts" ] || command -v systemctl >/dev/null || die "There is no systemd here. Add --no-start, and start web and worker yourself."
    find_python
    require_room "$root/opt" "$(fact needs_kilobytes)"
}

newer() { [ "$(printf '%s\n' "$1" "$2" | sort -V | head -n 1)" = "$2" ]; }

find_python() {
    wanted=$(fact python)
    for each in ${python:-"python$wanted" python3}; do
        found=$(command -v "$each" 2>/dev/null) || continue
        [ "$("$found" -c 'import sys, venv; print("%d.%d" % sys.version_info[:2])' 2>/dev/null)" = "$wanted" ] || continue
        python=$found
        return
    done
    [ -z "$python" ] || die "'$python' is no Python $wanted with its module venv, which this bundle needs."
    die "This bundle needs Python $wanted. Install it, name it with --python FILE, or get the bundle for the Python you have."
}

# $1: a folder, which need not exist, $2: kilobytes
require_room() {
    place=$1
    while [ ! -d "$place" ]; do place=$(dirname "$place"); done
    free=$(df -Pk "$place" | awk 'NR == 2 { print $4 }')
    [ "$free" -ge "$2" ] || die "$place has $((free / 1024)) MB free, and $(($2 / 1024)) MB are needed: make room; nothing was installed."
}

# --- a version

# $opt/unfinished exists while tables and data may be of another version than the one in use, or that one has not checked
# itself. Like the note of an upgrade it has the version to return to, and its backup; then `restored` once that is done.
noted() { sed -n "$1p" "$unfinished"; }

refuse_unfinished() {
    [ -f "$unfinished" ] || return 0
    if [ "$(noted 3)" = restored ]; then
        die "A return to Lockstep $(noted 1) was interrupted here: run ./upgrade.sh --back, which finishes it; nothing is lost."
    elif [ "$used" = "$(noted 1)" ]; then
        die "An upgrade or a return was interrupted here: run ./upgrade.sh --back --yes first. It returns to Lockstep $used and its backup $(noted 2): what was done since then is lost."
    fi
    die "An upgrade or a return was interrupted here: run the upgrade.sh of Lockstep $used again, which finishes it with what is there now. Or run ./upgrade.sh --back --yes, which returns to Lockstep $(noted 1) and its backup $(noted 2): what was done since then is lost."
}

# The links: /opt/lockstep/bin leads to current/bin, and current to the version in use.
current() { readlink "$opt/current" 2>/dev/null | sed 's|.*/||'; }

release_is_complete() {
    [ -f "$opt/releases/$version/installed" ] && cmp -s "$opt/releases/$version/installed" requirements.txt
}

# Its packages and its units, in a folder of its own: nothing of the version in use changes.
lay_out_release() {
    release=$opt/releases/$version
    rm -rf "$release"
    mkdir -p "$opt/releases"
    "$python" -m venv --without-pip "$release"
    for pip in tools/pip-*.whl; do break; done
    "$release/bin/python" "$pip/pip" --isolated --quiet --disable-pip-version-check install --no-index --find-links wheels \
        --no-deps --require-hashes --requirement requirements.txt
    mkdir "$release/systemd"
    for each in systemd/lockstep-web.service systemd/lockstep-worker.service systemd/lockstep; do
        placed "$each" >"$release/$each"
    done
    cp -r sbom manifest.json "$release"
    cp requirements.txt "$release/installed"
}

# A file of the bundle, with the paths below --root, where everything belongs to who runs this.
placed() {
    sed "s|/opt/lockstep|$opt|g; s|/etc/lockstep|$etc|g; s|/var/lib/lockstep|$data|g" "$1" |
        if [ -z "$root" ]; then cat; else sed 's|runuser -u lockstep -- ||; /^User=/d; /^Group=/d'; fi
}

# Make a version the one in use, with its units. Joined by &&, since `set -e` is off where a caller asks how it went.
# $1: the version
switch_to() {
    ln -sfn "releases/$1" "$opt/current.new" &&
        mv -T "$opt/current.new" "$opt/current" &&
        { [ -L "$opt/bin" ] || ln -s current/bin "$opt/bin"; } &&
        mkdir -p "$units" "$(dirname "$command")" &&
        install -m 0644 "$opt/releases/$1/systemd/lockstep-web.service" "$opt/releases/$1/systemd/lockstep-worker.service" "$units" &&
        install -m 0755 "$opt/releases/$1/systemd/lockstep" "$command" &&
        { [ -z "$starts" ] || systemctl daemon-reload; }
}

as_service() {
    if [ -z "$root" ]; then set -- runuser -u "$name" -- "$@"; fi
    env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 "$@"
}

# A command of a version with the settings, as the user of the services. $1: the version
lockstep() {
    program=$opt/releases/$1/bin/lockstep
    shift
    # shellcheck disable=SC2016 # expanded by the inner shell
    as_service sh -c 'set -a; . "$1"; set +a; cd "$LOCKSTEP_DATA_DIR"; program=$2; shift 2; exec "$program" "$@"' \
        sh "$settings" "$program" "$@"
}

# Whether anybody can sign in yet. The arguments begin the command that asks.
has_account() {
    case $("$@" user list --format json 2>/dev/null | tr -d ' \n') in '[{'*) return 0 ;; *) return 1 ;; esac
}

# --- the services

start_services() { [ -z "$starts" ] || systemctl start lockstep-web lockstep-worker; }

# From the next boot on, too
enable_services() { [ -z "$starts" ] || systemctl enable --quiet lockstep-web lockstep-worker; }

disable_services() { [ -z "$starts" ] || systemctl disable --quiet lockstep-web lockstep-worker; }

stop_services() { [ -z "$starts" ] || systemctl stop lockstep-web lockstep-worker; }

port() { sed -n 's/^LOCKSTEP_PORT=//p' "$settings" | tail -n 1 | tr -d "\"'"; }

# Ask the web server until database, tables, worker and storage are ready.
is_ready() {
    port=$(port)
    "$opt/current/bin/python" -ISc '
import sys, time, urllib.request, urllib.error
end, address = time.monotonic() + int(sys.argv[2]), f"http://127.0.0.1:{sys.argv[1]}/readyz"
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
while True:
    try:
        opener.open(address, timeout=10)
        raise SystemExit(0)
    except urllib.error.HTTPError as error:
        told = error.read().decode(errors="replace")
    except OSError as error:
        told = str(error)
    if time.monotonic() > end:
        raise SystemExit(f"{address} does not say ready: {told}")
    time.sleep(0.5)
' "${port:-8000}" "$patience"
}

check_itself() {
    if [ -z "$starts" ]; then
        lockstep "$1" check --deploy
        return
    fi
    is_ready || return 1
    lockstep "$1" doctor --offline || [ $? = 2 ]
}
