"""Amounts of money in capital characters (大写), which the annex of 支付结算办法 requires on every bill and receipt."""

from __future__ import annotations

CAPITAL_DIGITS = '零壹贰叁肆伍陆柒捌玖'
PLACES = ('', '拾', '佰', '仟')
GROUPS = ('', '万', '亿', '万亿')


def capitals(fen: int) -> str:
    """Return an amount in fen in capital characters, for instance 伍佰捌拾元整 for 58000."""
    yuan, small = divmod(fen, 100)
    jiao, cents = divmod(small, 10)
    text = f'{_whole(yuan)}元' if yuan else ''
    if not small:
        return f'{text or "零元"}整'
    if jiao:
        text += f'{CAPITAL_DIGITS[jiao]}角'
    elif yuan:
        text += '零'
    return text + (f'{CAPITAL_DIGITS[cents]}分' if cents else '整')


def _whole(number: int) -> str:
    groups = []
    while number:
        number, group = divmod(number, 10000)
        groups.append(group)
    text, gap = '', False
    for index in reversed(range(len(groups))):
        group = groups[index]
        if group:
            text += ('零' if text and (gap or group < 1000) else '') + _group(group) + GROUPS[index]
        gap = not group
    return text


def _group(number: int) -> str:
    text, gap = '', False
    for place in reversed(range(4)):
        digit = number // 10**place % 10
        if digit:
            text += ('零' if gap and text else '') + CAPITAL_DIGITS[digit] + PLACES[place]
        gap = not digit if digit or text else gap
    return text
