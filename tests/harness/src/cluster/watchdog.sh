# Runs a PostgreSQL server until standard input ends, then leaves nothing behind.
# Arguments: the folder of the server's programs, then folders for temporary
# files, of which the first that can be written is taken. Leads its own process
# group. Prints "folder PATH", or a complaint.

# Only the end of standard input ends this script; the group is stopped by QUIT.
trap '' HUP INT QUIT TERM
ulimit -c 0
umask 077
exec 2>&1

programs=$1
shift
folder=
for parent in "$@"; do
    if folder=$(mktemp -d "$parent/pgstrata.XXXXXX" 2>&1); then
        break
    fi
    complaint="${complaint:+$complaint; }$folder"
    folder=
done
if [ -z "$folder" ]; then
    echo "$complaint"
    exit 1
fi
echo "folder $folder"
exec >"$folder/log"
exec 2>&1

# From here on the owner has the folder and reads the log in it.
(
    "$programs/initdb" --pgdata="$folder/data" --username=postgres --auth=trust \
        --encoding=UTF8 --locale=C --no-sync &&
        "$programs/postgres" -D "$folder/data" -k "\"$folder\"" \
            -c listen_addresses='' -c port=5432 -c cluster_name="${folder##*/}" \
            -c max_connections=200 -c shared_buffers=32MB -c track_activity_query_size=16384 \
            -c fsync=off -c synchronous_commit=off -c full_page_writes=off
    echo "ended with status $?"
    : >"$folder/ended"
) </dev/null &
worker=$!

while read -r _; do :; done

# QUIT stops a server at once, and initdb as well. Again and again, because a
# program that has only just started still ignores it, as it was told above.
attempt=0
while kill -QUIT 0 && kill -0 "$worker" 2>/dev/null && [ "$attempt" -lt 400 ]; do
    attempt=$((attempt + 1))
    sleep 0.025
done
cd /
rm -rf -- "$folder" || rm -rf -- "$folder"
if kill -0 "$worker" 2>/dev/null; then
    kill -KILL 0
fi
