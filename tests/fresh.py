"""How many examples hypothesis tries: the same few each time; with `--hypothesis-profile=fresh` many that nobody has tried."""

from hypothesis import HealthCheck, settings

_USUAL = 100
settings.register_profile("repeatable", derandomize=True, database=None, deadline=None)
settings.register_profile(
    "quick", settings.get_profile("repeatable"), max_examples=_USUAL // 10, suppress_health_check=list(HealthCheck)
)
settings.register_profile(
    "fresh",
    max_examples=20 * _USUAL,
    database=None,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
settings.load_profile("repeatable")


def examples(number: int) -> int:
    """How many examples a test tries that in `make test` tries so many."""
    return max(1, number * settings.default.max_examples // _USUAL)
