"""消息: the newest first, and how many are unread, however many there are."""

from __future__ import annotations

import lxml.html
import pytest
from flask import Flask
from sqlalchemy import delete, func, insert, select

from models import db
from models.account import Account
from models.base import now
from models.message import Message
from tests.helpers.statements import plans_of
from tests.helpers.types import ClientOf


def tell(app: Flask, username: str, many: int) -> None:
    """Give an account so many unread messages, and no other."""
    with app.app_context():
        key = db.session.scalars(select(Account.id).where(Account.username == username)).one()
        db.session.execute(delete(Message).where(Message.account_id == key))
        rows = [{'account_id': key, 'text': f'消息 {number}', 'at': now()} for number in range(many)]
        if rows:
            db.session.execute(insert(Message), rows)
        db.session.commit()


@pytest.mark.parametrize(
    ('many', 'shown', 'note'),
    [
        (0, '', '没有未读消息'),
        (1, '1 条未读', '1 条未读，以粗体显示'),
        (99, '99 条未读', '99 条未读，以粗体显示'),
        (100, '99+ 条未读', '99+ 条未读，以粗体显示'),
        (150, '99+ 条未读', '99+ 条未读，以粗体显示'),
    ],
)
def test_unread_messages_are_counted_no_further_than_is_shown(
    app: Flask, client_of: ClientOf, many: int, shown: str, note: str
) -> None:
    tell(app, 'guanli1', many)
    page = client_of('guanli1').get('/messages/').get_data(as_text=True)
    assert lxml.html.fromstring(page).xpath('string(//a[@class="top-messages"]/span)') == shown
    assert note in page
    assert page.count('（未读）') == min(many, 100)
    with app.app_context():
        account = db.session.scalars(select(Account).where(Account.username == 'guanli1')).one()
        assert account.unread == min(many, 100)


@pytest.mark.parametrize('path', ['/', '/messages/'])
@pytest.mark.parametrize('username', ['guanli1', 'bangong1'])
def test_the_newest_messages_are_not_sorted_out_of_all(
    app: Flask, client_of: ClientOf, username: str, path: str
) -> None:
    plans = plans_of(app, client_of(username), path, 'message')
    assert len(plans) >= 2  # the newest, and beside the visitor how many are unread
    assert not [plan for plan in plans if 'TEMP B-TREE' in plan or 'SCAN message' in plan]


def test_one_button_marks_all_of_the_visitor_s_messages_read_and_nobody_else_s(app: Flask, client_of: ClientOf) -> None:
    def unread() -> dict[str, int]:
        with app.app_context():
            counted = select(Account.username, func.count()).join(Message, Message.account_id == Account.id)
            of_each = counted.where(Message.read_at.is_(None)).group_by(Account.username)
            return {username: count for username, count in db.session.execute(of_each)}

    before = unread()
    assert before.pop('guanli1') > 1
    assert client_of('guanli1').post('/messages/read/').status_code == 302
    assert unread() == before
