"""All tables, with their constraints and indexes, as they were when the registry was released."""

import re
from pathlib import Path

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

SQL = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")


def upgrade() -> None:
    for statement in SQL.split(";\n"):
        if statement.strip():
            op.execute(statement)


def downgrade() -> None:
    tables = re.findall(r"create table (\w+)", SQL)
    op.execute(f"drop table {', '.join(tables)}")
