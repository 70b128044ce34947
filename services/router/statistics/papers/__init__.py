"""Tables of figures and of rows, as CSV and XLSX."""
