"""The whole system on one machine: private MongoDB and RabbitMQ, a mailbox, the four services, all on 127.0.0.1.

``python -m scripts.local run`` is what ``make run`` calls. Tests use the same pieces through
:class:`scripts.local.system.System`. Knows nothing of what the services do, only how to start and stop them.
"""
