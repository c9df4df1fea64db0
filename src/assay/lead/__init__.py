"""A lead's work: tasks, imports, batches, people, migrations, the impact of a guideline edit."""
