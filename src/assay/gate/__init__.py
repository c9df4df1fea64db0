"""Policy and evidence → verdict; the runner of the project's own checks; who is held to the verdict."""
