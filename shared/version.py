"""The version of the software, for papers that leave it."""

VERSION = "0.8.2"
