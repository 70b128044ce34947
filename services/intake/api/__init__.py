"""The JSON API. It uses the same domain functions as the pages."""
