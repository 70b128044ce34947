"""Files that people attach: how they are checked, kept, scanned for viruses, and given out again.

A file is kept by the service whose person gave it. Its bytes are in GridFS (``fs.files``, ``fs.chunks``); a document in
``files`` says what it is. No file is opened in the service itself: ``opener`` does it in processes of its own.
"""
