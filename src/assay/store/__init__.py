"""All bytes and all subprocesses."""
