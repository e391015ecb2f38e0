# A shell under the account that may run a server: does what it is told, a line a command, and
# says its status. When nobody can tell it anything any more, it ends all it started and removes
# its folder. Arguments: folders for temporary files. Leads its own process group.
# Who was told the status may be gone, which is no reason to leave anything.
trap '' HUP INT QUIT TERM PIPE
ulimit -c 0
umask 077
# In memory, where there is room: files are copied there in a tenth of the time.
room=$(df -Pk /dev/shm 2>/dev/null | awk 'NR == 2 { print $4 }')
[ "${room:-0}" -gt 1000000 ] && set -- /dev/shm "$@"
for parent in "$@"; do
    folder=$(mktemp -d "$parent/pgstrata.XXXXXX" 2>/dev/null) && break
done
echo "$folder"
cd "$folder" || exit 1
while read -r line; do
    eval "$line" </dev/null >>log 2>&1
    echo "$?"
done
# Servers are in sessions of their own, so that no signal to a group reaches them.
attempt=0
for file in "$folder"/*/postmaster.pid; do
    [ -f "$file" ] || continue
    server=$(head -n 1 "$file")
    while kill -QUIT "$server" 2>/dev/null && [ "$attempt" -lt 400 ]; do
        attempt=$((attempt + 1))
        sleep 0.025
    done
done
cd /
rm -rf -- "$folder" || rm -rf -- "$folder"
