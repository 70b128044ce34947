"""Checks of ``deploy/k8s`` that need no cluster: it renders, and keeps to its schemas and to our own rules."""
