"""What outside registries are known to say; the local table stands in until a real look-up is connected."""

from __future__ import annotations

from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base
from models.fields import Mask, text


class InsuranceRecord(Base):
    """Who pays a person's social insurance (现参保单位, 手册 §2.1.3)."""

    __tablename__ = 'insurance_record'

    id: Mapped[int] = mapped_column(primary_key=True)
    id_number: Mapped[str] = text('证件号码', 30, unique=True, masked=Mask.ID_NUMBER)
    name: Mapped[str] = text('姓名', 60)
    employer: Mapped[str] = text('现参保单位', 100)
    employer_code: Mapped[str] = text('现参保单位组织机构代码', 18)
