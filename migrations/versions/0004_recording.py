"""The audit, which nobody may change, and the answers kept under Idempotency-Keys."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "audit_entry",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "at",
            sa.DateTime(timezone=True),
            server_default=sa.func.clock_timestamp(),
            nullable=False,
        ),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.Column("key_id", sa.Uuid(), nullable=False),
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("thing_id", sa.Uuid()),
        sa.Column("status", sa.SmallInteger(), nullable=False),
        sa.Column("before", postgresql.JSONB()),
        sa.Column("after", postgresql.JSONB()),
        sa.PrimaryKeyConstraint("id", name="pk_audit_entry"),
    )
    for column in ("agency_id", "key_id", "thing_id"):
        op.create_index(f"ix_audit_entry_{column}_id", "audit_entry", [column, "id"])
    op.execute(
        """
        create function refuse_change_of_audit() returns trigger language plpgsql as $$
        begin  -- a redaction, which takes a personal name out, says so for its transaction
            if tg_op = 'UPDATE' and current_setting('kheo.redacts', true) = 'yes'
                and (new.id, new.at, new.agency_id, new.key_id, new.request_id, new.action)
                    = (old.id, old.at, old.agency_id, old.key_id, old.request_id, old.action)
            then
                return new;
            end if;
            raise exception 'the audit cannot be changed' using errcode = '42501';
        end $$
        """
    )
    op.execute(
        "create trigger kept before update or delete on audit_entry"
        " for each row execute function refuse_change_of_audit()"
    )
    op.execute(
        "create trigger kept_whole before truncate on audit_entry"
        " for each statement execute function refuse_change_of_audit()"
    )
    op.create_table(
        "idempotent_answer",
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.SmallInteger(), nullable=False),
        sa.Column("headers", postgresql.JSONB(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column(
            "answered_at",
            sa.DateTime(timezone=True),
            server_default=sa.func.now(),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("agency_id", "path", "key", name="pk_idempotent_answer"),
    )
    op.create_index("ix_idempotent_answer_answered_at", "idempotent_answer", ["answered_at"])


def downgrade() -> None:
    op.drop_table("idempotent_answer")
    op.drop_table("audit_entry")
    op.execute("drop function refuse_change_of_audit")
