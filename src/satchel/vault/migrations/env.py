"""Alembic's entry point: runs the revisions on the connection that `satchel.vault.schema` passes in."""

from alembic import context

context.configure(
    connection=context.config.attributes["connection"],
    version_table="schema_revision",
    version_table_schema="satchel",
    transaction_per_migration=False,
)
with context.begin_transaction():
    context.run_migrations()
