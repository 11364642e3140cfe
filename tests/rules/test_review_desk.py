"""What a reviewer keeps at hand: drafts, what is set aside, the queue, wordings, remarks at a place."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlalchemy.schema import DropIndex

from models.account import Account
from models.application import Application, Stage
from models.base import at, now
from models.catalogue import Track
from models.declaration import Basic, Work
from models.fields import Field, Kind
from models.material import Attachment, Material
from rules import access, declaration, opinion_templates, remarks, review_desk
from rules.flow.doing import perform
from rules.flow.questions import REVIEW as ASKED
from rules.flow.table import FLOW, TRANSITIONS
from rules.refusal import Invalid, Refused
from tests.helpers import passing
from tests.helpers.opinions import REVIEW
from tests.helpers.types import Find, Who

S = Stage

# --- the review form (手册 §3.2.2) ---


@pytest.mark.parametrize(
    ('changed', 'wrong'),
    [
        ({'handler_name': ''}, {'handler_name': '请填写单位经办人'}),
        ({'handler_phone': '12345'}, {'handler_phone': '联系电话格式不正确，请填写 11 位手机号或带区号的固定电话'}),
        ({'evaluation': '字' * 149}, {'evaluation': '单位的综合评价不少于 150 字，还差 1 字'}),
        ({'evaluation': f'字{" " * 148}字'}, {'evaluation': '单位的综合评价不少于 150 字，还差 148 字'}),
        ({'evaluation': '字\n\u3000\u200b\u3164' * 149}, {'evaluation': '单位的综合评价最多 500 字，现有 745 字'}),
        ({'evaluation': '字\n\u3000\u200b' * 120}, {'evaluation': '单位的综合评价不少于 150 字，还差 30 字'}),
        ({'evaluation': '字' * 501}, {'evaluation': '单位的综合评价最多 500 字，现有 501 字'}),
        ({'assessments': []}, {'assessments': '请填写单位年度考核情况'}),
        (
            {'assessments': [{'year': None, 'result': '优秀'}]},
            {'assessments': '第 1 行：请填写考核年度'},
        ),
        (
            {'assessments': [{'year': 2025, 'result': '优秀'}, {'year': 1200, 'result': '优秀'}]},
            {'assessments': '第 2 行：考核年度不能小于 1980'},
        ),
        (
            {'assessments': [{'year': now().year, 'result': '优秀'}, {'year': now().year + 1, 'result': '优秀'}]},
            {'assessments': f'第 2 行：{now().year + 1} 年还没有到来，请核对年份'},
        ),
        (
            {'assessments': [{'year': 2025, 'result': '优秀'}, {'year': 2025, 'result': '未定等次'}]},
            {'assessments': '第 2 行与第 1 行的考核年度重复，请只保留一行'},
        ),
        (
            {'assessments': [{'year': 2025, 'result': '很好'}]},
            {'assessments': '第 1 行：考核结果不在可选范围内，请重新选择'},
        ),
        ({'exam_instead': None}, {'exam_instead': '请选择是否以考代评人员'}),
    ],
)
def test_what_the_employer_says_is_complete_or_nothing_moves(
    session: Session, application: Find, account: Who, changed: dict[str, object], wrong: dict[str, str]
) -> None:
    waiting = application(S.EMPLOYER_REVIEW, employer=1)
    with pytest.raises(Invalid) as invalid:
        perform(session, 'approve', waiting, account('guanli1'), data=REVIEW | changed)
    assert invalid.value.errors == wrong
    assert waiting.stage == S.EMPLOYER_REVIEW


@pytest.mark.parametrize('length', [150, 500])
def test_both_ends_of_the_evaluation_are_good(session: Session, application: Find, account: Who, length: int) -> None:
    waiting = application(S.EMPLOYER_REVIEW, employer=1)
    step = perform(session, 'approve', waiting, account('guanli1'), data=REVIEW | {'evaluation': '字' * length})
    assert step is not None
    assert len(step.data['evaluation']) == length


def test_the_step_keeps_every_answer_under_its_name(session: Session, application: Find, account: Who) -> None:
    step = perform(session, 'approve', application(S.EMPLOYER_REVIEW, employer=1), account('jingban1'), data=REVIEW)
    assert step is not None
    assert step.data == REVIEW
    assert set(step.data) == {field.name for field in ASKED}


@pytest.mark.parametrize(
    ('stage', 'name'),
    [(S.EMPLOYER_REVIEW, '承诺书》（单位）'), (S.PRE_NOTICE, '评前公示情况表'), (S.POST_NOTICE, '评后公示情况表')],
)
def test_passing_asks_for_the_signed_paper_of_the_stage(
    session: Session, application: Find, account: Who, stage: Stage, name: str
) -> None:
    waiting = application(stage, employer=1)
    for given in list(waiting.attachments):
        if given.material.stage == stage:
            session.delete(given)
    session.flush()
    session.expire(waiting, ['attachments'])
    data = REVIEW if stage == S.EMPLOYER_REVIEW else {}
    with pytest.raises(Refused) as refused:
        perform(session, 'approve', waiting, account('guanli1'), data=data)
    if data:
        assert refused.value.refusal.code == 'not_handed_in'
        assert name in refused.value.refusal.sentence


@pytest.mark.parametrize(
    ('who', 'stage', 'of', 'code'),
    [
        ('guanli1', S.EMPLOYER_REVIEW, S.EMPLOYER_REVIEW, None),
        ('jingban1', S.EMPLOYER_REVIEW, S.EMPLOYER_REVIEW, None),
        ('guanli1', S.EMPLOYER_REVIEW, S.PRE_NOTICE, 'sealed'),
        ('guanli1', S.EMPLOYER_REVIEW, S.DRAFT, 'not_yours'),
        ('guanli2', S.EMPLOYER_REVIEW, S.EMPLOYER_REVIEW, 'not_yours'),
        ('bangong1', S.EMPLOYER_REVIEW, S.EMPLOYER_REVIEW, 'not_yours'),
        ('guanli1', S.OFFICE_REVIEW, S.EMPLOYER_REVIEW, 'sealed'),
        ('guanli1', S.PRE_NOTICE, S.PRE_NOTICE, None),
        ('jingban2', S.PRE_NOTICE, S.PRE_NOTICE, 'not_yours'),
    ],
)
def test_who_hands_in_which_material_at_which_stage(
    session: Session, application: Find, account: Who, who: str, stage: Stage, of: Stage, code: str | None
) -> None:
    material = session.scalars(select(Material).where(Material.stage == of)).first()
    assert material is not None
    refusal = access.may_hand_in(account(who), application(stage, employer=1), material, now().date())
    assert (refusal.code if refusal else None) == code


def test_papers_of_the_employer_are_no_part_of_the_declaration(session: Session, application: Find) -> None:
    waiting = application(S.PRE_NOTICE, employer=1)
    stages = {given.material.stage for given in waiting.attachments}
    frozen = declaration.content(waiting)[declaration.MATERIALS]
    assert stages > {S.DRAFT}
    assert len(frozen) == sum(given.material.stage == S.DRAFT for given in waiting.attachments)


# --- remarks ---


def test_a_return_points_at_fields_rows_and_files(session: Session, application: Find, account: Who) -> None:
    waiting = application(S.EMPLOYER_REVIEW, employer=1)
    row, file = Work.of(waiting)[1], waiting.attachments[0]
    given = [
        remarks.stored_remark('basic..phone', '请填常用手机号'),
        remarks.stored_remark(f'work.{row.id}.started_on', '与社保记录不一致'),
        remarks.stored_remark(f'materials.{file.material_id}.', '扫描件不清楚'),
    ]
    assert remarks.remarks_of(waiting) == []
    perform(session, 'return', waiting, account('guanli1'), data={'opinion': '请修改。', 'remarks': given})
    found = remarks.remarks_of(waiting)
    assert [(each.section, each.row_id, each.field, each.remark) for each in found] == [
        ('basic', None, 'phone', '请填常用手机号'),
        ('work', row.id, 'started_on', '与社保记录不一致'),
        ('materials', file.material_id, '', '扫描件不清楚'),
    ]
    labels = remarks.places(account('guanli1'), waiting)
    assert [labels[each.place] for each in found[:2]] == ['基本信息 · 联系电话', '工作经历 · 第 2 条 开始时间']
    perform(session, 'submit', waiting, waiting.applicant)
    assert len(remarks.remarks_of(waiting)) == 3  # the next reviewer sees what was asked for
    perform(session, 'return', waiting, account('guanli1'), data={'opinion': '仍未改。'})
    assert remarks.remarks_of(waiting) == []  # only the newest return counts


@pytest.mark.parametrize(
    ('at_place', 'said', 'refusal'),
    [
        ('basic..nothing', '改', '所指的栏目已不在申报内容中'),
        ('work.999999.started_on', '改', '所指的栏目已不在申报内容中'),
        ('', '改', '所指的栏目已不在申报内容中'),
        ('x.y.z.w', '改', '所指的栏目已不在申报内容中'),
        ('basic..phone', '', '第 1 行：请填写要改什么'),
        ('basic..phone', '改' * 201, '第 1 行：要改什么最多 200 字，现有 201 字'),
    ],
)
def test_a_remark_that_points_nowhere_or_says_nothing_is_refused(
    session: Session, application: Find, account: Who, at_place: str, said: str, refusal: str
) -> None:
    waiting = application(S.EMPLOYER_REVIEW, employer=1)
    data = {'opinion': '请修改。', 'remarks': [remarks.stored_remark(at_place, said)]}
    with pytest.raises(Refused, match=refusal):
        perform(session, 'return', waiting, account('guanli1'), data=data)
    assert waiting.stage == S.EMPLOYER_REVIEW


def test_every_return_to_the_applicant_can_point_at_fields() -> None:
    for row in FLOW:
        points = 'remarks' in {field.name for field in row.asks}
        assert points is (row.action == 'return' and row.target == S.CORRECTION), row


def test_a_change_names_its_place(session: Session, application: Find, account: Who) -> None:
    waiting = application(S.EMPLOYER_REVIEW, employer=1)
    perform(session, 'return', waiting, account('guanli1'), data={'opinion': '请修改。'})
    Basic.of(waiting).phone, Work.of(waiting)[0].post = '13800138000', '总工'
    row_id = Work.of(waiting)[0].id
    session.delete(Work.of(waiting)[1])
    session.flush()
    session.expire(waiting)
    perform(session, 'submit', waiting, waiting.applicant)
    places = {change.place: change.after for change in declaration.last_changes(session, waiting)}
    assert places['basic..phone'] == '13800138000'
    assert places[f'work.{row_id}.post'] == '总工'
    assert sum(place.startswith('work.') and after == '' for place, after in places.items()) > 1


# --- drafts, setting aside, the queue ---


def test_a_draft_is_kept_per_reviewer_and_action(session: Session, application: Find, account: Who) -> None:
    waiting, row = application(S.EMPLOYER_REVIEW, employer=1), TRANSITIONS[S.EMPLOYER_REVIEW, 'approve']
    one, other = account('guanli1'), account('jingban1')
    review_desk.keep_draft(session, row, waiting, one, {'evaluation': ['写到一半']})
    review_desk.keep_draft(session, row, waiting, one, {'evaluation': ['又写了一些']})
    back = TRANSITIONS[S.EMPLOYER_REVIEW, 'return']
    draft = review_desk.draft_of(session, row, waiting, one)
    assert draft is not None
    assert draft.typed == {'evaluation': ['又写了一些']}
    assert review_desk.draft_of(session, row, waiting, other) is None
    assert review_desk.draft_of(session, back, waiting, one) is None
    review_desk.drop_drafts(session, waiting)
    assert review_desk.draft_of(session, row, waiting, one) is None
    with pytest.raises(Refused, match='过长'):
        review_desk.keep_draft(session, row, waiting, one, {'evaluation': ['字' * 20_001]})


def test_a_draft_lapses_when_the_declaration_comes_back(session: Session, application: Find, account: Who) -> None:
    waiting, row, who = (
        application(S.EMPLOYER_REVIEW, employer=1),
        TRANSITIONS[S.EMPLOYER_REVIEW, 'approve'],
        'jingban1',
    )
    review_desk.keep_draft(session, row, waiting, account(who), {'evaluation': ['第一轮']})
    with at(now() + timedelta(minutes=1)):
        perform(session, 'return', waiting, account('guanli1'), data={'opinion': '请修改。'})
        perform(session, 'submit', waiting, waiting.applicant)
    assert review_desk.draft_of(session, row, waiting, account(who)) is None
    with at(now() + timedelta(minutes=2)):
        review_desk.keep_draft(session, row, waiting, account(who), {'evaluation': ['第二轮']})
    draft = review_desk.draft_of(session, row, waiting, account(who))
    assert draft is not None
    assert draft.typed == {'evaluation': ['第二轮']}


def queue(session: Session, who: Account) -> list[int]:
    """The keys of a reviewer's queue, walked from its beginning."""
    scope = access.scope(who, Application, now().date())
    order = (Application.entered_at, Application.id)
    query = (
        select(Application).where(scope, Application.stage == S.EMPLOYER_REVIEW, ~review_desk.ASIDE).order_by(*order)
    )
    first = session.scalars(query).first()
    assert first is not None
    keys: list[int] = []
    following: int | None = first.id
    while following:
        keys.append(following)
        place = review_desk.find_queue_position(session, session.get_one(Application, following), scope)
        assert place.number == len(keys)
        assert place.previous == (keys[-2] if len(keys) > 1 else None)
        following = place.following
    assert place.total == len(keys)
    return keys


def test_the_queue_leads_from_the_oldest_to_the_newest_and_skips_what_is_aside(
    session: Session, application: Find, account: Who
) -> None:
    who = account('guanli1')
    several = [application(S.EMPLOYER_REVIEW) for _ in range(3)]
    before = queue(session, who)
    assert len(before) == len(several)
    aside = session.get_one(Application, before[1])
    review_desk.set_aside(session, who, aside, '等原件')
    assert queue(session, who) == [key for key in before if key != aside.id]
    kept = review_desk.aside(aside)
    assert kept is not None
    assert (kept.note, kept.account_id) == ('等原件', who.id)
    review_desk.take_back(session, who, aside)
    session.expire(aside)
    assert review_desk.aside(aside) is None
    assert queue(session, who) == before


def test_after_the_last_one_the_queue_goes_back(session: Session, application: Find, account: Who) -> None:
    who = account('guanli1')
    for _ in range(2):
        application(S.EMPLOYER_REVIEW)
    keys = queue(session, who)
    last = session.get_one(Application, keys[-1])
    place = review_desk.find_queue_position(session, last, access.scope(who, Application, now().date()))
    assert review_desk.next_of(place) == keys[-2]


def test_what_was_set_aside_lapses_when_the_declaration_moves_on(
    session: Session, application: Find, account: Who
) -> None:
    waiting, who = application(S.EMPLOYER_REVIEW, employer=1), account('guanli1')
    review_desk.set_aside(session, who, waiting, '等原件')
    assert review_desk.aside(waiting) is not None
    with at(now() + timedelta(minutes=1)):
        perform(session, 'approve', waiting, who, data=REVIEW)
    assert review_desk.aside(waiting) is None


@pytest.mark.parametrize(
    ('who', 'stage', 'note', 'code'),
    [
        ('guanli1', S.EMPLOYER_REVIEW, ' ', 'no_note'),
        ('guanli1', S.EMPLOYER_REVIEW, '字' * 201, 'no_note'),
        ('guanli1', S.OFFICE_REVIEW, '等', 'not_yours'),
        ('guanli2', S.EMPLOYER_REVIEW, '等', 'not_yours'),
        ('bangong1', S.EMPLOYER_REVIEW, '等', 'not_yours'),
    ],
)
def test_only_what_waits_for_one_is_set_aside_and_with_a_note(
    session: Session, application: Find, account: Who, who: str, stage: Stage, note: str, code: str
) -> None:
    with pytest.raises(Refused) as refused:
        review_desk.set_aside(session, account(who), application(stage, employer=1), note)
    assert refused.value.refusal.code == code


# --- wordings ---


@pytest.mark.parametrize('typed', [{'n' * 25_000: ['']}, {'e': [''] * 25_000}, {'opinion': ['很' * 25_000]}])
def test_a_form_that_is_none_of_ours_is_not_kept(
    session: Session, application: Find, account: Who, typed: dict[str, list[str]]
) -> None:
    waiting, row = application(S.EMPLOYER_REVIEW, employer=1), TRANSITIONS[S.EMPLOYER_REVIEW, 'return']
    with pytest.raises(Refused, match='填写的内容过长，未能保存'):
        review_desk.keep_draft(session, row, waiting, account('guanli1'), typed)


@pytest.mark.parametrize(
    ('text', 'filled'),
    [
        ('{姓名}同志', '王某同志'),
        ('{年度} 年 {资格名称}（{专业}）', '2026 年 工程师（通信）'),
        ('{系列}{级别}{申报类型}', '工程技术中级普通申报'),
        ('{没有}与{}与{', '{没有}与{}与{'),
        ('没有占位符', '没有占位符'),
    ],
)
def test_placeholders_take_the_declaration_s_own_words(text: str, filled: str) -> None:
    application = Application(
        applicant_name='王某',
        year=2026,
        title='工程师',
        speciality='通信',
        series='工程技术',
        level='中级',
        track=Track.REGULAR,
    )
    assert opinion_templates.fill_template(text, application) == filled


def test_shared_answers_are_worded_for_each_and_rows_are_left_alone() -> None:
    asked = (Field('opinion', '意见', Kind.PARAGRAPH), Field('name', '姓名'), Field('rows', '行', Kind.ROWS))
    given = {'opinion': '{姓名}好', 'name': '{姓名}', 'rows': [{'a': '{姓名}'}]}
    filled = opinion_templates.filled_answers(asked, given, Application(applicant_name='王某'))
    assert filled == {'opinion': '王某好', 'name': '{姓名}', 'rows': [{'a': '{姓名}'}]}
    assert opinion_templates.unknown('{姓名}{职务}{}') == ['职务', '']


def test_a_material_of_a_stage_is_asked_of_no_draft(session: Session, application: Find) -> None:
    files = session.scalars(select(Attachment).where(Attachment.application_id == application(S.DRAFT).id))
    assert {given.material.stage for given in files} == {S.DRAFT}


# --- the queue as the database sees it ---


def test_what_was_set_aside_in_an_earlier_round_waits_in_the_queue_again(
    session: Session, application: Find, account: Who
) -> None:
    waiting, who = application(S.EMPLOYER_REVIEW, employer=1), account('guanli1')
    other = application(S.EMPLOYER_REVIEW, employer=1)
    review_desk.set_aside(session, who, waiting, '等原件')
    assert queue(session, who) == [other.id]
    with at(now() + timedelta(minutes=1)):
        perform(session, 'return', waiting, who, data={'opinion': '请修改。'})
        perform(session, 'submit', waiting, waiting.applicant)
    assert queue(session, who) == [other.id, waiting.id]


def test_what_came_in_at_one_moment_stands_in_the_queue_by_key(
    session: Session, application: Find, account: Who
) -> None:
    who = account('guanli1')
    for _ in range(4):
        application(S.EMPLOYER_REVIEW)
    before = queue(session, who)
    assert len(before) == 4
    passing.waited_since(session, now().date() - timedelta(3))  # as after one step for many
    for index in Application.metadata.tables['application'].indexes:
        if 'entered_at' in index.columns:  # read along it, equals would come in order unasked
            session.execute(DropIndex(index))  # until the test's transaction is rolled back
    session.expire_all()
    assert queue(session, who) == sorted(before)
