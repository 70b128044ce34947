"""What services with pages share: layout, forms, CSRF tokens, headers, translations."""
