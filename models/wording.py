"""Texts that the city can reword (文本设置), in every version."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, now
from models.fields import chosen, moment, paragraph, whole


class Wording(Base):
    """A text that the city can reword, stored in every version; the newest is in force."""

    __tablename__ = 'wording'
    __table_args__ = (UniqueConstraint('code', 'version'),)

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = chosen('文本', 40, choices_from='wording', required=True)
    version: Mapped[int] = whole('版本')
    body: Mapped[str] = paragraph(
        '内容', 4000, required=True, help='每行一段；{单位}、{年度} 这样的名称在打印时换成实际内容，可先预览'
    )
    at: Mapped[datetime] = moment('生效时间', default=now)

    def __str__(self) -> str:
        return f'{self.code} 第 {self.version} 版'
