import pytest

from satchel.testing.telegram.markup import MarkupError, parse_html


def test_tags_become_entities_counted_in_utf16() -> None:
    text, entities = parse_html("🗡 <b>Меч</b> и <i>щит</i>")

    assert text == "🗡 Меч и щит"
    assert entities == [
        {"type": "bold", "offset": 3, "length": 3},
        {"type": "italic", "offset": 9, "length": 3},
    ]


def test_nested_tags_are_listed_outer_first() -> None:
    _, entities = parse_html("<b>a<u>b</u></b>")

    assert [entity["type"] for entity in entities] == ["bold", "underline"]


def test_only_four_named_references_are_known_and_numbers_are_read() -> None:
    text, _ = parse_html("&lt;&gt;&amp;&quot; &laquo; &#1071;&#x41; & &")

    assert text == '<>&" &laquo; ЯA & &'


def test_white_space_around_the_text_goes_and_entities_move_with_it() -> None:
    text, entities = parse_html("\n  <b> Bag </b> \n")

    assert (text, entities) == ("Bag", [{"type": "bold", "offset": 0, "length": 3}])


def test_a_link_keeps_its_address_and_a_spoiler_its_class() -> None:
    text, entities = parse_html('<a href="https://t.me/x">x</a><span class="tg-spoiler">y</span>')

    assert text == "xy"
    assert entities == [
        {"type": "text_link", "offset": 0, "length": 1, "url": "https://t.me/x"},
        {"type": "spoiler", "offset": 1, "length": 1},
    ]


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("меч <sword>", 'Unsupported start tag "sword" at byte offset 7'),
        ("a < b", "Unclosed start tag at byte offset 2"),
        ("a <> b", 'Unsupported start tag "" at byte offset 2'),
        ("<b>open", 'Can\'t find end tag corresponding to start tag "b"'),
        ("<b>x</i>", 'Unmatched end tag at byte offset 4, expected "</b>", found "</i>"'),
        ("x</b>", "Unexpected end tag at byte offset 1"),
        ("<b>x</b", "Unclosed end tag at byte offset 4"),
        ("<span>x</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
    ],
)
def test_what_does_not_close_is_refused_in_telegrams_words(source: str, words: str) -> None:
    with pytest.raises(MarkupError) as refused:
        parse_html(source)

    assert str(refused.value) == words
