"""RabbitMQ, wrapped once so that nobody can use it unsafely: topology, publishing, consuming."""
