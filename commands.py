"""Commands of ``flask --app app COMMAND``."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable, Sequence
from itertools import chain
from pathlib import Path
from typing import IO, Any

import click
from flask import Flask, current_app
from flask.cli import with_appcontext
from sqlalchemy import select
from sqlalchemy.orm import Session

import demo
from admin_views.framework import printing
from admin_views.framework.field_checks import unknown_stored
from models.account import Account, Role
from models.application import Application
from models.base import now
from models.transaction import reading, writing
from pdf_templates import issuing, reports
from pdf_templates.engine import fonts
from rules import catalogue, defaults, invariants, passwords, validators
from rules.flow import diagram, steps
from rules.flow.table import FLOW
from rules.refusal import Refused

DATA = Path(__file__).parent / 'data'


def register_commands(app: Flask) -> None:
    """Add every command to the application's command line."""
    for command in (
        prepare_fonts,
        init,
        load_catalogue,
        demo_world,
        flow,
        verify_steps,
        check,
        list_reports,
        report,
        worker,
    ):
        app.cli.add_command(command)


def table(rows: Iterable[Sequence[str]]) -> str:
    """Align rows in columns; a Chinese character is two columns wide."""
    kept = [tuple(str(cell) for cell in row) for row in rows]
    widths = [max(_width(row[column]) for row in kept) for column in range(len(kept[0]))]
    return '\n'.join(
        '  '.join(cell + ' ' * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in kept
    )


def _width(text: str) -> int:
    return sum(2 if ord(char) > 0x2E7F else 1 for char in text)


@click.command('fonts')
@with_appcontext
def prepare_fonts() -> None:
    """Prepare the fonts of the papers, so that the first print does not wait for them (about half a minute)."""
    fonts.converted(Path(current_app.config['FONT_FOLDER']))


@click.command('init')
@click.option('--username', default='pingtai', show_default=True, help='sign-in name of the platform administrator')
@click.option('--password', envvar='ADMIN_PASSWORD', help='else one is made and printed once')
@with_appcontext
def init(username: str, password: str | None) -> None:
    """Prepare a production database: default texts, materials and the first platform administrator; no demo data."""
    with writing() as session:
        defaults.load_defaults(session, DATA)
    chosen = password or secrets.token_urlsafe(12)
    hashed = passwords.hashed(chosen)
    with writing() as session:
        if session.scalars(select(Account).where(Account.role == Role.PLATFORM)).first():
            click.echo('已有平台管理员，没有改动。')
            return
        if len(chosen) < passwords.SHORTEST:
            raise click.ClickException(f'密码不少于 {passwords.SHORTEST} 位')
        session.add(Account(username=username, name='平台管理员', role=Role.PLATFORM, password_hash=hashed))
    click.echo(f'已建立平台管理员 {username}' + ('' if password else f'，密码 {chosen}（只显示这一次）'))


@click.command('load-catalogue')
@click.argument('file', type=click.File(encoding='utf-8-sig'))
@with_appcontext
def load_catalogue(file: IO[str]) -> None:
    """Load titles (series,level,title) or specialities (series,speciality) from FILE; print a verdict on each line."""
    counts: dict[str, int] = {}
    try:
        with writing() as session:
            for line in catalogue.import_catalogue(session, file):
                counts[line.verdict] = counts.get(line.verdict, 0) + 1
                click.echo(f'{line.line:>5}  {line.verdict}  {line.text}')
    except UnicodeDecodeError as error:
        raise click.ClickException(f'文件不是 UTF-8 编码：{error}') from error
    click.echo('，'.join(f'{verdict} {count} 行' for verdict, count in counts.items()) or '文件是空的')
    if counts.get('拒绝'):
        raise click.exceptions.Exit(1)


@click.command('demo')
@click.option('--reset', is_flag=True, help='remove the demo database and uploads, then build them anew')
@with_appcontext
def demo_world(reset: bool) -> None:
    """Load the demo world if the database is empty, and print the demo accounts."""
    if not current_app.config['DEMO']:
        raise click.ClickException('演示数据只在 APP_MODE=demo 下建立')
    password = os.environ.get('DEMO_PASSWORD', 'Demo-2026')
    if reset:
        demo.reset(current_app)
    with writing() as session:
        if demo.empty(session):
            click.echo('正在建立演示数据…')
            demo.build(session, current_app, password, DATA)
    with reading() as session:
        click.echo(table([('用户名', '身份', '姓名', '说明'), *demo.accounts(session)]))
    click.echo(f'密码都是 {password}')


@click.command('flow')
@with_appcontext
def flow() -> None:
    """Print the flow as a table and as a Mermaid diagram."""
    click.echo(table(diagram.flow_rows(FLOW)))
    click.echo()
    click.echo('\n'.join(diagram.mermaid(FLOW)))


@click.command('verify-steps')
@with_appcontext
def verify_steps() -> None:
    """Check the hash chain of every declaration's steps."""
    with reading() as session:
        _report_faults(steps.broken(session), '办理记录的校验链完整')


@click.command('check')
@with_appcontext
def check() -> None:
    """Report violated invariants, and names in the database that the program does not know."""
    with reading() as session:
        _report_faults(chain(invariants.violations(session), unknown_stored(session)), '没有发现矛盾的数据')


def _report_faults(faults: Iterable[str], fine: str) -> None:
    found = list(faults)
    click.echo('\n'.join(found) if found else fine)
    if found:
        raise click.exceptions.Exit(1)


@click.command('reports')
@with_appcontext
def list_reports() -> None:
    """List the papers that can be printed."""
    click.echo(table([('代码', '报表', '环节'), *((r.code, r.title, r.belongs_to) for r in reports.REPORTS.values())]))


@click.command('report')
@click.argument('code')
@click.argument('numbers', nargs=-1, required=True)
@click.option('-o', '--output', type=click.Path(dir_okay=False, path_type=Path), required=True)
@click.option('--set', 'given', multiple=True, metavar='NAME=VALUE', help='an answer that the report asks for')
@with_appcontext
def report(code: str, numbers: tuple[str, ...], output: Path, given: tuple[str, ...]) -> None:
    """Print the paper CODE about NUMBERS to a PDF: serials, or the number of an order, a document, …"""
    wanted = reports.REPORTS.get(code)
    if wanted is None:
        raise click.ClickException(f'没有报表 {code}，可用：{"、".join(reports.REPORTS)}')
    with reading() as session:
        chosen = _subjects(session, wanted, numbers)
        try:
            ready = issuing.prepared(session, wanted, chosen, _answers(session, wanted, chosen, given))
            press = printing.press()
            output.write_bytes(issuing.rendered([(ready, '')], press))
            with writing():
                issuing.keep_issued_paper(session, ready, None, press)
        except Refused as refused:
            raise click.ClickException(refused.refusal.sentence) from refused
    click.echo(f'已写入 {output}')


def _subjects(session: Session, wanted: reports.Report, numbers: Sequence[str]) -> list[Any]:
    """Find the subjects with these numbers; exit with an error if one is missing or the report takes only one."""
    found = {number: wanted.subject.find(session, number) for number in numbers}
    missing = [number for number, subject in found.items() if subject is None]
    if missing:
        raise click.ClickException(f'没有这些{wanted.subject.label}：{"、".join(missing)}')
    if not wanted.asks and len(found) > 1:
        raise click.ClickException(f'{wanted.code} 每次打印一项')
    return list(found.values())


def _answers(
    session: Session, wanted: reports.Report, chosen: Sequence[Application], given: tuple[str, ...]
) -> dict[str, object]:
    """Return the answers that the report asks for: as given, else the proposed ones."""
    answers: dict[str, object] = reports.proposed(session, wanted, chosen, now().date()) if wanted.asks else {}
    for pair in given:
        name, _, value = pair.partition('=')
        field = next((each for each in wanted.asks if each.name == name), None)
        if field is None:
            raise click.ClickException(f'{wanted.code} 不问 {name}')
        try:
            answers[name] = field.parsed(value)
        except ValueError as error:
            raise click.ClickException(f'{field.label}：{value} 不正确') from error
    problems = validators.form_problems(wanted.asks, answers)
    if problems:
        raise click.ClickException('；'.join(problems.values()))
    return answers


@click.command('worker')
@click.option('--threads', default=1, show_default=True, help='jobs done at the same time')
@with_appcontext
def worker(threads: int) -> None:
    """Run queued jobs in this process until interrupted; start the web processes with JOB_WORKERS=0 then."""
    current_app.extensions['jobs'].work(threads)
