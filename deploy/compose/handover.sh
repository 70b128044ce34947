#!/bin/sh
# Copies each store's secrets to a volume of its own, which that store alone mounts, for the user that it runs as.
set -eu
umask 077
give() { install -o 999 -g 999 -m 400 "/run/secrets/$2" "/for/$1/$2"; }

give rabbitmq rabbitmq-definitions.json
give mongodb mongodb-keyfile
give mongodb mongodb-root-password
give mongodb mongodb-users.js

chown 10001:10001 /for/destruction /for/anchors
