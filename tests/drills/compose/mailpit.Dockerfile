# The local mailbox in place of Mailpit: its page, its API, its SMTP; /mailpit answers the health check.
ARG BASE
FROM ${BASE}
COPY constraints.txt /build/
RUN python3 -m venv /opt/mailbox \
 && /opt/mailbox/bin/pip install -q -c /build/constraints.txt aiosmtpd fastapi jinja2 typer uvicorn python-dotenv \
 && printf '#!/bin/sh\nexec /opt/mailbox/bin/python -c "import socket; socket.create_connection((\\"127.0.0.1\\", 8025), 3)"\n' > /mailpit \
 && chmod +x /mailpit
COPY scripts /app/scripts
WORKDIR /app
CMD ["/opt/mailbox/bin/python", "-m", "scripts.local.mailbox", "--host", "0.0.0.0"]
