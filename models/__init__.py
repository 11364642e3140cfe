"""What is stored. Importing this package declares every table."""

from models import (
    account,
    application,
    approval,
    catalogue,
    declaration,
    employer,
    job,
    material,
    name_search,
    notice,
    payment,
    record,
    reference_cache,
    registry,
    review,
    reviewing,
    section,
    table_import,
    transaction,
)
from models.base import Base, db
from models.fields import hold_states

hold_states(Base.metadata)

__all__ = [
    'Base',
    'account',
    'application',
    'approval',
    'catalogue',
    'db',
    'declaration',
    'employer',
    'job',
    'material',
    'name_search',
    'notice',
    'payment',
    'record',
    'reference_cache',
    'registry',
    'review',
    'reviewing',
    'section',
    'table_import',
    'transaction',
]
