"""The whole system on one machine: private MongoDB and RabbitMQ, a mailbox, the four services, all on 127.0.0.1."""
