"""The four services. Each can be deployed, scaled, stopped and restarted on its own; none imports another."""
