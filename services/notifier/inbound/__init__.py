"""Mail that comes in: the SMTP listener, and the process that reads what strangers sent. Knows no MongoDB."""
