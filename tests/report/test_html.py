import base64
import hashlib
import json
import re

from hypothesis import given
from hypothesis import strategies as st

from emotion.report.html import Html, data_script, document, el, joined


def test_text_is_escaped_and_markup_is_not() -> None:
    made = el("p", "<b>&\"'", el("b", "bold"), class_="a", title='"><script>')
    assert made == '<p class="a" title="&quot;&gt;&lt;script&gt;">&lt;b&gt;&amp;&quot;&#x27;<b>bold</b></p>'


def test_attributes_of_none_and_false_are_left_out() -> None:
    assert el("td", 1234, class_=None, hidden=False, open=True, aria_label="x") == '<td open aria-label="x">1,234</td>'


def test_children_may_be_nested() -> None:
    assert joined("a", ["<", [Html("<br>")]]) == "a&lt;<br>"


@given(st.text())
def test_data_comes_back_from_a_page_and_never_ends_its_element(text: str) -> None:
    script = data_script("x", {"text": text, text: 1}) if text.isprintable() else data_script("x", {"text": text})
    inside = re.fullmatch(r'<script type="application/json" id="x">(.*)</script>', script)
    assert inside is not None
    assert not set(inside[1]) & set("<>&\u2028\u2029")
    assert json.loads(inside[1])["text"] == text


def test_the_policy_lets_only_the_pages_own_scripts_run() -> None:
    page = document("t", "", ["run()"], Html(""))
    digest = base64.b64encode(hashlib.sha256(b"run()").digest()).decode()
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)
    assert policy is not None
    assert f"default-src &#x27;none&#x27;; script-src &#x27;sha256-{digest}&#x27;;" in policy[1]
    assert page.index("Content-Security-Policy") < page.index("<script")


def test_a_page_without_scripts_lets_none_run() -> None:
    assert "script-src &#x27;none&#x27;" in document("t", "", [], Html(""))
