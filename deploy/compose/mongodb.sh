#!/bin/sh
# Gives mongod its own copy of the key file, which it wants to own alone, and starts the server as the image would.
set -eu
install -o mongodb -g mongodb -m 400 /run/secrets/mongodb-keyfile /etc/klu-keyfile
exec docker-entrypoint.sh "$@"
