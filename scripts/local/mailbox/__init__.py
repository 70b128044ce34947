"""A mailbox for one machine: takes every letter over SMTP, delivers none, and shows them on a page and as JSON."""
