"""The desk's pages about cases: HTTP in, HTML or a redirect out."""
