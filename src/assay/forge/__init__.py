"""GitHub and GitLab: addresses, pull requests, repository settings."""
