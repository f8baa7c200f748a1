# The part of install.sh that starts containers: Docker or Podman, with its compose.
# shellcheck shell=sh
# shellcheck disable=SC2154 # variables are those of install.sh and common.sh

owner_in_image=10001

install_containers() {
    [ -n "$root" ] || [ "$(id -u)" = 0 ] || die "Run this as root, or give --root DIR."
    [ -f image.tar ] || die "This bundle has no image. Use --service, or get one with the image."
    [ "$(uname -m)" = "$(fact machine)" ] || die "This bundle is for $(fact machine), and this machine is $(uname -m): get the bundle for it."
    find_engine
    folder=$opt/compose
    [ -n "$site" ] || [ -f "$folder/.env" ] || die "Name the host of Lockstep: --site lockstep.example.org"
    require_password_source
    require_room "$root/opt" $(($(wc -c <image.tar) * 3 / 1024))
    require_other_images
    load_image
    write_secrets
    compose up --detach --no-build --quiet-pull
    say "Waiting until it is ready"
    wait_for_containers
    if ! has_account compose exec -T web lockstep; then
        changed=yes
        create_admin_in_container
    fi
    compose exec -T web lockstep doctor --offline || [ $? = 2 ] || die "Lockstep runs, but doctor found what is above."
    if [ -n "$changed" ]; then say "Installed Lockstep $version."; else say "Lockstep $version is installed already: nothing was changed."; fi
    say "Sign in at https://$(sed -n 's/^LOCKSTEP_SITE=//p' "$folder/.env")"
}

find_engine() {
    for engine in docker podman; do
        "$engine" compose version >/dev/null 2>&1 && return
    done
    die "Neither 'docker compose' nor 'podman compose' works here. Install one of them, or use --service."
}

compose() { "$engine" compose --project-directory "$folder" --file "$folder/compose.yml" "$@"; }

# PostgreSQL and Caddy are not Lockstep's to give away: they have to be on this machine already.
require_other_images() {
    sed -n 's/^    image: //p' compose/compose.yml | while read -r each; do
        "$engine" image inspect "$each" >/dev/null 2>&1 </dev/null ||
            die "The image $each is not on this machine. Where there is a network: $engine pull $each && $engine save --output other.tar $each; here: $engine load --input other.tar. Nothing was installed."
    done || exit
}

load_image() {
    tag=$(sed -n 's/^  image: //p' compose/compose.yml)
    if "$engine" image inspect "$tag" >/dev/null 2>&1; then return; fi
    say "Loading the image $tag"
    changed=yes
    "$engine" load --quiet --input image.tar >/dev/null
    "$engine" tag "$(fact image)" "$tag"
}

write_secrets() {
    mkdir -p "$folder"
    if [ ! -d "$folder/secrets" ]; then
        say "Creating the secrets in $folder/secrets: keep a copy of them elsewhere"
        changed=yes
        rm -rf "$folder/secrets.new"
        (
            umask 077
            mkdir "$folder/secrets.new"
            cd "$folder/secrets.new" || exit
            openssl rand -hex 24 >database_password
            echo "postgres://lockstep:$(cat database_password)@database:5432/lockstep" >database_url
            openssl rand -base64 32 | tr '+/' '-_' >encryption_key
            openssl rand -hex 32 >secret_key
            openssl rand -hex 32 >audit_key
            [ -n "$root" ] || chown "$owner_in_image" database_url ./*_key
        )
        mv "$folder/secrets.new" "$folder/secrets"
    fi
    [ -f "$folder/.env" ] || echo "LOCKSTEP_SITE=$site" >"$folder/.env"
    cp compose/compose.yml compose/Caddyfile "$folder"
}

wait_for_containers() {
    waited=0
    until compose exec -T web python3 -ISc "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/readyz', timeout=10)" >/dev/null 2>&1; do
        waited=$((waited + 1))
        [ "$waited" -lt "$patience" ] || die "It does not become ready. See: $engine compose --file $folder/compose.yml logs"
        sleep 1
    done
}

create_admin_in_container() {
    case $password_file in
        '') compose exec web lockstep create_admin "$admin" ;;
        -) compose exec -T web lockstep create_admin "$admin" --password-stdin ;;
        *) compose exec -T web lockstep create_admin "$admin" --password-stdin <"$password_file" ;;
    esac
}
