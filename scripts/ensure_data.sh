#!/usr/bin/env bash
# Fashion-MNIST for the slow tests and the benchmarks, from Debian's package, where that can be had.
# Best effort: without it what needs it says so itself.
set -euo pipefail

package=dataset-fashion-mnist
data=/usr/share/datasets/fashion-mnist/train-images-idx3-ubyte.gz

[ -e "$data" ] && exit
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "Installing $package" >&2
    export DEBIAN_FRONTEND=noninteractive
    (apt-get update -qq; apt-get install -y -qq "$package") </dev/null >/dev/null 2>&1 || true
    [ -e "$data" ] && exit
fi
echo "Fashion-MNIST is not here: install Debian's or Ubuntu's package $package as root." >&2
