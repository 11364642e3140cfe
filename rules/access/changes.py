"""Changes to a visible row: when it may be edited or deleted, and when its materials may be handed in."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from models.account import Account
from models.application import Application, Party, Stage
from models.base import now
from models.catalogue import CallNumber
from models.material import LibraryFile, Material
from models.review import MeetingState, ReviewMeeting
from rules.access.disclosure import stage_seen
from rules.access.parties import acts_for
from rules.refusal import Refusal

OPEN_TO_APPLICANT = (Stage.DRAFT, Stage.CORRECTION)


def may_change(account: Account, row: object) -> Refusal | None:
    """Refuse to edit or delete a row that is closed now, such as a submitted declaration or a file in use."""
    application = row if isinstance(row, Application) else getattr(row, 'application', None)
    if isinstance(application, Application) and application.stage not in OPEN_TO_APPLICANT:
        return Refusal('sealed', f'申报已提交，现处「{stage_seen(account, application).label}」环节，不能修改')
    if isinstance(row, LibraryFile) and row.uses:
        return Refusal('in_use', f'「{row.name}」已用于 {row.uses} 项申报，不能删除')
    if isinstance(row, ReviewMeeting) and row.state == MeetingState.CLOSED:
        return Refusal('session_closed', f'评审会议「{row.name}」已结束，不能修改')
    if isinstance(row, CallNumber) and row.effective_on <= now().date():
        return Refusal('in_effect', f'已于 {row.effective_on} 生效，不能删除；需要变更的，请新增一条以后生效的数值')
    return None


HANDED_IN_BY: Mapping[str, Party] = {
    Stage.DRAFT: Party.APPLICANT,
    **{stage: Party.EMPLOYER for stage in Stage if stage.party == Party.EMPLOYER},
}
"""Party that uploads the materials of a stage (上传环节); those of the draft may also be changed in a correction."""


def may_hand_in(account: Account, application: Application, material: Material, on: date) -> Refusal | None:
    """Refuse to upload, reorder or remove files of a material, unless it is the account's part at this stage."""
    party = HANDED_IN_BY.get(material.stage)
    if party is None or not acts_for(party, account, application, on):
        return Refusal('not_yours', f'{material.name}由{party or "相应办理人"}上传')
    if material.stage == Stage.DRAFT:
        return may_change(account, application)
    if application.stage != material.stage:
        return Refusal('sealed', f'{material.name}只在「{Stage(material.stage).label}」环节上传')
    return None
