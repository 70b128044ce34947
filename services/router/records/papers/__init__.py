"""Papers of the record: what is made of a case for people outside the desk."""
