# A RabbitMQ of Debian's packages, laid out as the official image is: user 999, its commands on PATH, its pages on.
ARG BASE
FROM ${BASE}
RUN groupmod -o -g 999 rabbitmq && usermod -o -u 999 -g 999 rabbitmq \
 && mkdir -p /etc/rabbitmq/conf.d \
 && ln -sf /usr/lib/rabbitmq/bin/rabbitmq* /usr/local/sbin/ \
 && RABBITMQ_ENABLED_PLUGINS_FILE=/etc/rabbitmq/enabled_plugins rabbitmq-plugins enable --offline rabbitmq_management \
 && chmod a+r /etc/rabbitmq/enabled_plugins \
 && rm -rf /var/lib/rabbitmq && install -d -o rabbitmq -g rabbitmq /var/lib/rabbitmq /var/log/rabbitmq
ENV HOME=/var/lib/rabbitmq RABBITMQ_LOGS=-
CMD ["rabbitmq-server"]
