"""Expected status of each endpoint for each role, own and foreign rows."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Flask
from sqlalchemy import select

from models import db
from models.application import Application, Stage
from models.review import ReviewMeeting
from tests.helpers.access import (
    CLOSED,
    LISTS,
    OF_FILE,
    PEOPLE,
    ROW_PAGES,
    ROW_POSTS,
    STOCK_OPERATIONS,
    VIEWS,
    A,
    addresses,
    applications,
    files_of,
    parts,
    rows,
)

OK, GONE, NO, MISSING, STALE = 200, 302, 403, 404, 409

ANSWERS: dict[str, dict[str, set[int]]] = {
    'index': {'GET': {OK}},
    'index_view': {'GET': {OK}},
    'details_view': {'GET': {OK}},
    'progress_view': {'GET': {OK}},
    'create_view': {'GET': {OK}, 'POST': {OK}},
    'edit_view': {'GET': {OK}, 'POST': {OK}},
    'delete_view': {'POST': {GONE}},
    'export': {'GET': {OK}},
    'act_view': {'GET': {OK}, 'POST': {OK, STALE}},
    'action_view': {'POST': {GONE, NO}},  # no action is named
    'bulk_view': {'POST': {NO}},
    'result_view': {'GET': {MISSING}},
    'narrow_view': {'GET': {OK}},
    'proof_view': {'POST': {400}},  # no text is sent
    'suggest_view': {'GET': {MISSING}},  # no source is named
    'fetch_view': {'POST': {MISSING}},  # no section is named
    'grants_view': {'GET': {OK, NO}, 'POST': {STALE, NO}},  # the version is missing; the administrator needs no grant
    'enable_view': {'POST': {GONE}},
    'password_view': {'POST': {GONE}},
    'draft_view': {'POST': {GONE}},
    'aside_view': {'POST': {GONE}},
    'unaside_view': {'POST': {GONE}},
    'order_view': {'GET': {OK}},
    'collect_view': {'POST': {GONE}},
    'dissolve_view': {'POST': {GONE}},
    'period_view': {'GET': {MISSING}},  # no day is named
    'list_view': {'GET': {MISSING}},  # no paper is named
    'name_view': {'POST': {GONE}},  # nobody is named
    'cancel_view': {'POST': {GONE}},
    'confirm_view': {'POST': {GONE}},
    'read': {'POST': {GONE}},
    'keep_filter_view': {'POST': {GONE}},
    'drop_filter_view': {'POST': {MISSING}},  # no key is given
    'find_view': {'GET': {GONE}},
    'workbook_view': {'POST': {GONE, NO}},  # only where the list exports
    'copy_view': {'POST': {GONE, NO}},  # only closed declarations and those of earlier years
    'import_view': {'GET': {OK}, 'POST': {OK}},
    'template_view': {'GET': {OK}},
    'preview_view': {'GET': {MISSING}},  # no import is named
    'run_view': {'POST': {MISSING}},
    'faulty_view': {'GET': {MISSING}},
    'pay_view': {'GET': {OK}},
    'vote_view': {'GET': {OK}, 'POST': {OK}},
    'seat_view': {'POST': {GONE}},
    'bring_view': {'POST': {GONE}},
    'open_view': {'POST': {GONE}},
    'close_view': {'POST': {GONE}},
    'files.index': {'GET': {OK}},
    'files.reports': {'GET': {OK}},
    'files.paper': {'GET': {MISSING}},
    'files.print': {'GET': {MISSING}},
    'files.again': {'GET': {MISSING}},
    'files.file': {'GET': {OK}},
    'files.upload': {'POST': {MISSING}},  # no material is named
    'files.remove': {'POST': {NO}},
    'files.move': {'POST': {NO}},
    'files.pack': {'POST': {GONE}},
    'files.share': {'GET': {MISSING}, 'POST': {MISSING}},
    'files.sample': {'GET': {MISSING}},
    'library.file': {'GET': {OK}},
    'library.upload': {'POST': {GONE}},
    'sample_view': {'GET': {OK}, 'POST': {GONE}},
    'jobs.index': {'GET': {OK}},
    'jobs.show': {'GET': {OK}},
    'jobs.state': {'GET': {OK}},
    'jobs.product': {'GET': {MISSING}},
    'jobs.cancel': {'POST': {GONE}},
}
"""Statuses for an own row with an empty form: the form is shown again, no action is done."""

EXCEPTIONS: dict[str, dict[str, set[int]]] = {
    'library.delete_view': {'POST': {NO}},  # every file of the demo world is in use
    'my_applications.create_view': {'GET': {OK}, 'POST': {GONE}},  # a new draft asks for nothing
    'my_applications.edit_view': {'GET': {OK}, 'POST': {STALE}},  # the version is missing
    **{f'declaration_{key}.index_view': {'GET': {GONE}} for key in LISTS},
    **{f'declaration_{key}.create_view': {'GET': {MISSING}, 'POST': {MISSING}} for key in LISTS},  # no key is given
}

APPLICANT_S_FILES = {
    'files.upload': {'POST': {MISSING}},
    'files.share': {'GET': {MISSING}, 'POST': {MISSING}},
    'files.remove': {'POST': {GONE}},
    'files.move': {'POST': {GONE}},
}
"""Statuses for the applicant, who alone uploads, orders and removes files, while the declaration is open."""


def expected(endpoint: str, username: str) -> dict[str, set[int]]:
    """Return the expected statuses of an endpoint that is open to this account."""
    if PEOPLE[username] == A and endpoint in APPLICANT_S_FILES:
        return APPLICANT_S_FILES[endpoint]
    return EXCEPTIONS.get(endpoint) or ANSWERS[parts(endpoint)[1]]


def own_keys(app: Flask, endpoint: str, username: str) -> list[int]:
    """Return up to two keys of own rows for a page; rows without an owner count as own."""
    view, method = parts(endpoint)
    session = db.session()
    own, foreign = rows(session, view, username)
    model = next(
        (getattr(each, 'model', None) for each in app.extensions['admin'][0]._views if each.endpoint == view), None
    )
    open_ones = set(
        session.scalars(select(Application.id).where(Application.stage.in_((Stage.DRAFT, Stage.CORRECTION))))
    )
    if view.startswith('declaration_'):
        mine, _others = applications(session, username)
        mine = mine if method == 'details_view' else mine & open_ones
        return list(session.scalars(select(model.id).where(model.application_id.in_(mine)).order_by(model.id).limit(2)))
    if not own and not foreign and model is not None:
        return list(session.scalars(select(model.id).order_by(model.id).limit(2)))
    if PEOPLE[username] == A and method in ('edit_view', 'files.upload', 'files.share', 'files.remove', 'files.move'):
        own &= open_ones
    if method == 'pay_view':
        paying = (Stage.PAYMENT, Stage.EXPERT_REVIEW)
        own &= set(session.scalars(select(Application.id).where(Application.stage.in_(paying))))
    elif method in OF_FILE:
        own = files_of(session, own)
    elif view == 'sessions' and method in ('edit_view',):
        own &= set(session.scalars(select(ReviewMeeting.id).where(ReviewMeeting.state != 'closed')))
    return sorted(own)[:2]


def visits(app: Flask, username: str, wanted: str) -> Iterator[tuple[str, str, set[int]]]:
    """Yield endpoint, path and expected statuses of all pages that are open to an account by one method."""
    last = ('delete_view', 'files.remove')
    for endpoint, path, methods in sorted(addresses(app), key=lambda each: parts(each[0])[1] in last):
        view, method = parts(endpoint)
        closed = method in CLOSED or (method in STOCK_OPERATIONS and method not in VIEWS[view].opens)
        if PEOPLE[username] not in VIEWS[view].roles or closed or wanted not in methods:
            continue
        statuses = expected(endpoint, username)[wanted]
        if method in ROW_PAGES | ROW_POSTS:
            name = 'file' if method in OF_FILE else 'id'
            for key in own_keys(app, endpoint, username):
                yield endpoint, f'{path}?{name}={key}', statuses
        else:
            yield endpoint, path, statuses
