"""Webhooks: other systems of the institution are told of cases."""
