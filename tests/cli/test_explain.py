"""`assay explain`: the list, a page, and no page."""

from assay.core.catalogue import CATALOGUE


def test_explain_lists_every_rule_and_prints_the_page_of_one(assay):
    listed = assay("explain")
    assert [line.split()[0] for line in listed.out.splitlines()] == list(CATALOGUE)
    page = CATALOGUE["label/schema"]
    said = assay("explain", "label/schema")
    assert (said.code, said.err) == (0, "")
    assert said.out == (f"label/schema (error)\n{page.title}\n\nWhy: {page.why}\n\nFix: {page.fix}\n")
    assert assay("explain", "triage/agreement/intent").out.startswith("gate/agreement (")


def test_explain_of_no_rule_says_where_the_list_is(assay):
    said = assay("explain", "zzz")
    assert (said.code, said.out) == (2, "")
    assert said.err == "assay: unknown rule 'zzz'\n  fix: `assay explain` lists them\n"
