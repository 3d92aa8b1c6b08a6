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
        "token_hint": "It is in the address that you were given, after “token=”.",
        "enter": "Log in",
        "wrong_password": "The name or the password is wrong.",
        "wrong_token": "This token is wrong or out of date. "
        "Ask the project’s owner for the new address.",
        "name_missing": "Enter your name: 1 to 100 characters.",
        "wait": "Too many attempts. Try again in {wait} seconds.",
        "full": "All places are taken",
        "full_text": "Too many people are labeling at the moment. "
        "This page tries again by itself in a few seconds.",
        "own_full": "You have too many pages open",
        "own_full_text": "Close one of them. This page tries again by itself in a few seconds.",
        "owner_only": "This page is for the project’s owner",
        "owner_only_text": "You are logged in as {name}, and this name can only label. "
        "Ask the project’s owner, or log in as the owner.",
        "forbidden": "Not allowed",
        "forbidden_text": "You may not open this page.",
        "not_found": "There is no such page",
        "not_found_text": "Perhaps the address has a mistake. "
        "The button leads to the labeling page.",
        "failed": "Something went wrong",
        "failed_text": "Go back and try again. Your labels are saved.",
        "no_cookies": "This browser does not accept cookies",
        "no_cookies_text": "You cannot log in without cookies. "
        "Allow them for this address, then open the page again.",
        "hurdle_scripts": "This page needs JavaScript, and this browser does not run it. "
        "Allow JavaScript for this address, then reload the page.",
        "hurdle_policy": "A security setting of the server blocks this page. Tell whoever runs "
        "the server: a Content-Security-Policy that is not DALT’s own has to be removed for this "
        "address.",
        "hurdle_socket": "This page cannot connect to the server. Try another browser, or tell "
        "whoever runs the server: the browser or a proxy blocks WebSockets.",
        "hurdle_server": "The server does not answer, or it has just been restarted. "
        "Reload this page in a moment.",
        "home": "To the labeling page",
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
        "token_hint": "받은 주소에서 “token=” 뒤에 있는 부분입니다.",
        "enter": "로그인",
        "wrong_password": "이름 또는 비밀번호가 맞지 않습니다.",
        "wrong_token": "토큰이 잘못되었거나 오래되었습니다. "
        "프로젝트 담당자에게 새 주소를 문의하세요.",
        "name_missing": "이름을 1~100자로 입력하세요.",
        "wait": "시도가 너무 많습니다. {wait}초 후에 다시 시도하세요.",
        "full": "자리가 모두 찼습니다",
        "full_text": "지금은 작업 중인 사람이 너무 많습니다. "
        "잠시 후 이 페이지가 자동으로 다시 시도합니다.",
        "own_full": "열어 둔 페이지가 너무 많습니다",
        "own_full_text": "그중 하나를 닫으세요. 잠시 후 이 페이지가 자동으로 다시 시도합니다.",
        "owner_only": "프로젝트 담당자만 볼 수 있는 페이지입니다",
        "owner_only_text": "{name} 님은 작업자로 로그인했습니다. "
        "프로젝트 담당자에게 문의하거나 담당자로 로그인하세요.",
        "forbidden": "허용되지 않습니다",
        "forbidden_text": "이 페이지를 볼 권한이 없습니다.",
        "not_found": "페이지를 찾을 수 없습니다",
        "not_found_text": "주소가 잘못되었을 수 있습니다. "
        "아래 버튼을 누르면 라벨링 페이지가 열립니다.",
        "failed": "문제가 발생했습니다",
        "failed_text": "이전 페이지로 돌아가 다시 시도하세요. 라벨은 저장되어 있습니다.",
        "no_cookies": "이 브라우저에서 쿠키가 차단되어 있습니다",
        "no_cookies_text": "쿠키가 없으면 로그인할 수 없습니다. "
        "이 주소의 쿠키를 허용한 뒤 페이지를 다시 여세요.",
        "hurdle_scripts": "이 페이지에는 JavaScript가 필요하지만 이 브라우저에서 실행되지 "
        "않습니다. 이 주소에서 JavaScript를 허용한 뒤 페이지를 새로 고치세요.",
        "hurdle_policy": "서버의 보안 설정이 이 페이지를 막고 있습니다. 서버 관리자에게 DALT의 "
        "것이 아닌 보안 정책(Content-Security-Policy)을 이 주소에서 해제해 달라고 요청하세요.",
        "hurdle_socket": "이 페이지가 서버에 연결할 수 없습니다. 다른 브라우저를 쓰거나, 브라우저 "
        "또는 프록시가 WebSocket을 막고 있다고 서버 관리자에게 알려 주세요.",
        "hurdle_server": "서버가 응답하지 않거나 다시 시작되었습니다. "
        "잠시 후 페이지를 새로 고치세요.",
        "home": "라벨링 페이지로",
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
