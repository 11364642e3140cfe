"""The declaration (申报), its stage, its frozen revisions and the append-only record of its actions (办理记录)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Self

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, event
from sqlalchemy import text as text_clause
from sqlalchemy.orm import Mapped, Mapper, mapped_column, relationship

from models.account import Account
from models.base import Base, Labelled, now
from models.catalogue import Committee, Offering, Track
from models.employer import Employer
from models.fields import Mask, choice, moment, paragraph, reference, state, text, whole
from models.terms import LEVELS

if TYPE_CHECKING:
    from models.approval import ApprovalItem, Certificate
    from models.material import Attachment
    from models.notice import Notice
    from models.reviewing import SetAside


class Party(StrEnum):
    """Party of the review; SYSTEM acts on the signed notice of the payment gateway."""

    APPLICANT = '申报人'
    EMPLOYER = '单位'
    OFFICE = '评委会办公室'
    BUREAU = '业务部门'
    SYSTEM = '系统'


class Stage(Labelled):
    """Stage of a declaration (环节), in the order of the flow: value, label, party, step of the progress line.

    The list of the ``party`` has a tab for the stage, and the party sees a declaration while it is there. A closed
    declaration has no party. Stages that name the same ``step`` share one of the thirteen steps (手册 §1.2); the step
    of a stage that names none is its label.
    """

    party: Party | None
    step: str

    def __new__(cls, value: str, label: str = '', party: Party | None = None, step: str = '') -> Self:
        member = str.__new__(cls, value)
        member._value_, member.label, member.party, member.step = value, label, party, step or label
        return member

    DRAFT = 'draft', '草稿', Party.APPLICANT, '个人申报'
    CORRECTION = 'correction', '退回修改', Party.APPLICANT, '个人申报'
    EMPLOYER_REVIEW = 'employer_review', '单位审核', Party.EMPLOYER
    PRE_NOTICE = 'pre_notice', '单位评前公示', Party.EMPLOYER
    OFFICE_REVIEW = 'office_review', '评委会办公室评前审核', Party.OFFICE, '评前审核'
    FEE_CONFIRMATION = 'fee_confirmation', '确认发起缴费', Party.OFFICE
    PAYMENT = 'payment', '网上支付', Party.APPLICANT
    EXPERT_REVIEW = 'expert_review', '专家评审', Party.OFFICE
    NOTICE_LAUNCH = 'notice_launch', '发起单位评后公示', Party.OFFICE, '发起评后公示'
    POST_NOTICE = 'post_notice', '单位评后公示', Party.EMPLOYER
    OFFICE_CONFIRMATION = 'office_confirmation', '评委会办公室评后审核', Party.OFFICE, '评后审核'
    BATCHING = 'batching', '生成批件', Party.OFFICE
    ACCEPTANCE = 'acceptance', '受理', Party.BUREAU, '受理审批制证'
    EXAMINATION = 'examination', '审核', Party.BUREAU, '受理审批制证'
    APPROVAL = 'approval', '审批', Party.BUREAU, '受理审批制证'
    CERTIFICATION = 'certification', '制证', Party.BUREAU, '受理审批制证'
    CLOSED = 'closed', '办结'

    @classmethod
    def after(cls, stage: Stage) -> tuple[Stage, ...]:
        """Return the stages that come later in the order of the flow."""
        stages = tuple(cls)
        return stages[stages.index(stage) + 1 :]


FOLLOWED: Mapping[Party, tuple[Stage, ...]] = {Party.OFFICE: (Stage.PAYMENT,)}
"""Stages with a tab in the list of a party that does not work there: the office looks for fees that are not paid."""


def stages_of(party: Party) -> tuple[Stage, ...]:
    """Return the stages that have a tab in the list of a party, in the order of the flow."""
    return tuple(stage for stage in Stage if stage.party == party or stage in FOLLOWED.get(party, ()))


class Result(Labelled):
    """Result of a closed declaration."""

    PASSED = 'passed', '通过'
    FAILED = 'failed', '不通过'
    TERMINATED = 'terminated', '终止'


class StageSealed(RuntimeError):
    """Error of a stage that is assigned outside the flow."""


SUBMITTED = text_clause("stage != 'draft'")


class Application(Base):
    """One person's declaration for one title.

    The head columns (name, title, …) repeat values of the sections so that a list reads one narrow table;
    ``rules/declaration.py`` writes them whenever a section is saved.

    Each section adds a relationship to this class, named after its table (``application.education``); see
    ``models/section.py``. Typed access is ``Education.of(application)``.
    """

    __tablename__ = 'application'
    __table_args__ = (
        CheckConstraint("(stage = 'closed') = (result IS NOT NULL)", name='closed_with_result'),
        CheckConstraint("stage = 'draft' OR submitted_at IS NOT NULL", name='submitted_has_moment'),
        CheckConstraint("stage = 'draft' OR employer_id IS NOT NULL", name='submitted_has_employer'),
        CheckConstraint("stage = 'draft' OR offering_id IS NOT NULL", name='submitted_has_offering'),
        CheckConstraint("stage = 'draft' OR revision > 0", name='submitted_has_revision'),
        Index('ix_application_employer', 'employer_id', 'stage', 'entered_at', 'id'),
        Index('ix_application_committee', 'committee_id', 'stage', 'entered_at', 'id'),
        Index('ix_application_stage', 'stage', 'entered_at', 'id'),
        Index('ix_application_employer_entered', 'employer_id', 'entered_at', 'id'),
        Index('ix_application_committee_entered', 'committee_id', 'entered_at', 'id'),
        Index('ix_application_entered', 'entered_at', 'id'),
        Index('ix_application_year', 'year', 'entered_at', 'id'),
        Index('ix_application_committee_year', 'committee_id', 'year', 'entered_at', 'id'),
        Index(
            'ix_application_committee_submitted',
            'committee_id',
            'submitted_at',
            'id',
            sqlite_where=SUBMITTED,
            postgresql_where=SUBMITTED,
        ),
        Index('ix_application_applicant', 'applicant_id', 'id'),
        Index('ix_application_id_number', 'id_number'),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    serial: Mapped[str] = text('业务流水号', 19, unique=True)
    applicant_name: Mapped[str] = text('申报人', 60, default='')
    id_number: Mapped[str] = text('证件号码', 30, default='', mask=Mask.ID_NUMBER)
    series: Mapped[str] = text('系列', 60, default='')
    level: Mapped[str] = choice('级别', LEVELS, default='')
    title: Mapped[str] = text('资格名称', 60, default='')
    speciality: Mapped[str] = text('专业', 60, default='')
    track: Mapped[str] = state('申报类型', Track, default=Track.REGULAR)
    year: Mapped[int | None] = whole('评审年度')
    stage: Mapped[str] = state('当前环节', Stage, default=Stage.DRAFT)
    result: Mapped[str | None] = state('办理结果', Result)
    submitted_at: Mapped[datetime | None] = moment('提交时间')
    entered_at: Mapped[datetime] = moment('进入环节时间', default=now)
    created_at: Mapped[datetime] = moment('创建时间', default=now)
    revision: Mapped[int] = whole('提交次数', default=0)
    updated_at: Mapped[datetime] = moment('更新时间', default=now)
    version: Mapped[int] = mapped_column()
    applicant_id: Mapped[int] = mapped_column(ForeignKey('account.id'))
    employer_id: Mapped[int | None] = reference('报送单位', 'employer.id')
    offering_id: Mapped[int | None] = mapped_column(ForeignKey('offering.id'))
    committee_id: Mapped[int | None] = reference('评委会', 'committee.id')
    commitment_version: Mapped[int | None] = mapped_column()
    commitment_at: Mapped[datetime | None] = moment('承诺时间')

    # The second of two concurrent writers gets StaleDataError.
    __mapper_args__ = {'version_id_col': version}  # noqa: RUF012

    applicant: Mapped[Account] = relationship()
    employer: Mapped[Employer | None] = relationship()
    offering: Mapped[Offering | None] = relationship()
    committee: Mapped[Committee | None] = relationship()
    steps: Mapped[list[Step]] = relationship(
        back_populates='application', order_by='Step.number', passive_deletes='all'
    )
    attachments: Mapped[list[Attachment]] = relationship(
        back_populates='application', order_by='Attachment.position, Attachment.id', passive_deletes=True
    )
    notices: Mapped[list[Notice]] = relationship(back_populates='application', passive_deletes=True)
    approval_item: Mapped[ApprovalItem | None] = relationship(back_populates='application')
    certificate: Mapped[Certificate | None] = relationship(back_populates='application')
    set_aside: Mapped[SetAside | None] = relationship(back_populates='application', passive_deletes=True)
    revisions: Mapped[list[Revision]] = relationship(order_by='Revision.number', passive_deletes=True)

    def __str__(self) -> str:
        return f'{self.applicant_name or "（未填姓名）"} {self.serial}'


@event.listens_for(Application.stage, 'set', active_history=True)
def _stage_is_sealed(application: Application, value: str, old: Any, _initiator: object) -> None:
    """Refuse to assign a stage: only ``do_all`` of the flow changes it, and a new declaration starts as a draft."""
    if value != Stage.DRAFT:
        raise StageSealed(f'环节只能经 rules.flow.doing.perform 变更（{old} → {value}）')


class Step(Base):
    """Step (办理记录): one action on a declaration. Rows are only inserted; each hash covers the preceding hash."""

    __tablename__ = 'step'
    __table_args__ = (UniqueConstraint('application_id', 'number'),)

    id: Mapped[int] = mapped_column(primary_key=True)
    application_id: Mapped[int] = mapped_column(ForeignKey('application.id'))
    number: Mapped[int] = whole('序号')
    action: Mapped[str] = text('操作', 30)
    label: Mapped[str] = text('操作名称', 60)
    source: Mapped[str] = text('原环节', 30)
    target: Mapped[str] = text('新环节', 30)
    actor_id: Mapped[int | None] = mapped_column(ForeignKey('account.id'))
    actor_name: Mapped[str] = text('办理人', 60)
    authority: Mapped[str] = text('以谁的名义', 160)
    opinion: Mapped[str] = paragraph('意见', 2000, default='')
    data: Mapped[dict[str, Any]] = mapped_column(default=dict)
    revision: Mapped[int] = whole('提交次数')
    at: Mapped[datetime] = moment('办理时间')
    previous_hash: Mapped[str] = mapped_column(default='')
    hash: Mapped[str] = mapped_column()

    application: Mapped[Application] = relationship(back_populates='steps')


class Revision(Base):
    """Content of the declaration at its ``number``-th submission."""

    __tablename__ = 'revision'
    __table_args__ = (UniqueConstraint('application_id', 'number'),)

    id: Mapped[int] = mapped_column(primary_key=True)
    application_id: Mapped[int] = mapped_column(ForeignKey('application.id'))
    number: Mapped[int] = whole('提交次数')
    content: Mapped[dict[str, Any]] = mapped_column()
    at: Mapped[datetime] = moment('提交时间')


class AppendOnly(RuntimeError):
    """Error of a change or deletion of a row of an append-only table."""


def _refuse_change(_mapper: Mapper[Any], _connection: object, record: object) -> None:
    raise AppendOnly(f'{type(record).__name__} 只增不改')


for _model in (Step, Revision):
    event.listen(_model, 'before_update', _refuse_change)
    event.listen(_model, 'before_delete', _refuse_change)
