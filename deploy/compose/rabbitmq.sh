#!/bin/sh
# Lets RabbitMQ's own user read the definitions, which its owner keeps to himself, and starts the server as the image would.
set -eu
install -o rabbitmq -g rabbitmq -m 400 /run/secrets/rabbitmq-definitions.json /etc/rabbitmq/klu-definitions.json
exec docker-entrypoint.sh "$@"
