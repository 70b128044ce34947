"""The procedure under faults: people use a private system while its parts are killed, frozen and refused; then every
message is followed by its ids through the four databases and the mail server. ``python -m scripts.chaos --help``."""
