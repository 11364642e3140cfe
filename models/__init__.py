"""What is stored. Importing this package declares every table."""

from models import (
    account,
    application,
    approval,
    catalogue,
    declaration,
    desk,
    employer,
    imports,
    job,
    maintained,
    material,
    notice,
    payment,
    record,
    registry,
    review,
    search,
    section,
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
    'desk',
    'employer',
    'imports',
    'job',
    'maintained',
    'material',
    'notice',
    'payment',
    'record',
    'registry',
    'review',
    'search',
    'section',
]
