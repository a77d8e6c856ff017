#!/bin/sh
# Runs on the host after the packages are installed, with the new root as $1.
set -eu

# How this host reaches its mirror is no business of the image.
rm -f "$1/etc/apt/apt.conf.d/99mmdebstrap"
rm -rf "$1/var/lib/apt/lists" "$1/var/cache/apt" "$1"/var/log/*.log "$1/etc/nginx/sites-enabled"
