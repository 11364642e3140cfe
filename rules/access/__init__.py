"""Access: all decisions on who enters a room, sees a row, acts on it and reads its fields.

Callers write ``from rules import access`` and call ``access.find(...)``; each name is defined in one module below.
The modules import in one direction, ``rooms ← grants ← parties, scopes, disclosure ← changes``, and none of them
imports ``rules.flow``: the flow depends on access, never the reverse.
"""

from rules.access.changes import HANDED_IN_BY, OPEN_TO_APPLICANT, may_change, may_hand_in
from rules.access.disclosure import (
    is_released,
    reads_answers,
    reads_field,
    sees_whole,
    stage_seen,
    stage_seen_sql,
    stage_shown,
    steps_seen,
)
from rules.access.grants import granted, holds_on, may_do, may_enter, may_sign_in
from rules.access.parties import ROLES, acts_for, authorities, authority, members, party_of, speaks_for
from rules.access.rooms import EMPLOYER_SIDE, PUBLIC, ROOMS, ROOMS_OF, WORKROOMS, Verb
from rules.access.scopes import find, find_all, kept_back, recusal, scope

__all__ = (
    'EMPLOYER_SIDE',
    'HANDED_IN_BY',
    'OPEN_TO_APPLICANT',
    'PUBLIC',
    'ROLES',
    'ROOMS',
    'ROOMS_OF',
    'WORKROOMS',
    'Verb',
    'acts_for',
    'authorities',
    'authority',
    'find',
    'find_all',
    'granted',
    'holds_on',
    'is_released',
    'kept_back',
    'may_change',
    'may_do',
    'may_enter',
    'may_hand_in',
    'may_sign_in',
    'members',
    'party_of',
    'reads_answers',
    'reads_field',
    'recusal',
    'scope',
    'sees_whole',
    'speaks_for',
    'stage_seen',
    'stage_seen_sql',
    'stage_shown',
    'steps_seen',
)
