"""Texts of the small pages around the page, in English and Korean."""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType

ENGLISH = MappingProxyType(
    {
        "locale": "en",
        "login": "Log in to label",
        "name": "Name",
        "password": "Password",
        "token": "Token",
        "token_hint": "It stands in the address that you were given, behind “token=”.",
        "enter": "Log in",
        "wrong_password": "Name or password is wrong.",
        "wrong_token": "This token does not open the page. Ask for the present address.",
        "name_missing": "Say who you are: 1 to 100 characters.",
        "wait": "Too many attempts. Try again in {wait} seconds.",
        "full": "All places are taken",
        "full_text": "As many people label as this server carries. "
        "This page tries again by itself in a moment.",
        "owner_only": "This page is for the project’s owner",
        "owner_only_text": "You are logged in as {name}, who labels. "
        "Ask the project’s owner, or log in as the owner.",
        "forbidden": "Not allowed",
        "forbidden_text": "This is not for you to see.",
        "not_found": "There is nothing here",
        "not_found_text": "This address leads nowhere. The page to label on is at the beginning.",
        "failed": "That did not work",
        "failed_text": "Go back and try again; what you have labeled is saved.",
        "no_cookies": "This browser keeps no cookies",
        "no_cookies_text": "Allow cookies for this address, then open the page again: "
        "a login is kept in one.",
        "hurdle_scripts": "This page needs JavaScript, and it does not run here: "
        "allow it for this address, then reload the page.",
        "hurdle_policy": "A security policy (Content-Security-Policy) that is not DALT’s own "
        "stops this page: ask whoever runs the server or its proxy to take it off this address.",
        "hurdle_socket": "This page labels over a WebSocket, and this browser or a proxy on the "
        "way lets none through: try another browser, or ask whoever runs the server.",
        "hurdle_server": "The server does not answer, or was started again: "
        "reload this page in a moment.",
        "home": "To the page",
        "opening": "Opening the page…",
        "logout": "Log out",
        "logout_text": "You are logged in as {name}.",
    }
)
KOREAN = MappingProxyType(
    {
        "locale": "ko",
        "login": "라벨링 로그인",
        "name": "이름",
        "password": "비밀번호",
        "token": "토큰",
        "token_hint": "받은 주소에서 “token=” 뒤에 있습니다.",
        "enter": "로그인",
        "wrong_password": "이름 또는 비밀번호가 맞지 않습니다.",
        "wrong_token": "이 토큰으로는 열 수 없습니다. 현재 주소를 물어보세요.",
        "name_missing": "이름을 1~100자로 입력하세요.",
        "wait": "시도가 너무 많습니다. {wait}초 후에 다시 시도하세요.",
        "full": "자리가 모두 찼습니다",
        "full_text": "서버가 감당할 수 있는 인원이 모두 라벨링 중입니다. "
        "잠시 후 이 페이지가 다시 시도합니다.",
        "owner_only": "프로젝트 소유자용 페이지입니다",
        "owner_only_text": "{name} 님은 라벨러로 로그인했습니다. "
        "프로젝트 소유자에게 문의하거나 소유자로 로그인하세요.",
        "forbidden": "허용되지 않습니다",
        "forbidden_text": "볼 수 없는 내용입니다.",
        "not_found": "여기에는 아무것도 없습니다",
        "not_found_text": "이 주소에는 페이지가 없습니다. 라벨링 페이지는 처음 주소에 있습니다.",
        "failed": "실패했습니다",
        "failed_text": "뒤로 가서 다시 시도하세요. 라벨은 저장되어 있습니다.",
        "no_cookies": "이 브라우저는 쿠키를 저장하지 않습니다",
        "no_cookies_text": "로그인은 쿠키에 저장됩니다. "
        "이 주소의 쿠키를 허용한 뒤 페이지를 다시 여세요.",
        "hurdle_scripts": "이 페이지에는 JavaScript가 필요하지만 실행되지 않습니다. "
        "이 주소에서 허용한 뒤 페이지를 새로 고치세요.",
        "hurdle_policy": "DALT의 것이 아닌 보안 정책(Content-Security-Policy)이 이 페이지를 "
        "막고 있습니다. 서버나 프록시 관리자에게 이 주소에서 해제해 달라고 요청하세요.",
        "hurdle_socket": "이 페이지는 WebSocket으로 라벨을 보내는데, 브라우저나 중간의 프록시가 "
        "막고 있습니다. 다른 브라우저를 쓰거나 서버 관리자에게 문의하세요.",
        "hurdle_server": "서버가 응답하지 않거나 다시 시작되었습니다. "
        "잠시 후 페이지를 새로 고치세요.",
        "home": "페이지로",
        "opening": "페이지를 여는 중…",
        "logout": "로그아웃",
        "logout_text": "{name} 님으로 로그인되어 있습니다.",
    }
)

HURDLES = ("scripts", "policy", "socket", "server")
"""What can keep a page from coming up; `html/page/hurdles.js` finds out which."""


def speak(accepted: str) -> Callable[..., str]:
    """Choose the language that a browser asks for.

    Parameters
    ----------
    accepted : str
        The header ``Accept-Language``.

    Returns
    -------
    callable
        Returns the text of a name, with values filled in.

    Examples
    --------
    >>> speak("ko-KR,ko;q=0.9,en;q=0.8")("name")
    '이름'
    >>> speak("")("wait", wait=3)
    'Too many attempts. Try again in 3 seconds.'
    """
    texts = KOREAN if accepted.strip().lower().startswith("ko") else ENGLISH
    return lambda text, /, **values: texts[text].format(**values)
