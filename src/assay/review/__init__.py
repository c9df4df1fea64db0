"""What a pull request changes, and whether it may: judged by what the base says, never by what it brings."""
