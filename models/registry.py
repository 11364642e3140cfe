"""Answers of outside registries. These tables replace a real look-up until it is connected (docs/structure.md)."""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base
from models.fields import Mask, choice, day, text
from models.terms import SCHOOLING, STUDY_FORMS


class EducationRecord(Base):
    """A certificate of education (学历证书, 手册 §2.1.4)."""

    __tablename__ = 'education_record'

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = text('姓名', 60, required=True, check='person')
    id_number: Mapped[str] = text('证件号码', 30, required=True, mask=Mask.ID_NUMBER, check='identity', index=True)
    certificate_number: Mapped[str] = text('学历证书编号', 40, required=True, unique=True, check='printable')
    school: Mapped[str] = text('毕业学校', 100, required=True, check='printable')
    entered_on: Mapped[date] = day('入学时间', required=True)
    left_on: Mapped[date] = day('毕业时间', required=True)
    schooling: Mapped[str] = choice('学历层次', SCHOOLING, required=True)
    subject: Mapped[str] = text('专业名称', 60, required=True, check='printable')
    study_form: Mapped[str] = choice('学习形式', STUDY_FORMS, required=True)

    def __str__(self) -> str:
        return f'{self.name} {self.certificate_number}'


class ExamRecord(Base):
    """A result of the exam of professional practice (专业实践能力考试成绩, 手册 §2.1.7)."""

    __tablename__ = 'exam_record'

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = text('姓名', 60, required=True, check='person')
    id_number: Mapped[str] = text('证件号码', 30, required=True, mask=Mask.ID_NUMBER, check='identity', index=True)
    ticket: Mapped[str] = text('准考证号', 40, required=True, unique=True, check='printable')
    started_on: Mapped[date] = day('考试开始时间', required=True)
    ended_on: Mapped[date] = day('考试结束时间', required=True)
    subject: Mapped[str] = text('考试科目', 60, required=True, check='printable')
    score: Mapped[str] = text('科目成绩', 20, required=True, check='printable')
    place: Mapped[str] = text('考试地点', 100, required=True, check='printable')

    def __str__(self) -> str:
        return f'{self.name} {self.ticket}'


class InsuranceRecord(Base):
    """The unit that pays a person's social insurance (现参保单位, 手册 §2.1.3)."""

    __tablename__ = 'insurance_record'

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = text('姓名', 60, required=True, check='person')
    id_number: Mapped[str] = text('证件号码', 30, required=True, unique=True, mask=Mask.ID_NUMBER, check='identity')
    employer: Mapped[str] = text('现参保单位', 100, required=True, check='printable')
    employer_code: Mapped[str] = text('现参保单位组织机构代码', 18, required=True, check='organisation')

    def __str__(self) -> str:
        return self.name
