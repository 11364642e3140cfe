"""What an account may read of a declaration: hidden fields nowhere, personal values masked, unknown ones not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_views.framework.field_checks import BadDeclaration, check_fields
from models import db
from models.account import Role
from models.application import Application, Stage
from models.audit import AuditLine
from models.declaration import Basic, Education
from models.fields import Field, Kind, Mask, fields_of
from models.section import SECTIONS, Shape, heads
from pdf_templates import sections
from pdf_templates.contexts.shared import head_of
from rules import remarks, sections_seen
from rules.declaration import Change, place
from rules.flow import bulk, doing
from rules.flow.table import TRANSITIONS
from rules.refusal import Refused
from tests.helpers.types import ClientOf, Find, Who

Redeclare = Callable[..., None]


@pytest.fixture
def redeclare() -> Iterator[Redeclare]:
    """A change to the declared field of a column, taken back after the test."""
    kept: list[tuple[Any, Any]] = []

    def change(model: Any, name: str, **attributes: Any) -> None:
        column = model.__table__.c[name]
        kept.append((column, column.info['field']))
        column.info['field'] = replace(column.info['field'], **attributes)
        fields_of.cache_clear()

    yield change
    for column, field in reversed(kept):
        column.info['field'] = field
    fields_of.cache_clear()


def changed(key: str, name: str) -> Change:
    """A change of one value."""
    return Change('基本信息', '项目', '13800000001', '13800000002', place(key, None, name))


def test_a_field_hidden_from_a_role_is_on_none_of_its_pages(
    app: Flask, client_of: ClientOf, redeclare: Redeclare
) -> None:
    paths = {'details': '联系电话', 'vote': '联系电话'}
    for path, label in paths.items():
        assert label in client_of('zhuanjia1').get(f'/ballots/{path}/?id=32').get_data(as_text=True)
    redeclare(Basic, 'phone', unseen_by=(Role.EXPERT,))
    for path, label in paths.items():
        page = client_of('zhuanjia1').get(f'/ballots/{path}/?id=32')
        assert (page.status_code, label in page.get_data(as_text=True)) == (200, False)
    with app.app_context():
        office = f'bangong{db.session.get_one(Application, 32).committee_id}'
    assert '联系电话' in client_of(office).get('/office_applications/details/?id=32').get_data(as_text=True)


def test_it_is_in_no_comparison_export_or_remark(
    session: Session, account: Who, application: Find, redeclare: Redeclare
) -> None:
    redeclare(Basic, 'phone', unseen_by=(Role.EXPERT,))
    expert, office, found = account('zhuanjia1'), account('bangong1'), application(Stage.EXPERT_REVIEW)
    change = changed('basic', 'phone')
    assert sections_seen.change_seen(expert, change, whole=False) is None
    seen = sections_seen.change_seen(office, change, whole=False)
    assert seen is not None
    assert (seen.before, seen.after) == ('138******01', '138******02')
    assert 'phone' not in [field.name for field in sections_seen.fields_open_to(expert, Basic)]
    assert 'basic..phone' not in remarks.places(expert, found)
    assert 'basic..phone' in remarks.places(office, found)
    said = [{'section': 'basic', 'field': name, 'row_id': None, 'remark': '改'} for name in ('phone', 'email')]
    assert [each.field for each in remarks.readable(expert, said)] == ['email']
    assert [each.field for each in remarks.readable(office, said)] == ['phone', 'email']


def test_a_change_of_an_unknown_field_is_hidden(account: Who) -> None:
    for whole in (False, True):
        seen = sections_seen.change_seen(account('guanli1'), changed('basic', 'gone'), whole=whole)
        assert seen is not None
        assert (seen.before, seen.after) == ('***', '***')
        seen = sections_seen.change_seen(account('guanli1'), changed('nowhere', 'phone'), whole=whole)
        assert seen is not None
        assert (seen.before, seen.after) == ('***', '***')


def test_a_field_hidden_from_those_who_print_is_on_no_paper(application: Find, redeclare: Redeclare) -> None:
    found = application(Stage.EXPERT_REVIEW)
    phone = Basic.of(found).phone
    redeclare(Basic, 'phone', unseen_by=(Role.EXPERT,))
    assert head_of(found)['phone'] == phone
    redeclare(Basic, 'phone', unseen_by=(Role.HANDLER,))
    assert head_of(found)['phone'] == ''
    printed = sections.plain_section(Basic, [Basic.of(found)])
    assert '联系电话' not in [each['label'] for each in printed['fields']]
    assert phone not in printed['rows'][0]


def test_the_audit_line_names_the_values_revealed(app: Flask, client_of: ClientOf, redeclare: Redeclare) -> None:
    redeclare(Education, 'certificate_number', mask=Mask.CERTIFICATE)
    with app.app_context():
        own = select(Application).where(Application.employer_id == 1, Application.stage == Stage.PRE_NOTICE)
        found = db.session.scalars(own).first()
        assert found is not None
        key, serial, number = found.id, found.serial, Education.of(found)[0].certificate_number
    client, path = client_of('guanli1'), f'/employer_applications/details/?id={key}'
    masked = client.get(path).get_data(as_text=True)
    assert number is not None
    assert number not in masked
    assert f'{number[:5]}{"*" * (len(number) - 8)}{number[-3:]}' in masked
    assert number in client.get(f'{path}&whole=1').get_data(as_text=True)
    with app.app_context():
        lines = select(AuditLine.details).where(AuditLine.event == 'see_whole')
        assert list(db.session.scalars(lines)) == [f'{serial} 证件号码、联系电话、学历证书编号']


@pytest.mark.parametrize(
    ('mask', 'value', 'shown'),
    [
        (Mask.CERTIFICATE, '105611201205000001', '10561**********001'),
        (Mask.CERTIFICATE, '1056120', '105**20'),
        (Mask(1, 0), '张三丰', '张**'),
        (Mask(0, 4), '622848040256489123', '**************9123'),
    ],
)
def test_a_field_may_have_a_mask_of_its_own(mask: Mask, value: str, shown: str) -> None:
    assert mask.masked(value) == shown


def test_the_head_columns_stand_at_the_fields_that_they_repeat() -> None:
    assert heads() == {
        'applicant_name': ('basic', 'name'),
        'id_number': ('basic', 'id_number'),
        'track': ('target', 'track'),
        'series': ('target', 'series'),
        'level': ('target', 'level'),
        'title': ('target', 'title'),
        'speciality': ('target', 'speciality'),
    }


@pytest.mark.parametrize(
    ('model', 'name', 'attributes', 'said'),
    [
        (Basic, 'phone', {'unseen_by': ('experts',)}, "Basic.phone: unseen_by='experts' is unknown"),
        (Basic, 'phone', {'unseen_by': (Role.APPLICANT,)}, 'Basic.phone: unseen_by names the applicant'),
        (Basic, 'phone', {'filterable': True}, 'Basic.phone: filterable needs a head column'),
        (Basic, 'id_number', {'mask': None}, 'Basic.id_number: Application.id_number has another mask'),
        (Basic, 'name', {'unseen_by': (Role.EXPERT,)}, 'Basic.name: Application.applicant_name has another mask or is'),
        (Education, 'degree', {'only_for': ('x',)}, 'Education.degree: only_for='),
        (Education, 'school', {'paper_width': 120.0}, 'Education: its 10 fields are too wide for a table'),
    ],
)
def test_what_does_not_fit_together_stops_the_start(
    redeclare: Redeclare, model: Any, name: str, attributes: dict[str, Any], said: str
) -> None:
    redeclare(model, name, **attributes)
    with pytest.raises(BadDeclaration) as raised:
        check_fields()
    assert str(raised.value).startswith(said)


def test_papers_print_each_section_in_the_shape_that_it_declares() -> None:
    shapes = {section.key(): sections.bands(_with_a_row(section))[0][0] for section in SECTIONS if section.many}
    blocks = {section.key() for section in SECTIONS if section.many and section.about.shape is Shape.BLOCKS}
    assert blocks == {'project', 'academic', 'patent'}
    assert {key for key, band in shapes.items() if band == 'line'} == blocks
    assert {band for key, band in shapes.items() if key not in blocks} == {'table'}


def test_one_field_more_leaves_a_table_a_table() -> None:
    section = _with_a_row(Education)
    one_more = {'label': '第二学历证书编号', 'kind': 'text', 'longest': 32, 'some': False}
    wider = {**section, 'fields': [*section['fields'], one_more], 'rows': [[*section['rows'][0], '1']]}
    (band,) = sections.bands(wider)
    assert band[0] == 'table'
    assert sum(width for _label, width, _key in band[1]) == pytest.approx(170)
    narrow = {**wider, 'fields': [*section['fields'], {**one_more, 'width': 15.0}]}
    assert [width for label, width, _key in sections.bands(narrow)[0][1] if label == '第二学历证书编号'] == [15.0]


def _with_a_row(section: Any) -> dict[str, Any]:
    plain = sections.plain_section(section, [])
    return {**plain, 'rows': [['甲'] * len(plain['fields'])]}


# --- bounds that look at the declaration -------------------------------------------------------------------------


def test_form_counter_and_check_read_the_bounds_of_the_declaration(
    app: Flask, client_of: ClientOf, redeclare: Redeclare
) -> None:
    redeclare(Basic, 'work_employer', bounds=lambda found: {'max_length': 3 if found.stage == Stage.DRAFT else 100})
    limits = {}
    for stage in (Stage.DRAFT, Stage.CORRECTION):
        with app.app_context():
            found = db.session.scalars(select(Application).where(Application.stage == stage)).first()
            assert found is not None
            key, username = found.id, found.applicant.username
        page = client_of(username).get(f'/my_applications/edit/?id={key}&check=submit').get_data(as_text=True)
        (control,) = [tag for tag in page.split('<') if 'name="basic-work_employer"' in tag]
        limits[stage] = 'maxlength="3"' in control, '现工作单位最多 3 字' in page
    assert limits == {Stage.DRAFT: (True, True), Stage.CORRECTION: (False, False)}


def test_bulk_and_single_actions_read_the_bounds_of_each_declaration(
    session: Session, account: Who, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting = select(Application).where(Application.stage == Stage.EMPLOYER_REVIEW, Application.employer_id == 1)
    first, second, *_rest = session.scalars(waiting.order_by(Application.id))
    asked = Field(
        'opinion',
        '原因',
        Kind.PARAGRAPH,
        max_length=500,
        bounds=lambda found: {'min_length': 20} if found is first else {},
    )
    row = replace(TRANSITIONS[Stage.EMPLOYER_REVIEW, 'return'], asks=(asked,))
    clerk, data = account('guanli1'), {'opinion': '请补充'}
    outcomes = bulk.preflight(session, row, [first, second], clerk, data)
    assert [(each.done, each.refusal and each.refusal.sentence) for each in outcomes] == [
        (False, '原因不少于 20 字，还差 17 字'),
        (True, None),
    ]
    monkeypatch.setattr(doing, '_row_for', lambda *_asked: row)
    with pytest.raises(Refused, match='原因不少于 20 字，还差 17 字'):
        doing.perform(session, 'return', first, clerk, version=first.version, data=data)
    assert doing.perform(session, 'return', second, clerk, version=second.version, data=data) is not None
