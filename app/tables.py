"""Every table of the registry, for what needs the whole of its metadata."""

import app.access.tables
import app.award_decisions.tables
import app.campaign_periods.tables
import app.changes.tables
import app.criteria.tables
import app.db.tables
import app.documents.tables
import app.emulation_models.tables
import app.events.tables
import app.localities.tables
import app.organisations.tables
import app.publications.tables
import app.statistics.tables  # noqa: F401 - importing them is what this module is for
