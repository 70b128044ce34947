"""What the HTML services share: one look, forms that keep what was typed, CSRF, headers, translations."""
