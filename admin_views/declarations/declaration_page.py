"""Base of the pages about one declaration, with the way back to the list that the visitor came from."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlsplit

from flask import abort, request
from flask_login import current_user

from admin_views.framework.access_check import Guarded, Page, is_inside, open_rooms, safe_return
from admin_views.framework.private_names import view_named
from models import db
from models.application import Application
from models.base import now
from rules import access


def came_from() -> tuple[str, str]:
    """Return the room and address of the list that the visitor came from, by default the work list of the role.

    Pages about one declaration may lie between the list and this one; ``url`` of each is the address of the one before.
    """
    target, root = safe_return(''), request.script_root
    while is_inside(target):
        parts = urlsplit(target)
        room = parts.path.removeprefix(root).strip('/').partition('/')[0]
        if room in open_rooms() and room != 'files':
            index = f'{root}/{room}/'
            return room, target if parts.path == index else index
        target = dict(parse_qsl(parts.query)).get('url', '')
    room = access.WORKROOMS.get(current_user.role, '')
    return (room, f'{root}/{room}/') if room else ('admin', f'{root}/')


class DeclarationPage(Page):
    """A page about the declaration that the address names."""

    listed = False  # reached from a declaration, not from the menu

    def in_menu(self) -> Guarded:
        """Return the list that the visitor came from, to mark it in the menu."""
        room, _address = came_from()
        return view_named(self.admin, room) or self

    def render(self, template: str, **context: Any) -> str:
        """Render the template with breadcrumbs to the list that the visitor came from."""
        room, address = came_from()
        group = access.ROOMS[room].menu
        groups = [(group, None)] if group and group != access.ROOMS[room].label else []
        return super().render(template, crumbs=[*groups, (access.ROOMS[room].label, address)], **context)

    def application(self) -> Application:
        """Load the declaration that the address names within the visitor's scope, or answer 404."""
        found = access.find(db.session(), current_user, Application, request.values.get('id'), now().date())
        if found is None:
            abort(404, '没有这项申报，或您无权查看')
        return found
