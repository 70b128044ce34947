"""The portal behind the link. A path holds the secret of a link, so it must never be logged."""
