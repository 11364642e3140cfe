"""The command line, as an operator uses it."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from pypdf import PdfReader
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from models import db
from models.account import Account
from models.application import Application, Stage, Step
from models.approval import ApprovalDocument
from models.base import now
from models.catalogue import Series, Title
from models.material import Material
from models.message import Message
from models.payment import FeeOrder
from pdf_templates import reports
from rules.flow.table import FLOW


def run(app: Flask, *arguments: str) -> tuple[int, str]:
    """Exit code and output of a command."""
    result = app.test_cli_runner().invoke(args=list(arguments))
    return result.exit_code, result.output


def test_flow_prints_every_row_and_a_diagram(app: Flask) -> None:
    code, output = run(app, 'flow')
    assert code == 0
    table, _, diagram = output.partition('stateDiagram-v2')
    assert all(f'{row.label} ({row.action})' in table for row in FLOW)
    assert all(f'{row.source} --> {row.target or "[*]"}: {row.label}' in diagram for row in FLOW)


def test_a_sound_world_has_sound_chains_and_no_contradiction(app: Flask) -> None:
    assert run(app, 'verify-steps') == (0, '办理记录的校验链完整\n')
    assert run(app, 'check') == (0, '没有发现矛盾的数据\n')


def test_messages_of_the_demo_are_read_newest_first(app: Flask) -> None:
    with app.app_context():
        moments = db.session.scalars(select(Message.at).order_by(Message.id)).all()
    assert len(moments) > 100
    assert list(moments) == sorted(moments)


def test_a_contradiction_is_named(app: Flask) -> None:
    with app.app_context():
        serial = db.session.scalars(select(Application.serial).where(Application.stage == Stage.PAYMENT)).first()
        db.session.execute(text('DELETE FROM fee_item'))
        db.session.commit()
    code, output = run(app, 'check')
    assert code == 1
    assert f'待缴费的申报没有缴费单：{serial}' in output


def test_a_stage_that_was_moved_behind_the_flow_s_back_is_found(app: Flask) -> None:
    with app.app_context():
        found = db.session.scalars(select(Application).where(Application.stage == Stage.OFFICE_REVIEW)).first()
        assert found is not None
        serial = found.serial
        db.session.execute(text(f"UPDATE application SET stage = 'payment' WHERE id = {found.id}"))
        db.session.commit()
    code, output = run(app, 'verify-steps')
    assert (code, output) == (1, f'{serial}：现处 payment，最后一条办理记录却到 office_review\n')


def test_the_catalogue_is_loaded_line_by_line(app: Flask, tmp_path: Path) -> None:
    file = tmp_path / 'titles.csv'
    lines = ['工程技术,中级,工程师', '新系列,中级,新资格', '新系列,特级,某某', '新系列,,某某', '新系列,中级,甲,乙']
    file.write_text('\n'.join(['series,level,title', *lines]), encoding='utf-8')
    code, output = run(app, 'load-catalogue', str(file))
    assert code == 1
    assert output.splitlines() == [
        '    2  未变  工程技术 · 中级 · 工程师',
        '    3  新增  新系列 · 中级 · 新资格',
        '    4  拒绝  级别「特级」不在 员级、助理级、中级、副高级、正高级 之内',
        '    5  拒绝  缺少 level',
        "    6  拒绝  多出的列：['乙']",
        '未变 1 行，新增 1 行，拒绝 3 行',
    ]
    with app.app_context():
        assert db.session.scalars(select(Title.name).join(Series).where(Series.name == '新系列')).all() == ['新资格']


def test_a_file_of_another_kind_is_refused(app: Flask, tmp_path: Path) -> None:
    file = tmp_path / 'other.csv'
    file.write_text('a,b\n1,2\n', encoding='utf-8')
    code, output = run(app, 'load-catalogue', str(file))
    assert (code, '表头应为' in output) == (1, True)


def test_the_shipped_catalogue_is_all_there(app: Flask) -> None:
    with app.app_context():
        assert db.session.scalars(select(func.count(Series.id))).one() == 27
        assert db.session.scalars(select(func.count(Title.id))).one() == 176


def test_init_makes_only_the_first_platform_administrator(app: Flask) -> None:
    with app.app_context():
        for table in ('grant_line', 'ballot', 'seat'):
            db.session.execute(text(f'DELETE FROM {table}'))
        db.session.execute(text("UPDATE account SET role = 'expert', enabled = false WHERE role = 'platform'"))
        before = db.session.scalars(select(func.count(Account.id))).one()
        db.session.commit()
    assert run(app, 'init', '--password', 'short')[0] == 1
    code, output = run(app, 'init', '--username', 'boss', '--password', 'long enough')
    assert (code, output) == (0, '已建立平台管理员 boss\n')
    with app.app_context():
        assert db.session.scalars(select(func.count(Account.id))).one() == before + 1
        assert db.session.scalars(select(func.count(Material.id))).one() == 17
    assert run(app, 'init')[1] == '已有平台管理员，没有改动。\n'


def test_demo_data_is_refused_in_production(app: Flask) -> None:
    app.config['DEMO'] = False
    try:
        code, output = run(app, 'demo')
    finally:
        app.config['DEMO'] = True
    assert code == 1
    assert '演示数据只在 APP_MODE=demo 下建立' in output


def test_a_report_is_printed_from_the_command_line(app: Flask, tmp_path: Path) -> None:
    with app.app_context():
        query = select(Application.serial, Application.applicant_name).where(
            Application.stage == Stage.PRE_NOTICE, Application.employer_id == 1
        )
        rows = db.session.execute(query).all()
    out = tmp_path / 'list.pdf'
    assert run(app, 'report', 'pre-notice-list', *(row[0] for row in rows), '-o', str(out))[0] == 0
    printed = ''.join(page.extract_text() for page in PdfReader(out).pages)
    assert all(row[1] in printed for row in rows)
    assert run(app, 'report', 'commitment-personal', rows[0][0], '-o', str(out))[0] == 0
    assert rows[0][0] in PdfReader(out).pages[0].extract_text()


@pytest.mark.parametrize(
    ('arguments', 'said'),
    [
        (('nothing', '1'), '没有报表 nothing'),
        (('commitment-personal', '0'), '没有这些业务流水号：0'),
    ],
)
def test_a_report_that_cannot_be_printed_says_why(
    app: Flask, tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    code, output = run(app, 'report', *arguments, '-o', str(tmp_path / 'x.pdf'))
    assert (code, said in output) == (1, True)


def test_a_paper_is_printed_of_what_its_number_names(app: Flask, tmp_path: Path) -> None:
    with app.app_context():
        named = {
            'fee-notice': db.session.scalars(select(FeeOrder.number)).first(),
            'approval-document': db.session.scalars(select(ApprovalDocument.number)).first(),
            'session-minutes': '1',
        }
    for code, number in named.items():
        out = tmp_path / f'{code}.pdf'
        assert run(app, 'report', code, str(number), '-o', str(out))[0] == 0
        assert len(PdfReader(out).pages) >= 1
    status, output = run(app, 'report', 'session-minutes', 'x', '-o', str(tmp_path / 'x.pdf'))
    assert (status, '没有这些会议编号：x' in output) == (1, True)


def behind_the_seal(statement: str) -> None:
    """What only who owns the database can do: lift the seal of the records, write, and commit."""
    if db.engine.dialect.name == 'sqlite':
        db.session.execute(text('DROP TRIGGER step_no_update'))
        db.session.execute(text('DROP TRIGGER step_no_delete'))
    else:
        db.session.execute(text('DROP TRIGGER step_sealed ON step'))
    db.session.execute(text(statement))
    db.session.commit()


@pytest.mark.parametrize('statement', ["UPDATE step SET opinion = ''", 'DELETE FROM step', 'DELETE FROM revision'])
def test_the_database_itself_keeps_the_records(app: Flask, statement: str) -> None:
    with app.app_context():
        with pytest.raises(DBAPIError, match='append-only'):
            db.session.execute(text(statement))
        db.session.rollback()


@pytest.mark.parametrize(
    'rewritten', ["opinion = '从未说过'", 'revision = revision + 1', 'opinion = char(0)', "revision = '二'"]
)
def test_a_record_that_was_rewritten_is_found(app: Flask, rewritten: str) -> None:
    with app.app_context():
        if db.engine.dialect.name != 'sqlite' and rewritten in {'opinion = char(0)', "revision = '二'"}:
            pytest.skip('the types of this database hold no such value')
        step = db.session.scalars(select(Step).where(Step.action == 'return')).first()
        assert step is not None
        serial, number = step.application.serial, step.number
        behind_the_seal(f'UPDATE step SET {rewritten} WHERE id = {step.id}')
    said = f'{serial}：第 {number} 条办理记录与校验值不符\n'
    assert run(app, 'verify-steps') == (1, said)
    code, output = run(app, 'check')
    assert (code, said in output) == (1, True)


@pytest.mark.parametrize('which', ['first', 'last'])
def test_a_record_that_was_removed_is_found(app: Flask, which: str) -> None:
    with app.app_context():
        found = db.session.scalars(select(Application).where(Application.stage == Stage.CERTIFICATION)).first()
        assert found is not None
        gone = found.steps[0 if which == 'first' else -1].id
        serial = found.serial
        behind_the_seal(f'DELETE FROM step WHERE id = {gone}')
    code, output = run(app, 'verify-steps')
    assert (code, serial in output) == (1, True)


def test_every_report_is_listed(app: Flask) -> None:
    code, output = run(app, 'reports')
    assert code == 0
    assert all(f'{report.code} ' in output and report.title in output for report in reports.REPORTS.values())


@pytest.mark.parametrize(
    ('code', 'more', 'said'),
    [
        ('pre-notice-list', ('--set', 'nothing=1'), '不问 nothing'),
        ('pre-notice-list', ('--set', 'starts_on=yesterday'), 'yesterday 不正确'),
        ('pre-notice-list', ('--set', 'phone=x'), '电话'),
        ('pre-notice-list', ('--set', 'starts_on=2026-09-28', '--set', 'ends_on=2026-09-29'), '不能少于 5 个工作日'),
        ('commitment-personal', ('--set', 'x=1'), '不问 x'),
    ],
)
def test_an_answer_that_a_report_cannot_take_is_named(
    app: Flask, tmp_path: Path, code: str, more: tuple[str, ...], said: str
) -> None:
    with app.app_context():
        serial = db.session.scalars(select(Application.serial).where(Application.stage == Stage.PRE_NOTICE)).first()
    out = tmp_path / 'x.pdf'
    status, output = run(app, 'report', code, str(serial), '-o', str(out), *more)
    assert (status, said in output, 'Traceback' in output) == (1, True, False)
    assert not out.exists()


def test_a_paper_of_one_declaration_is_not_printed_for_two(app: Flask, tmp_path: Path) -> None:
    with app.app_context():
        serials = list(db.session.scalars(select(Application.serial).limit(2)))
    out = tmp_path / 'x.pdf'
    status, output = run(app, 'report', 'commitment-personal', *serials, '-o', str(out))
    assert (status, '每次打印一项' in output, out.exists()) == (1, True, False)


def test_specialities_are_loaded_too_and_a_second_time_changes_nothing(app: Flask, tmp_path: Path) -> None:
    file = tmp_path / 'specialities.csv'
    file.write_text('\ufeffseries,speciality\n工程技术,量子工程\n没有的系列,某\n', encoding='utf-8')
    _code, first = run(app, 'load-catalogue', str(file))
    assert '新增  工程技术 · 量子工程' in first
    _code, second = run(app, 'load-catalogue', str(file))
    assert '未变  工程技术 · 量子工程' in second
    assert '新增' not in second


def test_a_file_that_is_no_text_is_refused(app: Flask, tmp_path: Path) -> None:
    file = tmp_path / 'titles.csv'
    file.write_bytes('series,level,title\n工程技术,中级,工程师\n'.encode('gbk'))
    code, output = run(app, 'load-catalogue', str(file))
    assert (code, '不是 UTF-8 编码' in output) == (1, True)
    empty = tmp_path / 'empty.csv'
    empty.write_text('', encoding='utf-8')
    code, output = run(app, 'load-catalogue', str(empty))
    assert (code, 'Traceback' in output) == (1, False)


def test_demo_data_is_built_once_and_the_cast_is_told(app: Flask) -> None:
    with app.app_context():
        before = db.session.scalars(select(func.count(Account.id))).one()
    code, output = run(app, 'demo')
    assert code == 0
    assert all(name in output for name in ('geren1', 'guanli1', 'jingban2', 'pingtai1'))
    with app.app_context():
        assert db.session.scalars(select(func.count(Account.id))).one() == before


def test_the_demo_world_has_a_past_and_no_future(session: Session) -> None:
    """Whatever the hour at which it is laid: what lies ahead of its time would be in no list."""
    for moments in (Application.entered_at, Step.at):
        assert session.scalar(select(func.max(moments))) <= now()
