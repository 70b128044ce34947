"""RabbitMQ behind safe defaults: topology, publishing, consuming."""
