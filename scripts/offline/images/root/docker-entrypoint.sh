#!/bin/sh
# The entry point of the official nginx image, without the scripts that edit its configuration.
exec "$@"
