"""The settings of files."""

from pydantic import Field

from shared.config import WebSettings


class FileSettings(WebSettings):
    """The settings of a service that takes files."""

    most_files: int = Field(5, ge=0, le=20, description="Files that can be attached to one form.")
    largest_file_mb: int = Field(10, ge=1, le=100, description="Largest file, in MB.")
    pending_files_mb: int = Field(
        2_000, ge=1, description="MB of all files that were attached to forms not sent yet; they are kept for a day."
    )
    client_files: int = Field(200, ge=1, description="Files that one client may attach in an hour, per process.")
    client_files_mb: int = Field(500, ge=1, description="MB that one client may attach in an hour, per process.")
    clamd_url: str = Field(
        "", description="Virus scanner clamd, tcp://host:port or unix:/path; empty: files are not scanned."
    )
