"""Materials (附件): the list of required files, and the files handed in."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, func, select
from sqlalchemy.orm import Mapped, column_property, mapped_column, relationship

from models.account import Account
from models.application import Application
from models.base import Base, Labelled, now
from models.fields import chosen, flag, moment, paragraph, reference, state, text, whole


class Accepts(Labelled):
    """File types that a material accepts."""

    PDF = 'pdf', 'PDF 文件'
    PHOTO = 'photo', '证件照（JPEG、PNG）'
    SCAN = 'scan', 'PDF 或图片（JPEG、PNG）'


class Material(Base):
    """One row of 事项材料上传 (手册 §2.1.13). ``rule`` names a condition of ``rules/materials.py``."""

    __tablename__ = 'material'

    id: Mapped[int] = mapped_column(primary_key=True)
    position: Mapped[int] = whole('序号', required=True, minimum=1, maximum=999)
    name: Mapped[str] = text('材料名称', 100, unique=True, required=True)
    requirement: Mapped[str] = paragraph('查看要求', 1000, default='')
    accepts: Mapped[str] = state('文件类型', Accepts, default=Accepts.SCAN)
    rule: Mapped[str] = chosen('是否必传', 30, choices_from='material_rule', required=True)
    report: Mapped[str] = chosen(
        '可打印报表', 40, choices_from='material_report', default='', help='上传附件前可打印的报表'
    )
    stage: Mapped[str] = chosen('上传环节', 30, choices_from='material_stage', required=True, default='draft')
    carried: Mapped[bool] = flag('可沿用', default=False, help='复制往年申报时沿用已上传的文件')
    in_force: Mapped[bool] = flag('启用', default=True)
    sample_id: Mapped[int | None] = mapped_column(ForeignKey('stored_file.id'))
    sample_name: Mapped[str] = text('范本', 200, default='')

    sample: Mapped[StoredFile | None] = relationship()

    def __str__(self) -> str:
        return self.name


class StoredFile(Base):
    """Content of a file, stored once under its SHA-256 for all its uses."""

    __tablename__ = 'stored_file'
    __table_args__ = (CheckConstraint('size > 0', name='not_empty'),)

    id: Mapped[int] = mapped_column(primary_key=True)
    sha256: Mapped[str] = mapped_column(unique=True)
    size: Mapped[int] = whole('文件大小')
    media_type: Mapped[str] = text('文件格式', 40)


class Attachment(Base):
    """A file handed in for a material of a declaration; ``size`` counts bytes."""

    __tablename__ = 'attachment'
    __table_args__ = (Index('ix_attachment_application', 'application_id', 'material_id', 'position'),)

    id: Mapped[int] = mapped_column(primary_key=True)
    application_id: Mapped[int] = mapped_column(ForeignKey('application.id', ondelete='CASCADE'))
    material_id: Mapped[int] = mapped_column(ForeignKey('material.id'))
    file_id: Mapped[int] = mapped_column(ForeignKey('stored_file.id'))
    name: Mapped[str] = text('文件名', 200)
    position: Mapped[int] = whole('序号', default=0)
    uploaded_by_id: Mapped[int] = mapped_column(ForeignKey('account.id'))
    uploaded_at: Mapped[datetime] = moment('上传时间', default=now)

    application: Mapped[Application] = relationship(back_populates='attachments')
    material: Mapped[Material] = relationship(lazy='joined')
    file: Mapped[StoredFile] = relationship(lazy='joined')
    uploaded_by: Mapped[Account] = relationship()

    def __str__(self) -> str:
        return self.name


class LibraryFile(Base):
    """A file of a person's 我的资料库 (手册 §2.1.13 共享上传): an earlier upload that can be used again.

    ``uses`` counts the person's declarations that hold the file; ``source`` says how it was uploaded.
    """

    __tablename__ = 'library_file'
    __table_args__ = (UniqueConstraint('account_id', 'file_id'),)

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey('account.id'))
    file_id: Mapped[int] = mapped_column(ForeignKey('stored_file.id'))
    name: Mapped[str] = text('证件材料名称', 200)
    material_id: Mapped[int | None] = reference('材料类型', 'material.id')
    uploaded_at: Mapped[datetime] = moment('上传时间', default=now)
    source: Mapped[str] = text('来源', 60)

    file: Mapped[StoredFile] = relationship(lazy='joined')
    material: Mapped[Material | None] = relationship()
    uses: Mapped[int] = column_property(
        select(func.count(Attachment.application_id.distinct()))
        .join(Application, Application.id == Attachment.application_id)
        .where(Attachment.file_id == file_id, Application.applicant_id == account_id)
        .correlate_except(Attachment, Application)
        .scalar_subquery()
    )

    def __str__(self) -> str:
        return self.name
