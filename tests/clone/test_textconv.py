from assay.clone.installation import readable

RECORD = b'{"annotator":"w 1","item":"i1","label":{"topics":["a","b"],"tone":"good"},"guideline":"0.1.0"}\n'


def test_a_record_is_a_paragraph_and_each_answer_a_line():
    assert readable(RECORD).split("\n") == [
        "i1 w 1",
        "  tone: good",
        '  topics: ["a","b"]',
        "  guideline: 0.1.0",
        "",
    ]


def test_a_line_that_is_no_record_stands_as_it_is():
    assert readable(b"<<<<<<< ours\n\xff\n").split("\n") == ["<<<<<<< ours", "", "\\xff", ""]


def test_text_cannot_act_on_a_terminal():
    assert "\x1b" not in readable(b'{"item":"i1","label":{"tone":"\\u001b[31m"}}\n')
