#!/bin/bash
# servers.sh: finds, starts or installs the database servers that the tests want.
#
#   eval "$(tests/servers.sh up)"    prints `export TEST_…_URL=…` for each server there is, and which ones it started
#   tests/servers.sh down            stops the servers that it started
#
# Both take names, `postgres mariadb mysql`, and mean all of them without any.
#
# A server is looked for in this order: the variable TEST_<NAME>_URL; one that answers on this machine; a throwaway one
# from the installed programs, without fsync; and, as root on Debian, one that is installed first. Real MySQL is not in
# Debian's stable releases, so it comes from unstable, in a chroot of its own.
# Everything made here lives in NUAGES_SERVERS (/var/lib/nuages-tests for root, else ~/.cache/nuages-tests).
set -u

if [ "$(id -u)" = 0 ]; then home=/var/lib/nuages-tests; else home=${XDG_CACHE_HOME:-$HOME/.cache}/nuages-tests; fi
home=${NUAGES_SERVERS:-$home}

say() { printf '%s\n' "servers: $*" >&2; }

# A server refuses to run as root: `"${postgres_user[@]}" COMMAND` runs as that user for root, as oneself for anyone else.
postgres_user=() mysql_user=()
if [ "$(id -u)" = 0 ]; then
    postgres_user=(setpriv --reuid=postgres --regid=postgres --init-groups)
    mysql_user=(setpriv --reuid=mysql --regid=mysql --init-groups)
fi

# program NAME DIRS...: the path of an installed program that need not be on PATH.
program() {
    local name=$1; shift
    command -v "$name" && return
    local dir
    for dir in "$@"; do [ -x "$dir/$name" ] && { echo "$dir/$name"; return; }; done
    return 1
}

# background LOG COMMAND...: starts a server that outlives this shell and holds none of its files open.
background() {
    local log=$1; shift
    setsid nohup "$@" </dev/null >>"$log" 2>&1 9>&- &
}

# wait_for SECONDS COMMAND...: until COMMAND succeeds.
wait_for() {
    local left=$(($1 * 5)); shift
    until "$@"; do
        left=$((left - 1)); [ "$left" -gt 0 ] || return 1
        sleep 0.2
    done
}

listens() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

can_install() { [ "$(id -u)" = 0 ] && [ -f /etc/debian_version ] && command -v apt-get >/dev/null; }

apt_install() {
    say "installing $*"
    apt-get -qq -o Acquire::Check-Valid-Until=false update >&2
    DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends "$@" </dev/null >&2
}

# ---- PostgreSQL ----

postgres_port=54329

answers_postgres() {
    listens "$1" || return 1
    command -v psql >/dev/null || return 0
    psql -wqAt "postgres://postgres@127.0.0.1:$1/postgres?connect_timeout=5" -c 'SELECT 1' >/dev/null 2>&1
}

postgres_programs() {
    local newest
    newest=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -1)
    program postgres "$newest" >/dev/null || return 1
    dirname "$(readlink -f "$(program postgres "$newest")")"
}

start_postgres() {
    local bin data=$home/postgres
    bin=$(postgres_programs) || return 1
    mkdir -p "$data" && chmod 755 "$home"
    [ "$(id -u)" = 0 ] && chown postgres: "$data"
    if [ ! -f "$data/PG_VERSION" ]; then
        "${postgres_user[@]}" "$bin/initdb" -D "$data" -U postgres -A trust -E UTF8 --locale=C.UTF-8 --no-sync >"$home/postgres.log" 2>&1 || return 1
    fi
    background "$home/postgres.log" "${postgres_user[@]}" "$bin/postgres" -D "$data" -p $postgres_port -k "$data" \
        -c listen_addresses=127.0.0.1 -c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=200
    wait_for 30 answers_postgres $postgres_port
}

up_postgres() {
    local port
    for port in 5432 $postgres_port; do
        answers_postgres $port && { found POSTGRES "postgres://postgres@127.0.0.1:$port/postgres"; return; }
    done
    postgres_programs >/dev/null || { can_install && apt_install postgresql; } || return 1
    start_postgres && started postgres && found POSTGRES "postgres://postgres@127.0.0.1:$postgres_port/postgres"
}

# ---- MariaDB and MySQL ----

mariadb_port=33069
mysql_port=3307

# vendor_at PORT: `mariadb` or `mysql`, from the greeting that a server sends before anyone logs in.
vendor_at() {
    local greeting
    greeting=$( (exec 3<>"/dev/tcp/127.0.0.1/$1" && timeout 2 head -c 60 <&3 | tr -d '\0') 2>/dev/null)
    case $greeting in
        *MariaDB*) echo mariadb ;;
        *mysql_native_password* | *caching_sha2* | *[0-9].[0-9]*.[0-9]*) echo mysql ;;
        *) return 1 ;;
    esac
}

# answers VENDOR PORT: that vendor's server is there and takes root without a password.
answers() {
    [ "$(vendor_at "$2")" = "$1" ] || return 1
    local client
    client=$(command -v mariadb || command -v mysql) || return 0
    "$client" --no-defaults --protocol=tcp -h127.0.0.1 -P"$2" -uroot -e 'SELECT 1' >/dev/null 2>&1
}

# Both take root over TCP by an account for the address, since `localhost` is a name that not every chroot can resolve.
root_account="CREATE USER IF NOT EXISTS root@'127.0.0.1'; GRANT ALL ON *.* TO root@'127.0.0.1' WITH GRANT OPTION;"
no_fsync=(--innodb-flush-log-at-trx-commit=0 --innodb-doublewrite=OFF --skip-log-bin --skip-name-resolve --bind-address=127.0.0.1)

mariadb_program() { program mariadbd /usr/sbin /usr/libexec; }

start_mariadb() {
    local server data=$home/mariadb
    server=$(mariadb_program) || return 1
    mkdir -p "$data" && chmod 755 "$home"
    [ "$(id -u)" = 0 ] && chown mysql: "$data"
    if [ ! -d "$data/mysql" ]; then
        "${mysql_user[@]}" mariadb-install-db --no-defaults --datadir="$data" --auth-root-authentication-method=normal --skip-test-db \
            >"$home/mariadb.log" 2>&1 || return 1
    fi
    printf '%s\n' "$root_account" >"$home/mariadb.sql"
    background "$home/mariadb.log" "${mysql_user[@]}" "$server" --no-defaults --datadir="$data" --port=$mariadb_port \
        --socket="$data/socket" --pid-file="$data/pid" --init-file="$home/mariadb.sql" "${no_fsync[@]}"
    wait_for 60 answers mariadb $mariadb_port
}

up_mariadb() {
    local port
    for port in 3306 $mariadb_port; do
        answers mariadb $port && { found MARIADB "mysql://root@127.0.0.1:$port"; return; }
    done
    mariadb_program >/dev/null || { can_install && apt_install mariadb-server; } || return 1
    start_mariadb && started mariadb && found MARIADB "mysql://root@127.0.0.1:$mariadb_port"
}

# A program `mysqld` may be MariaDB's by another name.
mysql_program() {
    local server
    server=$(program mysqld /usr/sbin) || return 1
    "$server" --no-defaults --version 2>/dev/null | grep -qv MariaDB && echo "$server"
}

# The chroot is made beside its place and moved there when it is whole, so that an interrupted start leaves no half of one.
make_mysql_root() {
    local root=$1
    [ -x "$root/usr/sbin/mysqld" ] && return
    can_install || return 1
    command -v debootstrap >/dev/null || apt_install debootstrap || return 1
    say "making a chroot of Debian unstable with MySQL in $root"
    rm -rf "$root.part"
    debootstrap --variant=minbase sid "$root.part" >"$home/debootstrap.log" 2>&1 \
        && chroot "$root.part" apt-get -qq -o Acquire::Check-Valid-Until=false update >>"$home/debootstrap.log" 2>&1 \
        && DEBIAN_FRONTEND=noninteractive chroot "$root.part" \
            apt-get -qq install -y --no-install-recommends mysql-server-core </dev/null >>"$home/debootstrap.log" 2>&1 \
        && rm -rf "$root.part/var/cache/apt/archives" "$root.part/var/lib/apt/lists" \
        && mv "$root.part" "$root"
}

start_mysql() {
    local server root= enter=() user=() data=$home/mysql
    if server=$(mysql_program); then
        mkdir -p "$data"
        [ "$(id -u)" = 0 ] && chown mysql: "$data" && user=(--user=mysql)
    else
        root=$home/mysql-root
        make_mysql_root "$root" || return 1
        server=/usr/sbin/mysqld data=/srv/mysql enter=(chroot "$root") user=(--user=mysql)
        grep -q ^mysql: "$root/etc/passwd" || chroot "$root" useradd --system --no-create-home mysql || return 1
        mkdir -p "$root$data" && chroot "$root" chown mysql: "$data"
    fi
    if [ ! -f "$root$data/mysql.ibd" ]; then
        "${enter[@]}" "$server" --no-defaults --initialize-insecure "${user[@]}" --datadir="$data" >"$home/mysql.log" 2>&1 \
            || { rm -rf "${root:?}$data"; return 1; }
        printf '%s\n' "$root_account" >"$root$data/root.sql"
    fi
    background "$home/mysql.log" "${enter[@]}" "$server" --no-defaults "${user[@]}" --datadir="$data" --port=$mysql_port \
        --socket="$data/socket" --pid-file="$data/pid" --mysqlx=OFF --secure-file-priv= --performance-schema=OFF \
        --init-file="$data/root.sql" "${no_fsync[@]}"
    wait_for 60 answers mysql $mysql_port
}

up_mysql() {
    local port
    for port in 3306 $mysql_port; do
        answers mysql $port && { found MYSQL "mysql://root@127.0.0.1:$port"; return; }
    done
    start_mysql && started mysql && found MYSQL "mysql://root@127.0.0.1:$mysql_port"
}

# ---- the command ----

found() { echo "export TEST_$1_URL=$2"; }

started() { echo "NUAGES_STARTED=\"\${NUAGES_STARTED:-} $1\""; }

up() {
    local name variable
    mkdir -p "$home"
    exec 9>"$home/lock"
    flock 9
    for name in "$@"; do
        variable=TEST_${name^^}_URL
        if [ -n "${!variable:-}" ]; then
            found "${name^^}" "${!variable}"
        else
            "up_$name" || say "no $name here, and none could be started (see $home/*.log)"
        fi
    done
}

down() {
    local name file pid
    for name in "$@"; do
        for file in "$home/$name/postmaster.pid" "$home/$name/pid" "$home/$name-root/srv/$name/pid"; do
            [ -f "$file" ] || continue
            pid=$(head -1 "$file")
            # A file that a crash left behind may name a process of somebody else by now.
            grep -qE '^(postgres|mariadbd|mysqld)$' "/proc/$pid/comm" 2>/dev/null && kill "$pid"
        done
    done
    return 0
}

command=${1:-}
[ $# = 0 ] || shift
[ $# = 0 ] && set -- postgres mariadb mysql
case $command in
    up | down) "$command" "$@" ;;
    *) say "usage: $0 up|down [postgres|mariadb|mysql]..."; exit 2 ;;
esac
