"""Checks of ``deploy/k8s`` that need no cluster: it renders, and keeps to its schemas and to our own rules.

A rule takes the rendered documents and yields a sentence for each thing that is wrong. The tests break each one.
"""
