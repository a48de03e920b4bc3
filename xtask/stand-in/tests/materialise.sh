#!/bin/sh
# Makes the two trees of a pair: materialise.sh 1.28 FOLDER. For the tests here; the tool does it by itself.
set -e
here=$(cd "$(dirname "$0")/.." && pwd)
case $1 in
    1.28) mp=v1.28.0 idf=v5.5.1 ;;
    1.23) mp=v1.23.0 idf=v5.1.2 ;;
    *) echo "usage: materialise.sh 1.28|1.23 FOLDER" >&2; exit 2 ;;
esac
for tree in micropython:$mp esp-idf:$idf; do
    name=${tree%:*}
    mkdir -p "$2/$name"
    cp -R "$here/common/$name/." "$2/$name"
    cp -R "$here/$1/$name/." "$2/$name"
    git -C "$2/$name" init -q
    git -C "$2/$name" add -A
    git -C "$2/$name" -c user.name=stand-in -c user.email=stand-in@localhost commit -qm "stand-in ${tree#*:}"
    git -C "$2/$name" tag "${tree#*:}"
done
