#!/usr/bin/env bash
# Data for the slow tests and the benchmarks, from Debian's packages, where those can be had:
# Fashion-MNIST, sounds, and the library by which power cuts are tried. Best effort: without them what needs them says so itself.
set -euo pipefail

# package, one file of it
data=(
    "dataset-fashion-mnist /usr/share/datasets/fashion-mnist/train-images-idx3-ubyte.gz"
    "sonic-pi-samples      /usr/share/sonic-pi/samples/bd_haus.flac"
    "libfuse3-3            $(echo /usr/lib/*/libfuse3.so.3)"
)

# Names the packages whose file is not here.
missing() {
    local package file
    for line in "${data[@]}"; do
        read -r package file <<<"$line"
        [ -e "$file" ] || echo "$package"
    done
}

packages="$(missing)"
[ -z "$packages" ] && exit
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "Installing" $packages >&2
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq </dev/null >/dev/null 2>&1 || true
    for package in $packages; do # one that is not to be had must not keep the others away
        apt-get install -y -qq "$package" </dev/null >/dev/null 2>&1 || true
    done
fi
for package in $(missing); do
    echo "Not here: install Debian's or Ubuntu's package $package as root." >&2
done
